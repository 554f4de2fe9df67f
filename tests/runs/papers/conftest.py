"""Reproductions of the papers, each computed once in a session."""

from functools import cache

import pytest

from qlangevin.runs.execution import reproduce as reproducing


@pytest.fixture(scope="session")
def reproduction():
    """Function from a paper's name to its `Reproduction`."""

    @cache
    def reproduce(name):
        (paper,) = reproducing.load_papers(name)
        return reproducing.reproduce(paper, threads=2)

    return reproduce
