"""Drift: told to the admins once for each warning."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ownerdesk.queries.drift import list_weeks
from ownerdesk.queries.staff import list_admins
from ownerdesk.rules.drift import COMPARED_WEEKS, Drift, find_drift, week_of
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator
from ownerdesk.wording import format_drift

TOPIC = "drift.warning"


def look_for_drift(session: Session, *, at: datetime) -> list[Drift]:
    """Look at this week and the last one. Called twice, or late, nobody is told twice."""
    this = week_of(at)
    weeks = list_weeks(session, weeks=COMPARED_WEEKS + 2, at=at)
    found = find_drift(weeks, looked_at=[this - timedelta(weeks=1), this])
    for drift in found:
        for member in list_admins(session):
            words = format_drift(
                drift.measure,
                drift.language,
                drift.before,
                drift.after,
                translator(member.language),
            )
            tell_staff(session, member, words, topic=TOPIC, key=drift.key, at=at)
    return found
