"""Everything that teaches reaches the inbox of messages to label, by the door people use."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ownerdesk.model import Message
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services.corrections import correct_labels
from ownerdesk.services.emergencies import deny_danger, raise_emergency
from tests.bot.test_presses import Phone
from tests.make import NOON, Cast
from tests.offline import Desk


@pytest.fixture
def phone(desk: Desk, cast: Cast) -> Phone:
    return Phone(desk, cast)


def asked(desk: Desk) -> list[tuple[str, dict[str, Any]]]:
    """Reason and proposal of every message that was asked about, without the random sample."""
    query = text(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'collect_message' ORDER BY id"
    )
    rows = desk.core.transact_now(lambda s: list(s.execute(query).scalars()))
    return [(row["why"], row["proposed"]) for row in rows if row["why"] != "sample"]


def last_message(desk: Desk) -> int:
    def find(session: Session) -> int:
        query = select(Message.id).where(Message.direction == "in").order_by(Message.id.desc())
        return session.scalars(query.limit(1)).one()

    return desk.core.transact_now(find)


@pytest.mark.parametrize(
    ("nature", "category", "kind", "proposed"),
    [
        ("dissatisfaction", "lighting", "", {"nature": "dissatisfaction", "category": "lighting"}),
        (
            "emergency", "power_supply", "electrical",
            {"nature": "emergency", "category": "power_supply", "kind": "electrical"},
        ),
    ],
)  # fmt: skip
def test_what_staff_correct_on_an_appeal(
    phone: Phone, desk: Desk, nature: str, category: str, kind: str, proposed: dict[str, str]
) -> None:
    appeal = phone.report()

    def correct(session: Session) -> None:
        correct_labels(
            session, get_appeal(session, appeal.id), nature=nature, category=category, kind=kind,
            by=session.merge(phone.cast.mara), at=NOON,
        )  # fmt: skip

    desk.core.transact_now(correct)
    assert asked(desk)[-1] == ("staff", proposed), "the last word is the whole of it"


@pytest.mark.parametrize("is_danger", [True, False])
def test_what_staff_say_of_a_weak_sign(phone: Phone, desk: Desk, is_danger: bool) -> None:
    phone.report()
    message_id = last_message(desk)

    def answer(session: Session) -> None:
        message = session.get_one(Message, message_id)
        conversation = session.merge(phone.cast.conversation)
        if is_danger:
            raise_emergency(
                session, conversation, message, kind="electrical", found_by="staff", at=NOON
            )
        else:
            mara = session.merge(phone.cast.mara)
            deny_danger(session, conversation, message, by=mara, at=NOON)

    desk.core.transact_now(answer)
    danger = {"nature": "emergency", "category": "lighting", "kind": "electrical"}
    assert asked(desk) == [("staff", danger if is_danger else {"no_danger": True})]


def test_what_owners_correct(phone: Phone, desk: Desk) -> None:
    phone.report()
    phone.press("card", "fix")
    phone.press("card", "fixnat")
    phone.press("card", "fixnat", "dissatisfaction")
    assert asked(desk) == [("owner", {"nature": "dissatisfaction", "category": "lighting"})]
    phone.press("card", "fix")
    phone.press("card", "danger")
    assert asked(desk)[1:] == [
        ("owner", {"nature": "emergency", "category": "lighting", "kind": "other"})
    ]


@pytest.mark.parametrize("nature", ["consultation", "emergency"])
def test_what_owners_answer_to_the_question_what_they_meant(
    phone: Phone, desk: Desk, nature: str
) -> None:
    desk.understand("hm the thing", "nlu_fallback", ranking={nature: 0.5, "thanks": 0.4})
    desk.write("hm the thing")
    phone.shown("clarify")
    desk.press(f"1:read:{last_message(desk)}:{nature}")
    assert [(why, p["nature"]) for why, p in asked(desk) if p] == [("clarified", nature)]


def test_an_owner_who_says_that_it_belongs_to_an_appeal(phone: Phone, desk: Desk) -> None:
    phone.report()
    desk.understand("hm the other", "nlu_fallback", ranking={"help_seeking": 0.5})
    desk.write("hm the other")
    phone.press("clarify", "addto")
    assert ("clarified", {"intent": "add_detail"}) in asked(desk)


def test_handoffs_after_two_misses_and_messages_the_reader_is_unsure_of(
    phone: Phone, desk: Desk
) -> None:
    for words in ("hm", "hmm"):
        desk.understand(words, "nlu_fallback", ranking={}, decision="clarify")
        desk.write(words)
    whys = [why for why, _ in asked(desk)]
    assert (whys.count("unsure"), whys.count("handed_off")) == (2, 1)


def test_danger_that_the_rules_are_sure_of_and_danger_that_only_the_model_sees(
    phone: Phone, desk: Desk
) -> None:
    desk.understand("the thing again", "emergency", kind="fire")
    desk.write("the thing again")
    assert asked(desk) == [("signs", {})]
    desk.write("There is a fire in the kitchen, flames everywhere!")
    assert asked(desk)[1:] == [("signs", {})], "raised unread: the worker asks the model"


def test_a_sure_message_is_asked_about_once_in_a_hundred(
    phone: Phone, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.understand("good morning", "greet", ranking={"greet": 0.99})
    desk.write("good morning")
    assert asked(desk) == []
    monkeypatch.setattr("ownerdesk.rules.labelling.SAMPLE_SHARE", 1.0)
    desk.write("good morning")
    query = text("SELECT args->>'why' FROM procrastinate_jobs WHERE task_name = 'collect_message'")
    rows = desk.core.transact_now(lambda s: list(s.execute(query).scalars()))
    assert "sample" in rows
