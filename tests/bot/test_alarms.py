"""Presses by those who were rung: the first has the emergency, the others hear who, neighbours are warned once."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Alarm, Appeal, Conversation, Message, Owner, Residency, Unit
from ownerdesk.queries.alarms import find_warning
from ownerdesk.services.emergencies import ask_whether_danger, raise_emergency
from tests.look import find_sent, labels, list_events
from tests.make import (
    NOON,
    Cast,
    make_cast,
    make_conversation,
    make_message,
    make_staff_chat,
)
from tests.offline import Desk


class Team:
    """An emergency of Alma's, the chats of those who are rung for it, and a neighbour below."""

    def __init__(self, desk: Desk, cast: Cast) -> None:
        self.desk, self.cast = desk, cast
        self.mara, self.boris, self.ike, self.below, self.appeal = desk.core.transact_now(
            self._make
        )

    def _make(
        self, session: Session
    ) -> tuple[Conversation, Conversation, Conversation, Conversation, Appeal]:
        cast = self.cast
        mara, boris, ike = (make_staff_chat(session, m) for m in (cast.mara, cast.boris, cast.ike))
        unit = Unit(building_id=cast.unit.building_id, entrance="2", floor=3, number="11")
        owner = Owner(name="Nelly Test", language="en")
        session.add_all([unit, owner])
        session.flush()
        session.add(Residency(owner_id=owner.id, unit_id=unit.id, role="owner"))
        below = make_conversation(session, chat_id=7050)
        below.owner_id = owner.id
        alma = session.get_one(Conversation, cast.conversation.id)
        message = make_message(session, alma, "Water everywhere!")
        appeal = raise_emergency(session, alma, message, kind="flooding", found_by="rule", at=NOON)
        session.flush()
        return mara, boris, ike, below, appeal

    def press(self, chat: Conversation, action: str, subject: int | None = None) -> str:
        data = f"1:{action}:{self.appeal.id if subject is None else subject}:"
        return self.desk.press(data, user=chat.telegram_user_id)

    def warning_id(self) -> int:
        def work(session: Session) -> int:
            warning = find_warning(session, self.appeal.id)
            assert warning is not None
            return warning.id

        return self.desk.core.transact_now(work)

    def now(self) -> Appeal:
        return self.desk.core.transact_now(lambda s: s.get_one(Appeal, self.appeal.id))

    def told(self, chat: Conversation, prefix: str) -> list[Message]:
        return self.desk.core.transact_now(lambda s: find_sent(s, chat, prefix))

    def events(self) -> list[str]:
        return self.desk.core.transact_now(lambda s: list_events(s, self.appeal))


@pytest.fixture
def team(desk: Desk, cast: Cast) -> Team:
    return Team(desk, cast)


def test_accept_in_telegram_takes_it_on_and_the_owner_hears_who(team: Team) -> None:
    assert team.press(team.mara, "alarmok") == ""
    appeal = team.now()
    assert (appeal.state, appeal.responsible_id) == ("accepted", team.cast.mara.id)
    (told,) = team.told(team.cast.conversation, "accepted")
    assert "Mara T" in told.text
    (answer,) = team.told(team.mara, "press")
    assert "Alma Test" in answer.text
    conversation = team.desk.core.transact_now(
        lambda s: s.get_one(Conversation, team.cast.conversation.id)
    )
    assert conversation.assignee_id == team.cast.mara.id, "they talk to the owner too"


def test_the_second_is_told_who_was_first_and_a_second_press_changes_nothing(team: Team) -> None:
    team.press(team.mara, "alarmok")
    assert team.press(team.boris, "alarmok") == "Mara T has taken it on already."
    assert team.press(team.mara, "alarmok") == ""
    assert team.now().responsible_id == team.cast.mara.id
    assert team.events().count("appeal.accepted") == 1


def test_who_was_not_rung_and_may_not_work_on_it_learns_nothing(team: Team) -> None:
    assert "cannot find" in team.press(team.ike, "alarmok")
    assert "cannot find" in team.press(team.ike, "alarmcard")
    assert "cannot find" in team.press(team.ike, "warnok", team.warning_id())
    assert team.now().state == "received"


def test_whoever_was_rung_may_take_it_on_whatever_their_role(team: Team) -> None:
    def ring(session: Session) -> None:
        session.add(
            Alarm(appeal_id=team.appeal.id, staff_id=team.cast.ike.id, step=3, rung_at=NOON)
        )

    team.desk.core.transact_now(ring)
    assert team.press(team.ike, "alarmok") == ""
    assert team.now().responsible_id == team.cast.ike.id


