"""Run files as TOML, with keys in letters that TOML allows in quotes only."""

import pytest

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.toml_text import read_toml, with_quoted_keys


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ('Δ = "1"', {"Δ": "1"}),
        ("κ_1 = 2 # κ = 3", {"κ_1": 2}),
        ("[map.axes.Δ]\nstart = 1", {"map": {"axes": {"Δ": {"start": 1}}}}),
        ("[[Δ]]\nx = 1", {"Δ": [{"x": 1}]}),
        ("x = { Δ = 1, κ={γ = 2} }", {"x": {"Δ": 1, "κ": {"γ": 2}}}),
        ("parameters.Δ = 1", {"parameters": {"Δ": 1}}),
        ("Δ.value = 1\nΔ.unit = 2", {"Δ": {"value": 1, "unit": 2}}),
        ("'Δ' = 1\n\"κ\" = 2\nγ = 3", {"Δ": 1, "κ": 2, "γ": 3}),
        ("∆ = 1\nµ = 2\nκ₁ = 3", {"Δ": 1, "μ": 2, "κ1": 3}),
        ('"∆" = 1', {"Δ": 1}),
        ("Δ = \"κ = 1\"\nx = 'γ = 2'", {"Δ": "κ = 1", "x": "γ = 2"}),
        ('Δ = """\nκ = 1\n"""\nω = 2', {"Δ": "κ = 1\n", "ω": 2}),
        ("Δ = '''\nκ = 1 \" '''\nω = 2", {"Δ": 'κ = 1 " ', "ω": 2}),
        ('Δ = "a \\" κ = 1"\nω = 2', {"Δ": 'a " κ = 1', "ω": 2}),
        ("é = [\n  1, # é = 2\n]\nè = 3", {"é": [1], "è": 3}),
    ],
)
def test_keys_in_greek_letters_need_no_quotes(text, tables):
    assert read_toml("mine.toml", text) == tables


def test_quotes_are_added_to_keys_alone_and_no_line_moves():
    text = '# Δ = 1\nΔ = "κ = 1" # Δ\n[ω]\nplain = 2\n'
    assert with_quoted_keys(text) == '# Δ = 1\n"Δ" = "κ = 1" # Δ\n["ω"]\nplain = 2\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Δ = 1\nω = 2\nT = 10µK\n", ('at line 3): "T = 10µK"', "words in quotes")),
        ("Δ = 1\nω = 2\nΔ = 3\n", ("at line 3)", '"Δ = 3"', "each key once")),
        ("x = 1\nΔ = = 2\n", ('at line 2): "Δ = = 2"',)),
        ('Δ = "1\n', ("at line 1)",)),
        ('Δ = 1\n"∆" = 2\n', ('the key "∆" stands twice in a table, in two spellings',)),
    ],
)
def test_other_mistakes_are_refused_with_their_line(text, words):
    with pytest.raises(RunFileError) as refusal:
        read_toml("mine.toml", text)
    assert [each for each in words if each not in str(refusal.value)] == [], refusal.value
