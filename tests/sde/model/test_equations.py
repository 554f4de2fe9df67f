"""What notebooks show of models and systems: the numbers of the arrays, in valid LaTeX and HTML."""

import html
import math
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser

import qlangevin as ql
from qlangevin.sde.model.equations import (
    drift_equations,
    equation_lines,
    noise_symbol,
    number,
    port_equations,
    quadrature_symbol,
)
from qlangevin.sde.terms import detune, kerr, lose, press, press_quadratically, shine, squeeze


def cavity(port="fibre", modes=("a", "m")):
    a, m = modes
    return ql.Model.build(
        modes,
        [
            detune(a, 1.23456e6),
            detune(m, 2.5e6),
            press(a, m, 0.321e6),
            kerr(a, 0.456e6),
            squeeze(a, 1e5 - 2e5j),
            press_quadratically(a, m, 0.44e6),
            lose(a, port, amplitude_rate=3.79812e6, phase=0.3),
            lose(m, "bath", energy_rate=5e5, occupation=0.3),
            shine(port, 1e3 - 3e2j),
        ],
    )


def value_of(latex, symbols):
    """The number that the right side of an equation stands for."""
    for symbol in sorted(symbols, key=len, reverse=True):
        latex = latex.replace(symbol, f"({symbols[symbol]!r})")
    latex = re.sub(r"\\times 10\^\{(-?\d+)\}", r"e\1", latex)
    latex = re.sub(r"10\^\{(-?\d+)\}", r"1e\1", latex)
    latex = re.sub(r"\\sqrt\{([^}]*)\}", r"math.sqrt(\1)", latex)
    latex = re.sub(r"\^\{(\d)\}", r"**\1", latex).replace(r"\,", "*")
    return eval(latex, {"math": math})


def test_the_equations_have_the_numbers_of_the_arrays():
    """At random amplitudes and noises, each right side is f(u) + Bξ, to four digits of a term."""
    model = cavity()
    r = np.random.default_rng(3)
    u, xi = r.normal(size=model.size), 1e3 * r.normal(size=len(model.channels))
    symbols = dict(zip(map(quadrature_symbol, model.quadratures), u.tolist(), strict=True))
    symbols |= dict(zip(map(noise_symbol, model.channels), xi.tolist(), strict=True))
    exact = model.drift(u) + model.B @ xi
    light = np.concatenate([p.C @ u + p.D @ xi + p.d for p in model.ports.values()])
    for equations, wanted in ((drift_equations(model), exact), (port_equations(model), light)):
        found = [value_of(" ".join(equation_lines(kinds)), symbols) for _, kinds in equations]
        np.testing.assert_allclose(found, wanted, rtol=1e-3)


def test_every_product_is_shown_once_and_kinds_of_terms_in_their_order():
    """ṗ of an oscillator with G (X² + Y² − 1)/2: linear, quadratic, constant, noise."""
    model = ql.Model.build(
        ["a", "m"],
        [press("a", "m", 8.0), detune("m", 2.0), lose("m", "bath", energy_rate=18.0)],
    )
    *_, (left, kinds) = drift_equations(model)
    q, p, X, Y = (quadrature_symbol(name) for name in ("m.q", "m.p", "a.X", "a.Y"))
    assert left == rf"\frac{{d}}{{dt}}\,{p}"
    assert " ".join(equation_lines(kinds)) == (
        rf"-2\,{q} -9\,{p} +4\,{X}^{{2}} +4\,{Y}^{{2}} -4 +3\,{noise_symbol('bath.Y')}"
    ).replace("+3", r"+\sqrt{9}")


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (3.798e7, r"37.98\times 10^{6}"),
        (63e6, r"63\times 10^{6}"),
        (1e6, "10^{6}"),
        (999_960.0, "10^{6}"),
        (9999.0, "9999"),
        (99_999.0, r"100\times 10^{3}"),
        (0.25, "0.25"),
        (0.00123456, "0.001235"),
        (1.5e-7, r"150\times 10^{-9}"),
        (1.2346e-300, r"1.235\times 10^{-300}"),
    ],
)
def test_numbers_have_four_digits_and_powers_of_ten_in_steps_of_three(value, latex):
    assert number(value) == latex


