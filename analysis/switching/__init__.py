"""Switching between two stable branches: residence times, rates, occupations."""
