"""Neighbours at risk: proposed with the emergency, warned when a person confirms, each of them once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Building,
    Conversation,
    Message,
    NeighbourWarning,
    Notice,
    Owner,
    Residency,
    Unit,
)
from ownerdesk.queries.alarms import find_warning
from ownerdesk.rules.refusals import WrongState
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.emergencies import raise_emergency, take_on
from ownerdesk.services.events import Actor
from ownerdesk.services.jobs import CHECK_WARNING
from ownerdesk.services.neighbours import (
    check_warning,
    confirm_warning,
    dismiss_warning,
    format_done,
    format_proposal,
    format_warning,
    give_all_clear,
    propose_warning,
)
from ownerdesk.services.places import place_appeal
from ownerdesk.services.progress import resolve_appeal
from tests.look import find_sent, labels, list_events, list_jobs
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_cast,
    make_conversation,
    make_message,
    make_staff_chat,
)


@pytest.fixture
def cast(session: Session) -> Cast:
    """Alma's home is entrance 2, floor 4, flat 14."""
    return make_cast(session)


def make_home(
    session: Session,
    cast: Cast,
    number: str,
    floor: int | None,
    *,
    entrance: str = "2",
    language: str = "en",
    chats: int = 1,
) -> list[Conversation]:
    """A home of the same building with one person, who has so many chats."""
    unit = Unit(building_id=cast.unit.building_id, entrance=entrance, floor=floor, number=number)
    owner = Owner(name=f"Neighbour {number}", language=language)
    session.add_all([unit, owner])
    session.flush()
    session.add(Residency(owner_id=owner.id, unit_id=unit.id, role="owner"))
    made = []
    for count in range(chats):
        chat = make_conversation(session, chat_id=900_000 + 10 * unit.id + count, language=language)
        chat.owner_id, chat.project_id, chat.language = owner.id, cast.project.id, language
        made.append(chat)
    session.flush()
    return made


def raise_it(session: Session, cast: Cast, kind: str = "flooding") -> Appeal:
    message = make_message(session, cast.conversation, "Water is pouring through the ceiling")
    return raise_emergency(session, cast.conversation, message, kind=kind, found_by="rule", at=NOON)


def warning_of(session: Session, appeal: Appeal) -> NeighbourWarning:
    return find_warning(session, appeal.id) or pytest.fail("no neighbours were proposed")


def numbers(session: Session, warning: NeighbourWarning) -> list[str]:
    found = select(Unit.number).where(Unit.id.in_(warning.unit_ids)).order_by(Unit.number)
    return list(session.scalars(found))


def told(session: Session, chat: Conversation) -> list[str]:
    return [m.text for m in find_sent(session, chat, "neighbours")]


def test_water_proposes_above_and_below_and_sends_nothing_before_a_person_confirms(
    session: Session, cast: Cast
) -> None:
    (below,) = make_home(session, cast, "11", 3)
    make_home(session, cast, "20", 7)
    make_home(session, cast, "41", 3, entrance="1")
    appeal = raise_it(session, cast)
    warning = warning_of(session, appeal)
    assert (numbers(session, warning), warning.wanted, warning.scope) == (
        ["11"], "above_and_below", "above_and_below",
    )  # fmt: skip
    assert told(session, below) == []
    assert "neighbours.proposed" in list_events(session, appeal)


@pytest.mark.parametrize("kind", ["fire", "gas_leak"])
def test_gas_and_fire_propose_the_whole_entrance(session: Session, cast: Cast, kind: str) -> None:
    make_home(session, cast, "11", 3)
    make_home(session, cast, "20", 7)
    make_home(session, cast, "41", 3, entrance="1")
    warning = warning_of(session, raise_it(session, cast, kind))
    assert (numbers(session, warning), warning.scope) == (["11", "20"], "entrance")


def test_other_kinds_and_unknown_places_propose_nobody(session: Session, cast: Cast) -> None:
    make_home(session, cast, "11", 3)
    assert find_warning(session, raise_it(session, cast, "entrapment").id) is None
    stranger = make_conversation(session, chat_id=7999)
    message = make_message(session, stranger, "Fire!")
    appeal = raise_emergency(session, stranger, message, kind="fire", found_by="rule", at=NOON)
    assert find_warning(session, appeal.id) is None
    building = session.get_one(Building, cast.unit.building_id)
    appeal.building_id = building.id
    session.flush()
    warning = propose_warning(session, appeal, at=NOON)
    assert warning is not None, "once the place is known"
    assert warning.scope == "building"
    assert "because the entrance is not known" in format_proposal(warning, "en")


