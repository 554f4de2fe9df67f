"""Integration schemes as data, and what their steps do to a system."""
