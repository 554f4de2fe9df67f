"""Compiled trajectories: stepping kernels generated from a model's sparsity pattern.

expansion          a model expanded about its moving mean field: pattern and coefficients
drift_code         source code of the drift of each path, by factoring
codegen            source code of a kernel module of few modes: draws, steps, coefficient table
loops              kernels of many modes: loops over tables of the terms, the same for all models
kernel             kernels ready to call, and the functions that all models share
noise              random numbers, pasted into every kernel module
moment_sums        sums over trajectories in the order of sum_layout
step_law_kernel    exact covariance of the steps
"""

from .kernel import CodeError, Kernel, build_kernel, generator_hash

__all__ = ["CodeError", "Kernel", "build_kernel", "generator_hash"]
