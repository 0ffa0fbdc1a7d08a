"""The appeal's page says what the message named, when the owner would like it, and what they answered."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation
from ownerdesk.rules.readings import Entity
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.intake import keep_reading
from ownerdesk.services.places import place_appeal
from tests.console.conftest import Browser, Site
from tests.make import NOON, Cast, make_message, make_reading

NAMED = {"building": "3", "entrance": "2", "unit": "99", "place": "kitchen", "thing": "tap",
         "wished_time": "tomorrow after 18:00"}  # fmt: skip


def register(session: Session, cast: Cast) -> Appeal:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, conversation, "The tap drips")
    entities = [Entity(name, value, 0, 1) for name, value in NAMED.items()]
    keep_reading(session, message, make_reading(entities=entities))
    appeal = register_appeal(
        session, conversation, message, nature="help_seeking", category="water_supply", at=NOON
    )
    place_appeal(session, appeal, None, at=NOON)
    return appeal


def test_the_page_of_an_appeal_names_place_thing_and_wish(site: Site) -> None:
    appeal = site.core.transact_now(register, site.cast)

    async def look(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal.id}")
        assert "building 3, entrance 2, flat 99, kitchen, tap" in page
        assert "Thu 19 Nov, 18:00–22:00" in page
        assert "The owner says where it is: Birch House, shared parts" in page

    site.visit(look, by=site.cast.mara)
