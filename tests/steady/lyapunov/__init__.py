"""Tests of qlangevin.steady.lyapunov."""
