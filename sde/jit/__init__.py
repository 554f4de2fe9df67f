"""Compiled code: source without comments, the cache on disk, SIMD types, background compilation."""