def test_a_missing_floor_widens_it_and_says_so(session: Session, cast: Cast) -> None:
    make_home(session, cast, "20", 7)
    make_home(session, cast, "41", 3, entrance="1")
    cast.unit.floor = None
    session.flush()
    warning = warning_of(session, raise_it(session, cast))
    assert (numbers(session, warning), warning.scope) == (["20"], "entrance")
    assert "because the floor is not known" in format_proposal(warning, "en")


def test_confirmed_each_chat_hears_once_in_its_language_with_what_to_do(
    session: Session, cast: Cast
) -> None:
    one, two = make_home(session, cast, "11", 3, chats=2)
    (luz,) = make_home(session, cast, "17", 5, language="es")
    appeal = raise_it(session, cast)
    warning = warning_of(session, appeal)
    for _ in range(2):
        confirm_warning(session, warning, by=cast.mara, at=NOON + LATER)
    for chat in (one, two, luz):
        assert len(told(session, chat)) == 1
    assert "Birch House, entrance 2" in told(session, one)[0]
    assert "112" in told(session, one)[0]
    assert told(session, luz)[0].startswith("⚠️ Inundación")
    assert find_sent(session, cast.conversation, "neighbours") == []
    assert (warning.told, warning.confirmed_by_id) == (3, cast.mara.id)
    assert list_events(session, appeal).count("neighbours.warned") == 1


def test_what_neighbours_read_names_neither_the_home_nor_the_reporter(
    session: Session, cast: Cast
) -> None:
    make_home(session, cast, "11", 3)
    for kind in ("fire", "gas_leak", "flooding"):
        appeal = raise_it(session, cast, kind)
        text = format_warning(warning_of(session, appeal), "en")
        for secret in ("Alma", "14", appeal.number, "pouring"):
            assert secret not in text


def test_who_moved_away_and_staff_are_not_told_and_the_reporters_other_chat_neither(
    session: Session, cast: Cast
) -> None:
    (gone,) = make_home(session, cast, "11", 3)
    session.scalars(
        select(Residency).where(Residency.owner_id == gone.owner_id)
    ).one().ended_at = NOON
    (near,) = make_home(session, cast, "17", 5)
    session.add(Residency(owner_id=cast.alma.id, unit_id=_unit(session, "17").id, role="family"))
    other = make_conversation(session, chat_id=7002)
    other.owner_id = cast.alma.id
    staff = make_staff_chat(session, cast.mara)
    session.flush()
    warning = warning_of(session, raise_it(session, cast))
    confirm_warning(session, warning, by=cast.mara, at=NOON)
    assert len(told(session, near)) == 1
    for chat in (gone, other, staff, cast.conversation):
        assert told(session, chat) == []


def _unit(session: Session, number: str) -> Unit:
    return session.scalars(select(Unit).where(Unit.number == number)).one()


def test_homes_without_a_chat_and_blocked_ones_are_named_to_whoever_confirmed(
    session: Session, cast: Cast
) -> None:
    make_home(session, cast, "11", 3, chats=0)
    (blocked,) = make_home(session, cast, "17", 5)
    (reached,) = make_home(session, cast, "18", 5)
    blocked.blocked_at = NOON
    warning = warning_of(session, raise_it(session, cast))
    reach = confirm_warning(session, warning, by=cast.mara, at=NOON)
    assert [u.number for u in reach.unreached] == ["11", "17"]
    assert warning.told == 1
    assert len(told(session, reached)) == 1
    assert "11, 17" in format_done(warning, reach, "en")


def test_neighbours_are_warned_at_night_at_once(session: Session, cast: Cast) -> None:
    (below,) = make_home(session, cast, "11", 3)
    warning = warning_of(session, raise_it(session, cast))
    confirm_warning(session, warning, by=cast.mara, at=NOON + timedelta(hours=14))
    (message,) = find_sent(session, below, "neighbours")
    assert message.send_at is None


