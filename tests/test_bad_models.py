"""Models and terms that make no sense: refused with place, name, value and remedy."""

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import amplify, backscatter, detune, drive, feed, lose, press, rub, shine

from .refusals import refuses
from .runs.rows import table

MODELS = {
    "terms a mapping": (
        (["a"], {"detune": 1}),
        "terms must be a term, or a list of terms (got {'detune': 1})",
    ),
    "a term a word": (
        (["a"], ["detune"]),
        "terms[0] must be a term",
        "got 'detune'",
        "detune('a', 1e6)",
    ),
    "a term nothing": ((["a"], [detune("a", 1), None]), "terms[1] must be a term", "got None"),
    "a term a number": ((["a"], [[detune("a", 1), 3.0]]), "terms[0][1] must be a term", "got 3.0"),
    "a verb not called": ((["a"], [detune]), "terms[0] must be a term", "got the function detune"),
    "terms nothing": ((["a"], None), "terms must be a term, or a list of terms (got None)"),
    "modes one word": (("abc", []), "modes must be a list of names", "got 'abc'"),
    "modes without order": (({"a"}, []), "modes must be a list of names", "got {'a'}"),
    "no modes": (([], []), "modes must be distinct names, at least one"),
    "mode a number": (((1, 2), []), "mode must be a name, such as 'cavity' (got 1)"),
    "mode with a sign": (
        (["cavity-1"], []),
        "letters, digits and _",
        "got 'cavity-1'",
        "write 'cavity_1'",
    ),
    "mode with a space": ((["cavity 1"], []), "got 'cavity 1'", "write 'cavity_1'"),
    "mode a digit": ((["1"], []), "begin with a letter (got '1')", "write 'mode_1'"),
    "mode without letters": ((["+"], []), "got '+'", "write 'mode_1'"),
    "points": (
        (["a"], [detune("a", np.ones(5)), lose("a", "p", energy_rate=np.ones(3))]),
        "terms[0] (Energy) of shape (5,) and terms[1] (Jump) of shape (3,) do not fit together",
        "x[:, None]",
    ),
}


@table(MODELS)
def test_arguments_that_make_no_model_are_refused(written, fragments):
    refuses(fragments, lambda: Model.build(*written))


def test_terms_may_be_nested_and_names_of_any_alphabet():
    parts = [detune("ω_m", 1.0), [lose("ω_m", "left.fibre", energy_rate=1.0)]]
    listed = Model.build(["ω_m"], [*parts[:1], *parts[1]])
    for nested in (parts, (part for part in parts), [[parts]]):
        built = Model.build(["ω_m"], nested)
        np.testing.assert_array_equal(built.A, listed.A)
        np.testing.assert_array_equal(built.B, listed.B)
    np.testing.assert_array_equal(Model.build(["a"], detune("a", 1.0)).A, [[0, 1], [-1, 0]])


TERMS = {
    "a function": (
        lambda: drive("a", np.sin),
        "rate of drive('a') must be a number",
        "sin",
        "Tones",
        "sde.terms",
    ),
    "a unit": (
        lambda: drive("a", "1 MHz"),
        "rate of drive('a') must be a number in rad/s (got '1 MHz')",
    ),
    "a number in words": (lambda: detune("a", "5"), "must be a number in rad/s (got '5')"),
    "an imaginary detuning": (lambda: detune("a", 1j), "rate of detune('a') must be real (got 1j)"),
    "imaginary detunings": (
        lambda: detune("a", np.array([1j])),
        "rate of detune('a') must be real",
    ),
    "true": (
        lambda: press("a", "b", True),
        "rate of press('a', 'b') must be a number in rad/s (got True)",
    ),
    "nothing": (
        lambda: shine("p", None),
        "amplitude of shine('p') must be a number in √(photons/s) (got None)",
    ),
    "not a number": (lambda: detune("a", np.nan), "rate of detune('a') must be finite (got nan)"),
    "swapped": (
        lambda: detune(1.0, "a"),
        "mode of detune must be a name, such as 'cavity' (got 1.0)",
    ),
    "a port with a sign": (
        lambda: lose("a", "p-1", energy_rate=1),
        "port of lose",
        "got 'p-1'",
        "write 'p_1'",
    ),
    "a loss in words": (
        lambda: lose("a", "p", energy_rate="fast"),
        "rate of lose('a', 'p') must be a number",
    ),
    "a gain of ragged rates": (
        lambda: amplify("a", "p", energy_rate=[[1], [1, 2]]),
        "must be a number in rad/s",
    ),
    "an occupation in words": (
        lambda: rub("a", 1.0, occupation="hot"),
        "occupation of rub('a') must be a number",
    ),
    "a feed that is a word": (
        lambda: feed("p", "q", shared_vacuum="no"),
        "must be True or False (got 'no')",
    ),
    "rates and phases": (
        lambda: lose("a", "p", energy_rate=np.ones(5), phase=np.ones(3)),
        "rate of lose('a', 'p') of shape (5,) and phase of lose('a', 'p') of shape (3,) do not "
        "fit together",
    ),
    "two rates": (
        lambda: backscatter("a", "b", np.ones(5), np.ones(3)),
        "forward rate",
        "(5,)",
        "backward",
        "(3,)",
    ),
}


@table(TERMS)
def test_a_verb_refuses_wrong_numbers_and_names(written, fragments):
    refuses(fragments, written)
