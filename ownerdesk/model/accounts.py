"""How staff get into the console: log-ins, refused log-ins, links that set a password, and the second step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Base, Code, Id

LINK_KINDS = ("invite", "reset")


class StaffSession(Base):
    """A log-in to the console. The cookie holds the token, the table only its SHA-256.

    With `awaits_code` the password was right and the code of the second step is still to come: nobody is logged in
    by it yet. `proved_at` is when the person last showed a password or a code. `address` is shortened to its network.
    """

    __tablename__ = "staff_sessions"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    awaits_code: Mapped[bool] = mapped_column(server_default=text("false"))
    user_agent: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")


class LoginFailure(Base):
    """A refused log-in, kept to slow down guessing. `email` is as typed, lower case, cut at 200; `address` is where
    it came from."""

    __tablename__ = "login_failures"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(index=True)
    address: Mapped[str] = mapped_column(server_default="", index=True)
    at: Mapped[datetime]


class AccountLink(Base):
    """A link with which a member of staff sets a password, once: an invitation, or a reset by a manager. The link
    holds the token, the table only its SHA-256. At most one of a person is open."""

    __tablename__ = "account_links"
    __table_args__ = (
        CheckConstraint(f"kind in {LINK_KINDS}", name="kind"),
        Index(
            "uq_account_links_open",
            "staff_id",
            unique=True,
            postgresql_where=text("used_at is null and cancelled_at is null"),
        ),
    )

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    kind: Mapped[Code]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class SecondStep(Base):
    """The secret that a member's authenticator app shares with us (TOTP). It counts once it is confirmed.
    `last_step` is the number of the half minute whose code was used last: no code counts twice."""

    __tablename__ = "second_steps"

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), unique=True)
    secret: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(server_default=text("0"))


class RecoveryCode(Base):
    """A code that stands in for the second step once, for the day when the phone is lost. Only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondStepRole(Base):
    """A role whose members have to use the second step."""

    __tablename__ = "second_step_roles"

    id: Mapped[Id]
    role: Mapped[Code] = mapped_column(unique=True)
    created_at: Mapped[datetime]
