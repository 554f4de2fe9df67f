"""Systems that a run file declares itself, in its [system] tables, without Python.

    [system]
    modes = ["cavity", "membrane"]
    mechanical = ["membrane"]             # its quadratures are called q, p
    pair = ["cavity", "membrane"]         # the entanglement that reports give
    reference = "doi:…"
    hamiltonian = "Δ a†a + ω m†m − g a†a (m + m†) + i ε (a† − a)"       # H/ħ
    [system.operators]
    a = "cavity"                          # without this table: the names of the modes
    m = "membrane"
    [system.parameters]
    Δ = "2π × 5 MHz"                      # or { value, unit, meaning, sign, symbol }
    [system.derived]
    n_th = "bose(ω, T)"
    [system.jumps]                        # port = L, or with occupation, squeezing, squeezing_angle
    fibre = "sqrt(2 κ) a"
    bath = { operator = "sqrt(γ) m", occupation = "n_th" }
    [system.drives]                       # mode = ε, as `drive`
    [system.light]                        # port = amplitude in √(photons/s), as `shine`
    [system.feeds]                        # port = { target, transmission, phase, shared_vacuum }
    [system.friction]                     # mode = { rate, occupation }, as `rub`

Expressions are made of numbers, names, + − × / ^, superscripts, parentheses, and the functions
sqrt (√), exp, cos, sin, tan, abs, conj, bose(ω, T), dag (†, .dag()), X (.x) and Y (.p). Factors
side by side are multiplied; × and / bind equally, from left to right, but 2π is one number.
Constants are i, π, ħ and k_B. Every term of a Hamiltonian is in rad/s, a jump in √(rad/s); in a
system without any units, numbers are in SI.

Expressions are read by a grammar, and checked for units and operators before they are evaluated.
"""

from .declaration import declared_system

__all__ = ["declared_system"]
