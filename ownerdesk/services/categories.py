"""The company's own categories: added with a department and first examples, renamed, and retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Category, Department, Example, Project, StaffMember
from ownerdesk.model.labels import CATEGORY_GROUPS
from ownerdesk.queries.categories import forget_categories, read_categories
from ownerdesk.queries.departments import list_all_departments
from ownerdesk.queries.staff import check_right
from ownerdesk.rules.access import Right
from ownerdesk.rules.categories import TAKEN, TAUGHT_NATURES, is_category_code
from ownerdesk.rules.masking import mask
from ownerdesk.rules.refusals import (
    AlreadyExists,
    CategoryRetired,
    InvalidField,
    MissingText,
    TooLong,
)
from ownerdesk.services.audit import record_change
from ownerdesk.services.changes import add_row, change_row
from ownerdesk.texts import LANGUAGES

MAX_NAME = 60  # it is read on a button
MAX_EXAMPLE = 500
MOST_EXAMPLES = 50
FROM_HERE = "category"  # the source of an example that was written for a new category
SUBJECT = "category"


def add_category(
    session: Session,
    *,
    code: str,
    group: str,
    names: Mapping[str, str],
    department_code: str,
    nature: str,
    examples: Mapping[str, Sequence[str]],
    by: StaffMember,
    at: datetime,
) -> Category:
    """A category that may be chosen from the next transaction on, and that the next model learns from its first
    `examples` (by language), which are of one nature.

    Raises NotAllowed, InvalidField, MissingText, TooLong, and AlreadyExists for a code that is taken.
    """
    check_right(by, None, Right.ADMINISTER)
    code = code.strip()
    if not is_category_code(code):
        raise InvalidField("code")
    if code in TAKEN:
        raise AlreadyExists(code)
    if group not in CATEGORY_GROUPS:
        raise InvalidField("group")
    if nature not in TAUGHT_NATURES:
        raise InvalidField("nature")
    kept = {language: _clean_examples(examples.get(language, ())) for language in LANGUAGES}
    category = Category(
        code=code,
        category_group=group,
        names=_clean_names(names),
        department_code=_check_department(session, department_code),
        added_by_id=by.id,
        added_at=at,
    )
    _take_turn(session)
    add_row(session, category, SUBJECT, by=by, at=at)
    forget_categories(session)
    _give_to_department(session, category, by=by, at=at)
    for language, texts in kept.items():
        _add_examples(session, category, nature, language, texts, by=by, at=at)
    return category


def teach_category(
    session: Session,
    category: Category,
    *,
    nature: str,
    examples: Mapping[str, Sequence[str]],
    by: StaffMember,
    at: datetime,
) -> int:
    """Further examples of a category. How many were added: what it knows already is left out. Raises NotAllowed,
    CategoryRetired, InvalidField, TooLong."""
    _lock(session, category, by)
    if category.retired_at is not None:
        raise CategoryRetired
    if nature not in TAUGHT_NATURES:
        raise InvalidField("nature")
    return sum(
        _add_examples(
            session, category, nature, language, _clean_examples(examples.get(language, ())),
            by=by, at=at,
        )
        for language in LANGUAGES
    )  # fmt: skip


def rename_category(
    session: Session,
    category: Category,
    *,
    names: Mapping[str, str],
    department_code: str,
    by: StaffMember,
    at: datetime,
) -> bool:
    """Other names, another department; the code stays. Whether anything changed. Raises NotAllowed, CategoryRetired,
    MissingText, TooLong, InvalidField."""
    _lock(session, category, by)
    if category.retired_at is not None:
        raise CategoryRetired
    moved = department_code != category.department_code
    new = {"names": _clean_names(names), "department_code": department_code}
    if moved:
        _check_department(session, department_code)
    changed = change_row(session, category, SUBJECT, new, by=by, at=at, action="renamed")
    forget_categories(session)
    if moved:
        _give_to_department(session, category, by=by, at=at)
    return changed


def retire_category(session: Session, category: Category, *, by: StaffMember, at: datetime) -> None:
    """It stays on what has it and can no longer be chosen; its examples leave the data set with it. Raises NotAllowed,
    CategoryRetired."""
    _lock(session, category, by)
    if category.retired_at is not None:
        raise CategoryRetired
    change_row(session, category, SUBJECT, {"retired_at": at}, by=by, at=at, action="retired")
    forget_categories(session)
    for project in session.scalars(select(Project).order_by(Project.id)):
        for department in list_all_departments(session, project.id):
            left = [code for code in department.categories if code != category.code]
            change_row(session, department, "department", {"categories": left}, by=by, at=at)


def reinstate_category(
    session: Session, category: Category, *, by: StaffMember, at: datetime
) -> None:
    """It may be chosen again, and its examples are learnt from again. Does nothing where it is in use."""
    _lock(session, category, by)
    if change_row(
        session, category, SUBJECT, {"retired_at": None}, by=by, at=at, action="reinstated"
    ):
        forget_categories(session)
        _give_to_department(session, category, by=by, at=at)


def _lock(session: Session, category: Category, by: StaffMember) -> None:
    check_right(by, None, Right.ADMINISTER)
    _take_turn(session)
    session.refresh(category, with_for_update=True)


def _take_turn(session: Session) -> None:
    """Two admins wait for each other: both change which department has what."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("categories", 0))))


