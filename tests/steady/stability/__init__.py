"""Tests of steady/stability."""
