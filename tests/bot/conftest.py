"""Tests here share a database and leave nothing in it; the bot talks to a Telegram in the same process."""

from __future__ import annotations

import pytest

from ownerdesk.bootstrap import Core
from tests.make import Cast, make_cast
from tests.offline import Desk


@pytest.fixture
def core(rolled_back_core: Core) -> Core:
    return rolled_back_core


@pytest.fixture
def cast(core: Core) -> Cast:
    return core.transact_now(make_cast)


@pytest.fixture
def desk(core: Core, cast: Cast) -> Desk:
    return Desk(core)
