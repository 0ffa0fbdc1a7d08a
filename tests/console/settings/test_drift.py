"""Drift: a week that is understood less well is shown, told once, and leads to the messages behind it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Conversation, Notice, StaffMember
from ownerdesk.services.drift import look_for_drift
from tests.console.conftest import Browser, Site
from tests.make import NOON, Cast, make_message, make_reading

BASE = "/settings/drift"
WORDS = "Alma speaking, the lift is stuck, ring +34 600 123 456"


def write_weeks(session: Session, cast: Cast, *, asked_back: int) -> None:
    """Five weeks of 60 messages; in the last one so many were asked back about."""
    conversation = session.get_one(Conversation, cast.conversation.id)
    for back in range(4, -1, -1):
        for number in range(60):
            at = NOON - timedelta(weeks=back, minutes=number)
            message = make_message(session, conversation, WORDS, at=at)
            is_unclear = number < (3 if back else asked_back)
            reading = make_reading(decision="clarify" if is_unclear else "accept")
            message.reading = reading.as_record()
    session.flush()


def test_a_quiet_installation_says_that_nothing_is_amiss(site: Site, root: StaffMember) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read(BASE)
        assert "No week gives cause for a warning." in page
        assert "No message has been read" in page
        assert 'id="behind"' not in await browser.read(
            f"{BASE}?week=9999-12-31&language=en&measure=handoffs"
        )
        assert 'id="behind"' not in await browser.read(f"{BASE}?week=x&language=%00&measure=y")

    site.visit(walk, by=root)


def test_a_bad_week_warns_and_leads_to_its_messages_without_names(
    site: Site, root: StaffMember
) -> None:
    site.core.transact_now(write_weeks, site.cast, asked_back=20)

    async def walk(browser: Browser) -> None:
        page = await browser.read(BASE)
        assert "The bot asked back about 33 % of the messages in English this week; 5 %" in page
        assert page.count("<polyline") == 4
        link = f"{BASE}?week=2026-11-16&amp;language=en&amp;measure=clarifications#behind"
        assert link in page
        behind = await browser.read(f"{BASE}?week=2026-11-16&language=en&measure=clarifications")
        assert behind.count(f'href="/conversations/{site.cast.conversation.id}"') == 20
        assert "the lift is stuck" in behind
        assert "600 123 456" not in behind
        assert "Alma" not in behind

    site.visit(walk, by=root)


def test_every_admin_is_told_once_and_led_there(
    site: Site, root: StaffMember, petra: StaffMember
) -> None:
    site.core.transact_now(write_weeks, site.cast, asked_back=20)
    for _ in range(2):
        found = site.core.transact_now(look_for_drift, at=NOON)
        assert [one.measure for one in found] == ["clarifications"]
    with site.core.sessions() as session:
        notices = session.scalars(select(Notice).where(Notice.topic == "drift.warning")).all()
        assert [notice.staff_id for notice in notices] == [root.id]

    async def walk(browser: Browser) -> None:
        opened = await browser.post(f"/notices/{notices[0].id}/open")
        assert opened.headers["Location"] == BASE

    site.visit(walk, by=root)
