"""Who may give which role: walked for every pair."""

from __future__ import annotations

import pytest

from ownerdesk.model.staff import ROLES
from ownerdesk.rules.granting import may_grant


@pytest.mark.parametrize("role", ROLES)
def test_only_those_who_run_the_staff_give_roles(role: str) -> None:
    for own in ("operator", "agent", "manager", "head_office"):
        assert not may_grant([(own, None)], role, 1)


@pytest.mark.parametrize("role", ROLES)
def test_a_project_manager_gives_what_lies_in_the_project_and_within_their_rights(
    role: str,
) -> None:
    own = [("project_manager", 1)]
    assert may_grant(own, role, 1) is (role != "admin")
    assert not may_grant(own, role, 2)
    assert not may_grant(own, role, None)


@pytest.mark.parametrize("role", ROLES)
def test_an_admin_of_all_gives_everything_and_one_of_a_project_there(role: str) -> None:
    assert may_grant([("admin", None)], role, 2)
    assert may_grant([("admin", None)], role, None)
    assert may_grant([("admin", 1)], role, 1)
    assert not may_grant([("admin", 1)], role, None)
