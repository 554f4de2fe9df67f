"""Tests of qlangevin.sde.kernels."""
