"""A new emergency calls on every page, until somebody takes it; its sound can be silenced by one person for a while."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Message
from ownerdesk.services.emergencies import raise_emergency
from tests.conftest import NOON, Clock
from tests.console.conftest import Browser, Site
from tests.make import make_appeal, make_message


def raise_alarm(session: Session, site: Site, kind: str) -> Appeal:
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    message = make_message(session, conversation, "Help!")
    return raise_emergency(session, conversation, message, kind=kind, found_by="rule", at=NOON)


def test_an_emergency_calls_on_every_page_until_it_is_taken(site: Site) -> None:
    fire = site.core.transact_now(raise_alarm, site, "fire")

    async def walk(browser: Browser) -> None:
        for path in ("/appeals", "/handoffs", f"/appeals/{fire.id}", "/incidents", "/calls"):
            page = await browser.read(path)
            assert f'data-emergencies="{fire.id}"' in page, path
            assert f'data-say="Emergency: {fire.number}, ' in page, path
        assert (await browser.post(f"/appeals/{fire.id}/accept")).status == 303
        assert 'data-emergencies=""' in await browser.read("/incidents")

    site.visit(walk, by=site.cast.mara)


def test_one_person_silences_what_calls_now_for_a_while_and_nothing_new(
    site: Site, clock: Clock
) -> None:
    fire = site.core.transact_now(raise_alarm, site, "fire")

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        assert (await mara.post("/calls/mute")).status == 303
        muted = f'data-muted="{fire.id}"'
        page = await mara.read("/handoffs")
        assert muted in page
        assert f'data-emergencies="{fire.id}"' in page, "the banner stays"
        assert muted not in await boris.read("/handoffs")
        gas = await site.core.transact(raise_alarm, site, "gas_leak")
        page = await mara.read("/handoffs")
        assert f'data-emergencies="{fire.id} {gas.id}"' in page
        assert muted in page, "the new one sounds"
        headers = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
        async with mara.http.post("/calls/mute", headers=headers) as part:
            assert f'data-muted="{fire.id} {gas.id}"' in await part.text()
        clock.now += timedelta(minutes=11)
        assert 'data-muted=""' in await mara.read("/handoffs"), "a while is over"
        clock.now = NOON
        assert (await mara.post("/calls/unmute")).status == 303
        assert 'data-muted=""' in await mara.read("/handoffs")

    site.visit_together(walk)


def test_danger_seen_anew_is_heard_by_who_had_silenced_it(site: Site) -> None:
    fire = site.core.transact_now(raise_alarm, site, "fire")

    def again(session: Session) -> None:
        appeal = session.get_one(Appeal, fire.id)
        appeal.nature, appeal.severity = "help_seeking", "major"
        session.flush()
        source = session.get_one(Message, fire.source_message_id)
        raise_emergency(
            session, appeal.conversation, source, kind="fire", found_by="staff", at=NOON
        )

    async def walk(browser: Browser) -> None:
        await browser.post("/calls/mute")
        assert f'data-muted="{fire.id}"' in await browser.read("/handoffs")
        await site.core.transact(again)
        page = await browser.read("/handoffs")
        assert f'data-emergencies="{fire.id}"' in page
        assert 'data-muted=""' in page

    site.visit(walk, by=site.cast.mara)


def test_a_message_moves_no_list_and_a_change_does(site: Site) -> None:
    from console.live import read_news

    appeal = site.core.transact_now(make_appeal, site.cast)
    told = f'[{{"topic": "message", "appeal": {appeal.id}}}]'
    moved = f'[{{"topic": "appeal", "appeal": {appeal.id}, "event": "appeal.accepted"}}]'
    added = f'[{{"topic": "appeal", "appeal": {appeal.id}, "event": "message.added"}}]'
    with site.core.sessions() as session:
        names = [read_news(session, [body])[0].names for body in (told, moved, added)]
    assert "list" not in names[0]
    assert "calls" not in names[0]
    assert f"row-{appeal.id}" in names[0]
    assert {"list", "calls"} <= names[1]
    assert names[2] == {f"appeal-{appeal.id}", f"row-{appeal.id}"}
