"""The work list: its tabs, filters, search, orders, and paging by key.

A page costs the same whether there are a thousand appeals or a million: every order is an index that is walked from the
key of the page before. What narrows the list is looked for on a stretch of that way, and where it is too rare to fill a page
there, in an index that knows where it is: of labels for the filters, of words for a search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    String,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, aliased, joinedload

from ownerdesk.model import Appeal, AppealWords, Conversation, StaffMember, Unit
from ownerdesk.model.appeals import LABELS_SQL, OPEN_SQL, SEVERITIES_IN_ORDER
from ownerdesk.model.labels import AppealState
from ownerdesk.queries.list_orders import ORDERS, Key, Sorting, rank_of
from ownerdesk.queries.projects import list_projects_by_soon
from ownerdesk.queries.staff import visible_project_ids
from ownerdesk.rules.access import Right
from ownerdesk.rules.search import make_query
from ownerdesk.texts import LANGUAGES

PAGE_SIZE = 50
# So many appeals in the order of the list are looked through before the index of words is asked: a frequent word fills its
# page here, and what is left for the index is rare.
WALKED = 2000
# The same for filters, which cost less to look at; and so many appeals of some labels at most are fetched and sorted, which
# takes about as long. What there is more of fills a page before the list has been walked far.
STRETCH = 10_000
FEW = 4000

TABS = (
    "open", "mine", "new", "soon", "overdue", "emergencies", "awaiting", "returned", "deferred", "all",
)  # fmt: skip
# Received lately, or a while ago.
AGES = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "over_day": timedelta(days=1),
    "over_week": timedelta(days=7),
    "over_month": timedelta(days=30),
}
OTHER_LANGUAGE = "other"

IS_OPEN: ColumnElement[bool] = literal_column(f"appeals.{OPEN_SQL}", Boolean)
_NUMBER = re.compile(r"[^\W_]{1,40}-\d{1,18}")


@dataclass(frozen=True)
class AppealFilter:
    """What the work list can be narrowed by; an empty field does not narrow. `person_id` answers for an appeal or does
    its work. `age` is one of AGES, `language` a code or OTHER_LANGUAGE."""

    tab: str = "open"
    state: str = ""
    nature: str = ""
    category: str = ""
    severity: str = ""
    project_id: int | None = None
    building_id: int | None = None
    department_id: int | None = None
    person_id: int | None = None
    language: str = ""
    age: str = ""
    rating: int | None = None
    text: str = ""
    order: str = "newest"
    key: Key | None = None

    @property
    def sorting(self) -> Sorting:
        return Sorting(ORDERS[self.order], self.key)


@dataclass(frozen=True)
class Page:
    """Ids of appeals in order, and whether there are more on either side."""

    ids: Sequence[int]
    has_before: bool
    has_after: bool


def read_page(session: Session, member: StaffMember, wanted: AppealFilter, *, at: datetime) -> Page:
    """One page for the console."""
    ids = list_appeal_ids(session, member, wanted, at=at, limit=PAGE_SIZE + 1)
    has_more = len(ids) > PAGE_SIZE
    ids = ids[:PAGE_SIZE]
    is_back = wanted.key is not None and wanted.key.is_back
    if is_back:
        ids = ids[::-1]
    has_before = has_more if is_back else wanted.key is not None
    has_after = is_back or has_more
    return Page(ids, has_before, has_after)


def list_versions(session: Session, member: StaffMember, ids: Sequence[int]) -> dict[int, int]:
    """How often each appeal has changed, by id; of those that the member may see."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    query = select(Appeal.id, Appeal.version)
    rows = session.execute(query.where(Appeal.id.in_(ids), Appeal.project_id.in_(projects)))
    return dict(rows.all())


def load_appeals(session: Session, ids: Sequence[int]) -> list[Appeal]:
    """In the order of the ids, with everything a row of the list shows."""
    if not ids:
        return []
    rows = session.scalars(
        select(Appeal)
        .where(Appeal.id.in_(ids))
        .options(
            joinedload(Appeal.project),
            joinedload(Appeal.unit).joinedload(Unit.building),
            joinedload(Appeal.responsible),
            joinedload(Appeal.department),
            joinedload(Appeal.operator),
            joinedload(Appeal.conversation).joinedload(Conversation.owner),
        )
    )
    found = {appeal.id: appeal for appeal in rows}
    return [found[appeal_id] for appeal_id in ids if appeal_id in found]


