"""Staff see which language an owner writes in, by its name in their own language."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from console.words import Words
from ownerdesk.model import Conversation
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.intake import clarify, keep_reading
from ownerdesk.services.staff import choose_language
from tests.conftest import NOON
from tests.console.conftest import Browser, Site
from tests.make import make_message, make_reading


def write_german(session: Session, site: Site) -> int:
    """An appeal, and then a message that goes to a person."""
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    reading = make_reading("nlu_fallback", language="de", decision="handoff",
                           ranking={"help_seeking": 0.8}, category="heating")  # fmt: skip
    message = make_message(session, conversation, "Die Heizung wird nicht warm")
    keep_reading(session, message, reading)
    appeal = register_appeal(
        session, conversation, message, nature="help_seeking", category="heating", at=NOON,
        may_join=False,
    )  # fmt: skip
    message = make_message(session, conversation, "Es ist immer noch kalt")
    keep_reading(session, message, reading)
    clarify(session, conversation, message, reading, at=NOON)
    return appeal.id


@pytest.mark.parametrize(("language", "name"), [("en", "German"), ("es", "alemán"), ("zh", "德语")])
def test_every_page_names_the_language(site: Site, language: str, name: str) -> None:
    appeal_id = site.core.transact_now(write_german, site)
    site.core.transact_now(choose_language, site.cast.mara.id, language)

    async def walk(browser: Browser) -> None:
        for page in (
            "/appeals", f"/appeals/{appeal_id}", "/handoffs",
            f"/conversations/{site.cast.conversation.id}",
        ):  # fmt: skip
            assert name in await browser.read(page), page

    site.visit(walk, by=site.cast.mara)


def test_the_queue_shows_why_and_what_was_understood(site: Site) -> None:
    site.core.transact_now(write_german, site)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/handoffs")
        assert "The bot does not answer in the owner&#39;s language yet" in page
        assert "German · " in page
        assert " 80% · " in page

    site.visit(walk, by=site.cast.mara)


def test_what_has_no_name_is_another_language() -> None:
    assert Words("en", NOON).language_name("other") == "another language"
    assert Words("es", NOON).language_name("en") == "inglés"
