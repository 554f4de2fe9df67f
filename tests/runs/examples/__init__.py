"""The shipped examples, and derivations of their equations that do not use the package.

Every module has the example's published parameters `PUBLISHED` in SI units, the c-number `drift` of
symmetric ordering, in which a†a is |α|² − ½ and a†a² is (|α|² − 1)α, and the correlations `noise`
of the noise operators, whose real part is the diffusion matrix.
"""
