"""The report of spectra, of a probe, and of filtered modes of the light that leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np
import xarray as xr

from ....steady.light.output_modes import COMMUTING
from ...execution.light.windows import WINDOW, features
from ...run_files.light import FilteredLight, LightFile
from ...text import line, time_in_words, zero_if_small
from ..parameters import describe_parameters

UNPHYSICAL = "   (no quantum state)"
NO_STATES = "NOT ALL QUANTUM STATES: no measure of one is a result"
PREFIXES = {-3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
LEAST = 1e-9
"""Squeezing in dB that is rounding."""
NEGLIGIBLE = 1e-7
"""Frequency, over the largest one, that is shown as zero."""


def light_report(file: LightFile, result: xr.Dataset) -> str:
    """The report of a result on light."""
    described = describe_parameters(file.system, file.source)
    sections = ["\n".join([f"qlangevin {version('qlangevin')} · {file.title}", *described])]
    if file.detected is not None:
        sections += ["\n".join(_spectra(file, result)), "\n".join(_best(result))]
    if "group_delay" in result:
        sections.append("\n".join(_probe(result)))
    if file.filtered is not None:
        sections.append("\n".join(_filters(file.filtered, result)))
        sections.append("\n".join(_pairs(file.filtered, result)))
    return "\n\n".join(sections) + "\n"


def _spectra(file: LightFile, result: xr.Dataset) -> Iterator[str]:
    """Branch, frequencies, efficiencies, and whether the spectra are those of a quantum field."""
    assert file.detected is not None
    w = result["frequency"].values
    yield f"Light that leaves, about branch {result.attrs['branch']}"
    yield line("lowest frequency", in_words(w[0], float(np.abs(w).max())))
    yield line("highest", in_words(w[-1], float(np.abs(w).max())))
    even = result.attrs["even_points"]
    added = f" evenly spaced, {len(w) - even} more about narrow resonances"
    yield line("points", f"{even}{added}" if even and len(w) > even else f"{len(w)}")
    if file.detected.efficiency:
        yield line("detection efficiency", _shares(file.detected.efficiency))
    physical = result["physical"].values
    verdict = "yes, at every frequency"
    if not physical.all():
        verdict = (
            f"NO, BROKEN at {np.count_nonzero(~physical)} of {physical.size} frequencies: no "
            f"quantum field has these spectra{_remedy(file)}"
        )
    yield line("S + iΩ/2 ⪰ 0", verdict)


def _remedy(file: LightFile) -> str:
    return ", noise = 'consistent' does" * (getattr(file.system, "noise", "") == "published")


def _shares(efficiency: dict[str, float]) -> str:
    return ", ".join(f"{port} {share:.4g}" for port, share in efficiency.items())


def _best(result: xr.Dataset) -> Iterator[str]:
    """The best squeezing of each port and of all, and of the quadratures that are measured."""
    broken = "" if result["physical"].all() else UNPHYSICAL
    largest = float(np.abs(result["frequency"]).max())
    yield "Best squeezing below shot noise"
    for beam in result["beam"].values:
        best = result.sel(beam=beam)
        dB = zero_if_small(best["best_squeezing"])
        where = f"at {in_words(float(best['best_frequency']), largest)}"
        if beam in result["detected_port"].values:
            angle = float(result["best_angle"].sel(detected_port=beam))
            where += f", θ = {minus(f'{angle / np.pi:.4g}')}π"
        shown = f"{dB:.3f} dB {where}" if dB > LEAST else f"none, {minus(f'{dB:.3g}')} dB at best"
        yield line(str(beam), shown + broken)
    yield "Homodyne detectors, least noise"
    for port in result["detected_port"].values:
        yield from (line(str(port), words + broken) for words in _homodyne(result, port, largest))


def _homodyne(result: xr.Dataset, port: str, largest: float) -> Iterator[str]:
    """The least noise that each homodyne detector of a port finds."""
    own = result.sel(detected_port=port)
    for angle, noise in zip(own["homodyne_angle"].values, own["homodyne"].values, strict=True):
        at = int(noise.argmin())
        dB = -10 * np.log10(2 * noise[at])
        where = in_words(abs(float(own["frequency"][at])), largest)
        shown = f"{minus(f'{-dB:.3f}')} dB at {where}" if abs(dB) > LEAST else "shot noise"
        yield f"θ = {minus(f'{angle / np.pi:.3g}')}π, {shown}"


def _probe(result: xr.Dataset) -> Iterator[str]:
    """The range of a probe's transmission, its windows, and the power of its idler."""
    entering, leaving = json.loads(result.attrs["probe"])
    way = result.sel(port=leaving, port_=entering)
    w = way["frequency"].values
    power, idler = (
        (way[f"{name}_real"] ** 2 + way[f"{name}_imag"] ** 2).values
        for name in ("transmission", "idler")
    )
    yield f"Probe {entering} → {leaving}"
    yield line("transmission |T|²", f"{power.min():.4g} … {power.max():.4g}")
    found = features(w, power)
    for each in found:
        delay = float(way["group_delay"][int(np.searchsorted(w, each.frequency))])
        where = in_words(each.frequency, np.abs(w).max())
        yield line(each.kind, f"|T|² = {each.value:.4g} at {where}, group delay {_delay(delay)}")
        yield line("", f"depth {each.depth:.4g}, full width at half depth {_turns(each.width)}")
    if not any(each.kind == WINDOW for each in found):
        yield line(WINDOW, "none")
    yield line("idler, at most", f"{zero_if_small(idler.max()):.4g} of the probe's power")


