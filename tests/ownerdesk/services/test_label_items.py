"""From an owner's message to an example: collected with a reason, masked, labelled by people, settled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Appeal, AuditEntry, Example, LabelItem, Message, StaffMember
from ownerdesk.queries.label_items import count_items, get_item, list_items
from ownerdesk.rules.labelling import Labels, Why
from ownerdesk.rules.refusals import ItemSettled, LabelItemNotFound, WrongLabels
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.events import OWNER, Actor
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.intake import finish_turn
from ownerdesk.services.label_items import collect, remove_example, vote
from tests.conftest import NOON
from tests.make import Cast, make_appeal, make_cast, make_message, make_reading

FAULT = Labels("help_seeking", "elevator")
FIRE = Labels("emergency", "fire_safety", "fire")


def direction(number: int) -> list[float]:
    """A sentence vector that is like no other number's."""
    return [1.0 if place == number else 0.0 for place in range(512)]


def make_item(
    session: Session,
    cast: Cast,
    words: str = "the lift hums",
    *,
    why: Why = Why.UNSURE,
    alike: int = 0,
) -> LabelItem:
    message = make_message(session, cast.conversation, words)
    message.reading = make_reading(decision="clarify").as_record()
    session.flush()
    item = collect(
        session, message.id, why=why.value, proposed={}, vector=direction(alike), at=NOON
    )
    assert item is not None
    return item


def cast_vote(
    session: Session,
    item: LabelItem,
    by: StaffMember,
    labels: Labels = FAULT,
    verdict: str = "labels",
) -> Example | None:
    return vote(session, item, by=by, verdict=verdict, labels=labels, text=item.text, at=NOON)


def asked_for(session: Session) -> list[tuple[int, str, dict[str, str]]]:
    rows = session.execute(
        text("SELECT args FROM procrastinate_jobs WHERE task_name = 'collect_message' ORDER BY id")
    ).scalars()
    return [(row["message_id"], row["why"], row["proposed"]) for row in rows]


@pytest.fixture
def at_work(rolled_back_core: Core) -> tuple[Session, Cast]:
    session = rolled_back_core.sessions()
    return session, make_cast(session)