def _clean_names(names: Mapping[str, str]) -> dict[str, str]:
    cleaned = {language: " ".join(names.get(language, "").split()) for language in LANGUAGES}
    for name in cleaned.values():
        if not name:
            raise MissingText("names")
        if len(name) > MAX_NAME:
            raise TooLong("names", MAX_NAME)
    return cleaned


def _clean_examples(texts: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    if len(cleaned) > MOST_EXAMPLES:
        raise InvalidField("examples")
    for text in cleaned:
        if len(text) > MAX_EXAMPLE:
            raise TooLong("examples", MAX_EXAMPLE)
    return cleaned


def _check_department(session: Session, code: str) -> str:
    found = select(Department.id).where(Department.code == code, Department.is_active)
    if session.scalar(found.limit(1)) is None:
        raise InvalidField("department")
    return code


def _give_to_department(
    session: Session, category: Category, *, by: StaffMember, at: datetime
) -> None:
    """In every project the department of that code gets it and any other gives it up; where there is none, it goes to
    whoever has what nobody else does."""
    for project in session.scalars(select(Project).order_by(Project.id)):
        for department in list_all_departments(session, project.id):
            others = [code for code in department.categories if code != category.code]
            is_receiver = department.code == category.department_code and department.is_active
            new = [*others, category.code] if is_receiver else others
            change_row(session, department, "department", {"categories": new}, by=by, at=at)


def _add_examples(
    session: Session,
    category: Category,
    nature: str,
    language: str,
    texts: Sequence[str],
    *,
    by: StaffMember,
    at: datetime,
) -> int:
    known = set(
        session.scalars(
            select(Example.text).where(
                Example.category == category.code,
                Example.language == language,
                Example.removed_at.is_(None),
            )
        )
    )
    added = 0
    for text in (mask(text, [])[0] for text in texts):
        if text in known:
            continue
        example = Example(
            text=text, language=language, intent=nature, category=category.code, kind="",
            entities=[], use="train", source=FROM_HERE, added_by_id=by.id, added_at=at,
        )  # fmt: skip
        session.add(example)
        session.flush()
        record_change(
            session, "example.added", subject="example", subject_id=example.id, at=at,
            staff_id=by.id, after={"intent": nature, "category": category.code, "use": "train"},
        )  # fmt: skip
        added += 1
    return added


def count_examples(session: Session) -> dict[str, int]:
    """How many examples each category of the company's own has; none for those without."""
    counts = session.execute(
        select(Example.category, func.count())
        .where(Example.removed_at.is_(None), Example.use == "train")
        .group_by(Example.category)
    )
    found = {str(code): int(count) for code, count in counts}
    return {one.code: found.get(one.code, 0) for one in read_categories(session).own}
