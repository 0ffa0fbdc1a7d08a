"""Buttons: every press is answered, checked against the presser and the state, and done once."""

from __future__ import annotations

import itertools
from datetime import time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Conversation,
    Message,
    Owner,
    Rating,
    Residency,
    StaffMember,
    Unit,
)
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.queries.categories import get_own_category
from ownerdesk.rules.buttons import ACTIONS
from ownerdesk.services.apologies import find_draft
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.categories import add_category, retire_category
from ownerdesk.services.events import Actor
from ownerdesk.services.outbox import record_sent
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.sweep import sweep_promises
from tests.look import find_sent, labels, list_events, list_open_promises
from tests.make import NOON, Cast, make_staff
from tests.offline import Desk

OUT = "The light on the landing is out."


class Phone:
    """What the owner's phone shows."""

    def __init__(self, desk: Desk, cast: Cast) -> None:
        self.desk = desk
        self.cast = cast
        self._ids = itertools.count(9001)

    def report(self, text: str = OUT) -> Appeal:
        self.desk.write(text)
        return self.last_appeal()

    def last_appeal(self) -> Appeal:
        return self.desk.core.transact_now(
            lambda s: s.scalars(select(Appeal).order_by(Appeal.id.desc())).first()
        ) or pytest.fail("there is no appeal")

    def appeal(self, appeal_id: int) -> Appeal:
        return self.desk.core.transact_now(lambda s: s.get_one(Appeal, appeal_id))

    def shown(self, prefix: str, chat_id: int = 7001) -> Message:
        """The latest message of a cause, which Telegram has by now."""

        def work(session: Session) -> Message:
            message = session.scalars(
                select(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Message.key.startswith(f"{prefix}:"), Conversation.chat_id == chat_id)
                .order_by(Message.id.desc())
            ).first()
            assert message is not None, f"nothing was sent for {prefix}"
            if message.telegram_message_id is None:
                record_sent(
                    session, message, telegram_ids=[next(self._ids)], revision=message.revision,
                    at=NOON,
                )  # fmt: skip
            return message

        return self.desk.core.transact_now(work)

    def press(self, prefix: str, action: str, argument: str = "") -> str:
        """Press the first button of that action under the message. Returns the notice shown."""
        message = self.shown(prefix)
        for row in (message.markup or {}).get("inline", []):
            for button in row:
                _, name, _, value = button["data"].split(":")
                if name == action and argument in ("", value):
                    return self.desk.press(button["data"], on=message.telegram_message_id)
        return pytest.fail(f"no button {action} {argument} under {labels(message)}")

    def work(self, appeal: Appeal, *, resolve: bool = False) -> None:
        def act(session: Session) -> None:
            own = get_appeal(session, appeal.id)
            mara = session.merge(self.cast.mara)
            accept_appeal(session, own, by=mara, at=NOON)
            if resolve:
                resolve_appeal(session, own, resolution="Lamp", by=Actor.staff(mara.id), at=NOON)

        self.desk.core.transact_now(act)


@pytest.fixture
def phone(desk: Desk, cast: Cast) -> Phone:
    return Phone(desk, cast)


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("argument", ["", "1", "nonsense", "99999999999999999999"])
def test_a_forged_press_is_answered_and_changes_nothing(
    phone: Phone, desk: Desk, action: str, argument: str
) -> None:
    """A stranger presses buttons that were made for somebody else."""
    appeal = phone.report()
    before = (appeal.state, appeal.nature, appeal.category, appeal.version)
    for subject in (appeal.id, appeal.source_message_id, 0, 10**17):
        desk.press(f"1:{action}:{subject}:{argument}", user=7900)
    after = phone.appeal(appeal.id)
    assert (after.state, after.nature, after.category, after.version) == before
    texts = desk.core.transact_now(
        lambda s: list(
            s.scalars(
                select(Message.text)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .where(Conversation.chat_id == 7900, Message.direction == "out")
            )
        )
    )
    assert not any("T-1001" in text or "Birch" in text or "landing" in text for text in texts)


@pytest.mark.parametrize("data", ["", "0:card:1:", "9:solved:1:", "solved", "1:card:" + "9" * 40])
def test_old_and_foreign_buttons_explain_themselves(desk: Desk, data: str) -> None:
    assert "/appeals" in desk.press(data)


def test_somebody_elses_appeal_and_an_absent_one_look_alike(phone: Phone, desk: Desk) -> None:
    appeal = phone.report()
    theirs = desk.press(f"1:card:{appeal.id}:", user=7900)
    absent = desk.press("1:card:123456789:", user=7900)
    assert theirs == absent != ""


