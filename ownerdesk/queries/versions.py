"""What staff change in a draft and put into service as a whole: the draft, what is in service, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ownerdesk.model import Version
from ownerdesk.rules.refusals import VersionNotFound

V = TypeVar("V", bound=Version)


@dataclass(frozen=True)
class Line(Generic[V]):
    """One line of versions. `subject` names it in the audit log; `within` says of which part of the company it is."""

    model: type[V]
    subject: str
    within: Mapping[str, int | None] = field(default_factory=dict)

    def of_state(self, state: str) -> Select[V]:
        own = [
            getattr(self.model, name).is_not_distinct_from(value)
            for name, value in self.within.items()
        ]
        return select(self.model).where(self.model.state == state, *own)


def find_in_service(session: Session, line: Line[V]) -> V | None:
    """None while what is shipped counts as it is."""
    return session.scalar(line.of_state("in_service"))


def find_draft(session: Session, line: Line[V]) -> V | None:
    return session.scalar(line.of_state("draft"))


def list_past(session: Session, line: Line[V], limit: int = 20) -> list[V]:
    """What was in service before, the latest first."""
    newest = (line.model.put_at.desc(), line.model.id.desc())
    return list(session.scalars(line.of_state("past").order_by(*newest).limit(limit)))


def get_past(session: Session, line: Line[V], version_id: int) -> V:
    """Raises VersionNotFound."""
    found = session.scalar(line.of_state("past").where(line.model.id == version_id))
    if found is None:
        raise VersionNotFound
    return found
