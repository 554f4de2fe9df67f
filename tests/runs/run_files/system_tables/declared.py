"""The optomechanical cavity of the tests, declared in a run file, and changes of its text."""

from qlangevin.runs.run_files.schema import parse
from qlangevin.runs.run_files.systems import build_model, build_system

HAMILTONIAN = "Δ a†a + ω m†m − g a†a (m + m†) + i ε (a† − a)"
CAVITY = f"""
[system]
modes = ["cavity", "membrane"]
hamiltonian = "{HAMILTONIAN}"
reference = "doi:10.1103/RevModPhys.86.1391"

[system.operators]
a = "cavity"
m = "membrane"

[system.parameters]
Δ = "2π × 5 MHz"
ω = "2π × 4 MHz"
g = "2π × 100 Hz"
κ = {{ value = "2π × 0.5 MHz", meaning = "amplitude decay rate", sign = "positive" }}
γ = "2π × 1 kHz"
ε = "2π × 200 MHz"
T = "10 mK"

[system.derived]
n_th = "bose(ω, T)"

[system.jumps]
fibre = "sqrt(2 κ) a"
bath = {{ operator = "sqrt(γ) m", occupation = "n_th" }}
"""


def changed(*changes):
    """The text with the first of each pair replaced by the second."""
    text = CAVITY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def with_hamiltonian(hamiltonian):
    return changed((HAMILTONIAN, hamiltonian))


def system_of(text):
    return build_system(parse("mine.toml", text))


def model_of(text):
    return build_model(system_of(text))
