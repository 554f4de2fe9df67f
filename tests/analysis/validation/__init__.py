"""Tests of qlangevin.analysis.validation."""
