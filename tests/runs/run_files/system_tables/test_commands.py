"""A Kerr cavity that the run file declares itself, taken through every command.

Its drift has the pattern of the amplifier in test_one_mode, and so the same kernel.
"""

import numpy as np
import pytest
import xarray as xr

from qlangevin.sde import Model, terms
from qlangevin.steady import steady_state

pytestmark = pytest.mark.usefixtures("empty_figures")

KERR = """
title = "A Kerr cavity without Python"

[system]
modes = ["cavity"]
hamiltonian = "Δ a†a + K/2 a†²a² + i F (a† − a)"
reference = "doi:10.1103/PhysRevA.94.033841"

[system.operators]
a = "cavity"

[system.parameters]
Δ = "-3 rad/s"
K = { value = "0.4 rad/s", meaning = "Kerr shift per photon" }
F = "2.4 rad/s"
γ = { value = "1 rad/s", meaning = "energy decay rate", sign = "positive" }

[system.derived]
lifetime = "1/γ"

[system.jumps]
out = "sqrt(γ) a"

[run]
trajectories = 128
duration = "4 lifetime"
step = "0.001 / γ"
samples = 40
start = "steady"
branch = 0

[map]
measures = ["purity", "squeezing(cavity)"]
[map.axes]
Δ = ["-1 γ", "-0.5 γ", "0"]

[sweep]
quantities = ["purity"]
[sweep.axes]
Δ = ["-1 γ", "-0.5 γ"]
"""


@pytest.fixture
def qlangevin(command, tmp_path):
    (tmp_path / "kerr.toml").write_text(KERR, encoding="utf-8")
    return command


def opened(tmp_path, name):
    with xr.open_dataset(tmp_path / name, engine="h5netcdf") as file:
        return file.load()


def test_its_parameters_are_listed_and_set_on_the_command_line(qlangevin):
    code, said, _ = qlangevin("steady", "kerr.toml", "--set", "∆=-0.5 γ")
    assert code == 0
    assert "Δ      -0.5 rad/s   (published: -3)" in said
    assert "Fixed points of the mean field: 1" in said
    code, _, said = qlangevin("steady", "kerr.toml", "--set", "lifetime=2 s")
    assert code == 2
    assert "lifetime is unknown: it is derived; change the parameters" in said
    code, said, _ = qlangevin("systems", "kerr.toml")
    assert code == 0
    assert "[system]: RunFileSystem (doi:10.1103/PhysRevA.94.033841), modes cavity\n" in said
    assert "Kerr shift per photon" in said


def test_fixed_points_are_shown_where_rest_is_no_state(qlangevin, tmp_path):
    (tmp_path / "one.toml").write_text('[system]\nmodes = ["a"]\nhamiltonian = "a.x²"\n', "utf-8")
    shown = qlangevin("steady", "one.toml")
    assert shown[0] == 0
    assert "no run is possible: mode 'a' has no net damping" in shown[1]


def test_a_map_over_a_greek_name_equals_the_steady_states_of_verbs(qlangevin, tmp_path):
    code, said, _ = qlangevin("map", "kerr.toml", "--output", "map")
    assert code == 0
    assert "Δ                           -1 … 0 rad/s, 3 points" in said
    found = opened(tmp_path, "map/kerr.nc")
    for detuning in (-1.0, -0.5, 0.0):
        verbs = Model.build(
            ["cavity"],
            [
                terms.detune("cavity", detuning),
                terms.kerr("cavity", 0.4),
                terms.drive("cavity", 2.4),
                terms.lose("cavity", "out", energy_rate=1.0),
            ],
        )
        here = found["covariance"].sel({"Δ": detuning}).values[0]
        expected = steady_state(verbs)["covariance"].values[0]
        np.testing.assert_allclose(here, expected, rtol=1e-9)
    assert found.attrs["system_kind"] == "tables"
    assert qlangevin("rerun", "map/kerr.nc")[0] == 0


@pytest.mark.parametrize(
    "name",
    [
        "run",
        "sweep",
        pytest.param("validate", marks=pytest.mark.slow),
        pytest.param("switching", marks=pytest.mark.slow),
    ],
)
def test_a_command_takes_the_file_and_its_result_is_shown_and_repeated(qlangevin, tmp_path, name):
    path = tmp_path / "kerr.toml"
    if name == "switching":
        longer = KERR.replace("branch = 0", 'scheme = "runge-kutta"').replace("4 life", "400 life")
        coarse = longer.replace("0.001", "0.005").replace("samples = 40", "samples = 2000")
        path.write_text(coarse, encoding="utf-8")
    code, said, errors = qlangevin(name, "kerr.toml", "--output", "here")
    assert code in (0, 1), errors
    assert "RunFileSystem, doi:10.1103/PhysRevA.94.033841" in said
    path.unlink()
    (result,) = (tmp_path / "here").glob("*.nc")
    assert qlangevin("show", result)[0] == 0
    code, said, errors = qlangevin("rerun", result)
    assert code == 0, errors
    assert "identical" in said
