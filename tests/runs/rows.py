"""Tables of mistakes: what is written, and the fragments that its refusal must contain."""

import pytest


def table(rows):
    """Parametrise by what is written and the fragments of the refusal, under the name of the
    mistake.
    """
    return pytest.mark.parametrize(
        ("written", "fragments"), [(row[0], row[1:]) for row in rows.values()], ids=rows
    )
