"""The data set as those see it who label: what is in it, what was, and what the last check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from ownerdesk.model import DataCheck, Example, LabelItem, StaffMember
from ownerdesk.queries.label_items import visible_items
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.refusals import ExampleNotFound

PAGE_SIZE = 50
USES = ("train", "test")


@dataclass(frozen=True)
class ExampleFilter:
    """What of the data set is wanted; empty values want everything. `shown` is `now`, `removed` or `all`."""

    language: str = ""
    intent: str = ""
    category: str = ""
    use: str = ""
    shown: str = "now"
    before_id: int | None = None


@dataclass(frozen=True)
class ShownExample:
    """An example with the names of who added and who removed it."""

    example: Example
    added_by: str
    removed_by: str


def check_may_see(session: Session, member: StaffMember) -> None:
    """Raises ExampleNotFound for whoever may not label anywhere."""
    if not visible_project_ids(session, member, Right.LABEL_MESSAGES):
        raise ExampleNotFound


def visible_examples(session: Session, member: StaffMember) -> ColumnElement[bool]:
    """Those made of messages that the person may label. What was made of none belongs to the company: whoever labels
    anywhere sees it. Raises ExampleNotFound for whoever may not label."""
    check_may_see(session, member)
    items = select(LabelItem.id).where(visible_items(session, member))
    return or_(Example.item_id.is_(None), Example.item_id.in_(items))


def get_visible_example(session: Session, member: StaffMember, example_id: int) -> Example:
    """Raises ExampleNotFound."""
    example = session.scalar(
        select(Example).where(Example.id == example_id, visible_examples(session, member))
    )
    if example is None:
        raise ExampleNotFound
    return example


def list_shown(
    session: Session, member: StaffMember, wanted: ExampleFilter, *, limit: int = PAGE_SIZE
) -> list[ShownExample]:
    """The newest first. Raises ExampleNotFound for whoever may not label."""
    adder, remover = aliased(StaffMember), aliased(StaffMember)
    rows = session.execute(
        select(Example, adder.name, remover.name)
        .outerjoin(adder, adder.id == Example.added_by_id)
        .outerjoin(remover, remover.id == Example.removed_by_id)
        .where(visible_examples(session, member), *_conditions(wanted))
        .order_by(Example.id.desc())
        .limit(limit)
    )
    return [ShownExample(row[0], row[1] or "", row[2] or "") for row in rows]


def list_by_ids(session: Session, member: StaffMember, ids: Sequence[int]) -> dict[int, Example]:
    """Those of them that are in the data set now and that the person may see."""
    query = select(Example).where(
        Example.id.in_(ids), Example.removed_at.is_(None), visible_examples(session, member)
    )
    return {example.id: example for example in session.scalars(query)}


def count_examples(session: Session, member: StaffMember) -> list[tuple[str, str, str, int]]:
    """Intent, language, use and how many, of what is in the data set now."""
    rows = session.execute(
        select(Example.intent, Example.language, Example.use, func.count())
        .where(Example.removed_at.is_(None), visible_examples(session, member))
        .group_by(Example.intent, Example.language, Example.use)
        .order_by(Example.intent, Example.language, Example.use)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def list_taught(session: Session, member: StaffMember) -> list[Example]:
    """What is trained on, of what the person may see; in the order in which it grew."""
    return list(
        session.scalars(
            select(Example)
            .where(
                Example.removed_at.is_(None),
                Example.use == "train",
                visible_examples(session, member),
            )
            .order_by(Example.id)
        )
    )


def find_latest_check(session: Session) -> DataCheck | None:
    return session.scalar(select(DataCheck).order_by(DataCheck.id.desc()).limit(1))


def is_outdated(session: Session, check: DataCheck) -> bool:
    """Whether examples were added or removed since it was asked for."""
    since = check.requested_at
    changed = select(Example.id).where(or_(Example.added_at > since, Example.removed_at > since))
    return session.scalar(changed.limit(1)) is not None


def _conditions(wanted: ExampleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (Example.language, wanted.language),
            (Example.intent, wanted.intent),
            (Example.category, wanted.category),
            (Example.use, wanted.use),
        )
        if value
    ]
    if wanted.shown == "now":
        conditions.append(Example.removed_at.is_(None))
    elif wanted.shown == "removed":
        conditions.append(Example.removed_at.is_not(None))
    if wanted.before_id is not None:
        conditions.append(Example.id < wanted.before_id)
    return conditions
