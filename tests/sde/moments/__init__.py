"""Tests of qlangevin.sde.moments."""
