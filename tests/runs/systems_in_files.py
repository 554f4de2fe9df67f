"""A bistable Kerr cavity in a user's own file, with a module beside it that the file imports."""

RATES = 'DECAY = 1.0\n"""Energy decay rate, 1/s."""\n'
CAVITY = '''"""A driven Kerr cavity, in units of its energy decay rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import qlangevin as ql
from qlangevin.sde.systems import SpinningResonator as Imported
from rates import DECAY


@dataclass(frozen=True, eq=False)
class Cavity(ql.System):
    """ȧ = −(iΔ + κ/2)a − iK|a|²a + ε + √κ a_in."""

    detuning: Any = ql.parameter("Δ", "rad/s", "cavity minus laser frequency")
    shift: Any = ql.parameter("K", "rad/s", "Kerr shift per photon")
    drive: Any = ql.parameter("ε", "1/s", "amplitude of the drive")

    REFERENCE: ClassVar[str] = "doi:10.1088/0305-4470/13/2/034"
    PUBLISHED: ClassVar[dict[str, Any]] = {"detuning": -3.0, "shift": 0.4, "drive": 2.4}

    @ql.quantity("1/s")
    def decay(self):
        return DECAY

    def model(self):
        return ql.Model.build(
            ["cavity"],
            [
                ql.terms.detune("cavity", self.detuning),
                ql.terms.kerr("cavity", self.shift),
                ql.terms.drive("cavity", -1j * self.drive),
                ql.terms.lose("cavity", "out", energy_rate=DECAY),
            ],
        )
'''
RUN = """
system = "own/cavity.py:Cavity"
[parameters]
shift = "0.4 decay"
[run]
trajectories = {trajectories}
duration = "{duration} / decay"
step = "0.005 / decay"
scheme = "runge-kutta"
samples = {samples}
start = "steady"
{more}
"""
GRID = """
system = "own/cavity.py"
[map]
measures = ["purity"]
[map.axes]
drive = ["2.3 /s", "2.4 /s"]
"""


def write_system(folder, text=CAVITY):
    """Write the file and the module that it imports to a new or existing folder."""
    folder.mkdir(exist_ok=True)
    (folder / "rates.py").write_text(RATES, encoding="utf-8")
    (folder / "cavity.py").write_text(text, encoding="utf-8")
    return folder / "cavity.py"
