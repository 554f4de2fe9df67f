"""Systems that several tests of qlangevin.steady use."""

import pytest

from .. import models


@pytest.fixture
def spinning():
    return models.spinning()
