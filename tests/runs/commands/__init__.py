"""Tests of qlangevin.runs.commands."""
