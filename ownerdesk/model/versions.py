"""What is changed in a draft and put into service as a whole, in versions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ownerdesk.model.base import Code, Id

VERSION_STATES = ("draft", "in_service", "past")


class Version:
    """There is one draft at most and one in service; without one in service what is shipped counts as it is. `revision`
    grows with each change of a draft. `reason` is why it was put into service though its check found something."""

    id: Mapped[Id]
    state: Mapped[Code] = mapped_column(server_default="draft")
    revision: Mapped[int] = mapped_column(server_default=sql("0"))
    reason: Mapped[str] = mapped_column(server_default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime]
    put_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    put_at: Mapped[datetime | None]

    @property
    def seen_as(self) -> str:
        """Stands in a form for what somebody saw. A draft that was discarded and begun anew is another one."""
        return f"{self.id}.{self.revision}"


def version_rules(table: str, *within: str) -> tuple[CheckConstraint, Index, Index]:
    """One draft and one in service; `within` are columns for each value of which that holds."""
    return (
        CheckConstraint(f"state in {VERSION_STATES}", name="state"),
        _one_of(table, "draft", within),
        _one_of(table, "in_service", within),
    )


def _one_of(table: str, state: str, within: tuple[str, ...]) -> Index:
    return Index(
        f"uq_{table}_{state}", *(within or ("state",)), unique=True,
        postgresql_where=sql(f"state = '{state}'"),
        postgresql_nulls_not_distinct=bool(within) or None,
    )  # fmt: skip
