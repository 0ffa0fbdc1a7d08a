"""Owners, the homes they have a tie to, and the invites that let a chat prove who it is."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ownerdesk.model.base import Base, Id, Json
from ownerdesk.model.projects import Unit


class Owner(Base):
    """A person with a home here: the owner, a family member or a tenant. `phone` is E.164. `facts` are what they agreed
    to have kept of their household, since `facts_agreed_at`; without that there are none. The quiet hours are local
    times; null stands for the project's."""

    __tablename__ = "owners"
    __table_args__ = (
        CheckConstraint("facts_agreed_at is not null or facts = '{}'::jsonb", name="facts_agreed"),
    )

    id: Mapped[Id]
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str | None]
    facts: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    facts_agreed_at: Mapped[datetime | None]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    residencies: Mapped[list[Residency]] = relationship(back_populates="owner")


class Residency(Base):
    """Who has which tie to which unit, and how that was verified (null: imported, not yet proved). `share` is what part
    of the unit is theirs, in per cent; `since` when the tie began, where it is known."""

    __tablename__ = "residencies"
    __table_args__ = (
        UniqueConstraint("owner_id", "unit_id"),
        CheckConstraint("role in ('owner', 'family', 'tenant')", name="role"),
        CheckConstraint("verified_by in ('phone', 'invite', 'staff')", name="verified_by"),
        CheckConstraint("share > 0 and share <= 100", name="share"),
    )

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str] = mapped_column(server_default="owner")
    share: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    since: Mapped[date | None]
    verified_by: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    owner: Mapped[Owner] = relationship(back_populates="residencies")
    unit: Mapped[Unit] = relationship()


class Invite(Base):
    """A code that links one chat to one owner, once. The code can be typed or come signed in a link."""

    __tablename__ = "invites"
    __table_args__ = (Index("ix_invites_owner_id", "owner_id"),)

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("owners.id"))
    code: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id"))
