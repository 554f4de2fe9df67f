"""Terms that build a model: energies, noisy channels, light between ports, friction.

Each function returns a term for `Model.build`. `hamiltonian` and `jump` take operators (see
`qlangevin.operators`); energies, `lose` and `amplify` are short forms with the same arrays. `rub`
and a non-Hermitian `backscatter` have no operator. `guide` makes a port without a mode; `shine`,
`feed` and `mix` act on the light at ports.

Energies are Weyl-ordered functions of the quadratures and add du = Ω∇H dt. Losses and amplifiers
couple a mode to a port by an operator L, and several on one port add up. With input a_in the port's
output is a_out = a_in − L, and ȧ gains [a, L†]a_in − [a, L]a_in†, so that a loss has the papers'
ȧ = −κa + √(2κ) a_in without a phase. Rates are angular (rad/s) and may be arrays over parameter
points; one that is not finite raises ValueError. `Energy` takes a Hamiltonian by its Weyl symbol.

Combinations of terms
---------------------
A squeezed bath. `lose` and `jump` take a squeezing r of the light that enters the port. A loss and
a gain on one port, L = √γ (cosh r a + e^{iφ} sinh r a†), have the same effect on the mode, but
other light leaves the port. X is squeezed for φ = 0, X cos φ/2 + Y sin φ/2 in general:

>>> import numpy as np
>>> import qlangevin as ql
>>> from qlangevin.sde.terms import amplify, backscatter, detune, lose
>>> r, gamma = 0.5, 1e6
>>> pair = [
...     lose("a", "bath", energy_rate=gamma * np.cosh(r) ** 2),
...     amplify("a", "bath", energy_rate=gamma * np.sinh(r) ** 2, phase=0.0),
... ]
>>> for terms in (pair, lose("a", "bath", energy_rate=gamma, squeezing=r)):
...     V = ql.steady_state(ql.Model.build(["a"], terms))["covariance"].values[0]
...     print(np.allclose(np.diag(V), [0.5 * np.exp(-2 * r), 0.5 * np.exp(2 * r)]))
True
True

Heating without friction. A loss and a gain of equal energy rates γ cause no damping. On one port
they are the recoil of scattered light, L = √(2γ) q: noise on p alone, of diffusion
D_pp = 2γ(2n + 1), while the light that leaves carries information on q. On two ports they heat q
and p equally, D_qq = D_pp = γ(2n + 1). With vacuum baths a mode gains γ quanta per second in both
cases:

>>> recoil = [lose("m", "light", energy_rate=gamma), amplify("m", "light", energy_rate=gamma)]
>>> np.diag(ql.Model.build(["m"], recoil).diffusion)
array([      0., 2000000.])

Tones. Coefficients do not depend on time, but a lossless mode c does: it rotates as c e^{−iωt}, and
coupled one way it is a drive. With ȧ = −iJc the drive is ε e^{−iωt} for c = iε/J at t = 0. Several
such modes, together with `drive`, make a two-tone or a modulated drive. The vacuum noise of c
enters a with it, about J²/κ² of a quantum, and commutators are kept to J/2: choose a small J and
many quanta in c. There is no dark state, so a run must start from a `Gaussian`; nor is there a
steady state:

>>> J, tone, frequency = 1e-3, 3e5, 2e6
>>> lossless = [detune("c", frequency), backscatter("a", "c", forward=J, backward=0.0)]
>>> mean = np.sqrt(2) * np.array([0.0, 0.0, 0.0, tone / J])  # a at rest; c = iε/J
"""

from ..model.term_kinds import Energy
from .channels import amplify, lose, rub
from .couplings import couple_positions, cross_kerr, press_quadratically, squeeze_modes
from .energies import backscatter, detune, drive, exchange, kerr, press, squeeze
from .from_operators import hamiltonian, jump
from .light import feed, guide, mix, shine

__all__ = [
    "Energy",
    "amplify",
    "backscatter",
    "couple_positions",
    "cross_kerr",
    "detune",
    "drive",
    "exchange",
    "feed",
    "guide",
    "hamiltonian",
    "jump",
    "kerr",
    "lose",
    "mix",
    "press",
    "press_quadratically",
    "rub",
    "shine",
    "squeeze",
    "squeeze_modes",
]
