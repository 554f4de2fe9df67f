"""Lyapunov equations and Schur forms with refinement in twice double precision."""
