"""Compiled code.

source            code of modules without comments, from which generated modules are made
cache             generated modules and their compiled code on disk
shared_kernels    functions that all models share, compiled in the joined code of modules
background        compilation of shared kernels by a second process
compiler          program of the second process
simd              SIMD vectors of eight doubles as a type of compiled code
vector_width      512-bit vectors where the processor has them
"""
