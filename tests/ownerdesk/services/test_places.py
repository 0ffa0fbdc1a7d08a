"""Where an appeal is, and when its owner would like it: found in the message, asked after, never guessed at others' cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Building, Message, Residency, Unit
from ownerdesk.rules.readings import Entity
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.appeals import register_appeal, split_off
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.emergencies import raise_emergency
from ownerdesk.services.intake import keep_reading, take_in_text
from ownerdesk.services.paid_services import offer_service, order_service
from ownerdesk.services.places import place_appeal
from tests.look import find_sent, labels, list_events, list_keys, list_open_promises
from tests.make import NOON, Cast, make_appeal, make_cast, make_message, make_reading


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def add_home(session: Session, cast: Cast, number: str, *, owned: bool = True, **unit: Any) -> Unit:
    home = Unit(building_id=cast.unit.building_id, number=number, **unit)
    session.add(home)
    session.flush()
    if owned:
        session.add(Residency(owner_id=cast.alma.id, unit_id=home.id))
        session.flush()
    return home


def write(session: Session, cast: Cast, text: str = "The tap drips", **named: str) -> Message:
    """A message as the reader understood it; `unit="20"` says what it names."""
    message = make_message(session, cast.conversation, text)
    entities = [Entity(name, value, 0, 1) for name, value in named.items()]
    keep_reading(session, message, make_reading(entities=entities, category="water_supply"))
    return message


def register(
    session: Session, cast: Cast, message: Message, *, nature: str = "help_seeking", **fields: Any
) -> Appeal:
    category = fields.pop("category", "water_supply")
    return register_appeal(
        session, cast.conversation, message, nature=nature, category=category, at=NOON, **fields
    )


def test_a_named_home_of_the_owners_is_where_the_appeal_is(session: Session, cast: Cast) -> None:
    second = add_home(session, cast, "20", entrance="1")
    appeal = register(session, cast, write(session, cast, unit="20", entrance="1"))
    assert appeal.unit_id == second.id
    assert appeal.place == "Birch House, entrance 1, flat 20"
    assert list_keys(session, cast.conversation) == ["card"], "what is known is not asked"


def test_without_a_name_it_is_the_chosen_home(session: Session, cast: Cast) -> None:
    add_home(session, cast, "20")
    appeal = register(session, cast, write(session, cast, place="landing", thing="lamp", floor="4"))
    assert appeal.unit_id == cast.unit.id
    assert list_keys(session, cast.conversation) == ["card"]


def test_a_home_that_is_not_the_owners_is_asked_about_after_registering(
    session: Session, cast: Cast
) -> None:
    second = add_home(session, cast, "20")
    message = write(session, cast, unit="99")
    appeal = register(session, cast, message)
    again = register(session, cast, message)
    assert again.id == appeal.id
    assert appeal.unit_id == cast.unit.id, "nothing is lost if nobody answers"
    assert list_keys(session, cast.conversation) == ["card", "where"]
    (question,) = find_sent(session, cast.conversation, "where")
    pressed = [b["data"] for row in (question.markup or {})["inline"] for b in row]
    assert pressed == [
        f"1:where:{appeal.id}:{cast.unit.id}",
        f"1:where:{appeal.id}:{second.id}",
        f"1:where:{appeal.id}:common",
    ]


def test_a_neighbours_home_and_one_that_does_not_exist_are_asked_about_in_the_same_words(
    session: Session, cast: Cast
) -> None:
    add_home(session, cast, "98", owned=False)
    for number in ("98", "99"):
        register(session, cast, write(session, cast, unit=number), may_join=False)
    theirs, absent = find_sent(session, cast.conversation, "where")
    assert theirs.text.replace("T-1001", "T-1002") == absent.text
    assert "98" not in theirs.text
    assert len(labels(theirs)) == len(labels(absent)) == 2


def test_another_entrance_or_building_is_another_home(session: Session, cast: Cast) -> None:
    for named in ({"entrance": "7"}, {"building": "9"}):
        register(session, cast, write(session, cast, unit="14", **named), may_join=False)
    assert len(find_sent(session, cast.conversation, "where")) == 2


def test_noise_from_a_neighbours_flat_is_about_the_owners_own_home(
    session: Session, cast: Cast
) -> None:
    appeal = register(session, cast, write(session, cast, unit="99"), category="noise")
    assert appeal.unit_id == cast.unit.id
    assert list_keys(session, cast.conversation) == ["card"]


def test_nobody_is_asked_for_a_door_in_an_emergency(session: Session, cast: Cast) -> None:
    message = write(session, cast, "smoke from flat 99", unit="99")
    raise_emergency(session, cast.conversation, message, kind="fire", found_by="reader", at=NOON)
    assert "where" not in list_keys(session, cast.conversation)


def test_a_named_home_in_another_project_belongs_to_that_project(
    session: Session, cast: Cast
) -> None:
    other = make_cast(session, code="U", chat_id=7002)
    session.add(Residency(owner_id=cast.alma.id, unit_id=other.unit.id))
    other.unit.number = "77"
    session.flush()
    appeal = register(session, cast, write(session, cast, unit="77"))
    assert (appeal.project_id, appeal.unit_id) == (other.project.id, other.unit.id)
    assert appeal.number == "U-1001"
    assert appeal.responsible_id == other.mara.id


def test_the_owner_says_where_once(session: Session, cast: Cast) -> None:
    second = add_home(session, cast, "20")
    appeal = register(session, cast, write(session, cast, unit="99"))
    for _ in range(2):
        place_appeal(session, appeal, second, at=NOON)
    assert (appeal.unit_id, appeal.place) == (second.id, "Birch House, flat 20")
    assert list_events(session, appeal).count("appeal.placed") == 1
    assert "flat 20" in find_sent(session, cast.conversation, "card")[0].text
    place_appeal(session, appeal, None, at=NOON)
    assert (appeal.unit_id, appeal.place) == (None, "Birch House, shared parts")
    cancel_appeal(session, appeal, at=NOON)
    with pytest.raises(WrongState):
        place_appeal(session, appeal, second, at=NOON)


def test_the_answer_may_be_written(session: Session, cast: Cast) -> None:
    second = add_home(session, cast, "20")
    appeal = register(session, cast, write(session, cast, unit="99"))
    answer = make_message(session, cast.conversation, "flat 20")
    assert take_in_text(session, cast.conversation, answer, at=NOON) is None
    assert appeal.unit_id == second.id
    assert (answer.appeal_id, answer.answered_how) == (appeal.id, "placed")
    assert "flat 20" in find_sent(session, cast.conversation, "reply")[0].text


def test_anything_else_that_is_written_goes_to_the_reader(session: Session, cast: Cast) -> None:
    appeal = register(session, cast, write(session, cast, unit="99"))
    other = make_message(session, cast.conversation, "The lift squeaks")
    question = take_in_text(session, cast.conversation, other, at=NOON)
    assert question is not None
    assert question.text == "The lift squeaks"
    assert appeal.unit_id == cast.unit.id


def test_a_message_about_another_home_does_not_join(session: Session, cast: Cast) -> None:
    second = add_home(session, cast, "20")
    first = register(session, cast, write(session, cast))
    same = register(session, cast, write(session, cast, unit="14"))
    other = register(session, cast, write(session, cast, unit="20"))
    assert same.id == first.id
    assert other.id != first.id
    assert other.unit_id == second.id


def test_a_split_message_is_for_the_home_it_names(session: Session, cast: Cast) -> None:
    second = add_home(session, cast, "20")
    make_appeal(session, cast)
    message = write(session, cast, unit="20")
    assert split_off(session, cast.conversation, message, at=NOON).unit_id == second.id


def test_what_was_named_is_kept_with_the_message(session: Session, cast: Cast) -> None:
    message = write(session, cast, unit="14", thing="tap", place="kitchen", phone="+34600123456")
    assert (message.reading or {})["named"] == {
        "unit": ["14"], "thing": ["tap"], "place": ["kitchen"],
    }  # fmt: skip


def test_the_wished_period_is_stored_and_shown(session: Session, cast: Cast) -> None:
    message = write(session, cast, wished_time="tomorrow after 18:00")
    appeal = register(session, cast, message)
    assert appeal.wished_from == datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
    assert appeal.wished_until == datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Thu 19 Nov, 18:00–22:00" in card.text
    assert appeal.next_due_at == NOON + timedelta(hours=6), "a fault is not put off by a wish"


def test_a_wish_counts_from_when_it_was_written(session: Session, cast: Cast) -> None:
    """It may be registered later: the reader was down, or the owner had to register first."""
    message = write(session, cast, wished_time="tomorrow")
    appeal = register_appeal(
        session, cast.conversation, message, nature="help_seeking", category="lighting",
        at=NOON + timedelta(days=2),
    )  # fmt: skip
    assert appeal.wished_from == datetime(2026, 11, 18, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("nature", ["dissatisfaction", "consultation"])
def test_a_grievance_and_a_question_wish_for_no_time(
    session: Session, cast: Cast, nature: str
) -> None:
    message = write(session, cast, wished_time="tomorrow")
    assert register(session, cast, message, nature=nature).wished_from is None


def test_a_detail_may_say_when(session: Session, cast: Cast) -> None:
    appeal = register(session, cast, write(session, cast))
    assert appeal.wished_from is None
    register(session, cast, write(session, cast, wished_time="saturday morning"))
    assert appeal.wished_from == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    assert "Sat 21 Nov, 08:00–12:00" in find_sent(session, cast.conversation, "card")[0].text


def test_an_order_is_due_when_the_wished_time_ends_and_for_the_home_it_names(
    session: Session, cast: Cast
) -> None:
    second = add_home(session, cast, "20")
    text = "Could you water my plants while I am away?"
    message = write(session, cast, text, unit="20", wished_time="saturday morning")
    item = offer_service(session, cast.conversation, message, category="home_care", at=NOON)
    assert item is not None
    order = order_service(session, cast.conversation, message, item, at=NOON)
    assert order.unit_id == second.id
    (promise,) = list_open_promises(session, order)
    assert promise.due_at == order.wished_until == datetime(2026, 11, 21, 11, 0, tzinfo=UTC)


def test_an_order_for_a_home_that_is_not_the_owners_is_asked_about(
    session: Session, cast: Cast
) -> None:
    message = write(session, cast, "Could you water my plants while I am away?", unit="99")
    item = offer_service(session, cast.conversation, message, category="home_care", at=NOON)
    assert item is not None
    for _ in range(2):
        order_service(session, cast.conversation, message, item, at=NOON)
    assert list_keys(session, cast.conversation) == ["offer", "card", "where"]


def test_a_parking_place_is_no_flat_of_the_same_number(session: Session, cast: Cast) -> None:
    garage = Building(project_id=cast.project.id, name="Garage")
    session.add(garage)
    session.flush()
    space = Unit(building_id=garage.id, kind="parking", number="14")
    session.add(space)
    session.flush()
    session.add(Residency(owner_id=cast.alma.id, unit_id=space.id))
    session.flush()
    assert register(session, cast, write(session, cast, unit="14")).unit_id == cast.unit.id
