"""Tests of qlangevin.steady.roots."""