def test_a_press_on_a_message_that_is_gone_is_answered(desk: Desk) -> None:
    gone = {"message_id": 3, "date": 0, "chat": {"id": 7001, "type": "private"}}
    assert desk.press("1:nothing:1:", message=gone) != ""
    assert desk.press("1:nothing:1:", message=None, inline_message_id="x") != ""


def test_a_press_telegram_no_longer_waits_for_is_done_all_the_same(
    phone: Phone, desk: Desk
) -> None:
    appeal = phone.report()
    desk.wire.refuse("answerCallbackQuery", 400, "Bad Request: query is too old")
    desk.press(f"1:cancelok:{appeal.id}:")
    assert phone.appeal(appeal.id).state == "cancelled"


def test_yes_closes_and_stars_and_words_are_kept(phone: Phone, desk: Desk) -> None:
    appeal = phone.report()
    phone.work(appeal, resolve=True)
    assert phone.press("solved?", "solved") == ""
    assert phone.appeal(appeal.id).state == "closed"
    assert labels(phone.shown("solved?")) == ["stars"] * 5
    assert phone.press("solved?", "stars", "4") == ""
    assert labels(phone.shown("solved?")) == []
    desk.write("Quick and kind")
    rating = desk.core.transact_now(lambda s: s.scalars(select(Rating)).one())
    assert (rating.stars, rating.comment) == (4, "Quick and kind")
    assert len(desk.reader.asked) == 1, "the words were asked for"


@pytest.mark.parametrize("action", ["half", "notyet"])
def test_not_yet_reopens_to_the_same_person_and_a_photo_is_enough(
    phone: Phone, desk: Desk, action: str
) -> None:
    appeal = phone.report()
    phone.work(appeal, resolve=True)
    phone.press("solved?", action)
    reopened = phone.appeal(appeal.id)
    assert (reopened.state, reopened.responsible_id) == ("accepted", phone.cast.mara.id)
    assert desk.press(f"1:{action}:{appeal.id}:") == "", "pressed twice it reopens once"
    assert phone.appeal(appeal.id).reopened == 1
    desk.write("", photo=[{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}])
    (photo,) = desk.core.transact_now(
        lambda s: s.scalars(select(Message).where(Message.kind == "photo")).all()
    )
    assert photo.appeal_id == appeal.id


def test_yes_after_it_was_withdrawn_explains_itself(phone: Phone, desk: Desk) -> None:
    appeal = phone.report()
    desk.press(f"1:cancelok:{appeal.id}:")
    for action in ("solved", "half", "reopen", "cancelok", "fix", "cancel"):
        if action != "cancel":  # asking is no harm; the withdrawal itself is refused
            assert desk.press(f"1:{action}:{appeal.id}:") != "", action
    assert phone.appeal(appeal.id).state == "cancelled"


def test_withdrawing_is_asked_about_first_and_can_be_thought_over(phone: Phone) -> None:
    appeal = phone.report()
    phone.press("card", "cancel")
    assert labels(phone.shown("card")) == ["cancelok", "fixback"]
    phone.press("card", "fixback")
    assert "cancel" in labels(phone.shown("card"))
    phone.press("card", "cancel")
    phone.press("card", "cancelok")
    assert phone.appeal(appeal.id).state == "cancelled"


def test_a_correction_by_the_owner_changes_nature_and_category(phone: Phone) -> None:
    appeal = phone.report()
    phone.press("card", "fix")
    phone.press("card", "fixnat")
    phone.press("card", "fixnat", "dissatisfaction")
    phone.press("card", "fix")
    phone.press("card", "fixgrp")
    phone.press("card", "fixcat", "administration")
    phone.press("card", "fixcat", "property_fee")
    corrected = phone.appeal(appeal.id)
    assert (corrected.nature, corrected.category) == ("dissatisfaction", "property_fee")
    assert corrected.department_id == phone.cast.accounts.id
    assert "fix" in labels(phone.shown("card")), "the card has its own buttons again"


def test_the_owner_may_choose_a_category_of_the_companys_own_until_it_is_retired(
    phone: Phone, desk: Desk
) -> None:
    def add(session: Session) -> int:
        root = make_staff(session, None, "Root", "admin")
        names = {"en": "Swimming pond", "es": "Estanque", "zh": "池塘"}
        return add_category(
            session, code="pond", group="community", names=names, department_code="accounts",
            nature="help_seeking", examples={}, by=root, at=NOON,
        ).id  # fmt: skip

    def retire(session: Session) -> None:
        root = session.scalars(select(StaffMember).where(StaffMember.name == "Root")).one()
        retire_category(session, get_own_category(session, category_id), by=root, at=NOON)

    category_id = desk.core.transact_now(add)
    appeal = phone.report()
    for action, argument in (("fix", ""), ("fixgrp", ""), ("fixcat", "community")):
        phone.press("card", action, argument)
    buttons = [one["text"] for row in (phone.shown("card").markup or {})["inline"] for one in row]
    assert "Swimming pond" in buttons
    phone.press("card", "fixcat", "pond")
    corrected = phone.appeal(appeal.id)
    assert (corrected.category, corrected.department_id) == ("pond", phone.cast.accounts.id)
    assert "Swimming pond" in phone.shown("card").text
    desk.press(f"1:fixcat:{appeal.id}:noise")
    desk.core.transact_now(retire)
    assert desk.press(f"1:fixcat:{appeal.id}:pond") != "", "an old button explains itself"
    assert phone.appeal(appeal.id).category == "noise"


