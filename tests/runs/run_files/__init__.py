"""Tests of qlangevin.runs.run_files."""
