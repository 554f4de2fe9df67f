"""Levels of theory against master equations and closed forms."""
