"""Mistakes in [system] tables: one sentence with the place, the value and the remedy."""

import pytest

from qlangevin.runs.run_files.errors import RunFileError

from .declared import HAMILTONIAN, changed, model_of, with_hamiltonian

IN_EXPRESSIONS = {
    "unknown symbol": (
        HAMILTONIAN.replace("g a", "G a"),
        "at character 17, G is unknown: did you mean 'g'?",
    ),
    "nearest symbol": (
        HAMILTONIAN + " + n_thh g a†a",
        "at character 49, n_thh is unknown: did you mean 'n_th'?",
    ),
    "nearest function": (
        HAMILTONIAN + " + coth(κ g)",
        "at character 49, there is no function coth; functions are sqrt, exp, ln, cos,",
    ),
    "power of e": (
        HAMILTONIAN + " + g e^(i π) a†a",
        "at character 51, e is unknown; write powers of e as exp(…)",
    ),
    "conjugate abbreviated": (
        HAMILTONIAN + " + g (a†m + h.c.)",
        "at character 58, write the Hermitian conjugate out, or as dag(…)",
    ),
    "adjoint in a word": (HAMILTONIAN + " + g a^dagger a", "write the adjoint as a† or dag(a)"),
    "fraction in one character": (HAMILTONIAN + " + ½g a†a", '"½g" is no name; write a fraction'),
    "logarithm of zero": (HAMILTONIAN + " + g ln(1 − 1) a†a", "the logarithm of "),
    "number run together with what follows a division": (
        HAMILTONIAN + " + g κ/2κ a†a",
        "at character 54, κ may be meant above or below the division; write /(2 κ) or /2 × κ",
    ),
    "name behind a divisor": (
        HAMILTONIAN + " + g κ/g n_th a†a",
        "at character 55, n_th may be meant above or below the division; write /(g n_th) or",
    ),
    "factors run together": (
        HAMILTONIAN.replace("i ε", "iε"),
        "at character 34, iε is unknown; separate the factors, as in i ε",
    ),
    "function without parentheses": (
        HAMILTONIAN + " + sqrt κ",
        "at character 49, sqrt is a function; write its argument in parentheses, sqrt(…)",
    ),
    "adjoint of a number": (
        HAMILTONIAN.replace("Δ a", "Δ† a"),
        "at character 1, only an operator has an adjoint; conj(…) is the conjugate of a number",
    ),
    "quadrature of a number": (HAMILTONIAN + " + κ.x a", "only an operator has quadratures"),
    "function of an operator": (
        HAMILTONIAN + " + g cos(a + a†)",
        "at character 55, cos takes numbers, not an operator",
    ),
    "division by an operator": (
        HAMILTONIAN + " + g/(a†a)",
        "at character 51, an operator cannot be a divisor; divide by numbers only",
    ),
    "root of an operator": (
        HAMILTONIAN + " + g (a†a)^0.5",
        "at character 57, the exponent of an operator must be a whole number from 0 to 16",
    ),
    "negative power of an operator": (HAMILTONIAN + " + g a^-1", "must be a whole number from 0"),
    "operator to a parameter": (HAMILTONIAN + " + g a^n_th", "must be a whole number from 0"),
    "power of an operator too large": (HAMILTONIAN + " + g a^17", "whole number from 0 to 16"),
    "nested powers of operators": (
        HAMILTONIAN + " + g ((((a†a)²)²)²)² a†a",
        "at character 51, this makes a product of over 16 operators; H has four at most",
    ),
    "negative temperature": (
        HAMILTONIAN + " + g bose(κ, T − 2 T) a†a",
        "at character 59, bose takes a frequency and a temperature that are zero or positive",
    ),
    "complex frequency": (HAMILTONIAN + " + g bose(i κ, T) a†a", "at character 56, bose takes a"),
    "operator as exponent": (HAMILTONIAN + " + g 2^a", "an exponent must be a number"),
    "no operator": (
        "Δ",
        "at character 1, this contains no operator; name one of [system.operators",
    ),
    "not Hermitian": (
        HAMILTONIAN.replace("a† − a)", "a† + a)"),
        "is refused: H of hamiltonian must be Hermitian; the terms 1.25664e+09i cavity†, "
        "1.25664e+09i cavity have no Hermitian conjugate",
    ),
    "degree too high": (HAMILTONIAN + " + g a†^3 a^3", "cavity†³cavity³ of degree 6"),
    "unused parameter": (
        HAMILTONIAN.replace("− g a†a (m + m†)", ""),
        "[system.parameters] g is never used; remove it, or use it in an expression",
    ),
}
PARAMETER = 'T = "10 mK"'
TABLES = {
    "imaginary unit as parameter": (
        (PARAMETER, f"{PARAMETER}\ni = 3"),
        "[system.parameters] i cannot have this name: it is a constant in expressions; rename it",
    ),
    "function as parameter": ((PARAMETER, f"{PARAMETER}\nexp = 3"), "it is a function in"),
    "time as parameter": ((PARAMETER, f"{PARAMETER}\nt = 3"), "it is kept for the time"),
    "keyword as parameter": ((PARAMETER, f"{PARAMETER}\nlambda = 3"), "lambda cannot have this"),
    "member of systems as parameter": ((PARAMETER, f"{PARAMETER}\nmodel = 3"), "every system"),
    "no name": (
        (PARAMETER, f"{PARAMETER}\nκ-2 = 3"),
        "κ-2 is no name for expressions",
    ),
    "unit as parameter": ((PARAMETER, f'{PARAMETER}\ns = "3 s"'), '"2 s" could mean both; rename'),
    "operator as parameter": (
        (PARAMETER, f"{PARAMETER}\na = 3"),
        "[system.parameters] a has the name of something in [system.operators]; rename one",
    ),
    "derived quantity as parameter": (
        (PARAMETER, f"{PARAMETER}\nn_th = 3"),
        "[system.derived] n_th",
    ),
    "parameter of a parameter": (
        (PARAMETER, 'T = "0.1 ω"'),
        '[system.parameters] T = "0.1 ω" refers to ω; move it to [system.derived]',
    ),
    "unknown sign": (('"positive"', '"plus"'), "[system.parameters] κ: sign of the parameter κ"),
    "wrong sign": (('"2π × 0.5 MHz"', '"-3 rad/s"'), "[system.parameters] κ must be positive"),
    "derived from each other": (
        ('"bose(ω, T)"', '"bose(ω, T) + x"\nx = "n_th"'),
        "[system.derived] n_th refers back to itself (n_th → x → n_th)",
    ),
    "derived from itself": (('"bose(ω, T)"', '"n_th + T"'), "(n_th → n_th)"),
    "derived operator": (
        ('"bose(ω, T)"', '"bose(ω, T) + a"'),
        '[system.derived] n_th = "bose(ω, T) + a": at character 1, this contains an operator',
    ),
    "unknown mode": (('a = "cavity"', 'a = "cavty"'), '"cavty", which is unknown: did you mean'),
    "unknown mechanical mode": (
        ("[system]", '[system]\nmechanical = ["mebrane"]'),
        '[system] mechanical names the mode "mebrane", which is unknown: did you mean',
    ),
    "a mode twice": (('"membrane"]', '"cavity"]'), '[system] modes names "cavity" twice'),
    "name of a mode": (('"membrane"]', '"membrane", "1"]'), "write 'mode_1'"),
    "one mode as text": (('["cavity", "membrane"]', '"cavity"'), '[system] modes = "cavity" is'),
    "no modes": (('modes = ["cavity", "membrane"]', ""), "[system] modes is missing"),
    "unknown key": (("hamiltonian", "hamiltonain"), "did you mean 'hamiltonian'?"),
    "unknown key of a jump": (("occupation", "ocupation"), "bath.ocupation is an unknown key: did"),
    "jump without operator": (('operator = "sqrt(γ) m", ', ""), "bath.operator is missing"),
    "jump of degree two": (("sqrt(2 κ) a", "sqrt(2 κ) a²"), "must be of degree one (got 2506.63"),
    "jump without an operator": (("sqrt(2 κ) a", "sqrt(2 κ)"), "this contains no operator"),
    "negative occupation": (('"n_th"', '"-n_th"'), "must be zero or positive"),
    "complex occupation": (('"n_th"', '"i n_th"'), "at character 1, this must be real, and is 0+"),
    "drive of an unknown mode": (
        ("[system.jumps]", '[system.drives]\nmembran = "ε"\n[system.jumps]'),
        '[system.drives] membran names the mode "membran", which is unknown: did you mean',
    ),
    "light into an unknown port": (
        ("[system.jumps]", '[system.light]\nfiber = "sqrt(κ)"\n[system.jumps]'),
        '[system.light] fiber names the port "fiber", which is unknown: did you mean',
    ),
    "light in another unit": (
        ("[system.jumps]", '[system.light]\nfibre = "κ"\n[system.jumps]'),
        "this is in rad/s; √(rad/s) is expected",
    ),
    "friction without occupation": (
        ("[system.jumps]", '[system.friction]\nmembrane = "γ"\n[system.jumps]'),
        "[system.friction] membrane.occupation is missing; give { rate",
    ),
    "feed without target": (
        ("[system.jumps]", "[system.feeds]\nfibre = { phase = 3 }\n[system.jumps]"),
        "[system.feeds] fibre.target is missing",
    ),
    "feeds in a loop": (
        ("[system.jumps]", '[system.feeds]\nfibre = "fibre"\n[system.jumps]'),
        "[system] gives no model: the loop of feeds fibre → fibre has no solution",
    ),
    "pair of one mode": (("[system]", '[system]\npair = ["cavity"]'), "[system] pair = "),
    "pair of equal modes": (
        ("[system]", '[system]\npair = ["cavity", "cavity"]'),
        '[system] pair = ["cavity", "cavity"] must name two different modes',
    ),
    "name in two spellings": ((PARAMETER, f'{PARAMETER}\n"∆" = 3'), 'the key "∆" stands twice'),
}


