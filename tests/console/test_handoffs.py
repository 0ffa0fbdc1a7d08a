"""The queue of handoffs: who waits and why, what was said, who is asked, and who else is there."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.orm import Session

from console.keys import HUB
from console.presence import LOOKING_SECONDS, TYPING_SECONDS, PresenceBook
from ownerdesk.model import Conversation, Notice
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.test_live import WAIT, _hear, _stream
from tests.make import make_appeal, make_cast, make_message


@pytest.fixture
def base(site: Site) -> str:
    return f"/conversations/{site.cast.conversation.id}"


def _hand_over(session: Session, site: Site) -> None:
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    make_appeal(session, site.cast)
    first = make_message(session, conversation, "The bin room smells")
    first.answered_how, first.answered_at = "clarified", NOON
    asked = make_message(session, conversation, "A <b>person</b> please")
    request_handoff(session, conversation, reason="two_misses", message=asked, at=NOON)


def test_the_queue_says_who_waits_since_when_why_and_what_was_said(site: Site) -> None:
    site.core.transact_now(_hand_over, site)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/handoffs")
        for part in (
            "Alma Test", "The bot asked twice", "The bin room smells",
            "A &lt;b&gt;person&lt;/b&gt; please", "Asked back once", "Registered T-1001",
            "T-1001 · Lighting · New · due 13:30", NOON.isoformat(), "data-since",
        ):  # fmt: skip
            assert part in page, part

    site.visit(walk, by=site.cast.mara)


def test_a_transfer_stays_with_the_giver_until_accepted_from_the_queue(
    site: Site, base: str
) -> None:
    to = f"person:{site.cast.boris.id}"

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        await mara.post(f"{base}/take-over")
        refused = await mara.post(f"{base}/transfer", to=to, reason=" ")
        assert refused.status == 409
        assert "Give a reason: your colleague will read it." in await refused.text()
        nobody = await mara.post(f"{base}/transfer", to="person:999999", reason="why")
        assert "Choose somebody who may answer owners here." in await nobody.text()
        assert (await mara.post(f"{base}/transfer", to=to, reason="Her <dialect>")).status == 303
        page = await mara.read(base)
        assert "Boris T has been asked to take this over: Her &lt;dialect&gt;" in page
        assert "You hold this conversation" in page
        queue = await boris.read("/handoffs")
        assert "Asked of you" in queue
        assert "Mara T asks you to take this over" in queue
        accepted = await boris.post(f"/handoffs/{site.cast.conversation.id}/accept")
        assert accepted.headers["Location"] == base
        assert "Boris T holds this conversation" in await mara.read(base)
        late = await boris.post(f"/handoffs/{site.cast.conversation.id}/accept")
        assert late.status == 409
        assert "That question is over" in await late.text()

    site.visit_together(walk)


def test_a_declined_transfer_comes_back_with_its_reason_as_a_notice(site: Site, base: str) -> None:
    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        await mara.post(f"{base}/take-over")
        to = f"person:{site.cast.boris.id}"
        await mara.post(f"{base}/transfer", to=to, reason="Her language")
        assert (await boris.post(f"{base}/decline-transfer", reason="At lunch")).status == 303
        assert "You hold this conversation" in await mara.read(base)
        notices = await mara.read("/notices")
        assert "At lunch" in notices
        assert 'id="count-notices"' in notices
        assert (await boris.post(f"{base}/withdraw-transfer")).status == 409

    site.visit_together(walk)


def test_it_goes_back_to_the_bot_with_a_sentence_to_the_owner(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        refused = await browser.post(f"{base}/hand-back", words="Until {never}")
        assert refused.status == 409
        assert "Until {never}" in await refused.text()
        assert (await browser.post(f"{base}/hand-back", words="Sam comes at six.")).status == 303
        page = await browser.read(base)
        assert page.index("Sam comes at six.") < page.index("Mara T has left the chat")

    site.visit(walk, by=site.cast.mara)


def test_a_colleague_who_looks_or_types_is_seen_and_one_of_another_project_is_not_let_in(
    site: Site, base: str
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    presence = f"{base}/presence"

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        name = f"presence-{site.cast.conversation.id}"
        async with _stream(mara) as response:
            before = mara.app[HUB].last_id
            assert (await boris.post(presence, what="looking")).status == 204
            assert name in await _hear(response, name)
            assert mara.app[HUB].last_id == before, "presence is nothing to catch up with"
            assert "Boris T is looking at this too." in await mara.read(presence)
            assert "Boris T" not in await boris.read(presence)
            await boris.post(presence, what="typing")
            await _hear(response, name)
            assert "Boris T is typing here right now." in await mara.read(presence)
            await boris.post(presence, what="gone")
            await _hear(response, name)
            assert "Boris T" not in await mara.read(presence)
        assert (await boris.post(presence, what="dancing")).status == 400
        assert (
            await boris.post(f"/conversations/{other.conversation.id}/presence", what="looking")
        ).status == 404

    site.visit_together(walk)


def test_presence_forgets_by_itself() -> None:
    now = [100.0]
    book = PresenceBook(lambda: now[0])
    assert book.hear(7, 1, "typing")
    assert not book.hear(7, 1, "looking"), "a beat changes nothing that shows"
    now[0] += TYPING_SECONDS
    assert book.list_present(7) == {1: "looking"}
    now[0] += LOOKING_SECONDS
    assert book.list_present(7) == {}
    assert not book.hear(8, 1, "gone")


def test_saying_that_one_looks_does_not_prolong_a_session(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        request = await browser.post(f"{base}/presence", what="looking")
        assert request.status == 204
        browser.http.cookie_jar.clear()
        gone = await browser.post(f"{base}/presence", what="looking")
        assert gone.status == 303

    site.visit(walk, by=site.cast.mara)


def test_a_notice_is_heard_by_its_reader_alone_and_leads_to_its_place(
    site: Site, base: str
) -> None:
    note = {"text": "@Boris T look at this <i>please</i>"}

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        async with _stream(boris) as response, _stream(mara) as own:
            await mara.post(f"{base}/note", **note)
            await _hear(response, "notices")
            name = f"conversation-{site.cast.conversation.id}"
            heard = await asyncio.wait_for(_hear(own, name), WAIT)
            assert "notices" not in heard
        page = await boris.read("/notices")
        assert "Mara T mentions you in a note on the conversation with Alma Test" in page
        assert "&lt;i&gt;please&lt;/i&gt;" in page
        notice_id = site.core.transact_now(lambda s: s.query(Notice).one().id)
        assert (await mara.post(f"/notices/{notice_id}/open")).status == 404
        opened = await boris.post(f"/notices/{notice_id}/open")
        assert opened.headers["Location"] == base
        assert "unread</span>" not in await boris.read("/notices")
        assert "Nothing has been told to you yet." in await mara.read("/notices")

    site.visit_together(walk)
