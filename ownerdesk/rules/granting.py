"""Who may give and take which role: nobody more than they have themselves, and somebody always administers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ownerdesk.rules.access import RIGHTS, Right


def rights_in(roles: Iterable[tuple[str, int | None]], project_id: int | None) -> frozenset[Right]:
    """What roles (each with its project, None: all) allow in a project, or (None) in every one."""
    return frozenset(
        right for role, place in roles if place in (None, project_id) for right in RIGHTS[role]
    )


def may_grant(own: Collection[tuple[str, int | None]], role: str, project_id: int | None) -> bool:
    """Whether somebody with these roles of their own may give a role in a project, or take it away."""
    rights = rights_in(own, project_id)
    return Right.MANAGE_STAFF in rights and RIGHTS[role] <= rights
