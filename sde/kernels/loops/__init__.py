"""Kernels of models with many modes: loops over tables, compiled once for all models.

module             the functions of a kernel, with the tables of one pattern and form
drift_tables       tables of a drift: rows of polynomials, rows of sums
polynomial_rows    source code of the polynomial that equal cells share
coefficients       coefficients along the mean field, compiled
steps              steps of a block of trajectories, compiled
increments         random numbers of a block, compiled
"""
