"""Same-run speed ratios: the package beside every installed peer, on the same workloads (`python -m
tests.bench`).
"""
