"""Incidents in the console: rights, the buttons of each state, and the form of planned works."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Incident, Message
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import make_cast, make_staff
from tests.neighbours import make_neighbours, only_incident, report


def propose(site: Site) -> int:
    """Three homes without water."""

    def work(session: Session) -> int:
        for chat in make_neighbours(session, site.cast, 3):
            report(session, chat)
        return only_incident(session).id

    return site.core.transact_now(work)


def read_incident(site: Site, incident_id: int) -> Incident:
    return site.core.transact_now(lambda s: s.get_one(Incident, incident_id))


def count_messages(site: Site, pattern: str) -> int:
    found = select(Message.id).where(Message.key.like(pattern))
    return site.core.transact_now(lambda s: len(s.scalars(found).all()))


def nonce_of(page: str) -> str:
    found = re.search(r'name="nonce" value="(\w+)"', page)
    assert found, "the page has a form for news"
    return found[1]


def test_a_proposal_is_confirmed_promised_told_about_and_resolved(site: Site) -> None:
    incident_id = propose(site)
    base = f"/incidents/{incident_id}"

    async def walk(browser: Browser) -> None:
        assert "Water supply" in await browser.read("/incidents")
        answer = await browser.post(
            f"{base}/confirm", **{"title-en": "Burst pipe", "until": "2026-11-18T17:00"}
        )
        assert (answer.status, answer.headers["Location"]) == (303, base)
        page = await browser.read(base)
        assert "Burst pipe" in page
        news = {"text": "The pump is here.", "nonce": nonce_of(page)}
        for _ in range(2):
            await browser.post(f"{base}/update", **news)
        await browser.post(f"{base}/promise", until="2026-11-18T18:00", reason="a part")
        appeal_id = re.findall(r"/appeals/(\d+)", page)[0]
        assert base in await browser.read(f"/appeals/{appeal_id}")
        assert (await browser.post(f"{base}/resolve", resolution="New pump")).status == 303
        assert "Awaiting owners" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    incident = read_incident(site, incident_id)
    assert (incident.state, incident.confirmed_by_id) == ("resolved", site.cast.mara.id)
    assert count_messages(site, "incident:%:update:%") == 3
    assert count_messages(site, "incident:%:time:%") == 3
    assert count_messages(site, "solved?:%") == 3


def test_what_cannot_be_done_is_refused_with_words_and_what_was_typed(site: Site) -> None:
    incident_id = propose(site)
    base = f"/incidents/{incident_id}"

    async def walk(browser: Browser) -> None:
        late = await browser.post(f"{base}/confirm", until="2026-11-18T12:00")
        assert late.status == 409
        assert "Choose a time in the future." in await late.text()
        early = await browser.post(f"{base}/resolve", resolution="kept words")
        assert early.status == 409
        assert "somebody was quicker" in await early.text()
        await browser.post(f"{base}/dismiss")
        assert (await browser.post(f"{base}/dismiss")).status == 303, "pressed twice it is one"
        assert (await browser.post(f"{base}/confirm")).status == 409
        assert (await browser.post(f"{base}/explode")).status == 404
        assert (await browser.get(f"{base}/confirm")).headers["Location"] == base

    site.visit(walk, by=site.cast.mara)
    assert read_incident(site, incident_id).state == "dismissed"


def test_operators_may_look_and_other_projects_people_see_nothing(site: Site) -> None:
    incident_id = propose(site)
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    base = f"/incidents/{incident_id}"

    async def look(browser: Browser) -> None:
        assert "/confirm" not in await browser.read(base)
        assert "Plan works" not in await browser.read("/incidents")
        assert (await browser.post(f"{base}/confirm")).status == 404
        place = f"{site.cast.project.id}:"
        assert (await browser.post("/incidents", place=place)).status == 404

    async def stranger(browser: Browser) -> None:
        assert (await browser.get(base)).status == 404
        assert (await browser.post(f"{base}/dismiss")).status == 404
        assert base not in await browser.read("/incidents")

    site.visit(look, by=site.cast.ike)
    site.visit(stranger, by=other.mara)
    assert read_incident(site, incident_id).state == "proposed"


def test_works_are_planned_moved_and_called_off(site: Site) -> None:
    site.core.transact_now(make_neighbours, site.cast, 2)
    place = f"{site.cast.project.id}:{site.cast.unit.building_id}"
    fields = {
        "place": place, "category": "elevator", "title-en": "Lift inspection",
        "from": "2026-11-24T09:00", "until": "2026-11-24T12:00",
    }  # fmt: skip
    bases: list[str] = []

    async def walk(browser: Browser) -> None:
        wrong = await browser.post("/incidents", **{**fields, "until": "2026-11-24T08:00"})
        assert wrong.status == 409
        text = await wrong.text()
        assert "have to end after they begin" in text
        assert "Lift inspection" in text
        untitled = await browser.post("/incidents", **{**fields, "title-en": ""})
        assert "Give the works a title" in await untitled.text()
        assert (await browser.post("/incidents", **{**fields, "days": "99"})).status == 409
        assert (await browser.post("/incidents", **{**fields, "category": "magic"})).status == 409
        answer = await browser.post("/incidents", **fields)
        assert answer.status == 303
        base = answer.headers["Location"]
        bases.append(base)
        assert "Lift inspection" in await browser.read("/incidents")
        await browser.post(
            f"{base}/move", **{"from": "2026-11-25T09:00", "until": "2026-11-25T12:00"}
        )
        assert (await browser.post(f"{base}/dismiss")).status == 409
        assert (await browser.post(f"{base}/cancel")).status == 303
        assert "Called off" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    for cause in ("announced", "moved:%", "cancelled"):
        assert count_messages(site, f"incident:%:{cause}:%") == 3


def test_a_building_of_another_project_is_not_found(site: Site) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    place = f"{site.cast.project.id}:{other.unit.building_id}"

    async def walk(browser: Browser) -> None:
        for wrong in (place, f"{other.project.id}:", "999999:"):
            assert (await browser.post("/incidents", place=wrong)).status == 404
        assert (await browser.post("/incidents", place="x")).status == 409

    site.visit(walk, by=site.cast.mara)


def test_head_office_watches_and_changes_nothing(site: Site) -> None:
    incident_id = propose(site)
    office = site.core.transact_now(make_staff, None, "Hana T", "head_office")
    site.core.transact_now(give_passwords)

    async def walk(browser: Browser) -> None:
        assert "Water supply" in await browser.read(f"/incidents/{incident_id}")
        assert (await browser.post(f"/incidents/{incident_id}/confirm")).status == 404

    site.visit(walk, by=office)
    assert (
        site.core.transact_now(lambda s: s.scalars(select(Appeal.state)).all()) == ["received"] * 3
    )
