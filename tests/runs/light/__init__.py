"""Tests of the light that leaves, from run files."""
