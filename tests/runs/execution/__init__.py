"""Tests of qlangevin.runs.execution."""
