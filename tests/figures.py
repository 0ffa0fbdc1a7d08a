"""A small made-up month whose figures are known by heart. The clocks of one project go back in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    AppealEvent,
    Handoff,
    Project,
    Promise,
    Rating,
    ReturnVisit,
)
from ownerdesk.rules.figures import Period
from tests.make import Cast

CLOCKS_BACK = date(2026, 10, 25)
THAT_DAY = Period("dates", CLOCKS_BACK, CLOCKS_BACK)
OCTOBER = Period("dates", date(2026, 10, 1), date(2026, 10, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def put(
    session: Session,
    cast: Cast,
    received: str,
    *,
    answered: int | None = None,
    resolved: int | None = None,
    stars: int | None = None,
    slip: str = "",
    **fields: Any,
) -> Appeal:
    """An appeal with times in minutes from its receipt; `slip` is `broken` or `renegotiated`."""
    start, project = at(received), session.get_one(Project, cast.project.id)
    number = project.next_appeal_number
    project.next_appeal_number += 1

    def after(minutes: int | None) -> datetime | None:
        return None if minutes is None else start + timedelta(minutes=minutes)

    values: dict[str, Any] = {
        "nature": "help_seeking",
        "category": "lighting",
        "severity": "general",
        "state": "accepted" if resolved is None else "closed",
        "department_id": cast.maintenance.id,
        "responsible_id": cast.mara.id,
        "next_due_at": start + timedelta(hours=1) if resolved is None else None,
    }
    appeal = Appeal(
        project_id=cast.project.id,
        number=f"{cast.project.code}-{number}",
        conversation_id=cast.conversation.id,
        owner_id=cast.alma.id,
        unit_id=cast.unit.id,
        building_id=cast.unit.building_id,
        summary="Invented words",
        received_at=start,
        last_message_at=start,
        accepted_at=after(answered),
        first_answered_at=after(answered),
        resolved_at=after(resolved),
        closed_at=after(resolved),
        **{**values, **fields},
    )
    session.add(appeal)
    session.flush()
    if resolved is not None:
        end = {"broken": "broken_at", "renegotiated": "renegotiated_at", "": "kept_at"}[slip]
        promise(session, appeal, "resolution", start, **{end: after(resolved)})
    if stars is not None:
        rated_at = after((resolved or 0) + 5)
        session.add(Rating(appeal_id=appeal.id, stars=stars, rated_at=rated_at))
    session.flush()
    return appeal


def promise(session: Session, appeal: Appeal, kind: str, made: datetime, **ends: Any) -> None:
    due = made + timedelta(minutes=5)
    session.add(
        Promise(appeal_id=appeal.id, kind=kind, made_at=made, due_at=due, look_at=due, **ends)
    )


def make_month(session: Session, one: Cast, two: Cast) -> None:
    """`one` is in Madrid. `two` moves to Shanghai, whose 25 October begins and ends seven hours earlier."""
    session.get_one(Project, two.project.id).timezone = "Asia/Shanghai"
    # Madrid, 25 October: half past midnight before the clocks go back, and a quarter to the next midnight after.
    first = put(session, one, "2026-10-24T22:30", answered=10, resolved=60, stars=5)
    second = put(
        session, one, "2026-10-25T22:45", answered=20, resolved=20, slip="broken", stars=2,
        category="elevator", responsible_id=one.boris.id, department_id=one.accounts.id,
    )  # fmt: skip
    put(session, one, "2026-10-25T08:00", answered=None)
    # Just before and just after that day.
    put(session, one, "2026-10-24T21:59", answered=0, resolved=0, slip="renegotiated")
    put(session, one, "2026-10-25T23:00", answered=1, resolved=2)
    # Shanghai: the first of the day, and the first of the next.
    put(session, two, "2026-10-24T16:00", answered=30, resolved=90, stars=4)
    put(session, two, "2026-10-25T16:00", answered=30)
    session.add(
        AppealEvent(appeal_id=second.id, name="appeal.reopened", actor="owner",
                    at=at("2026-10-25T22:59"))
    )  # fmt: skip
    session.add(
        AppealEvent(appeal_id=second.id, name="appeal.reopened", actor="owner",
                    at=at("2026-10-25T22:58"))
    )  # fmt: skip
    for minutes, kept in ((3, True), (9, False)):
        alarm = put(
            session, one, "2026-10-10T10:00", answered=minutes, nature="emergency", kind="flooding",
            severity="emergency",
        )  # fmt: skip
        end = "kept_at" if kept else "broken_at"
        promise(session, alarm, "acceptance", alarm.received_at, **{end: alarm.accepted_at})
    session.add(
        Handoff(conversation_id=one.conversation.id, reason="asked", requested_at=at("2026-10-25T10:00"),
                due_at=at("2026-10-25T10:05"), accepted_at=at("2026-10-25T10:04"),
                accepted_by_id=one.mara.id, returned_at=at("2026-10-25T11:00"))
    )  # fmt: skip
    session.add(
        ReturnVisit(appeal_id=first.id, reason="major", from_at=at("2026-10-25T09:00"),
                    due_at=at("2026-10-27T09:00"), result="satisfied", staff_id=one.boris.id,
                    ended_at=at("2026-10-25T12:00"))
    )  # fmt: skip
    session.flush()
