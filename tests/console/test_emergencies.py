"""The page of emergencies: who was rung, neighbours, drills and plans, each for those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import (
    Appeal,
    Conversation,
    Drill,
    Message,
    NeighbourWarning,
    Owner,
    Residency,
    Unit,
)
from ownerdesk.queries.appeals import get_appeal
from ownerdesk.services.emergencies import check_alarm, raise_emergency
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import NOON, make_cast, make_conversation, make_message


def _raise(session: Session, site: Site) -> Appeal:
    cast = site.cast
    unit = Unit(building_id=cast.unit.building_id, entrance="2", floor=3, number="11")
    owner = Owner(name="Nelly Test", language="en")
    session.add_all([unit, owner])
    session.flush()
    session.add(Residency(owner_id=owner.id, unit_id=unit.id, role="owner"))
    make_conversation(session, chat_id=7050).owner_id = owner.id
    alma = session.get_one(Conversation, cast.conversation.id)
    message = make_message(session, alma, "Water everywhere!")
    return raise_emergency(session, alma, message, kind="flooding", found_by="rule", at=NOON)


def test_an_emergency_without_neighbours_at_risk_is_shown_to_those_who_work(site: Site) -> None:
    def hurt(session: Session) -> Appeal:
        alma = session.get_one(Conversation, site.cast.conversation.id)
        message = make_message(session, alma, "Somebody fell and does not move!")
        return raise_emergency(session, alma, message, kind="medical", found_by="rule", at=NOON)

    appeal = site.core.transact_now(hurt)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/emergencies")
        assert appeal.number in page
        assert "Warn the neighbours" not in page

    site.visit(walk, by=site.cast.mara)


@pytest.fixture
def emergency(site: Site) -> Appeal:
    return site.core.transact_now(_raise, site)


def _warning(site: Site) -> NeighbourWarning:
    with site.core.sessions() as session:
        return session.scalars(select(NeighbourWarning)).one()


def _told(site: Site, prefix: str) -> int:
    with site.core.sessions() as session:
        found = select(Message.id).where(Message.key.startswith(f"{prefix}:"))
        return len(session.scalars(found).all())


def test_the_page_shows_who_was_rung_how_often_and_the_facts_say_it_in_words(
    site: Site, emergency: Appeal
) -> None:
    def ring(session: Session) -> None:
        check_alarm(session, get_appeal(session, emergency.id), at=NOON + timedelta(minutes=1))

    site.core.transact_now(ring)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/emergencies")
        assert 'href="/emergencies" aria-current="page"' in page
        for part in (emergency.number, "Mara T", "2 times", "Warn the neighbours"):
            assert part in page
        facts = await browser.read(f"/appeals/{emergency.id}")
        assert "Alarmed: Mara T" in facts
        assert "Homes that may be at risk: 1" in facts

    site.visit(walk, by=site.cast.mara)


def test_the_page_names_whom_to_call_by_the_projects_own_numbers(
    site: Site, emergency: Appeal
) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/emergencies/{emergency.id}")
        assert f'href="tel:{site.cast.project.emergency_number}"' in page
        assert "{" not in page.partition("<dl>")[2].partition("</dl>")[0]

    site.visit(walk, by=site.cast.mara)


def test_neighbours_are_warned_once_and_told_when_it_is_over(site: Site, emergency: Appeal) -> None:
    base = f"/emergencies/{emergency.id}"

    async def walk(browser: Browser) -> None:
        for _ in range(2):
            assert (await browser.post(f"{base}/warn")).status == 303
        assert _told(site, "neighbours") == 1
        page = await browser.read("/emergencies")
        assert "neighbours warned: 1" in page
        late = await browser.post(f"{base}/warn-nobody")
        assert late.status == 409
        for _ in range(2):
            assert (await browser.post(f"{base}/all-clear")).status == 303
        assert _told(site, "neighbours.over") == 1
        assert f"{base}/all-clear" not in await browser.read("/emergencies")

    site.visit(walk, by=site.cast.mara)


def test_not_needed_is_kept_and_may_be_taken_back(site: Site, emergency: Appeal) -> None:
    base = f"/emergencies/{emergency.id}"

    async def walk(browser: Browser) -> None:
        assert (await browser.post(f"{base}/warn-nobody")).status == 303
        page = await browser.read("/emergencies")
        assert "The neighbours were not warned." in page
        assert f'action="{base}/warn"' in page
        assert _told(site, "neighbours") == 0

    site.visit(walk, by=site.cast.mara)


def test_the_second_to_accept_is_told_who_was_first(site: Site, emergency: Appeal) -> None:
    path = f"/emergencies/{emergency.id}/accept"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        assert (await one.post(path)).status == 303
        late = await two.post(path)
        assert late.status == 409
        assert "Mara T has taken it on already." in await late.text()

    site.visit_together(walk)


def test_what_is_another_projects_answers_like_what_does_not_exist(
    site: Site, emergency: Appeal
) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    base = f"/emergencies/{emergency.id}"

    async def walk(browser: Browser) -> None:
        assert (await browser.get(base)).status == 404
        for action in ("accept", "warn", "warn-nobody", "all-clear", "explode"):
            assert (await browser.post(f"{base}/{action}")).status == 404, action
            assert (await browser.post(f"/emergencies/999999/{action}")).status == 404, action
        assert emergency.number + "</a>" not in await browser.read("/emergencies")
        for path, fields in (
            ("drill", {"project": str(site.cast.project.id), "kind": "fire"}),
            ("drill", {"project": "999999", "kind": "fire"}),
            ("explode", {}),
        ):
            assert (await browser.post(f"/emergencies/{path}", **fields)).status == 404, path

    site.visit(walk, by=other.boris)
    assert _told(site, "neighbours") == 0


def test_a_manager_runs_a_drill_and_reads_what_is_wrong_an_agent_does_not(site: Site) -> None:
    project = str(site.cast.project.id)

    async def manage(browser: Browser) -> None:
        done = await browser.post("/emergencies/drill", project=project, kind="gas_leak")
        assert done.headers["Location"] == "/emergencies#drills"
        page = await browser.read("/emergencies")
        assert "0 min · Mara T · everybody on duty · console" in page
        assert "Nobody can be reached here now." in page
        bad = await browser.post("/emergencies/drill", project=project, kind="dragon")
        assert bad.status == 409

    async def answer(browser: Browser) -> None:
        page = await browser.read("/emergencies")
        assert "Run a drill" not in page
        refused = await browser.post("/emergencies/drill", project=project, kind="gas_leak")
        assert refused.status == 404

    site.visit(manage, by=site.cast.boris)
    site.visit(answer, by=site.cast.mara)
    with site.core.sessions() as session:
        assert [d.kind for d in session.scalars(select(Drill))] == ["gas_leak"]
        assert session.scalars(select(Message)).all() == []
