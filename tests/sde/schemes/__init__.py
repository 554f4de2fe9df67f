"""Tests of qlangevin.sde.schemes."""
