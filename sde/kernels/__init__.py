"""Compiled trajectories: stepping kernels generated from a model's sparsity pattern."""

from .kernel import CodeError, Kernel, build_kernel, generator_hash

__all__ = ["CodeError", "Kernel", "build_kernel", "generator_hash"]
