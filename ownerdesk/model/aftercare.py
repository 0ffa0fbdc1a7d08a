"""What follows a closure, and what is seen before trouble: return visits, summaries and early warnings (S11, S18)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.appeals import Appeal
from ownerdesk.model.base import Base, Code, Id
from ownerdesk.model.staff import StaffMember

RETURN_VISIT_REASONS = ("major", "low_rating", "repeat")
RETURN_VISIT_RESULTS = ("satisfied", "not_satisfied", "came_back", "not_reached")


class ReturnVisit(Base):
    """A call or visit one to three days after a closure, by another person than the one who did the work.

    The owner is asked in the chat at `asked_at` and may wish to be called; `warned_at` is when whoever pays the visit
    was reminded. `ended_by_id` is empty where the owner answered by button, and `result` where the appeal was
    reopened before anybody asked.
    """

    __tablename__ = "return_visits"
    __table_args__ = (
        # One a closure: an appeal that was reopened and closed again has another.
        UniqueConstraint("appeal_id", "closure"),
        CheckConstraint(f"reason in {RETURN_VISIT_REASONS}", name="reason"),
        CheckConstraint(f"result in {RETURN_VISIT_RESULTS}", name="result"),
        Index("ix_return_visits_open", "due_at", postgresql_where=text("ended_at is null")),
        Index("ix_return_visits_ended_at", "ended_at", postgresql_where=text("result is not null")),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    closure: Mapped[int] = mapped_column(server_default="0")
    reason: Mapped[Code]
    from_at: Mapped[datetime]
    due_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    asked_at: Mapped[datetime | None]
    call_wished_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    result: Mapped[str | None]
    answer: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    appeal: Mapped[Appeal] = relationship()
    staff_member: Mapped[StaffMember | None] = relationship(foreign_keys=[staff_id])


class Summary(Base):
    """What caused a major appeal, what was learnt, what corrected it and what prevents it (S11); `for_owner` is the
    version its owner may read. Without one a major appeal is not closed for good."""

    __tablename__ = "summaries"
    __table_args__ = (UniqueConstraint("appeal_id"),)

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    cause: Mapped[str]
    learnt: Mapped[str]
    correction: Mapped[str]
    prevention: Mapped[str]
    for_owner: Mapped[str]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class EarlyWarning(Base):
    """A sign of coming trouble with an owner, a building or a project: why, in words that a person can check, and the
    messages or appeals behind it. `feedback` is `right` or `false_alarm`."""

    __tablename__ = "early_warnings"
    __table_args__ = (
        CheckConstraint("subject in ('owner', 'building', 'project')", name="subject"),
        CheckConstraint("feedback in ('right', 'false_alarm')", name="feedback"),
        UniqueConstraint("key"),
        Index("ix_early_warnings_project_id_raised_at", "project_id", "raised_at"),
        Index("ix_early_warnings_subject", "subject", "subject_id", "cause"),
    )

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    subject: Mapped[Code]
    subject_id: Mapped[int]
    cause: Mapped[Code]
    reason: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    key: Mapped[str]
    raised_at: Mapped[datetime]
    feedback: Mapped[str | None]
    feedback_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    feedback_at: Mapped[datetime | None]
