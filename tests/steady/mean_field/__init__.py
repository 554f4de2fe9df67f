"""Tests of steady/mean_field."""