def refusal_of(text):
    with pytest.raises(RunFileError) as refusal:
        model_of(text)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 400
    return message


@pytest.mark.parametrize(("hamiltonian", "words"), IN_EXPRESSIONS.values(), ids=IN_EXPRESSIONS)
def test_a_mistake_in_an_expression_is_refused(hamiltonian, words):
    message = refusal_of(with_hamiltonian(hamiltonian))
    assert words in message
    assert message.startswith(("[system] hamiltonian = ", "[system.parameters] "))


@pytest.mark.parametrize(("change", "words"), TABLES.values(), ids=TABLES)
def test_a_mistake_in_a_table_is_refused(change, words):
    assert words in refusal_of(changed(change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("m†m", "m††m"), ("mine.toml", "hamiltonian", "at character 13, a dagger follows")),
        (('Δ = "2π × 5 MHz"', 'Δ = "5 MHz"'), ("Δ", "is a frequency; an angular rate")),
    ],
)
def test_the_command_line_refuses_with_one_sentence(refused_file, change, words):
    refused_file(changed(change), words[1:], command="steady")


def test_a_name_that_a_number_could_end_in_is_set_apart():
    text = changed(("[system.derived]", '[system.derived]\nE1 = "2 κ"'))
    assert "2E1 is read as a number, and E1 is a name; put a space before it" in refusal_of(
        text.replace(HAMILTONIAN, f"{HAMILTONIAN} + 2E1 a†a")
    )
    model_of(text.replace(HAMILTONIAN, f"{HAMILTONIAN} + 2 E1 a†a + 1e1 E1 a†a"))
