"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ownerdesk.model import Base
from ownerdesk.services.closure import confirm_solved, rate_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.messages import IncomingFile
from ownerdesk.services.owners import create_invite
from ownerdesk.services.progress import accept_appeal, defer_appeal, resolve_appeal
from tests.make import NOON, make_appeal, make_cast, make_message

# One change that each check must refuse; the rows are those of `fill`.
REFUSED: dict[str, tuple[str, str]] = {
    "ck_appeals_state": ("appeals", "state = 'lost', next_due_at = now()"),
    "ck_appeals_nature": ("appeals", "nature = 'praise'"),
    "ck_appeals_category": ("appeals", "category = 'weather'"),
    "ck_appeals_kind": ("appeals", "kind = 'dragon'"),
    "ck_appeals_severity": ("appeals", "severity = 'mild'"),
    "ck_appeals_responsible": ("appeals", "responsible_id = null, department_id = null"),
    "ck_appeals_next_due": ("appeals where state = 'received'", "next_due_at = null"),
    "ck_appeals_wished_period": ("appeals", "wished_from = now()"),
    "ck_appeals_source_part": ("appeals", "source_part = 2"),
    "ck_appeals_return_date": ("appeals where state = 'deferred'", "deferred_until = null"),
    "ck_appeal_events_actor": ("appeal_events", "actor = 'nobody'"),
    "ck_promises_kind": ("promises", "kind = 'hope'"),
    "ck_ratings_stars": ("ratings", "stars = 6"),
    "ck_conversations_state": ("conversations", "state = 'lost'"),
    "ck_messages_direction": ("messages", "direction = 'up'"),
    "ck_messages_author": ("messages", "author = 'ghost'"),
    "ck_messages_state": ("messages", "state = 'lost'"),
    "ck_attachments_state": ("attachments", "state = 'lost'"),
    "ck_handoffs_reason": ("handoffs", "reason = 'boredom'"),
    "ck_residencies_role": ("residencies", "role = 'guest'"),
    "ck_residencies_verified_by": ("residencies", "verified_by = 'hearsay'"),
    "ck_units_kind": ("units", "kind = 'castle'"),
    "ck_staff_roles_role": ("staff_roles", "role = 'king'"),
    "ck_duty_shifts_weekday": ("duty_shifts", "weekday = 7"),
}


def fill(session: Session) -> None:
    """A row in every table that has a check, with a received, a deferred and a rated appeal among them."""
    cast = make_cast(session)
    by = Actor.staff(cast.mara.id)
    make_appeal(session, cast)
    rated = make_appeal(session, cast)
    accept_appeal(session, rated, by=cast.mara, at=NOON)
    resolve_appeal(session, rated, resolution="Done", by=by, at=NOON)
    confirm_solved(session, rated, at=NOON)
    rate_appeal(session, rated, stars=5, at=NOON)
    deferred = make_appeal(session, cast)
    accept_appeal(session, deferred, by=cast.mara, at=NOON)
    until = NOON + timedelta(days=1)
    defer_appeal(session, deferred, until=until, reason="a part", by=by, at=NOON)
    photo = make_message(
        session, cast.conversation, "", kind="photo", files=[IncomingFile("photo", "f")]
    )
    raise_emergency(session, cast.conversation, photo, kind="fire", found_by="owner", at=NOON)
    request_handoff(session, cast.conversation, reason="asked", at=NOON)
    create_invite(session, cast.alma, at=NOON)
    session.flush()


def test_every_check_of_the_model_is_tried_here() -> None:
    checks = {
        str(check.name)
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert checks == set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_that_must_not_be_is_refused(session: Session, name: str) -> None:
    fill(session)
    target, change = REFUSED[name]
    table, _, condition = target.partition(" where ")
    where = f" where {condition}" if condition else ""
    rows: Any = session.execute(text(f"select count(*) from {table}{where}")).scalar()
    assert rows, "there is a row to be changed"
    with pytest.raises(IntegrityError, match=name):
        session.execute(text(f"update {table} set {change}{where}"))


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("appeals", "source_message_id source_part"),
        ("messages", "key"),
        ("ratings", "appeal_id"),
        ("owners", "phone"),
        ("staff", "email"),
        ("conversations", "chat_id"),
        ("invites", "code"),
        ("projects", "code"),
    ],
)
def test_what_must_be_one_is_unique(session: Session, table: str, columns: str) -> None:
    unique = {
        tuple(column.name for column in constraint.columns)
        for constraint in Base.metadata.tables[table].constraints
        if constraint.__visit_name__ == "unique_constraint"
    }
    assert tuple(columns.split()) in unique


def test_two_promises_of_one_kind_are_never_open_at_once(session: Session) -> None:
    fill(session)
    doubled = session.execute(
        text(
            "select appeal_id, kind from promises where kept_at is null and broken_at is null"
            " and renegotiated_at is null and withdrawn_at is null"
            " group by appeal_id, kind having count(*) > 1"
        )
    ).all()
    assert doubled == []
