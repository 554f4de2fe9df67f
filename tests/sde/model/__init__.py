"""Tests of qlangevin.sde.model."""
