"""Who sees what: other people's projects look as if they did not exist."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Attachment, Message, Project
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import (
    Cast,
    make_appeal,
    make_cast,
    make_conversation,
    make_message,
    make_staff,
)


@pytest.fixture
def neighbours(site: Site) -> Cast:
    """A second project with its own people."""
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    return other


def _store_photo(session: Session, cast: Cast) -> int:
    message = make_message(session, cast.conversation, "", kind="photo")
    photo = Attachment(message_id=message.id, kind="photo", state="stored", path="photo.jpg")
    session.add(photo)
    session.flush()
    return photo.id


def test_what_belongs_to_another_project_answers_like_what_does_not_exist(
    site: Site, neighbours: Cast
) -> None:
    appeal_id = site.core.transact_now(make_appeal, neighbours).id
    photo_id = site.core.transact_now(_store_photo, neighbours)
    conversation_id = neighbours.conversation.id
    (site.core.settings.files_dir).mkdir(parents=True)
    (site.core.settings.files_dir / "photo.jpg").write_bytes(b"jpeg")

    async def walk(browser: Browser) -> None:
        for real, absent in (
            (f"/appeals/{appeal_id}", "/appeals/999999"),
            (f"/conversations/{conversation_id}", "/conversations/999999"),
            (f"/files/{photo_id}", "/files/999999"),
        ):
            first, second = await browser.get(real), await browser.get(absent)
            assert (first.status, second.status) == (404, 404)
            assert await first.text() == await second.text()
        for path in (
            f"/appeals/{appeal_id}/accept",
            f"/appeals/{appeal_id}/note",
            f"/appeals/{appeal_id}/take-over",
            f"/conversations/{conversation_id}/take-over",
            f"/conversations/{conversation_id}/reply",
            f"/handoffs/{conversation_id}/take",
        ):
            assert (await browser.post(path, text="hello", nonce="a1")).status == 404, path

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        appeal = session.get_one(Appeal, appeal_id)
        assert (appeal.state, appeal.conversation.state) == ("received", "bot")


def test_the_lists_show_only_the_own_projects(site: Site, neighbours: Cast) -> None:
    ours = site.core.transact_now(make_appeal, site.cast)
    theirs = site.core.transact_now(make_appeal, neighbours)
    for cast in (site.cast, neighbours):
        site.core.transact_now(_hand_over, cast)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/appeals?tab=all")
        assert ours.number in page
        assert theirs.number not in page
        assert theirs.number not in await browser.read(
            f"/appeals?tab=all&project={neighbours.project.id}"
        )
        queue = await browser.read("/handoffs")
        assert queue.count('class="handoff"') == 1

    site.visit(walk, by=site.cast.mara)


def _hand_over(session: Session, cast: Cast) -> None:
    request_handoff(session, cast.conversation, reason="asked", at=NOON)


def test_an_operator_reads_but_does_not_act(site: Site) -> None:
    appeal_id = site.core.transact_now(make_appeal, site.cast).id

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal_id}")
        assert "not among your rights" in page
        assert f'action="/appeals/{appeal_id}/accept"' not in page
        assert (await browser.post(f"/appeals/{appeal_id}/accept")).status == 404
        assert (await browser.post(f"/appeals/{appeal_id}/take-over")).status == 404

    site.visit(walk, by=site.cast.ike)
    with site.core.sessions() as session:
        assert session.get_one(Appeal, appeal_id).state == "received"


def test_head_office_sees_every_project_and_acts_in_none(site: Site, neighbours: Cast) -> None:
    member = site.core.transact_now(make_staff, None, "Hedda", "head_office")
    site.core.transact_now(give_passwords)
    ours = site.core.transact_now(make_appeal, site.cast)
    theirs = site.core.transact_now(make_appeal, neighbours)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/appeals?tab=all")
        assert ours.number in page
        assert theirs.number in page
        assert (await browser.post(f"/appeals/{theirs.id}/accept")).status == 404

    site.visit(walk, by=member)


def test_somebody_unknown_can_be_answered_by_any_agent(site: Site) -> None:
    def write(session: Session) -> int:
        conversation = make_conversation(session, chat_id=7999)
        message = make_message(session, conversation, "Is anybody there?")
        request_handoff(session, conversation, reason="unknown_person", at=NOON, message=message)
        return conversation.id

    conversation_id = site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        queue = await browser.read("/handoffs")
        assert "Is anybody there?" in queue
        taken = await browser.post(f"/handoffs/{conversation_id}/take")
        assert taken.headers["Location"] == f"/conversations/{conversation_id}"
        page = await browser.read(f"/conversations/{conversation_id}")
        assert "No home is linked to this chat" in page
        sent = await browser.reply(f"/conversations/{conversation_id}", "Yes, how can I help?")
        assert sent.status == 303

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        replies = select(Message.text).where(Message.staff_id == site.cast.mara.id)
        assert session.scalars(replies).all() == ["Yes, how can I help?"]


def test_nonsense_in_an_address_is_not_found(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for path in (
            "/appeals/x",
            "/appeals/-1",
            "/appeals/９",
            "/files/1e3",
            "/appeals/" + "9" * 40,
        ):
            assert (await browser.get(path)).status == 404, path
        page = await browser.read("/appeals?tab=x&nature=x&project=x&before=x&state=x&q=%00")
        assert "Work list" in page

    site.visit(walk, by=site.cast.mara)


def test_an_installation_without_any_project_still_opens(site: Site) -> None:
    lonely = site.core.transact_now(_make_lonely)

    async def walk(browser: Browser) -> None:
        assert "Nothing here." in await browser.read("/appeals")
        assert "Nobody is waiting." in await browser.read("/handoffs")

    site.visit(walk, by=lonely)


def _make_lonely(session: Session) -> object:
    project = Project(code="Z", name="Empty", timezone="UTC", language="en")
    session.add(project)
    session.flush()
    member = make_staff(session, project, "Lone Wolf", "operator")
    for role in member.roles:
        session.delete(role)
    session.flush()
    give_passwords(session)
    session.refresh(member)
    return member
