"""Tests of qlangevin.analysis.plots."""