def test_a_message_is_kept_without_the_names_and_numbers_in_it(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    item = make_item(session, cast, "Alma Test here, 07700 900123, Mara knows. The lift hums.")
    assert item.text.endswith(" knows. The lift hums.")
    assert not any(word in item.text for word in ("Alma", "Test", "Mara", "7700"))
    assert session.get_one(Message, item.message_id).text.startswith("Alma Test")


def test_a_second_reason_joins_the_first_and_makes_it_worth_more(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    item = make_item(session, cast)
    before = item.worth
    for _ in range(2):
        collect(
            session, item.message_id, why="staff", proposed={"nature": "emergency"},
            vector=direction(0), at=NOON,
        )  # fmt: skip
    assert (item.reasons, item.proposed) == (["unsure", "staff"], {"nature": "emergency"})
    assert item.worth > before
    assert count_items(session, cast.boris) == 1


def test_what_nobody_read_and_what_has_no_words_is_not_collected(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    unread = make_message(session, cast.conversation, "hello")
    photo = make_message(session, cast.conversation, " ", kind="photo")
    photo.reading = make_reading().as_record()
    for message_id in (unread.id, photo.id, 999_999):
        assert collect(session, message_id, why="staff", proposed={}, vector=[], at=NOON) is None


def test_near_duplicates_stand_in_one_row_and_the_most_instructive_comes_first(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    sample = make_item(session, cast, "thanks for the bench", why=Why.SAMPLE, alike=1)
    first = make_item(session, cast, alike=2)
    second = make_item(session, cast, "the lift hums!", why=Why.STAFF, alike=2)
    assert second.group_id == first.id
    assert [(i.id, n) for i, n, _ in list_items(session, cast.boris)] == [
        (first.id, 2),
        (sample.id, 1),
    ]
    assert [i.id for i, *_ in list_items(session, cast.boris, reason="sample")] == [sample.id]


def test_messages_of_other_projects_look_as_if_they_did_not_exist(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    theirs = make_cast(session, code="U", chat_id=7002)
    item = make_item(session, theirs)
    assert get_item(session, theirs.boris, item.id) is item
    for stranger in (cast.boris, theirs.mara):  # another project's manager, an agent of this one
        assert list_items(session, stranger) == []
        with pytest.raises(LabelItemNotFound):
            get_item(session, stranger, item.id)


def test_one_verdict_makes_an_example_and_leaves_a_trace(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    item = make_item(session, cast)
    example = cast_vote(session, item, cast.boris)
    assert example is not None
    assert (example.intent, example.category, example.text) == (
        "help_seeking",
        "elevator",
        item.text,
    )
    assert (item.state, example.source, example.added_by_id) == ("settled", "unsure", cast.boris.id)
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "example.added"))
    assert entry.subject_id == example.id
    assert collect(session, item.message_id, why="staff", proposed={}, vector=[], at=NOON) is None
    with pytest.raises(ItemSettled):
        cast_vote(session, item, cast.mara)


def test_two_who_disagree_need_a_third(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    item = make_item(session, cast)
    first = cast_vote(session, item, cast.boris)
    assert first is not None
    item.state = "open"  # both had the page open
    assert cast_vote(session, item, cast.mara, FIRE) is None
    assert (item.state, first.removed_at) == ("disputed", NOON)
    example = cast_vote(session, item, cast.ike, FIRE)
    assert example is not None
    assert (item.state, example.intent, example.kind) == ("settled", "emergency", "fire")


def test_who_settled_it_may_think_again(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    item = make_item(session, cast)
    first = cast_vote(session, item, cast.boris)
    second = cast_vote(session, item, cast.boris, FIRE)
    assert first is not None
    assert second is not None
    assert first.removed_at == NOON
    assert second.removed_at is None
    assert cast_vote(session, item, cast.boris, verdict="delete") is None
    assert (item.state, second.removed_at) == ("deleted", NOON)
    remove_example(session, second, by=cast.boris, at=NOON + timedelta(days=1))
    assert second.removed_at == NOON


def test_labels_that_cannot_be_are_refused_and_nothing_is_kept(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    item = make_item(session, cast)
    for labels, field in ((Labels("emergency", "gas"), "kind"), (Labels("fun", "gas"), "intent")):
        with pytest.raises(WrongLabels) as refused:
            cast_vote(session, item, cast.boris, labels)
        assert refused.value.field == field
    with pytest.raises(WrongLabels):
        vote(session, item, by=cast.boris, verdict="labels", labels=FAULT, text="  ", at=NOON)
    assert (item.state, item.votes) == ("open", [])
    assert session.scalars(select(Example)).all() == []


def test_corrections_by_staff_and_owners_are_asked_about_with_what_they_said(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    appeal: Appeal = make_appeal(session, cast)
    correct_appeal(session, appeal, actor=Actor.staff(cast.mara.id), at=NOON, category="elevator")
    correct_appeal(session, appeal, actor=OWNER, at=NOON, nature="dissatisfaction")
    correct_appeal(
        session, appeal, actor=OWNER, at=NOON, nature="dissatisfaction"
    )  # says nothing new
    source = appeal.source_message_id
    assert asked_for(session) == [
        (source, "staff", {"nature": "help_seeking", "category": "elevator"}),
        (source, "owner", {"nature": "dissatisfaction", "category": "elevator"}),
    ]


def test_doubt_and_a_handoff_for_it_are_asked_about_and_a_sure_reading_is_not(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    sure = make_message(session, cast.conversation, "thank you")
    sure.id, _ = (
        sure.id,
        finish_turn(session, sure.id, make_reading("thanks"), [{"text": "Gladly."}], at=NOON),
    )
    unsure = make_message(session, cast.conversation, "hm")
    finish_turn(session, unsure.id, make_reading(decision="clarify"), [], at=NOON)
    asked = {(message_id, why) for message_id, why, _ in asked_for(session)}
    assert asked - {(sure.id, "sample")} == {(unsure.id, "unsure"), (unsure.id, "handed_off")}
    other = make_message(session, cast.conversation, "a person please")
    request_handoff(session, cast.conversation, reason="asked", message=other, at=NOON)
    assert other.id not in {message_id for message_id, _, _ in asked_for(session)}
