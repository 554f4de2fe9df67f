"""The oscillators of the paper, their baths, and the products E whose values show steering.

"minus" is the first oscillator on the beam, "plus" the second.
"""

from __future__ import annotations

from scipy.constants import pi

from ....analysis.measure_names import variable_name
from ....sde.systems.hybrid import HybridOscillators

HYBRID = HybridOscillators.published()
HOT = {"linewidth": 2 * pi * 0.1, "occupation": 1e5}
VACUUM = {"linewidth": 2 * pi * 20e3, "occupation": 0.0}
"""A bath in its ground state, with nearly the decoherence rate γ₀(n + ½) of the hot one."""
BATHS = {
    "hot": HYBRID,
    "vacuum": HYBRID.replace(
        **{f"{name}_{mode}": value for name, value in VACUUM.items() for mode in ("minus", "plus")}
    ),
}
"""Both oscillators in the same bath: Figs. 2 and 3."""
SERVERS = {"hot": HOT, "vacuum": VACUUM}
"""The bath of the server in Figs. 4–8; the client has a hot bath."""
E_PLUS = "reid(minus, plus)"
E_MINUS = "reid(plus, minus)"
"""E_{+|−}, by which minus steers plus, and E_{−|+}, by which plus steers minus."""
BOTH = [E_PLUS, E_MINUS]
NAMES = {E_PLUS: variable_name(E_PLUS), E_MINUS: variable_name(E_MINUS)}
TARGETS = ("plus", "minus")
"""The oscillator that is steered, by E_{+|−} or by E_{−|+}."""
PRODUCTS = dict(zip(TARGETS, (E_PLUS, E_MINUS), strict=True))
HALF = 0.5 * (1 - 1e-9)
"""A product below shows steering: ½ less rounding."""
LABELS = {E_PLUS: "$E_{+|-}$", E_MINUS: "$E_{-|+}$"}
STYLES = {E_PLUS: "--", E_MINUS: "-"}
"""Line styles in the figures."""
