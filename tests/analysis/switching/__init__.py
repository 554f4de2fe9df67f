"""Tests of qlangevin.analysis.switching."""
