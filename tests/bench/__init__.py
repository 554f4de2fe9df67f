"""Speed ratios of the package to every installed peer: `python -m tests.bench`.

All engines run the same workloads, interleaved within one run.
"""