def test_dismissed_nobody_hears_and_a_change_of_mind_is_possible_one_way_only(
    session: Session, cast: Cast
) -> None:
    (below,) = make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    warning = warning_of(session, appeal)
    for _ in range(2):
        dismiss_warning(session, warning, by=cast.mara, at=NOON)
    assert list_events(session, appeal).count("neighbours.dismissed") == 1
    assert told(session, below) == []
    confirm_warning(session, warning, by=cast.boris, at=NOON + LATER)
    assert len(told(session, below)) == 1
    with pytest.raises(WrongState):
        dismiss_warning(session, warning, by=cast.mara, at=NOON + LATER)


def test_over_is_over_neighbours_of_a_withdrawn_emergency_are_not_woken(
    session: Session, cast: Cast
) -> None:
    (below,) = make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    warning = warning_of(session, appeal)
    cancel_appeal(session, appeal, at=NOON)
    with pytest.raises(WrongState):
        confirm_warning(session, warning, by=cast.mara, at=NOON + LATER)
    assert told(session, below) == []


def test_whoever_accepts_is_asked_and_without_an_answer_the_supervisors_once(
    session: Session, cast: Cast
) -> None:
    maras, boriss = make_staff_chat(session, cast.mara), make_staff_chat(session, cast.boris)
    make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    take_on(session, appeal, by=cast.mara, at=NOON)
    (question,) = find_sent(session, maras, f"notice:{cast.mara.id}:neighbours?")
    assert labels(question) == ["warnok", "warnno"]
    assert "at risk: 1 (above and below)" in question.text
    (job,) = list_jobs(session, CHECK_WARNING)
    assert job["at"] == NOON + timedelta(minutes=3)
    warning = warning_of(session, appeal)
    for _ in range(2):
        check_warning(session, warning, at=NOON + timedelta(minutes=3))
    again = find_sent(session, boriss, f"notice:{cast.boris.id}:neighbours?")
    assert len(again) == 1
    assert "Nobody has answered yet" in again[0].text


def test_an_answer_ends_the_asking(session: Session, cast: Cast) -> None:
    make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    take_on(session, appeal, by=cast.mara, at=NOON)
    warning = warning_of(session, appeal)
    confirm_warning(session, warning, by=cast.mara, at=NOON)
    check_warning(session, warning, at=NOON + timedelta(minutes=3))
    asked = session.scalars(select(Notice).where(Notice.topic == "neighbours")).all()
    assert [n.staff_id for n in asked] == [cast.mara.id]


def test_a_place_corrected_before_the_answer_is_proposed_anew_and_after_it_not(
    session: Session, cast: Cast
) -> None:
    make_home(session, cast, "11", 3)
    make_home(session, cast, "41", 3, entrance="1")
    other = Unit(building_id=cast.unit.building_id, entrance="1", floor=4, number="44")
    session.add(other)
    session.flush()
    appeal = raise_it(session, cast)
    place_appeal(session, appeal, other, at=NOON)
    warning = warning_of(session, appeal)
    assert numbers(session, warning) == ["41"]
    dismiss_warning(session, warning, by=cast.mara, at=NOON)
    place_appeal(session, appeal, cast.unit, at=NOON)
    propose_warning(session, appeal, at=NOON + LATER)
    assert numbers(session, warning) == ["41"]


def test_another_kind_of_danger_in_the_same_appeal_is_another_warning(
    session: Session, cast: Cast
) -> None:
    (below,) = make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    confirm_warning(session, warning_of(session, appeal), by=cast.mara, at=NOON)
    correct_appeal(session, appeal, nature="help_seeking", actor=Actor.staff(cast.mara.id), at=NOON)
    source = session.get_one(Message, appeal.source_message_id)
    raise_emergency(
        session, cast.conversation, source, kind="fire", found_by="owner", at=NOON + LATER
    )
    warning = warning_of(session, appeal)
    assert (warning.kind, warning.confirmed_at) == ("fire", None)
    confirm_warning(session, warning, by=cast.mara, at=NOON + LATER)
    assert len(told(session, below)) == 2