def test_an_owner_who_forges_the_button_changes_nothing(team: Team) -> None:
    assert "cannot find" in team.press(team.cast.conversation, "alarmok")
    assert "cannot find" in team.press(team.below, "warnok", team.warning_id())
    assert team.now().state == "received"


def test_another_projects_staff_cannot_take_it_on(team: Team) -> None:
    def make(session: Session) -> Conversation:
        return make_staff_chat(session, make_cast(session, code="U", chat_id=7002).boris)

    other = team.desk.core.transact_now(make)
    assert "cannot find" in team.press(other, "alarmok")


def test_details_say_what_is_known_and_what_can_be_pressed(team: Team) -> None:
    team.press(team.mara, "alarmcard")
    (details,) = team.told(team.mara, "press")
    assert labels(details) == ["alarmok", "warnok", "warnno"]
    for part in (
        team.appeal.number,
        "Flooding",
        "Alma Test",
        team.cast.alma.phone or "?",
        "above and below",
    ):
        assert part in details.text
    team.press(team.boris, "alarmok")
    team.press(team.mara, "alarmcard")
    assert "Boris T has taken it on." in team.told(team.mara, "press")[-1].text
    assert labels(team.told(team.mara, "press")[-1]) == ["warnok", "warnno"]


def test_neighbours_are_warned_by_a_press_and_once_by_two(team: Team) -> None:
    team.press(team.mara, "alarmok")
    warning = team.warning_id()
    assert team.press(team.mara, "warnok", warning) == ""
    assert team.press(team.boris, "warnok", warning) == ""
    assert len(team.told(team.below, "neighbours")) == 1
    for chat in (team.mara, team.boris):
        assert "neighbours warned: 1" in team.told(chat, "press")[-1].text
    assert team.events().count("neighbours.warned") == 1
    assert "moved on: Accepted" in team.press(team.mara, "warnno", warning)


def test_not_needed_warns_nobody(team: Team) -> None:
    assert team.press(team.mara, "warnno", team.warning_id()) == ""
    assert team.told(team.below, "neighbours") == []
    assert "neighbours.dismissed" in team.events()


def test_a_press_on_an_emergency_that_was_withdrawn_says_so(team: Team) -> None:
    owner_card = team.desk.core.transact_now(
        lambda s: s.scalars(select(Message).where(Message.id == team.now().card_message_id)).one()
    )
    assert owner_card is not None
    team.desk.press(f"1:cancelok:{team.appeal.id}:")
    assert team.now().state == "cancelled"
    assert "moved on: Withdrawn" in team.press(team.mara, "alarmok")
    assert "moved on: Withdrawn" in team.press(team.mara, "warnok", team.warning_id())


def ask(desk: Desk, cast: Cast) -> tuple[Conversation, Conversation, int]:
    """Alma's message with a weak sign, as Mara on duty and a colleague of another project's see it."""

    def work(session: Session) -> tuple[Conversation, Conversation, int]:
        alma = session.get_one(Conversation, cast.conversation.id)
        other = make_cast(session, code="U", chat_id=7900)
        chats = make_staff_chat(session, cast.mara), make_staff_chat(session, other.mara)
        message = make_message(session, alma, "A bit like gas, maybe")
        ask_whether_danger(session, alma, message, kind="gas_leak", at=NOON)
        return *chats, message.id

    return desk.core.transact_now(work)


def test_yes_to_a_weak_sign_raises_the_alarm_once(desk: Desk, cast: Cast) -> None:
    mara, stranger, message_id = ask(desk, cast)
    yes = f"1:lookyes:{message_id}:gas_leak"
    assert desk.press(yes, user=stranger.telegram_user_id) != "", "as for what does not exist"
    for _ in range(2):
        assert desk.press(yes, user=mara.telegram_user_id) == ""
    (appeal,) = desk.core.transact_now(lambda s: s.scalars(select(Appeal)).all())
    assert (appeal.severity, appeal.kind, appeal.state) == ("emergency", "gas_leak", "received")
    asked, rung = desk.core.transact_now(lambda s: find_sent(s, mara, "notice"))
    assert (labels(asked), labels(rung)) == ([], ["alarmok", "alarmcard"])


def test_no_to_a_weak_sign_raises_nothing(desk: Desk, cast: Cast) -> None:
    mara, _, message_id = ask(desk, cast)
    assert desk.press(f"1:lookno:{message_id}:", user=mara.telegram_user_id) == ""
    assert desk.core.transact_now(lambda s: s.scalars(select(Appeal)).all()) == []
    (question,) = desk.core.transact_now(lambda s: find_sent(s, mara, "notice"))
    assert labels(question) == []
