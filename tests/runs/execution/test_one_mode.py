"""A sixth system, with one mode, on the command line: found by name, run, mapped, described."""

import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from qlangevin.runs import cli
from qlangevin.sde import Model
from qlangevin.sde.system import System, parameter
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import detune, kerr, lose, shine, squeeze


@dataclass(frozen=True, eq=False)
class Amplifier(System):
    """ȧ = −(iΔ + κ)a − 2iΩa† − iK|a|²a + √(2κ)a_in."""

    detuning: Any = parameter("Δ", "rad/s", "cavity minus half the pump frequency")
    pump: Any = parameter("Ω", "rad/s", "two-photon drive")
    kerr: Any = parameter("K", "rad/s", "Kerr shift per photon")
    light: Any = parameter("ε", "√(photons/s)", "coherent input")
    decay: Any = parameter("κ", "rad/s", "amplitude decay rate", sign="positive")

    REFERENCE: ClassVar[str] = "doi:10.1103/PhysRevA.30.1386"
    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": 0.0,
        "pump": 1e6,
        "kerr": 1e3,
        "light": 1e3,
        "decay": 5e6,
    }

    def model(self) -> Model:
        return Model.build(
            ["cavity"],
            [
                detune("cavity", self.detuning),
                squeeze("cavity", self.pump),
                kerr("cavity", self.kerr),
                shine("port", self.light),
                lose("cavity", "port", amplitude_rate=self.decay),
            ],
        )


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(SYSTEMS, "amplifier", Amplifier)
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)

    def qlangevin(*arguments):
        monkeypatch.setattr(sys, "argv", ["qlangevin", *arguments])
        with pytest.raises(SystemExit) as done:
            cli.main()
        said = capsys.readouterr()
        return done.value.code, said.out + said.err

    return qlangevin


def test_a_new_system_is_listed_and_its_branches_described(call):
    assert "amplifier: Amplifier (doi:10.1103/PhysRevA.30.1386), modes cavity" in call("systems")[1]
    code, said = call("steady", "amplifier", "--set", "pump=2e6 rad/s")
    assert code == 0
    assert "squeezing below vacuum" in said
    assert "E_N" not in said
    assert "goes to: fixed point" in said


def test_a_new_system_runs_and_its_report_gives_no_entanglement(call, tmp_path):
    run = '[run]\ntrajectories = 256\nduration = "3 µs"\nstep = "1 ns"\nsamples = 20\n'
    text = f'system = "amplifier"\n{run}'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    code, said = call("run", "mine.toml")
    assert code == 0
    assert "Entanglement: not applicable (one mode)." in said
    assert "Is the linearisation right? to" in said
    names = {
        path.name for path in (tmp_path / "results" / "mine").iterdir() if path.suffix != ".h5"
    }
    assert names == {
        "mine.nc",
        "report.txt",
        "overview.png",
        "means.pdf",
        "covariance.pdf",
        "wigner.pdf",
    }


def test_a_new_system_is_mapped(call, tmp_path):
    axes = '[map]\nmeasures = ["squeezing(cavity)", "purity"]\n[map.axes]\npump = [0, 1e6, 2e6]\n'
    text = f'system = "amplifier"\n{axes}'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    code, said = call("map", "mine.toml")
    assert code == 0
    assert "squeezing_cavity" in said
    assert (tmp_path / "results" / "mine" / "squeezing_cavity.png").exists()
