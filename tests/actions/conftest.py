"""Tests here share a database and leave nothing in it."""

from __future__ import annotations

import pytest

from ownerdesk.bootstrap import Core


@pytest.fixture
def core(rolled_back_core: Core) -> Core:
    return rolled_back_core