def test_a_place_told_after_acceptance_asks_the_person_who_has_it(
    session: Session, cast: Cast
) -> None:
    maras = make_staff_chat(session, cast.mara)
    make_home(session, cast, "41", 3, entrance="1")
    other = Unit(building_id=cast.unit.building_id, entrance="1", floor=4, number="44")
    session.add(other)
    session.flush()
    appeal = raise_it(session, cast)
    take_on(session, appeal, by=cast.mara, at=NOON)
    assert find_sent(session, maras, f"notice:{cast.mara.id}:neighbours?") == []
    for _ in range(2):
        place_appeal(session, appeal, other, at=NOON + LATER)
    (question,) = find_sent(session, maras, f"notice:{cast.mara.id}:neighbours?")
    assert labels(question) == ["warnok", "warnno"]


def test_those_who_were_warned_hear_once_that_it_is_over(session: Session, cast: Cast) -> None:
    (below,) = make_home(session, cast, "11", 3)
    appeal = raise_it(session, cast)
    warning = warning_of(session, appeal)
    with pytest.raises(WrongState):
        give_all_clear(session, warning, by=cast.mara, at=NOON)
    confirm_warning(session, warning, by=cast.mara, at=NOON)
    for _ in range(2):
        give_all_clear(session, warning, by=cast.mara, at=NOON + LATER)
    assert len(find_sent(session, below, "neighbours.over")) == 1
    assert list_events(session, appeal).count("neighbours.cleared") == 1


def test_two_who_report_one_fire_have_their_neighbours_warned_once_and_told_the_end_once(
    session: Session, cast: Cast
) -> None:
    (reporter,), (below,) = make_home(session, cast, "12", 3), make_home(session, cast, "11", 3)
    first = raise_it(session, cast, "fire")
    message = make_message(session, reporter, "Fire on the stairs")
    second = raise_emergency(session, reporter, message, kind="fire", found_by="rule", at=NOON)
    warnings = [warning_of(session, appeal) for appeal in (first, second)]
    for warning in warnings:
        confirm_warning(session, warning, by=cast.mara, at=NOON)
    assert len(find_sent(session, below, "neighbours")) == 1
    give_all_clear(session, warnings[0], by=cast.mara, at=NOON + LATER)
    assert find_sent(session, below, "neighbours.over") == [], "the other still concerns them"
    give_all_clear(session, warnings[1], by=cast.mara, at=NOON + LATER)
    assert len(find_sent(session, below, "neighbours.over")) == 1


def test_a_second_fire_after_the_first_is_over_is_warned_of_again(
    session: Session, cast: Cast
) -> None:
    (reporter,), (below,) = make_home(session, cast, "12", 3), make_home(session, cast, "11", 3)
    first = warning_of(session, raise_it(session, cast, "fire"))
    confirm_warning(session, first, by=cast.mara, at=NOON)
    give_all_clear(session, first, by=cast.mara, at=NOON)
    message = make_message(session, reporter, "Fire on the stairs")
    second = raise_emergency(session, reporter, message, kind="fire", found_by="rule", at=NOON)
    confirm_warning(session, warning_of(session, second), by=cast.mara, at=NOON + LATER)
    assert len(find_sent(session, below, "neighbours")) == 2


@pytest.mark.parametrize(
    ("solved_before_the_warning", "heard"),
    [(True, 1), (False, 2)],
)
def test_a_warning_sent_after_its_emergency_was_solved_has_only_just_been_said(
    session: Session, cast: Cast, solved_before_the_warning: bool, heard: int
) -> None:
    (reporter,), (below,) = make_home(session, cast, "12", 3), make_home(session, cast, "11", 3)
    one = raise_it(session, cast, "fire")
    message = make_message(session, reporter, "Fire on the stairs")
    other = raise_emergency(session, reporter, message, kind="fire", found_by="rule", at=NOON)
    solved_at, warned_at = NOON + LATER, NOON + 2 * LATER
    if not solved_before_the_warning:
        solved_at, warned_at = warned_at, solved_at
        confirm_warning(session, warning_of(session, one), by=cast.mara, at=warned_at)
    take_on(session, one, by=cast.mara, at=solved_at)
    resolve_appeal(session, one, by=Actor.staff(cast.mara.id), resolution="Put out.", at=solved_at)
    if solved_before_the_warning:
        confirm_warning(session, warning_of(session, one), by=cast.mara, at=warned_at)
    confirm_warning(session, warning_of(session, other), by=cast.mara, at=NOON + 3 * LATER)
    assert len(find_sent(session, below, "neighbours")) == heard
