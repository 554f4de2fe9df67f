"""What a refusal says: one sentence, with every fragment that it must contain."""

import pytest


def refuses(fragments, call):
    with pytest.raises(ValueError) as refusal:
        call()
    said = str(refusal.value)
    assert [fragment for fragment in fragments if fragment not in said] == [], said
    assert len(said.splitlines()) == 1