def test_a_closed_appeal_is_corrected_by_nobodys_old_button(phone: Phone, desk: Desk) -> None:
    appeal = phone.report()
    desk.core.transact_now(lambda s: cancel_appeal(s, get_appeal(s, appeal.id), at=NOON))
    assert desk.press(f"1:fixnat:{appeal.id}:dissatisfaction") != ""
    after = phone.appeal(appeal.id)
    assert (after.nature, after.next_due_at) == ("help_seeking", None)


def test_the_right_home_can_be_chosen_and_a_neighbours_cannot(phone: Phone, desk: Desk) -> None:
    def add_homes(session: Session) -> tuple[int, int]:
        building = phone.cast.unit.building_id
        second, foreign = (
            Unit(building_id=building, number="20"),
            Unit(building_id=building, number="21"),
        )
        session.add_all([second, foreign])
        session.flush()
        session.add(Residency(owner_id=phone.cast.alma.id, unit_id=second.id))
        return second.id, foreign.id

    second, foreign = desk.core.transact_now(add_homes)
    appeal = phone.report()
    phone.press("card", "fix")
    phone.press("card", "fixhome")
    phone.press("card", "fixhome", str(second))
    assert phone.appeal(appeal.id).place == "Birch House, flat 20"
    assert desk.press(f"1:fixhome:{appeal.id}:{foreign}") != ""
    assert desk.press(f"1:fixhome:{appeal.id}:xyz") != ""
    assert phone.appeal(appeal.id).unit_id == second


def test_it_is_an_emergency_raises_the_alarm(phone: Phone) -> None:
    appeal = phone.report()
    phone.press("card", "fix")
    phone.press("card", "danger")
    raised = phone.appeal(appeal.id)
    assert (raised.severity, raised.state) == ("emergency", "received")
    assert phone.shown("instructions").text != ""


def test_add_photo_takes_the_next_photo_to_that_appeal(phone: Phone, desk: Desk) -> None:
    first = phone.report()
    desk.press(f"1:photo:{first.id}:")
    desk.understand("The lift squeaks", "help_seeking", category="elevator")
    desk.press(f"1:photo:{first.id}:")
    desk.write("", photo=[{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}])
    photo = desk.core.transact_now(
        lambda s: s.scalars(select(Message).where(Message.kind == "photo")).one()
    )
    assert photo.appeal_id == first.id


def test_this_is_something_else_splits_once(phone: Phone, desk: Desk) -> None:
    first = phone.report()
    desk.write("And the other one too")
    phone.press("joined", "split")
    desk.press(f"1:split:{_source(phone)}:")
    count = desk.core.transact_now(lambda s: s.scalar(select(func.count()).select_from(Appeal)))
    assert count == 2
    assert phone.last_appeal().id != first.id


def _source(phone: Phone) -> int:
    return phone.last_appeal().source_message_id or 0


@pytest.mark.parametrize(
    ("nature", "told"),
    [("help_seeking", "card"), ("dissatisfaction", "card"), ("consultation", "card"),
     ("paid_service", "card"), ("emergency", "instructions")],
)  # fmt: skip
def test_a_chosen_reading_is_dealt_with_as_if_the_reader_had_been_sure(
    phone: Phone, desk: Desk, nature: str, told: str
) -> None:
    desk.understand("hm the thing", "nlu_fallback", ranking={nature: 0.5, "thanks": 0.4})
    desk.write("hm the thing")
    message = desk.core.transact_now(
        lambda s: s.scalars(select(Message.id).order_by(Message.id)).first()
    )
    phone.shown("clarify")
    for _ in range(2):
        desk.press(f"1:read:{message}:{nature}")
    assert phone.shown(told) is not None
    assert phone.last_appeal().nature == nature


def test_an_unsure_message_chosen_to_be_more_of_the_same_joins(phone: Phone, desk: Desk) -> None:
    appeal = phone.report()
    desk.understand("hm the other", "nlu_fallback", ranking={"help_seeking": 0.5})
    desk.write("hm the other")
    phone.press("clarify", "read", "help_seeking")
    message = desk.core.transact_now(
        lambda s: s.scalars(select(Message).where(Message.text == "hm the other")).one()
    )
    assert message.appeal_id == appeal.id
    assert "T-1001" in phone.shown("joined").text


