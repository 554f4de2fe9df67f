"""Tests of qlangevin.steady.cooling."""
