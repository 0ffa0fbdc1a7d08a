"""What the work list is sorted by, each order along an index, and how a page goes on from the key of the one before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    cast,
    literal,
    literal_column,
    tuple_,
)

from ownerdesk.model import Appeal
from ownerdesk.model.appeals import DUE_SQL, SEVERITIES_IN_ORDER, SEVERITY_SQL

NOT_DUE = "never"


@dataclass(frozen=True)
class Order:
    """What a list is sorted by; the id decides between equals. `value` is what a key holds beside the id."""

    column: ColumnElement[Any] | None
    is_descending: bool
    value: Callable[[Appeal], str]


def rank_of(severity: str) -> int:
    """The graver, the higher."""
    return SEVERITIES_IN_ORDER.index(severity) + 1


ORDERS: dict[str, Order] = {
    "newest": Order(None, True, lambda _: ""),
    "oldest": Order(None, False, lambda _: ""),
    "due": Order(
        literal_column(DUE_SQL.replace("next_due_at", "appeals.next_due_at"), DateTime(True)),
        False,
        lambda appeal: appeal.next_due_at.isoformat() if appeal.next_due_at else NOT_DUE,
    ),
    "last": Order(
        literal_column("appeals.last_message_at", DateTime(True)),
        True,
        lambda appeal: appeal.last_message_at.isoformat(),
    ),
    "severity": Order(
        literal_column(SEVERITY_SQL.replace("severity)", "appeals.severity)"), Integer),
        True,
        lambda appeal: str(rank_of(appeal.severity)),
    ),
}


@dataclass(frozen=True)
class Key:
    """Where a page ends: the value its order sorts by, and the id. `is_back` asks for the page before it."""

    value: datetime | int | str
    id: int
    is_back: bool = False


@dataclass(frozen=True)
class Sorting:
    """An order from a key on; where the key asks for the page before, backwards from it."""

    order: Order
    key: Key | None

    @property
    def is_by_id(self) -> bool:
        return self.order.column is None

    @property
    def is_descending(self) -> bool:
        is_back = self.key is not None and self.key.is_back
        return self.order.is_descending != is_back

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """The id stands last, so that equals neither come twice nor are left out."""
        column, appeal_id = self.order.column, Appeal.__table__.c.id
        return [appeal_id] if column is None else [column, appeal_id]

    def sort(self, query: Select[Any], columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """By its columns, or by what a part of the table took along of them."""
        return query.order_by(*(c.desc() if self.is_descending else c.asc() for c in columns))

    def after_key(self, query: Select[Any]) -> Select[Any]:
        """What follows the key, if there is one."""
        if self.key is None:
            return query
        values: list[ColumnElement[Any]] = [literal(self.key.id)]
        if self.order.column is not None:
            values.insert(0, _value(self.key, self.order.column))
        place, end = tuple_(*self.columns), tuple_(*values)
        return query.where(place < end if self.is_descending else place > end)


def _value(key: Key, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if key.value == NOT_DUE:
        return literal_column("'infinity'::timestamptz", DateTime(True))
    return cast(literal(key.value), column.type)
