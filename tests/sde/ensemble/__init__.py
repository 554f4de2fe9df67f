"""Tests of qlangevin.sde.ensemble."""
