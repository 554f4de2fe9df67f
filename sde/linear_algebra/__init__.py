"""Lyapunov equations, Schur forms, twice double precision, and errors of covariances."""
