"""What a closure, a rating and a reopening bring with them: return visits, summaries, and the turn of a low rating."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.rules.turning import LOW_STARS
from ownerdesk.services.early_warnings import watch_owner
from ownerdesk.services.return_visits import drop_return_visit, plan_return_visit
from ownerdesk.services.summaries import ask_for_summary
from ownerdesk.services.turning import follow_stars


def begin_aftercare(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal was closed, by its owner or by silence."""
    plan_return_visit(session, appeal, at=at)
    ask_for_summary(session, appeal, at=at)


def follow_rating(session: Session, appeal: Appeal, stars: int, *, at: datetime) -> None:
    """The owner gave stars, perhaps other ones than before."""
    if stars <= LOW_STARS:
        was_major = appeal.severity != "general"
        follow_stars(session, appeal, stars, at=at)
        plan_return_visit(session, appeal, at=at, stars=stars)
        if not was_major:
            ask_for_summary(session, appeal, at=at)
    if appeal.owner_id is not None:
        watch_owner(session, appeal, at=at)


def end_aftercare(session: Session, appeal: Appeal, *, at: datetime) -> None:
    """The appeal is about to be opened again."""
    drop_return_visit(session, appeal, at=at)
