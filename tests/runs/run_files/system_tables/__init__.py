"""Tests of systems that a run file declares itself."""