def list_appeal_ids(
    session: Session, member: StaffMember, wanted: AppealFilter, *, at: datetime, limit: int
) -> list[int]:
    """The ids that follow the key, in order; where the key asks for the page before, backwards from it."""
    projects = visible_project_ids(session, member, Right.SEE_APPEALS)
    if wanted.project_id is None and len(projects) == 1:
        wanted = replace(wanted, project_id=projects[0])
    walked = [
        Appeal.project_id.in_(projects),
        tab_condition(session, wanted.tab, member, projects, at=at),
    ]
    if wanted.sorting.is_by_id:
        walked += _places(Appeal, wanted)
    filters = _filters(Appeal, wanted, at=at)
    conditions = [*walked, *filters]
    if not wanted.text:
        found = None
        if filters and _labels(wanted):
            found = _look_near(session, walked, wanted, limit, at=at)
        if found is None:
            found = list(session.scalars(_ordered(select(Appeal.id), conditions, wanted, limit)))
        return found
    if _NUMBER.fullmatch(wanted.text):
        number = Appeal.number.in_([wanted.text, wanted.text.upper()])
        query = _ordered(select(Appeal.id), [*conditions, number], wanted, limit)
        by_number = list(session.scalars(query))
        if by_number:
            return by_number
    return _search(session, conditions, wanted, limit)


def tab_condition(
    session: Session, tab: str, member: StaffMember, projects: Sequence[int], *, at: datetime
) -> ColumnElement[bool]:
    """What belongs into a tab of the list."""
    match tab:
        case "all":
            return literal_column("true", Boolean)
        case "mine":
            return and_(IS_OPEN, is_mine(member))
        case "new":
            return and_(IS_OPEN, Appeal.state == AppealState.RECEIVED)
        case "soon":
            return and_(IS_OPEN, is_due_soon(session, projects, at=at))
        case "overdue":
            return and_(IS_OPEN, Appeal.next_due_at < at)
        case "emergencies":
            return and_(IS_OPEN, Appeal.severity == "emergency")
        case "awaiting":
            return and_(IS_OPEN, awaits_owner())
        case "returned":
            return and_(IS_OPEN, is_returned())
        case "deferred":
            return and_(IS_OPEN, Appeal.state == AppealState.DEFERRED)
        case _:
            return IS_OPEN


def is_mine(member: StaffMember) -> ColumnElement[bool]:
    return or_(Appeal.responsible_id == member.id, Appeal.operator_id == member.id)


def awaits_owner() -> ColumnElement[bool]:
    """The owner was asked whether it is solved, or asked what the work cannot go on without."""
    return or_(Appeal.state == AppealState.RESOLVED, Appeal.asked_owner_at.is_not(None))


def is_returned() -> ColumnElement[bool]:
    """The owner said that it is not done, and nobody has said so anew."""
    return and_(Appeal.reopened > 0, Appeal.state != AppealState.RESOLVED)


def is_due_soon(session: Session, projects: Sequence[int], *, at: datetime) -> ColumnElement[bool]:
    """Due within what the policy of its project calls soon."""
    by_minutes = list_projects_by_soon(session, projects)
    return and_(
        Appeal.next_due_at >= at,
        or_(
            literal_column("false", Boolean),
            *(
                and_(
                    Appeal.next_due_at < at + timedelta(minutes=minutes),
                    *([Appeal.project_id.in_(ids)] if len(by_minutes) > 1 else []),
                )
                for minutes, ids in by_minutes.items()
            ),
        ),
    )


def _places(appeal: type[Appeal], wanted: AppealFilter) -> list[ColumnElement[bool]]:
    """What has an index in the order of the ids: such a list is walked along it."""
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (appeal.state, wanted.state),
            (appeal.project_id, wanted.project_id),
            (appeal.building_id, wanted.building_id),
            (appeal.stars, wanted.rating),
        )
        if value
    ]
    if wanted.severity:
        rank = func.strpos(literal_column(f"'{SEVERITIES_IN_ORDER}'"), appeal.severity)
        conditions.append(rank == rank_of(wanted.severity))
    return conditions


def _filters(
    appeal: type[Appeal], wanted: AppealFilter, *, at: datetime
) -> list[ColumnElement[bool]]:
    """What is looked at, appeal by appeal, on the way. `appeal` is the table or a part of it."""
    conditions: list[ColumnElement[bool]] = [
        column == value
        for column, value in (
            (appeal.nature, wanted.nature),
            (appeal.category, wanted.category),
            (appeal.department_id, wanted.department_id),
        )
        if value
    ]
    if not wanted.sorting.is_by_id:
        conditions += _places(appeal, wanted)
    if wanted.person_id:
        person = wanted.person_id
        conditions.append(or_(appeal.responsible_id == person, appeal.operator_id == person))
    if wanted.language:
        conditions.append(_speaks(appeal, wanted.language))
    if wanted.age in AGES:
        since = at - AGES[wanted.age]
        is_old = wanted.age.startswith("over_")
        conditions.append(appeal.received_at < since if is_old else appeal.received_at >= since)
    return conditions


