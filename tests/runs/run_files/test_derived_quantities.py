"""Derived quantities in run files: those declared with @quantity, whatever their docstrings."""

from dataclasses import dataclass

import pytest

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.units import Quantities, to_si
from qlangevin.sde import Model
from qlangevin.sde.system import System, parameter, quantity
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import lose


@dataclass(frozen=True, eq=False)
class Cavity(System):
    frequency: float = parameter("ω", "rad/s", "resonance frequency")
    quality_factor: float = parameter("Q", "", "quality factor")

    PUBLISHED = {"frequency": 1e15, "quality_factor": 1e7}  # noqa: RUF012

    @property
    def undeclared(self):
        """A plain property whose docstring says, rad/s."""
        return 2 * self.frequency

    @quantity("rad/s")
    def decay(self):
        """Nothing about its unit."""
        return self.frequency / self.quality_factor

    @quantity("s")
    def lifetime(self):
        return 1 / self.decay

    @quantity("rad/s")
    def _hidden(self):
        return 1.0

    def model(self):
        return Model.build(["a"], [lose("a", "fibre", energy_rate=self.decay)])


def evaluate(text, unit, **changes):
    return to_si("[run] key", text, unit, Quantities(Cavity.published(), changes))


def test_declared_quantities_are_used_by_name_with_their_unit():
    assert evaluate("0.5 decay", "rad/s") == 0.5e8
    assert evaluate("10 lifetime", "s") == pytest.approx(1e-7)
    assert evaluate("decay", "rad/s", quality_factor=1e6) == 1e9


@pytest.mark.parametrize("name", ["undeclared", "_hidden"])
def test_other_properties_are_refused_whatever_their_docstring_says(name):
    with pytest.raises(RunFileError) as refusal:
        evaluate(f"0.5 {name}", "rad/s")
    message = f'[run] key = "0.5 {name}" cannot be read as a quantity such as "2π × 5 MHz"'
    assert str(refusal.value).startswith(message)


def test_a_declared_quantity_in_the_wrong_unit_is_refused():
    with pytest.raises(RunFileError, match="wrong unit"):
        evaluate("decay", "s")


def test_a_declared_quantity_is_a_property_with_its_docstring():
    assert Cavity.decay.__doc__ == "Nothing about its unit."
    assert Cavity.published().decay == 1e8
    assert Cavity.lifetime.unit == "s"


def test_the_decorator_without_a_unit_is_refused():
    with pytest.raises(ValueError, match=r'write @quantity\("rad/s"\)'):
        quantity(lambda self: 1.0)


def test_the_shipped_systems_declare_these_quantities():
    declared = {
        name: sorted(set(Quantities(kind.published(), {})) - set(kind.published().parameters()))
        for name, kind in SYSTEMS.items()
    }
    assert declared == {
        "cascaded": ["optical_frequency"],
        "hybrid": ["coupling_minus", "coupling_plus"],
        "microrings": [],
        "scatterers": ["decay", "scatterer_shift", "single_photon_coupling"],
        "spinning": [
            "decay",
            "drive_amplitude",
            "optical_frequency",
            "sagnac_shift",
            "single_photon_coupling",
        ],
    }
