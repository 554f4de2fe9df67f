"""Kernels of models with many modes: loops over tables, compiled once for all models."""
