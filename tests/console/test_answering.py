"""Taking a conversation over, answering, handing it back; and what the thread shows."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.services import outbox
from ownerdesk.services.conversations import edit_message, mark_blocked
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.make import make_appeal, make_message


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


def _replies(site: Site) -> list[str]:
    with site.core.sessions() as session:
        query = select(Message.text).where(Message.author == "staff").order_by(Message.id)
        return list(session.scalars(query))


def _state(site: Site) -> tuple[str, int | None]:
    with site.core.sessions() as session:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        return conversation.state, conversation.assignee_id


def test_an_agent_takes_over_answers_and_hands_back(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        assert "The bot answers here." in await browser.read(base)
        assert (await browser.post(f"{base}/take-over")).status == 303
        assert _state(site) == ("person", site.cast.mara.id)
        page = await browser.read(base)
        assert "You hold this conversation" in page
        assert (await browser.reply(base, "Hello Alma")).status == 303
        assert "Hello Alma" in await browser.read(base)
        assert (await browser.post(f"{base}/hand-back")).status == 303

    site.visit(walk, by=site.cast.mara)
    assert _state(site) == ("bot", None)
    assert _replies(site) == ["Hello Alma"]


def test_the_same_form_sent_twice_at_once_writes_once(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        answers = await asyncio.gather(*(browser.reply(base, "Once", nonce="n1") for _ in range(5)))
        assert {a.status for a in answers} == {303}

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == ["Once"]


def test_nobody_answers_over_anothers_head(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        await mara.post(f"{base}/take-over")
        page = await boris.read(base)
        assert "Mara T holds this conversation" in page
        over = await boris.reply(base, "Me too <3")
        assert over.status == 409
        refused = await over.text()
        assert "Not sent: Mara T holds this conversation" in refused
        assert "Me too &lt;3" in refused, "what was typed is kept"
        second = await boris.post(f"{base}/take-over")
        assert second.status == 409
        assert "Mara T holds this conversation" in await second.text()
        assert (await boris.post(f"{base}/hand-back")).status == 409

    site.visit_together(walk)
    assert _replies(site) == []
    assert _state(site) == ("person", site.cast.mara.id)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "   ", "nonce": "a1"}, "an empty reply was not sent"),
        ({"text": "y" * 8001, "nonce": "a1"}, "at most 8000 characters"),
        ({"text": "fine", "nonce": ""}, "Something in the form is missing"),
        ({"text": "fine", "nonce": "a:b"}, "Something in the form is missing"),
    ],
)
def test_a_reply_that_cannot_be_sent_says_why(
    site: Site, appeal: Appeal, fields: dict[str, str], words: str
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        refused = await browser.reply(base, **fields)
        assert refused.status == 409
        assert words in await refused.text()

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == []


def test_the_second_to_take_a_handoff_is_told_who_was_first(site: Site, appeal: Appeal) -> None:
    conversation_id = site.cast.conversation.id

    def hand_over(session: Session) -> None:
        conversation = session.get_one(Conversation, conversation_id)
        found = session.get_one(Appeal, appeal.id)
        request_handoff(session, conversation, reason="asked", at=NOON, appeal=found)

    site.core.transact_now(hand_over)

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        assert "The owner asked for a person" in await mara.read("/handoffs")
        taken = await mara.post(f"/handoffs/{conversation_id}/take")
        assert taken.headers["Location"] == f"/appeals/{appeal.id}"
        late = await boris.post(f"/handoffs/{conversation_id}/take")
        assert late.status == 409
        page = await late.text()
        assert "Mara T holds this conversation" in page
        assert "Mara T holds it" in page

    site.visit_together(walk)


def test_the_thread_shows_what_became_of_each_message(site: Site, appeal: Appeal) -> None:
    def fill(session: Session) -> None:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        message = make_message(session, conversation, "It is dark", telegram_message_id=4242)
        message.reading = {
            "nature": "help_seeking", "nature_confidence": 0.93,
            "category": "lighting", "category_confidence": 0.71,
        }  # fmt: skip
        edit_message(session, conversation, 4242, "It is very dark", at=NOON)
        failed = outbox.send(session, conversation, "Lost words", key="k1", at=NOON)
        outbox.record_failure(session, failed, error="chat not found", at=NOON)
        blocked = outbox.send(session, conversation, "Unheard words", key="k2", at=NOON)
        outbox.record_blocked(session, blocked, at=NOON)
        mark_blocked(session, conversation, at=NOON)

    site.core.transact_now(fill)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal.id}")
        for words in (
            "It is very dark",
            "edited",
            "Help needed 93% · Lighting 71%",
            "Not delivered: chat not found",
            "Not delivered: the owner has blocked the bot",
            "The owner has blocked the bot since 13:00",
            "Waiting to be sent",
        ):
            assert words in page, words
        assert "It is dark<" not in page

    site.visit(walk, by=site.cast.mara)


def test_a_script_in_any_field_is_shown_as_text(site: Site) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    def poison(session: Session) -> int:
        cast = site.cast
        conversation = session.get_one(Conversation, cast.conversation.id)
        conversation.name = evil
        for row in (cast.alma, cast.project):
            session.merge(row).name = evil
        session.merge(cast.unit).building.name = evil
        session.merge(cast.maintenance).names = {"en": evil}
        session.merge(cast.mara).name = evil
        appeal = make_appeal(session, cast)
        appeal.summary = appeal.resolution = appeal.deferred_reason = evil
        appeal.deferred_until = NOON
        appeal.operator_id = cast.mara.id
        make_message(session, conversation, evil)
        html = f"<b>Bold</b> {evil} &lt;i&gt;"
        outbox.send(session, conversation, html, key="h", at=NOON, is_html=True,
                    buttons=[[{"text": evil, "data": "1:help::"}]], appeal=appeal)  # fmt: skip
        request_handoff(session, conversation, reason="asked", at=NOON, appeal=appeal)
        return appeal.id

    appeal_id = site.core.transact_now(poison)

    async def walk(browser: Browser) -> None:
        for path in (
            "/appeals?q=%3Cscript%3E",
            "/appeals",
            "/handoffs",
            f"/appeals/{appeal_id}",
            f"/conversations/{site.cast.conversation.id}",
            "/calls",
        ):
            page = await browser.read(path)
            assert "<script>" not in page, path
            assert "<img src=x" not in page, path
        page = await browser.read(f"/appeals/{appeal_id}")
        assert "<b>Bold</b> &lt;script&gt;" in page
        assert "&lt;i&gt;" in page

    site.visit(walk, by=site.cast.mara)
