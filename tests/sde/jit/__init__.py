"""Tests of qlangevin.sde.jit."""
