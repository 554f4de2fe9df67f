"""Tests of steady/nonlinear_correction.py."""
