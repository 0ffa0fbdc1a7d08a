"""Content as staff change it: added, worded anew, switched off; in one project or for all.

A project that changes something common gets a row of its own, which takes the place of the common one there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Remedy, StaffMember
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.staff import has_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.fields import CategoryChoice, CategoryChoices, Field, Problem, Values, refuse
from ownerdesk.rules.refusals import ChangedMeanwhile, NotFound
from ownerdesk.services.audit import record_change
from ownerdesk.services.content_kinds import REMEDIES, Kind


class ContentNotFound(NotFound):
    """Nothing of this kind in this project."""


def get_content(session: Session, kind: Kind, project_id: int | None, row_id: int) -> Any:
    """The row that counts in a project where the given one, its own or a common one, is meant. Raises
    ContentNotFound."""
    row = session.get(kind.model, row_id)
    if row is None or row.project_id not in (None, project_id):
        raise ContentNotFound
    return find_own(session, kind, project_id, getattr(row, kind.code)) or row


def find_own(session: Session, kind: Kind, project_id: int | None, code: str) -> Any | None:
    """The project's own row of a code, or (without a project) the common one."""
    table = kind.model
    return session.scalar(
        select(table).where(
            getattr(table, kind.code) == code, table.project_id.is_not_distinct_from(project_id)
        )
    )


def values_of(kind: Kind, row: Any) -> Values:
    """What is set of a row, as it is audited and shown in a form."""
    values = {one.name: getattr(row, one.name) for one in kind.fields}
    values = {n: f"{v:.2f}" if isinstance(v, Decimal) else v for n, v in values.items()}
    return {**values, "is_offered": row.is_offered}


def version_of(values: Mapping[str, Any]) -> str:
    """Tells whether what somebody saw is still what is there."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lock_code(session: Session, subject: str, project_id: int | None, code: str) -> None:
    """Two who save the same thing at once wait for each other here."""
    key = f"{subject}:{project_id}:{code}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def add_content(
    session: Session,
    kind: Kind,
    project_id: int | None,
    code: str,
    values: Values,
    *,
    by: StaffMember,
    at: datetime,
) -> Any:
    """Something new, offered at once. Raises Unusable for a code that is taken here, and as `save_content`."""
    lock_code(session, kind.subject, project_id, code)
    return _write(session, kind, project_id, code, None, values, by=by, at=at)


def save_content(
    session: Session,
    kind: Kind,
    project_id: int | None,
    row_id: int,
    values: Values,
    *,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> Any:
    """Change what is there. `seen` is the version that stood in the form (nothing: whatever is there). Raises
    ContentNotFound, ChangedMeanwhile, and Unusable for a limit above the person's own."""
    row = get_content(session, kind, project_id, row_id)
    code = getattr(row, kind.code)
    lock_code(session, kind.subject, project_id, code)
    row = find_own(session, kind, project_id, code) or row
    session.refresh(row)
    if seen and seen != version_of(values_of(kind, row)):
        raise ChangedMeanwhile
    return _write(session, kind, project_id, code, row, values, by=by, at=at)


def offer_content(
    session: Session,
    kind: Kind,
    project_id: int | None,
    row_id: int,
    *,
    is_offered: bool,
    by: StaffMember,
    at: datetime,
) -> Any:
    """Switch it off here, or on again; a project that switches off something common keeps a row that says so."""
    row = get_content(session, kind, project_id, row_id)
    values = {**values_of(kind, row), "is_offered": is_offered}
    code = getattr(row, kind.code)
    lock_code(session, kind.subject, project_id, code)
    return _write(session, kind, project_id, code, row, values, by=by, at=at)


def _write(
    session: Session,
    kind: Kind,
    project_id: int | None,
    code: str,
    row: Any | None,
    values: Values,
    *,
    by: StaffMember,
    at: datetime,
) -> Any:
    before = values_of(kind, row) if row is not None else {}
    refuse(find_problems(session, kind, project_id, code, row, values, by=by))
    own: Any = row
    if row is None or row.project_id != project_id:
        own = kind.model(project_id=project_id, **{kind.code: code})
        session.add(own)
    for name, value in values.items():
        setattr(own, name, value)
    if "is_offered" not in values:
        own.is_offered = row.is_offered if row is not None else True
    session.flush()
    session.refresh(own)
    record_difference(
        session, kind.subject, own.id, before, values_of(kind, own), code=code,
        project_id=project_id, by=by, at=at,
    )  # fmt: skip
    return own


def find_problems(
    session: Session,
    kind: Kind,
    project_id: int | None,
    code: str,
    row: Any | None,
    values: Values,
    *,
    by: StaffMember,
) -> list[Problem]:
    """What of the values cannot be kept here though it was typed rightly; `row` is what is there of this code, None for
    something new. Values that were not typed rightly are left out."""
    before = values_of(kind, row) if row is not None else {}
    problems = find_wrong_categories(session, kind.fields, before, values)
    if row is None and code and find_own(session, kind, project_id, code) is not None:
        problems.append(Problem("code", "taken"))
    if kind is REMEDIES and {"unit", "limits"} <= set(values):
        problems += _find_limits_beyond(by, row, project_id, values)
    return problems


def find_wrong_categories(
    session: Session, fields: Sequence[Field], before: Mapping[str, Any], values: Values
) -> list[Problem]:
    """Categories that cannot be chosen; what stands there may stay."""
    in_use = read_categories(session).in_use
    problems = []
    for one in fields:
        if one.name not in values:
            continue
        if isinstance(one, CategoryChoice):
            may, chosen = {before.get(one.name), None, *in_use}, [values[one.name]]
        elif isinstance(one, CategoryChoices):
            may, chosen = {*before.get(one.name, ()), *in_use}, values[one.name]
        else:
            continue
        if not set(chosen) <= may:
            problems.append(Problem(one.name, "unknown"))
    return problems


def record_difference(
    session: Session,
    subject: str,
    subject_id: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    code: str,
    project_id: int | None,
    by: StaffMember,
    at: datetime,
) -> None:
    """Keep in the audit log what changed, and nothing where nothing did."""
    changed = [name for name in after if name not in before or before[name] != after[name]]
    if before and not changed:
        return
    record_change(
        session, f"{subject}.{'saved' if before else 'added'}", subject=subject,
        subject_id=subject_id, at=at, staff_id=by.id, project_id=project_id,
        before={"code": code, **{n: before[n] for n in changed if n in before}} if before else None,
        after={"code": code, **{n: after[n] for n in changed}},
    )  # fmt: skip


def _find_limits_beyond(
    by: StaffMember, row: Remedy | None, project_id: int | None, values: Values
) -> list[Problem]:
    """Nobody gives others more than they may give themselves; only admins set that freely. What stands there already
    may stay."""
    if has_right(by, project_id, Right.ADMINISTER):
        return []
    stood = row.limits if row is not None and row.unit == values["unit"] else {}
    own = max(
        (
            Decimal(str(stood[role.role]))
            for role in by.roles
            if role.project_id in (None, project_id) and role.role in stood
        ),
        default=Decimal(0),
    )
    return [
        Problem(f"limits.{role}", "over_limit", {"limit": own, "unit": values["unit"]})
        for role, amount in values["limits"].items()
        if Decimal(str(amount)) > max(own, Decimal(str(stood.get(role, 0))))
    ]