def _speaks(appeal: type[Appeal], language: str) -> ColumnElement[bool]:
    spoken = Conversation.language
    wanted = spoken.not_in(LANGUAGES) if language == OTHER_LANGUAGE else spoken == language
    return exists().where(Conversation.id == appeal.conversation_id, wanted)


def _labels(wanted: AppealFilter) -> list[str]:
    """As the index of labels holds them."""
    labels = {
        "nature": wanted.nature,
        "category": wanted.category,
        "severity": wanted.severity,
        "state": wanted.state,
        "project": wanted.project_id,
        "building": wanted.building_id,
        "department": wanted.department_id,
        "person": wanted.person_id,
        "stars": wanted.rating,
    }
    return [f"{name} {value}" for name, value in labels.items() if value]


def _look_near(
    session: Session,
    walked: Sequence[ColumnElement[bool]],
    wanted: AppealFilter,
    limit: int,
    *,
    at: datetime,
) -> list[int] | None:
    """What a stretch of the list holds, if that is a page; else all there is of the labels, if that is few. None for
    what is many and far down, such as what was frequent years ago: that the list has to be walked for.

    PostgreSQL takes filters for independent of each other, and would walk past a million appeals to find that the
    gardeners have no lifts."""
    stretch = _ordered(_taking_along(wanted), walked, wanted, STRETCH).subquery("stretch")
    ids = list(session.scalars(_among(stretch, wanted, limit, at=at)))
    if len(ids) >= limit:
        return ids
    table = literal_column(LABELS_SQL.format("appeals."), postgresql.ARRAY(Text))
    holds = table.contains(cast(_labels(wanted), postgresql.ARRAY(Text)))
    few = wanted.sorting.after_key(_taking_along(wanted)).where(*walked, holds).limit(FEW + 1)
    part = few.cte("few").prefix_with("materialized", dialect="postgresql")
    count, ids = session.execute(
        select(
            select(func.count()).select_from(part).scalar_subquery(),
            func.array(
                _among(part, wanted, limit, at=at).scalar_subquery(), type_=ARRAY(BigInteger)
            ),
        )
    ).one()
    return list(ids) if count <= FEW else None


def _taking_along(wanted: AppealFilter) -> Select[Any]:
    """Appeals, with what the list is sorted by beside their id."""
    return select(Appeal, *(c.label("sorted_by") for c in wanted.sorting.columns[:-1]))


def _among(part: FromClause, wanted: AppealFilter, limit: int, *, at: datetime) -> Select[Any]:
    """The ids of what the filters leave of a part of the table, in order."""
    appeal = aliased(Appeal, part)
    columns = [part.c[name] for name in ("sorted_by", "id") if name in part.c]
    query = select(appeal.id).where(*_filters(appeal, wanted, at=at))
    return wanted.sorting.sort(query, columns).limit(limit)


def _ordered(
    query: Select[Any], conditions: Sequence[ColumnElement[bool]], wanted: AppealFilter, limit: int
) -> Select[Any]:
    """From the key on."""
    sorting = wanted.sorting
    return sorting.sort(sorting.after_key(query.where(*conditions)), sorting.columns).limit(limit)


def _search(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    wanted: AppealFilter,
    limit: int,
) -> list[int]:
    """Walk the list first, then ask the index of words for everything. Nothing for words that nobody searches for."""
    query = make_query(wanted.text)
    if not query:
        return []
    has_words = AppealWords.words.op("@@", is_comparison=True)(
        func.to_tsquery(literal_column("'simple'"), cast(literal(query), String))
    )
    walked = _ordered(select(Appeal.id), conditions, wanted, WALKED).cte("walked")
    walked = walked.prefix_with("materialized", dialect="postgresql")
    matching = (
        select(AppealWords.appeal_id)
        .join(walked, walked.c.id == AppealWords.appeal_id)
        .where(has_words)
        .cte("matching")
    )
    among: ColumnElement[bool] = Appeal.id.in_(select(matching.c.appeal_id))
    found = _ordered(select(Appeal.id), [among], wanted, limit)
    looked_through, ids = session.execute(
        select(
            select(func.count()).select_from(walked).scalar_subquery(),
            func.array(found.scalar_subquery(), type_=ARRAY(BigInteger)),
        )
    ).one()
    if len(ids) >= limit or looked_through < WALKED:
        return list(ids)
    # As one array: the appeals are then looked up one by one, and never all of them walked past.
    everything = select(AppealWords.appeal_id).where(has_words).scalar_subquery()
    among = Appeal.id == any_(func.array(everything, type_=ARRAY(BigInteger)))
    return list(session.scalars(_ordered(select(Appeal.id), [*conditions, among], wanted, limit)))