class Balanced(HTMLParser):
    """Collects text, and checks that every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def latex_lines(text):
    """The lines of all equations in the HTML of a model."""
    blocks = re.findall(r"\$\$\\begin{aligned}(.*?)\\end{aligned}\$\$", html.unescape(text), re.S)
    return [line.replace("&", "") for block in blocks for line in block.split(r" \\ ")]


@pytest.mark.parametrize("modes", [("a", "m"), ("left.cavity_2", "κ_ω"), ("αβ", "x1__")])
def test_the_latex_is_valid_for_any_names(modes):
    parser = MathTextParser("path")
    lines = latex_lines(cavity(port=f"{modes[0]}_out", modes=modes)._repr_html_())
    for line in lines[::4]:
        parser.parse(f"${line}$")
    assert len(lines) >= 8
    assert all(line.count("{") == line.count("}") for line in lines)


@pytest.mark.parametrize("kind", ql.systems.SYSTEMS.values(), ids=ql.systems.SYSTEMS)
def test_every_system_shows_its_parameters_and_equations(kind):
    system = kind.published()
    page = Balanced(system._repr_html_())
    text = repr(system)
    assert text.startswith(f"{kind.__name__} ({kind.REFERENCE})\n")
    for name in system.parameters():
        assert name in page.text
        assert f"    {name} " in text
    assert len(latex_lines(system._repr_html_())) >= system.model().size


def test_a_system_shows_symbol_value_unit_meaning_and_reference():
    system = ql.systems.SpinningResonator.published(spin=[-8e3, 0.0, 8e3])
    shown = system._repr_html_()
    assert "<td>mass</td><td>m</td><td>10 × 10<sup>−12</sup></td><td>kg</td>" in shown
    assert "<td>Δ<sub>c</sub></td><td>18.9 × 10<sup>6</sup></td><td>rad/s</td>" in shown
    assert "<td>[−8000, 0, 8000]</td>" in shown
    assert 'href="https://doi.org/10.1103/PhysRevLett.125.143605"' in shown
    assert "the first of 3 parameter points" in shown
    assert re.search(r"^    mechanical_frequency +ω_m +63e6 rad/s$", repr(system), re.M)


def test_pairs_ranges_and_words_are_shown():
    pairs = ql.systems.ScattererResonator.published(defect=((1e6, 0.5), (-2e6, 1.0)))
    assert "(1e6, 0.5), (-2e6, 1) (rad/s, rad)" in repr(pairs)
    assert re.search(r"noise +published$", repr(pairs), re.M)
    sweep = ql.systems.SpinningResonator.published(power=np.linspace(0, 1, 12).reshape(3, 4))
    assert "3 × 4 values from 0 to 1 W" in repr(sweep)


@dataclass(frozen=True, eq=False)
class Broken(ql.System):
    REFERENCE = "A & B, <Journal>"
    rate: float = ql.parameter("κ_<", "rad/s", "decay & gain")

    def model(self):
        raise RuntimeError("no <model> & no equations")


def test_without_a_model_the_parameters_are_shown_with_the_reason():
    shown = Broken(2.0)._repr_html_()
    page = Balanced(shown)
    assert "RuntimeError: no &lt;model&gt; &amp; no equations" in shown
    assert "decay &amp; gain" in shown
    assert "A & B, <Journal>" in "".join(page.text)
    assert repr(Broken(2.0)) == "Broken (A & B, <Journal>)\n    rate  κ_<  2 rad/s"


def test_a_model_of_another_kind_is_named():
    class Other(Broken):
        def model(self):
            return [1, 2]

    assert "No equations: model() gave [1, 2], not a Model" in Other(2.0)._repr_html_()


def test_a_text_of_its_own_is_kept():
    @dataclass(frozen=True, eq=False)
    class Named(Broken):
        def __repr__(self):
            return "mine"

    @dataclass(frozen=True, eq=False)
    class Derived(Named):
        pass

    assert repr(Named(1.0)) == repr(Derived(1.0)) == "mine"


def test_large_models_are_cut_with_a_sentence():
    modes = [f"m{k}" for k in range(20)]
    hops = [ql.terms.exchange(a, b, 1.0) for a in modes for b in modes if a < b]
    losses = [lose(mode, f"p{mode}", energy_rate=1.0) for mode in modes]
    shown = ql.Model.build(modes, [hops, losses])._repr_html_()
    assert "28 more quadratures are not shown" in shown
    assert "14 more ports are not shown" in shown
    dense = ql.Model.build(modes, [kerr("m0", 1.0), *hops, squeeze("m0", 1.0)])
    crowded = replace(dense, A=np.ones_like(dense.A))._repr_html_()
    assert r"+\cdots\ (\mathrm{20\ more})" in crowded
    assert len(crowded) < 20_000


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (ql.Model.build(["a"], []), "There is no noise."),
        (ql.Model.build(["a"], detune("a", [[1.0, 2.0]])), "first of 2 parameter points"),
        (ql.Model.build(["a"], detune("a", [])), "(0,) parameter points"),
        (cavity().deterministic, "There is no noise."),
    ],
)
def test_models_without_noise_and_with_parameter_points_are_shown(model, sentence):
    shown = model._repr_html_()
    Balanced(shown)
    assert sentence in shown


def test_names_given_by_hand_are_escaped():
    odd = replace(
        ql.Model.build(["a"], [detune("a", 2.0), lose("a", "p", energy_rate=1.0)]),
        quadratures=("<b>$", r"\x.Y"),
        channels=("%#", "&.^"),
    )
    shown = odd._repr_html_()
    assert "<b>" not in shown
    Balanced(shown)
