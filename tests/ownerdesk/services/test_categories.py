"""The company's own categories: added without a developer, used everywhere, retired, and never in the way of a message."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import (
    AuditEntry,
    Category,
    Conversation,
    Department,
    Example,
    StaffMember,
)
from ownerdesk.model.labels import CATEGORIES
from ownerdesk.queries.categories import get_own_category, read_categories
from ownerdesk.queries.trainings import list_examples
from ownerdesk.rules.categories import TAKEN
from ownerdesk.rules.labelling import Labels
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.rules.refusals import (
    AlreadyExists,
    CategoryRetired,
    InvalidField,
    MissingText,
    NotAllowed,
    TooLong,
)
from ownerdesk.services.appeals import correct_appeal, register_appeal
from ownerdesk.services.calendars import save_term
from ownerdesk.services.cards import format_card
from ownerdesk.services.categories import (
    add_category,
    reinstate_category,
    rename_category,
    retire_category,
    teach_category,
)
from ownerdesk.services.departments import save_department
from ownerdesk.services.events import OWNER
from ownerdesk.services.intake import keep_reading
from ownerdesk.services.projects import create_project
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.make import NOON, Cast, make_appeal, make_cast, make_message, make_reading, make_staff

NAMES = {"en": "Swimming pond", "es": "Estanque", "zh": "池塘"}
WRITTEN = {
    "en": ["The pond is green", "the  pond smells", "The pond is green"],
    "zh": ["池塘发绿了"],
}


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def root(session: Session, cast: Cast) -> StaffMember:
    return make_staff(session, None, "Root", "admin")


def add(session: Session, by: StaffMember, **fields: Any) -> Category:
    values: dict[str, Any] = {
        "code": "pond", "group": "community", "names": NAMES, "department_code": "accounts",
        "nature": "help_seeking", "examples": WRITTEN,
    }  # fmt: skip
    return add_category(session, **{**values, **fields}, by=by, at=NOON)


def list_audit(session: Session, subject: str) -> list[str]:
    rows = select(AuditEntry.action).where(AuditEntry.subject == subject)
    return list(session.scalars(rows.order_by(AuditEntry.id)))


def test_a_category_is_in_use_from_then_on_with_its_department_and_examples(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    categories = read_categories(session)
    assert "pond" in categories.groups["community"]
    assert categories.in_use[-1] == "other"
    assert "pond" in cast.accounts.categories
    found = [(e.text, e.language, e.intent, e.category, e.use) for e in list_examples(session)]
    assert found == [
        ("The pond is green", "en", "help_seeking", "pond", "train"),
        ("the pond smells", "en", "help_seeking", "pond", "train"),
        ("池塘发绿了", "zh", "help_seeking", "pond", "train"),
    ]
    assert list_audit(session, "category") == ["category.created"]
    assert list_audit(session, "department") == ["department.updated"]
    assert list_audit(session, "example") == ["example.added"] * 3
    assert category.code == "pond"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"code": "Pond"}, InvalidField),
        ({"code": "p" * 31}, InvalidField),
        ({"code": ""}, InvalidField),
        ({"code": "lighting"}, AlreadyExists),
        ({"code": "equipment"}, AlreadyExists),
        ({"code": "fire"}, AlreadyExists),
        ({"group": "weather"}, InvalidField),
        ({"names": {"en": "Pond"}}, MissingText),
        ({"names": {**NAMES, "es": "E" * 61}}, TooLong),
        ({"department_code": "nobody"}, InvalidField),
        ({"nature": "emergency"}, InvalidField),
        ({"examples": {"en": ["x" * 501]}}, TooLong),
        ({"examples": {"en": [f"message {n}" for n in range(51)]}}, InvalidField),
    ],
)
def test_what_cannot_be_a_category_is_refused_and_leaves_nothing(
    session: Session,
    cast: Cast,
    root: StaffMember,
    fields: dict[str, Any],
    refusal: type[Exception],
) -> None:
    with pytest.raises(refusal):
        add(session, root, **fields)
    assert session.scalar(select(func.count()).select_from(Category)) == 0
    assert list_examples(session) == []


def test_only_an_admin_of_everything_changes_categories(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    for role, place in (("project_manager", cast.project), ("head_office", None)):
        member = make_staff(session, place, f"Some {role}", role)
        with pytest.raises(NotAllowed):
            add(session, member, code="other_pond")
        with pytest.raises(NotAllowed):
            retire_category(session, category, by=member, at=NOON)
    assert category.retired_at is None


def test_personal_data_in_an_example_is_masked(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    add(session, root, examples={"en": ["call +34 600 123 456 about the pond"]})
    [example] = list_examples(session)
    assert "600 123 456" not in example.text


def test_an_appeal_of_it_goes_to_its_department_and_its_card_names_it_in_three_languages(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    add(session, root)
    appeal = make_appeal(session, cast, category="pond")
    assert appeal.department_id == cast.accounts.id
    for language, name in NAMES.items():
        appeal.conversation.language = language
        assert name in format_card(session, appeal, at=NOON)


def test_staff_may_choose_it_everywhere_and_nothing_that_is_none(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    appeal = make_appeal(session, cast)
    with pytest.raises(InvalidField):
        correct_appeal(session, appeal, actor=OWNER, at=NOON, category="pond")
    with pytest.raises(InvalidField):
        save_department(
            session, cast.project, code="ponds", names=NAMES, categories=["pond"], head_id=None,
            by=cast.boris, at=NOON,
        )  # fmt: skip
    add(session, root)
    correct_appeal(session, appeal, actor=OWNER, at=NOON, category="pond")
    assert (appeal.category, appeal.department_id) == ("pond", cast.accounts.id)
    term = save_term(
        session,
        cast.project,
        kind="resolution",
        minutes=30,
        by=cast.boris,
        at=NOON,
        category="pond",
    )
    assert term.category == "pond"
    labels = Labels("help_seeking", "pond")
    assert labels.find_fault(["help_seeking"], "x") == "category"
    assert labels.find_fault(["help_seeking"], "x", read_categories(session).in_use) is None


def test_a_new_project_has_it_in_its_department(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    add(session, root, department_code="maintenance")
    project = create_project(session, code="N", name="New", timezone="UTC", language="en")
    having = [
        d.code
        for d in session.scalars(select(Department).where(Department.project_id == project.id))
        if "pond" in d.categories
    ]
    assert having == ["maintenance"]


def test_renaming_changes_the_words_and_moving_it_the_department(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    new = {**NAMES, "en": "Pond"}
    assert rename_category(
        session, category, names=new, department_code="maintenance", by=root, at=NOON
    )
    assert read_categories(session).name_all({}, "en") == {"pond": "Pond"}
    assert "pond" in cast.maintenance.categories
    assert "pond" not in cast.accounts.categories
    with pytest.raises(InvalidField):
        rename_category(session, category, names=new, department_code="none", by=root, at=NOON)
    with pytest.raises(MissingText):
        rename_category(session, category, names={}, department_code="accounts", by=root, at=NOON)


def test_a_retired_one_stays_on_old_appeals_and_can_no_longer_be_chosen(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    old, other = make_appeal(session, cast, category="pond"), make_appeal(session, cast)
    retire_category(session, category, by=root, at=NOON)
    assert "Swimming pond" in format_card(session, old, at=NOON)
    assert "pond" not in read_categories(session).in_use
    assert "pond" in read_categories(session).known
    assert "pond" not in cast.accounts.categories
    assert list_examples(session, use="train") == []
    with pytest.raises(InvalidField):
        correct_appeal(session, other, actor=OWNER, at=NOON, category="pond")
    correct_appeal(session, old, actor=OWNER, at=NOON, nature="dissatisfaction", category="pond")
    assert (old.nature, old.category) == ("dissatisfaction", "pond"), "the rest can be put right"
    for refused in (
        lambda: retire_category(session, category, by=root, at=NOON),
        lambda: teach_category(
            session, category, nature="consultation", examples=WRITTEN, by=root, at=NOON
        ),
        lambda: rename_category(
            session, category, names=NAMES, department_code="accounts", by=root, at=NOON
        ),
    ):
        with pytest.raises(CategoryRetired):
            refused()


def test_what_was_learnt_from_before_it_was_retired_can_still_be_told(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    retire_category(session, category, by=root, at=NOON + timedelta(hours=2))
    assert len(list_examples(session, at=NOON + timedelta(hours=1))) == 3
    assert list_examples(session, at=NOON + timedelta(hours=3)) == []


def test_used_again_it_is_as_before(session: Session, cast: Cast, root: StaffMember) -> None:
    category = add(session, root)
    retire_category(session, category, by=root, at=NOON)
    reinstate_category(session, category, by=root, at=NOON)
    reinstate_category(session, category, by=root, at=NOON)
    assert "pond" in read_categories(session).in_use
    assert "pond" in cast.accounts.categories
    assert len(list_examples(session)) == 3
    assert list_audit(session, "category") == [
        "category.created", "category.retired", "category.reinstated",
    ]  # fmt: skip


def test_further_examples_are_added_once(session: Session, cast: Cast, root: StaffMember) -> None:
    category = add(session, root)
    more = {"en": ["the pond smells", "ducks in the pond"]}
    for added in (1, 0):
        count = teach_category(
            session, category, nature="consultation", examples=more, by=root, at=NOON
        )
        assert count == added
    latest = list_examples(session)[-1]
    assert (latest.text, latest.intent) == ("ducks in the pond", "consultation")


def test_a_category_from_a_model_that_is_not_in_use_is_read_as_other(
    session: Session, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, "The pond is green, and my neighbour sings")
    reading = make_reading(
        category="pond", category_ranking={"pond": 0.7, "amenities": 0.2},
        second_matter=SecondMatter("my neighbour sings", Nature.DISSATISFACTION, "opera"),
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        kept = keep_reading(session, message, reading)
    assert (kept.category, dict(kept.category_ranking)) == ("other", {"amenities": 0.2})
    assert message.reading is not None
    assert (message.reading["category"], message.reading["second_category"]) == ("other", "other")
    assert f"message {message.id}" in caplog.text
    assert "sings" not in caplog.text


def test_a_reading_kept_before_the_retirement_still_makes_an_appeal(
    session: Session, cast: Cast, root: StaffMember
) -> None:
    category = add(session, root)
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, "The pond is green")
    retire_category(session, category, by=root, at=NOON)
    appeal = register_appeal(
        session, conversation, message, nature="help_seeking", category="pond", at=NOON
    )
    assert appeal.category == "other"


def test_the_shipped_codes_can_never_be_taken() -> None:
    assert set(CATEGORIES) <= TAKEN


@pytest.fixture
def races(settings: Settings, clock: Clock) -> Iterator[Core]:
    core = Core(settings, clock=clock)
    yield core
    core.close()


def test_two_admins_who_add_or_retire_at_once_make_one_of_it(races: Core) -> None:
    races.transact_now(make_cast)
    ids = [
        races.transact_now(lambda s, n=name: make_staff(s, None, n, "admin").id)
        for name in ("Root", "Ruth")
    ]

    def at_once(work: Any) -> list[str]:
        barrier = Barrier(2)

        def press(staff_id: int) -> str:
            def do(session: Session) -> None:
                by = session.get_one(StaffMember, staff_id)
                barrier.wait()
                work(session, by)

            try:
                races.transact_now(do)
            except Exception as refusal:
                return type(refusal).__name__
            return "done"

        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(press, ids))

    assert at_once(lambda s, by: add(s, by)) == ["AlreadyExists", "done"]
    category_id = races.transact_now(lambda s: s.scalars(select(Category.id)).one())
    assert races.transact_now(lambda s: s.scalar(select(func.count()).select_from(Example))) == 3

    def retire(session: Session, by: StaffMember) -> None:
        retire_category(session, get_own_category(session, category_id), by=by, at=NOON)

    assert at_once(retire) == ["CategoryRetired", "done"]


def test_another_process_knows_it_in_its_next_transaction(races: Core, clock: Clock) -> None:
    races.transact_now(make_cast)
    elsewhere = Core(races.settings, clock=clock)
    assert "pond" not in elsewhere.transact_now(read_categories).in_use
    races.transact_now(lambda s: add(s, make_staff(s, None, "Root", "admin")))
    assert "pond" in elsewhere.transact_now(read_categories).in_use
    elsewhere.close()
