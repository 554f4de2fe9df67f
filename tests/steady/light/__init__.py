"""Tests of qlangevin.steady.light."""