def test_after_two_misses_a_person_takes_over(phone: Phone, desk: Desk) -> None:
    for text in ("hm", "hmm"):
        desk.understand(text, "nlu_fallback", ranking={})
        desk.write(text)
    assert phone.shown("handoff") is not None


def test_an_order_is_placed_once_and_a_no_orders_nothing(phone: Phone, desk: Desk) -> None:
    wish = "Could you water my plants while I am away?"
    desk.understand(wish, "paid_service", category="home_care")
    desk.write(wish)
    offer = phone.shown("offer")
    data = (offer.markup or {})["inline"][0][0]["data"]
    phone.press("offer", "order")
    desk.press(data, on=offer.telegram_message_id)
    count = desk.core.transact_now(lambda s: s.scalar(select(func.count()).select_from(Appeal)))
    assert count == 1
    assert phone.last_appeal().nature == "paid_service"
    desk.write(wish)
    phone.press("offer", "noorder")
    count = desk.core.transact_now(lambda s: s.scalar(select(func.count()).select_from(Appeal)))
    assert count == 1


def test_no_answer_in_the_article_brings_a_person(phone: Phone, desk: Desk) -> None:
    question = "What does my property fee actually cover?"
    desk.understand(question, "consultation", category="property_fee")
    desk.write(question)
    phone.press("answer", "notyet")
    assert phone.last_appeal().state == "accepted"
    conversation = desk.core.transact_now(
        lambda s: s.scalars(select(Conversation).where(Conversation.chat_id == 7001)).one()
    )
    assert conversation.state == "waiting"


def test_settings_change_language_home_and_pushes(phone: Phone, desk: Desk) -> None:
    desk.write("/settings")
    phone.press("reply", "pushes", "off")
    assert "on" in [b["data"].split(":")[3] for row in (phone.shown("reply").markup or {})["inline"]
                    for b in row]  # fmt: skip
    phone.press("reply", "settings", "lang")
    desk.press("1:lang:0:es")
    conversation = desk.core.transact_now(
        lambda s: s.scalars(select(Conversation).where(Conversation.chat_id == 7001)).one()
    )
    assert (conversation.language, conversation.language_chosen) == ("es", True)
    assert conversation.progress_pushes is False
    desk.write("The light is out")
    assert desk.reader.asked[-1]["language"] == "es"


def test_owners_choose_their_quiet_hours(phone: Phone, desk: Desk, cast: Cast) -> None:
    desk.write("/settings")
    phone.press("reply", "quiet")
    phone.press("reply", "quiet", "21-08")
    assert "21:00–08:00" in phone.shown("reply").text
    alma = desk.core.transact_now(lambda s: s.get_one(Owner, cast.alma.id))
    assert (alma.quiet_from, alma.quiet_until) == (time(21), time(8))
    phone.press("reply", "quiet")
    phone.press("reply", "quiet", "none")
    assert "Quiet hours: none" in phone.shown("reply").text


def test_a_manager_sends_the_drafted_apology_from_their_own_chat_once(
    phone: Phone, desk: Desk, cast: Cast
) -> None:
    appeal = phone.report()

    def link(session: Session) -> None:
        session.add(
            Conversation(
                chat_id=7500, telegram_user_id=7500, name="Boris", language="en", kind="staff",
                staff_id=cast.boris.id,
            )
        )  # fmt: skip

    desk.core.transact_now(link)
    (promise,) = desk.core.transact_now(lambda s: list_open_promises(s, appeal))
    desk.core.clock.now = promise.look_at  # type: ignore[attr-defined]
    desk.core.transact_now(sweep_promises, at=promise.look_at)
    draft = desk.core.transact_now(lambda s: find_draft(s, appeal.id))
    assert draft is not None
    data = f"1:apologise:{draft.id}:"
    assert desk.press(data), "no owner may press it"
    assert desk.press(data, user=7500) == ""
    assert desk.press(data, user=7500), "it went out already"
    slips = desk.core.transact_now(lambda s: find_sent(s, cast.conversation, "slip"))
    assert [slip.text.rpartition("— ")[2] for slip in slips] == ["Boris T"]


def test_no_danger_gives_the_chat_back_to_the_bot(phone: Phone, desk: Desk) -> None:
    desk.understand(OUT, "help_seeking", alarm=True, kind="electrical")
    appeal = phone.report()
    phone.press("danger?", "nodanger")
    conversation = desk.core.transact_now(
        lambda s: s.scalars(select(Conversation).where(Conversation.chat_id == 7001)).one()
    )
    assert conversation.state == "bot"
    events = desk.core.transact_now(lambda s: list_events(s, appeal))
    assert "danger.denied" in events
