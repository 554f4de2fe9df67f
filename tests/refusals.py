"""Check the message of a refusal: one sentence that contains every fragment."""

import pytest


def refuses(fragments, call):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 (the fragments are checked below)
        call()
    said = str(refusal.value)
    assert [fragment for fragment in fragments if fragment not in said] == [], said
    assert len(said.splitlines()) == 1
