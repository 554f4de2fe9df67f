"""Variables of light's results: name, dimensions after the parameter points, unit, meaning."""

from __future__ import annotations

from ...sde.labels import Q_, Q, Variable
from ..variables import MODE, PORT, table

F = "frequency"
PORT_ = "port_"
MATRIX = (F, Q, Q_)

RESPONSE = table(
    [
        Variable(
            f"response_{part}",
            (F, PORT, Q, PORT_, Q_),
            "1",
            f"response of an output quadrature to an input quadrature, {words} part",
        )
        for part, words in (("real", "real"), ("imag", "imaginary"))
    ]
    + [
        Variable(f"{name}_{part}", (F, PORT, PORT_), "1", f"{meaning}, {words} part")
        for name, meaning in (
            ("transmission", "amplitude at ω for a probe of amplitude 1 at ω"),
            ("idler", "a_out†(−ω), the idler's conjugate, for a probe of amplitude 1 at ω"),
        )
        for part, words in (("real", "real"), ("imag", "imaginary"))
    ]
    + [Variable("group_delay", (F, PORT, PORT_), "s", "group delay of a probe, dφ/dω")]
)
"""Variables of `response`."""

OUTPUT_SPECTRUM = table(
    [
        Variable("spectrum_real", MATRIX, "1", "spectral matrix of the output, real part"),
        Variable("spectrum_imag", MATRIX, "1", "spectral matrix of the output, imaginary part"),
        Variable("physical", (F,), "1", "S ± iΩ/2 ≥ 0 holds, up to rounding"),
    ]
)
"""Variables of `output_spectrum`."""

INTRACAVITY_SPECTRUM = table(
    [
        Variable("spectrum_real", MATRIX, "s", "spectral matrix of the modes, real part"),
        Variable("spectrum_imag", MATRIX, "s", "spectral matrix of the modes, imaginary part"),
        Variable("normal_ordered", (F, MODE), "s", "spectrum of ⟨a†a⟩, the quanta at ω"),
        Variable("antinormal_ordered", (F, MODE), "s", "spectrum of ⟨aa†⟩"),
    ]
)
"""Variables of `intracavity_spectrum`."""

DISPLACEMENT_NOISE = table(
    [
        Variable("imprecision", (F,), "s", "noise of the record as a noise of q, backaction apart"),
        Variable("backaction", (F,), "1/s", "spectrum of the light's force on p"),
        Variable("correlation_real", (F,), "1", "cross-spectrum of imprecision and force, real"),
        Variable("correlation_imag", (F,), "1", "cross-spectrum of both, imaginary part"),
        Variable("product", (F,), "1", "√(imprecision × backaction) over its least value ½"),
        Variable("susceptibility_real", (F,), "s", "response of q to a force on p, real part"),
        Variable("susceptibility_imag", (F,), "s", "response of q to a force on p, imaginary part"),
        Variable("added_noise", (F,), "s", "noise of q that the measurement adds"),
        Variable("standard_quantum_limit", (F,), "s", "least added noise without correlations"),
    ]
)
"""Variables of `displacement_noise`."""
