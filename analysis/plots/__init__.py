"""Figures of results, ready for a paper."""
