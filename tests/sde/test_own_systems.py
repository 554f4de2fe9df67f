"""A user's own system: what it must declare, what it may, and a message for each mistake."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis.gaussian import reid
from qlangevin.runs.reports.branches import describe_branches
from qlangevin.runs.reports.measures import PHASES
from qlangevin.runs.reports.parameters import describe_parameters
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.systems import at_effective_detuning
from qlangevin.sde import Model, operators, simulate
from qlangevin.sde.system import System, choice, parameter
from qlangevin.sde.terms import Energy, detune, drive, hamiltonian, jump, kerr, lose, press
from qlangevin.steady import (
    conditional_covariance,
    critical_values,
    fixed_points,
    grid,
    steady_state,
)


@dataclass(frozen=True, eq=False)
class Magnons(System):
    """A driven Kerr mode beside an empty cavity, in units of its amplitude decay rate."""

    magnon: Any = parameter("Δ_m", "rad/s", "bare detuning of the magnons")
    detuning_cavity: Any = parameter("Δ_c", "rad/s", "detuning of the cavity, which nothing shifts")
    shift: Any = parameter("K", "rad/s", "shift per magnon")

    def at_effective_detuning(self, detuning):
        quanta = 1 / (1 + np.asarray(detuning) ** 2)
        return self.replace(magnon=detuning - np.asarray(self.shift) * quanta)

    def effective_detuning(self, mean):
        return np.asarray(self.magnon + self.shift * (mean[..., 0] ** 2 + mean[..., 1] ** 2) / 2)[
            ..., None
        ]

    def model(self):
        terms = [
            detune("m", self.magnon),
            kerr("m", self.shift),
            drive("m", 1.0),
            lose("m", "p", amplitude_rate=1.0),
        ]
        cavity = [detune("c", self.detuning_cavity), lose("c", "q", amplitude_rate=1.0)]
        return Model.build(["m", "c"], [terms, cavity])


MAGNONS = Magnons(magnon=0.3, detuning_cavity=0.5, shift=0.2)


@dataclass(frozen=True, eq=False)
class Bare(System):
    """A system with nothing but a parameter and a model."""

    rate: Any = parameter("κ", "rad/s", "amplitude decay rate")

    def model_terms(self):
        return lose("a", "out", amplitude_rate=self.rate)

    def model(self):
        return Model.build(["a"], self.model_terms())


def test_an_axis_that_nothing_shifts_stands_beside_the_effective_detuning():
    """A parameter may be called detuning_cavity and still be independent."""
    found = grid(MAGNONS, {"effective_detuning": [1.0, 2.0], "detuning_cavity": [1.0, 3.0]})
    for at in np.ndindex(2, 2):
        branch = int(found["implied_branch"].values[at])
        here = found.isel(branch=branch).isel(effective_detuning=at[0], detuning_cavity=at[1])
        wanted = float(here["effective_detuning"])
        assert float((here["mean"][:2] ** 2).sum() / 2) == pytest.approx(1 / (1 + wanted**2))
        V = here["covariance"].values
        np.testing.assert_allclose(V[2:, 2:], 0.5 * np.eye(2), atol=1e-12)


def test_an_axis_that_the_effective_detuning_overwrites_is_refused_by_name():
    for axes in (
        {"effective_detuning": [1.0], "magnon": [1.0, 2.0, 3.0]},
        {"magnon": [1.0, 2.0], "shift": [0.1], "effective_detuning": [1.0, 2.0]},
    ):
        with pytest.raises(
            ValueError,
            match=r"^magnon follows from effective_detuning and cannot be an axis beside",
        ):
            grid(MAGNONS, axes)


def test_in_a_run_file_too_only_parameters_that_the_effective_detuning_changes_are_refused():
    assert at_effective_detuning(
        MAGNONS, 1.0, ["detuning_cavity", "shift"]
    ).magnon == pytest.approx(1.0 - 0.2 / 2)
    with pytest.raises(
        RunFileError, match="magnon follows from effective_detuning; give one of the two"
    ):
        at_effective_detuning(MAGNONS, 1.0, ["detuning_cavity", "magnon"])


def test_one_of_the_two_methods_of_an_effective_detuning_alone_is_refused():
    class Half(Bare):
        def at_effective_detuning(self, detuning):
            return self

    with pytest.raises(
        ValueError, match=r"Half defines at_effective_detuning alone: .* must be defined together"
    ):
        grid(Half(rate=1.0), {"effective_detuning": [1.0]})


def test_a_reference_and_published_values_are_optional():
    bare = Bare(rate=2.0)
    assert steady_state(bare)["covariance"].values[0] == pytest.approx(0.5 * np.eye(2))
    assert '"reference": ""' in fixed_points(bare).attrs["provenance"]
    assert Bare.published(rate=3.0).rate == 3.0
    with pytest.raises(
        ValueError,
        match=r"Bare.published\(\) has no value for rate: add it to PUBLISHED, or give it",
    ):
        Bare.published()


def test_published_values_of_unknown_parameters_are_refused():
    class Mistyped(Bare):
        PUBLISHED: ClassVar[dict[str, Any]] = {"rat": 1.0}

    with pytest.raises(ValueError, match="Mistyped has no parameter 'rat': did you mean 'rate'"):
        Mistyped.published()


def test_a_plain_field_is_refused_by_name():
    @dataclass(frozen=True, eq=False)
    class Plain(Bare):
        gain: float = 3.0

    for make in (lambda: Plain(rate=1.0), lambda: Plain.published(rate=1.0)):
        with pytest.raises(
            ValueError,
            match=r"gain of Plain must be declared .* Any = parameter\(.x., .*, default=3.0\)",
        ):
            make()


def test_a_class_without_its_decorator_is_refused():
    class Undecorated(Bare):
        gain: Any = parameter("g", "rad/s", "gain")

    for make in (lambda: Undecorated(rate=1.0), Undecorated.published):
        with pytest.raises(
            ValueError,
            match=r"Undecorated must be decorated with @dataclass\(frozen=True, eq=False\)",
        ):
            make()


def test_a_subclass_that_adds_no_parameter_needs_no_decorator():
    class Renamed(Bare):
        """The same, with a pair."""

        @property
        def pair(self):
            return "a", "a"

    assert Renamed(rate=1.0).pair == ("a", "a")


def test_a_parameter_named_like_something_that_every_system_has_is_refused():
    @dataclass(frozen=True, eq=False)
    class Shadowed(Bare):
        pair: Any = parameter("p", "", "number of pairs")

    with pytest.raises(
        ValueError, match="pair of Shadowed has the name of something that every System has"
    ):
        Shadowed(rate=1.0, pair=2)


@pytest.mark.parametrize("returned", [3, None, "model", [Bare(rate=1.0).model()]])
def test_a_model_method_that_returns_no_model_is_refused(returned):
    class Wrong(Bare):
        def model(self):
            return returned

    wrong = Wrong(rate=1.0)
    for call in (
        lambda: steady_state(wrong),
        lambda: grid(wrong, {"rate": [1.0]}),
        lambda: critical_values(wrong, "rate", 1.0, 2.0),
        lambda: simulate(wrong, trajectories=64, duration=1.0, step=0.1),
        lambda: wrong.pair,
    ):
        with pytest.raises(
            ValueError, match=r"Wrong.model\(\) must return a Model, as Model.build"
        ):
            call()


@dataclass(frozen=True, eq=False)
class TwiceDetuned(System):
    """A cavity whose detuning is twice a parameter, written as an operator."""

    half: Any = parameter("Δ", "rad/s", "half the detuning")

    def model(self):
        (a,) = operators("a")
        return Model.build(["a"], [hamiltonian(2 * self.half * a.dag() * a), jump("fibre", a)])


@pytest.mark.parametrize(
    "values", [[1.0, 3.0], xr.DataArray([1.0, 3.0], dims="x"), np.array([1.0, 3.0])]
)
def test_lists_and_labelled_arrays_are_parameter_points(values):
    np.testing.assert_array_equal(TwiceDetuned(half=values).model().A[:, 0, 1], [2.0, 6.0])


def test_a_system_keeps_the_values_that_it_was_given():
    values = np.array([1.0, 3.0])
    system = TwiceDetuned(half=values)
    values[0] = 99.0
    assert system.half.tolist() == [1.0, 3.0]


def test_one_labelled_number_is_a_number():
    one = xr.DataArray(1.5, attrs={"units": "rad/s"})
    assert TwiceDetuned(half=one).model().A[0, 1] == 3.0


def test_parameter_arrays_that_do_not_fit_are_named_with_their_shapes():
    message = r"^magnon of shape \(5,\) and shift of shape \(3,\) do not fit together"
    with pytest.raises(ValueError, match=message):
        Magnons(magnon=np.ones(5), detuning_cavity=0.0, shift=np.ones(3))
    assert Magnons(magnon=np.ones((5, 1)), detuning_cavity=0.0, shift=np.ones(3)).model().batch == (
        5,
        3,
    )


def test_an_unknown_sign_and_a_choice_without_options_are_refused():
    with pytest.raises(
        ValueError, match=r"sign of the parameter κ must be one of any, .* \(got 'positve'\)"
    ):
        parameter("κ", "rad/s", "decay", sign="positve")
    with pytest.raises(ValueError, match="needs the words to choose from"):
        choice(meaning="what the bath does")


def test_an_axis_keeps_its_name_whatever_it_is():
    @dataclass(frozen=True, eq=False)
    class Pointed(Bare):
        point_of_work: Any = parameter("x", "rad/s", "called like an axis without a name")
        idle: Any = parameter("y", "", "what the model does not depend on")

        def model(self):
            return Model.build(["a"], [self.model_terms(), detune("a", self.point_of_work)])

    rate, work = np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    found = fixed_points(Pointed(rate=rate, point_of_work=work[:, None], idle=0.0))
    assert found["mean"].dims[:2] == ("point_of_work", "rate")
    together = fixed_points(Pointed(point_of_work=rate, rate=rate, idle=0.0))
    assert together["mean"].dims[0] == "rate"
    assert fixed_points(Pointed(rate=1.0, point_of_work=1.0, idle=work))["mean"].dims == (
        "branch",
        "quadrature",
    )


def test_a_report_distinguishes_couplings_of_light_and_motion_from_other_nonlinearities():
    @dataclass(frozen=True, eq=False)
    class Anharmonic(Bare):
        def model(self):
            cubic = Energy([(0.01, [("m", 0)] * 3)], mechanical=["m"])
            losses = [lose(mode, mode, amplitude_rate=self.rate) for mode in ("a", "m")]
            return Model.build(
                ["a", "m"], [detune("m", 1.0), drive("a", 1.0), press("a", "m", 0.1), cubic, losses]
            )

        def homodyne(self, phase):
            return [{"a.X": np.cos(phase), "a.Y": np.sin(phase)}]

    system = Anharmonic(rate=1.0)
    states = steady_state(system)
    said = describe_branches(system, states, ("a", "m"))
    assert "|G|(a, m)" in said
    assert "|G|(m, m)" not in said
    record = system.homodyne(np.linspace(0, np.pi, PHASES))
    stable = states["mean"].values[states["stable"].values]
    given = conditional_covariance(system, record, stable[0])
    product = float(reid(np.asarray(given), 0, 1).min())
    assert f"given the light, of m       {product:.4g} (better by" in said


def test_a_homodyne_record_of_one_mode_adds_nothing_to_the_report():
    class Watched(Bare):
        def homodyne(self, phase):
            return [{"out.X": np.cos(phase), "out.Y": np.sin(phase)}]

    said, plain = (
        describe_branches(system, steady_state(system), ("a", "a"))
        for system in (Watched(rate=1.0), Bare(rate=1.0))
    )
    assert said == plain


def test_a_choice_is_no_parameter_point():
    @dataclass(frozen=True, eq=False)
    class Chosen(Bare):
        noise: str = choice("full", "none", meaning="what the bath does")

    assert Chosen(rate=np.ones(4)).model().batch == (4,)


@dataclass(frozen=True, eq=False)
class Defaults(Bare):
    """Parameters with defaults stand before one without."""

    kerr: Any = parameter("K", "rad/s", "shift per photon", default=0.1, sign="nonnegative")
    noise: str = choice("full", "none", meaning="what the bath does")
    detuning: Any = parameter("Δ", "rad/s", "detuning")

    PUBLISHED: ClassVar[dict[str, Any]] = {"rate": 1.0, "kerr": 0.2, "detuning": 0.0}


def test_a_parameter_may_have_a_default_and_a_published_value_goes_before_it():
    assert Defaults(rate=1.0, detuning=0.5).parameters() == {
        "rate": 1.0,
        "kerr": 0.1,
        "noise": "full",
        "detuning": 0.5,
    }
    assert Defaults.published().kerr == 0.2
    assert Defaults.published(kerr=0.3).kerr == 0.3
    report = "\n".join(describe_parameters(Defaults(rate=1.0, detuning=0.0, noise="none")))
    assert "0.1 rad/s   (published: 0.2)" in report
    assert "none   (default: full)" in report


def test_a_default_is_one_allowed_number():
    with pytest.raises(ValueError, match=r"default of the parameter κ must be one number \(got"):
        parameter("κ", "rad/s", "decay", default=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"default of the parameter κ must be a number in rad/s"):
        parameter("κ", "rad/s", "decay", default="2 MHz")

    @dataclass(frozen=True, eq=False)
    class Negative(Bare):
        gain: Any = parameter("g", "rad/s", "gain", default=-1.0, sign="positive")

    with pytest.raises(ValueError, match=r"gain must be positive, in rad/s \(got -1.0\)"):
        Negative(rate=1.0)
