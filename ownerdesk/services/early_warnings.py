"""Early warnings (S18): raised once for a subject, a cause and a period, told to the project's manager, and judged by
people, whose "false alarm" raises the bar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, EarlyWarning, Project, StaffMember
from ownerdesk.queries.early_warnings import (
    MOST_EVIDENCE,
    count_by_building,
    count_history,
    find_asks,
    find_broken_promises,
    find_first_received,
    find_level,
    list_owners_let_down,
    list_stars,
    name_subject,
)
from ownerdesk.queries.staff import list_supervisors
from ownerdesk.rules.early_warnings import (
    ASKS,
    ASKS_WITHIN,
    BROKEN,
    BROKEN_WITHIN,
    LATEST,
    LEAST,
    has_many_asks,
    has_many_broken,
    hour_windows,
    is_falling,
    is_more_than_usual,
    usual,
    week_of,
)
from ownerdesk.services.live import announce
from ownerdesk.services.notices import tell_staff
from ownerdesk.texts import translator
from ownerdesk.wording import format_warning

LOOK_BACK = timedelta(hours=1)


def watch_owner(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """Look at the signs of the owner of an appeal who has just asked, rated, or been let down."""
    owner_id = appeal.owner_id
    if owner_id is None:
        return
    day = at.astimezone(ZoneInfo(appeal.project.timezone)).date()
    asks = find_asks(session, owner_id, at - ASKS_WITHIN)
    level = _level(session, "owner", owner_id, "repeated_asks", asks.count >= ASKS)
    if has_many_asks(asks.count, level=level):
        _raise(
            session, appeal.project, "owner", owner_id, "repeated_asks", week_of(day),
            {"asks": asks.count, "days": ASKS_WITHIN.days},
            [{"message": message_id} for message_id in asks.ids], at=at,
        )  # fmt: skip
    broken = find_broken_promises(session, owner_id, at - BROKEN_WITHIN)
    level = _level(session, "owner", owner_id, "broken_promises", broken.count >= BROKEN)
    if has_many_broken(broken.count, level=level):
        _raise(
            session, appeal.project, "owner", owner_id, "broken_promises", f"{day:%Y-%m}",
            {"promises": broken.count, "days": BROKEN_WITHIN.days},
            [{"appeal": appeal_id} for appeal_id in broken.ids], at=at,
        )  # fmt: skip
    _watch_ratings(session, appeal, owner_id, f"{day:%Y-%m}", at=at)


def _watch_ratings(
    session: Session, appeal: Appeal, owner_id: int, period: str, *, at: datetime
) -> None:
    rated = list_stars(session, owner_id)
    stars = [star for _, star in rated]
    if not is_falling(stars):
        return
    level = find_level(session, "owner", owner_id, "falling_ratings")
    if is_falling(stars, level=level):
        _raise(
            session, appeal.project, "owner", owner_id, "falling_ratings", period,
            {"stars": stars},
            [{"appeal": appeal_id} for appeal_id, _ in rated[-LATEST:]], at=at,
        )  # fmt: skip


def _level(session: Session, subject: str, subject_id: int, cause: str, is_near: bool) -> int:
    """The bar matters only where it might be reached without feedback: most looks end before."""
    return find_level(session, subject, subject_id, cause) if is_near else 0


def look_for_warnings(session: Session, *, at: datetime) -> None:
    """The sweep, every few minutes: buildings and projects with more than usual in this hour or the last, and
    owners to whom a promise was broken lately. Called twice, or late, nobody is told twice."""
    for project in session.scalars(select(Project).order_by(Project.id)):
        for moment in (at - LOOK_BACK, at):
            _look_at_hour(session, project, moment, at=at)
    for appeal in list_owners_let_down(session, at - 2 * LOOK_BACK):
        watch_owner(session, appeal, at=at)


def _look_at_hour(session: Session, project: Project, moment: datetime, *, at: datetime) -> None:
    """Buildings first; the project is warned about only for what no warned building explains."""
    this, *earlier = hour_windows(moment, project.timezone)
    found = count_by_building(session, project.id, this)
    if sum(map(len, found.values())) < min(LEAST.values()):
        return
    since = find_first_received(session, project.id)
    earlier = [window for window in earlier if since is not None and window[0] >= since]
    period = f"{moment.astimezone(ZoneInfo(project.timezone)):%Y-%m-%d}"
    rest: list[int] = []
    for building_id, appeal_ids in found.items():
        if building_id is None or not _look_at(
            session, project, "building", building_id, appeal_ids, this, earlier, period, at=at
        ):
            rest += appeal_ids
    _look_at(session, project, "project", project.id, rest, this, earlier, period, at=at)


def _look_at(
    session: Session,
    project: Project,
    subject: str,
    subject_id: int,
    appeal_ids: Sequence[int],
    window: tuple[datetime, datetime],
    earlier: Sequence[tuple[datetime, datetime]],
    period: str,
    *,
    at: datetime,
) -> bool:
    """Whether there are more than usual; then it is warned about, once a day."""
    count = len(appeal_ids)
    if count < LEAST[subject]:
        return False
    history = count_history(session, subject, subject_id, earlier)
    level = find_level(session, subject, subject_id, "more_than_usual")
    if not is_more_than_usual(count, history, subject=subject, level=level):
        return False
    _raise(
        session, project, subject, subject_id, "more_than_usual", period,
        {"count": count, "usual": round(usual(history), 1), "from": window[0].isoformat()},
        [{"appeal": appeal_id} for appeal_id in appeal_ids[-MOST_EVIDENCE:]], at=at,
    )  # fmt: skip
    return True


def _raise(
    session: Session,
    project: Project,
    subject: str,
    subject_id: int,
    cause: str,
    period: str,
    reason: dict[str, Any],
    evidence: list[dict[str, int]],
    *,
    at: datetime,
) -> None:
    key = f"{subject}:{subject_id}:{cause}:{period}"
    warning = session.scalar(
        insert(EarlyWarning)
        .values(
            project_id=project.id,
            subject=subject,
            subject_id=subject_id,
            cause=cause,
            reason=reason,
            evidence=evidence,
            key=key,
            raised_at=at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(EarlyWarning)
    )
    if warning is None:
        return
    announce(session, "warning", project=project.id, warning=warning.id)
    manager = next(iter(list_supervisors(session, project)), None)
    if manager is None:
        return  # the page of warnings has it
    _ = translator(manager.language)
    words = _("Early warning for {subject}: {reason}").format(
        subject=name_subject(session, warning),
        reason=format_warning(
            warning, _, timezone=project.timezone, language=manager.language, now=at
        ),
    )
    tell_staff(session, manager, words, topic="early_warning", key=f"warning:{key}", at=at)


def judge_warning(
    session: Session, warning: EarlyWarning, feedback: str, *, by: StaffMember, at: datetime
) -> None:
    """`right` or `false_alarm`; the last word counts."""
    warning.feedback, warning.feedback_by_id, warning.feedback_at = feedback, by.id, at
    session.flush()
    announce(session, "warning", project=warning.project_id, warning=warning.id)
