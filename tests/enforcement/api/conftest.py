"""The cast and a few callers of the API."""

import pytest

from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller
from tests.scenarios import cast as casting
from tests.scenarios.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    return casting.make()


@pytest.fixture
def dispatcher(cast: Cast) -> Caller:
    return caller(cast.officer(cast.province, Role.DISPATCHER))


@pytest.fixture
def handler(cast: Cast) -> Caller:
    return caller(cast.officer(cast.xinghualing, Role.HANDLER))


@pytest.fixture
def inspector(cast: Cast) -> Caller:
    return caller(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
