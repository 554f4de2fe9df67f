"""Tests of qlangevin.sde.support."""
