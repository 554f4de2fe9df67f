"""Tests of qlangevin.analysis.conventions."""