def _delay(seconds: float) -> str:
    """A group delay, negative for a pulse that is advanced."""
    return "−" * (seconds < 0) + time_in_words(abs(seconds))


def _filters(filtered: FilteredLight, result: xr.Dataset) -> Iterator[str]:
    """The filtered modes: port, centre, width, and their own state."""
    yield "Filtered modes of the light"
    if filtered.efficiency:
        yield line("detection efficiency", _shares(filtered.efficiency))
    largest = float(np.abs(result["filter_centre"]).max())
    for name, each in filtered.filters.items():
        own = result.sel(filter=name)
        place = in_words(each.centre, largest)
        yield line(name, f"{each.port} at {place}, {each.shape} of width {_turns(each.width)}")
        dB = zero_if_small(own["filter_squeezing"])
        squeezed = f"squeezed by {dB:.3g} dB" if dB > 0 else "not squeezed"
        yield line("", f"{zero_if_small(own['filter_quanta']):.4g} quanta, {squeezed}")


def _pairs(filtered: FilteredLight, result: xr.Dataset) -> Iterator[str]:
    """E_N and steering of the pairs with filtered modes."""
    yield "Entanglement with filtered modes"
    for k, (first, second) in enumerate(filtered.pairs):
        pair = result.isel(pair=k)
        there, back = (zero_if_small(value) for value in pair["steering"].values)
        broken = "" if pair["quantum_state"] else UNPHYSICAL
        E = zero_if_small(pair["log_negativity"])
        yield line(f"E_N({first}, {second})", f"{E:.6f}{broken}")
        yield line("steering", f"{first} → {second} {there:.6f}, {second} → {first} {back:.6f}")
        mixed = float(pair["overlap"])
        if mixed > COMMUTING:
            yield line("overlap of the filters", f"|[f, f′†]| = {mixed:.2g}, orthogonalised")
    least = float(result["physicality"].min())
    verdict = "quantum states" if result["quantum_state"].all() else NO_STATES
    yield line("min eig(V + iΩ/2)", f"{minus(f'{least:.3g}')} at its least, {verdict}")


def in_words(omega: float, largest: float) -> str:
    """A frequency in rad/s and over 2π; 0 where it is rounding of the largest one."""
    if abs(omega) <= NEGLIGIBLE * abs(largest):
        return "ω = 0"
    return f"ω = {minus(f'{omega:.5g}')} rad/s ({_turns(omega)})"


def _turns(omega: float) -> str:
    """An angular frequency as 2π times hertz, as run files write it."""
    hertz = omega / (2 * np.pi)
    power = int(np.clip(3 * np.floor(np.log10(abs(hertz)) / 3), -3, 12))
    return f"2π × {minus(f'{hertz / 10.0**power:.5g}')} {PREFIXES[power]}Hz"


def minus(text: str) -> str:
    """A number with a true minus sign."""
    return text.replace("-", "−", 1) if text.startswith("-") else text
