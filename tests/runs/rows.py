"""Tables of mistakes: what is written, and fragments of the message that refuses it."""

import pytest


def table(rows):
    """Parametrise a test by the text written and fragments of the refusal, named by the mistake."""
    return pytest.mark.parametrize(
        ("written", "fragments"), [(row[0], row[1:]) for row in rows.values()], ids=rows
    )


GOOD = {"trajectories": "64", "duration": '"1 µs"', "step": '"10 ps"'}
PLAIN = 'system = "spinning"\n'


def run_table(lines):
    """[run] with some of its lines replaced or added."""
    given = dict(line.split(" = ", 1) for line in lines.splitlines())
    return "[run]\n" + "\n".join(f"{key} = {value}" for key, value in (GOOD | given).items()) + "\n"


WHOLE = run_table("")
