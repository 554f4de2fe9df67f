"""Grids at their edges: every field of every system, names that clash, sizes too large."""

import dataclasses

import numpy as np
import pytest

from qlangevin.sde.systems import (
    SYSTEMS,
    CascadedResonators,
    Microrings,
    ScattererResonator,
    SpinningResonator,
)
from qlangevin.steady import grid, steady_state


def numeric_fields():
    for kind in SYSTEMS.values():
        for field in dataclasses.fields(kind):
            if "options" not in field.metadata:
                yield pytest.param(kind, field.name, id=f"{kind.__name__}-{field.name}")


@pytest.mark.parametrize(("kind", "name"), list(numeric_fields()))
def test_every_field_is_an_axis_and_hides_no_variable(kind, name):
    system = kind.published()
    value = getattr(system, name)
    points = (
        np.array([value, value + 1])
        if name == "azimuthal_number"
        else np.array([0.99, 1.0]) * value
    )
    if value == 0:
        points = np.array([0.0, 0.1])
    found = grid(system, {name: points})
    assert found[name].dims == (name,)
    np.testing.assert_array_equal(found[name], points)
    assert {"mean", "stable", "covariance", "physicality", "light_share", "kind"} <= set(
        found.data_vars
    )
    swept = steady_state(system.replace(**{name: points}))
    assert swept["light_share"].dims == (name, "branch", "port")
    np.testing.assert_allclose(swept["covariance"], found["covariance"], rtol=1e-9, atol=1e-12)


def test_bare_and_effective_detunings_contradict():
    axes = {"detuning": [0.0, 1e7], "effective_detuning": [1e7]}
    with pytest.raises(ValueError, match="detuning follows from effective_detuning"):
        grid(ScattererResonator.published(), axes)


def test_an_effective_detuning_holds_at_every_point_of_the_other_axes():
    system = CascadedResonators.published()
    axes = {"frequency_ratio": [0.9, 1.0], "effective_detuning": [3.8e8]}
    found = grid(system, axes)
    for k, ratio in enumerate(axes["frequency_ratio"]):
        here = system.replace(frequency_ratio=ratio).at_effective_detuning(3.8e8)
        mean = found["mean"].values[k, 0, int(found["implied_branch"][k, 0])]
        np.testing.assert_allclose(here.effective_detuning(mean), 3.8e8, rtol=1e-9)


def test_a_system_with_arrays_of_parameters_is_refused_by_grid():
    family = SpinningResonator.published(detuning=np.linspace(1e7, 3e7, 3))
    with pytest.raises(ValueError, match="grid takes one parameter point"):
        grid(family, {"spin": [0.0, 4e3, 8e3]})


def test_measures_that_take_a_name_already_there_are_refused():
    def margin(steady):
        return steady["mean"].isel(quadrature=0)

    with pytest.raises(ValueError, match="'margin' already names"):
        grid(Microrings.published(), {"coupling": [1e8]}, [margin])
    with pytest.raises(ValueError, match="'purity' already names"):
        grid(Microrings.published(), {"coupling": [1e8]}, ["purity", "purity"])


def test_no_axes_and_repeated_values_are_refused():
    with pytest.raises(ValueError, match="axes must name at least one parameter"):
        grid(Microrings.published(), {})
    with pytest.raises(ValueError, match="coupling must not repeat a value"):
        grid(Microrings.published(), {"coupling": [1e8, 1e8]})


def test_a_grid_beyond_the_machines_memory_is_refused_with_the_numbers():
    axes = {
        "coupling": np.linspace(1e8, 2e8, 10**6),
        "two_photon_drive": np.linspace(0, 1e8, 10**6),
    }
    with pytest.raises(
        ValueError, match=r"1000000000000 points of a grid take .* TiB of .*iB are available"
    ):
        grid(Microrings.published(), axes)


def test_a_detuning_beyond_the_optical_frequency_leaves_no_laser():
    for system in (SpinningResonator, ScattererResonator):
        with pytest.raises(ValueError, match="detuning must lie below the optical frequency"):
            system.published(detuning=1e16).model()
    with pytest.raises(ValueError, match="power_a must be zero or positive"):
        Microrings.published().with_powers(-1.0, 0.0)


def test_azimuthal_numbers_are_whole():
    with pytest.raises(ValueError, match="azimuthal_number must be a positive whole number"):
        ScattererResonator.published(azimuthal_number=4.5)
