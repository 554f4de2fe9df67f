"""Compiled code: the cache on disk, SIMD helpers for kernels, compilation in the background."""
