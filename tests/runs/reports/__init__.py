"""Tests of qlangevin.runs.reports."""
