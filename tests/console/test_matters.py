"""Staff see that a message held two matters: in the record, with the message, and in the queue of handoffs."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.readings import SecondMatter
from ownerdesk.services.appeals import register_appeal
from ownerdesk.services.handoffs import request_handoff
from ownerdesk.services.intake import finish_turn, keep_reading
from ownerdesk.services.matters import open_second_matter
from tests.console.conftest import Browser, Site
from tests.make import NOON, Cast, make_message, make_reading

BILL = SecondMatter("my <b>bill</b> is wrong", Nature.DISSATISFACTION, "utility_bill")


def report(session: Session, cast: Cast) -> tuple[Appeal, Appeal]:
    conversation = session.get_one(Conversation, cast.conversation.id)
    message = make_message(
        session, conversation, "The landing is dark. Also my <b>bill</b> is wrong"
    )
    reading = make_reading(second_matter=BILL)
    keep_reading(session, message, reading)
    first = register_appeal(
        session, conversation, message, nature="help_seeking", category="lighting", at=NOON
    )
    finish_turn(session, message.id, reading, (), at=NOON)
    return first, open_second_matter(session, conversation, message, BILL, at=NOON)


def test_both_appeals_tell_of_each_other(site: Site) -> None:
    first, second = site.core.transact_now(report, site.cast)

    async def look(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{first.id}")
        assert "The message holds a second matter" in page
        assert f"The second matter became {second.number}" in page
        assert "second matter: Complaint, Utility bill" in page
        page = await browser.read(f"/appeals/{second.id}")
        assert "“my &lt;b&gt;bill&lt;/b&gt; is wrong”" in page
        understood = page.split("Understood as")[1].split("</dl>")[0]
        assert "<span>Complaint</span>" in understood
        assert "<span>Utility bill</span>" in understood

    site.visit(look, by=site.cast.mara)


def test_a_second_appeal_is_called_an_emergency_and_the_first_is_left_alone(site: Site) -> None:
    first, second = site.core.transact_now(report, site.cast)

    async def correct(browser: Browser) -> None:
        done = await browser.post(
            f"/appeals/{second.id}/correct", nature="emergency", category="utility_bill",
            kind="other",
        )  # fmt: skip
        assert done.status == 303

    site.visit(correct, by=site.cast.mara)
    natures = site.core.transact_now(
        lambda s: [s.get_one(Appeal, appeal.id).nature for appeal in (first, second)]
    )
    assert natures == ["help_seeking", "emergency"]


def test_the_queue_names_the_second_matter_of_what_was_handed_over(site: Site) -> None:
    def hand_over(session: Session) -> None:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        message = make_message(session, conversation, "A person please. Also my bill is wrong")
        keep_reading(session, message, make_reading(second_matter=BILL))
        request_handoff(session, conversation, reason="asked", message=message, at=NOON)

    site.core.transact_now(hand_over)

    async def look(browser: Browser) -> None:
        assert "second matter: Complaint, Utility bill" in await browser.read("/handoffs")

    site.visit(look, by=site.cast.mara)
