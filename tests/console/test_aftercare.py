"""Return visits, summaries and early warnings in the console: pressed, refused with words, and hidden from others."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, EarlyWarning, Message, ReturnVisit, Summary
from ownerdesk.services.closure import confirm_solved
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import NOON, Cast, make_appeal, make_cast


def close_major(session: Session, cast: Cast) -> Appeal:
    appeal = make_appeal(session, cast, category="elevator")
    accept_appeal(session, appeal, by=session.merge(cast.mara), at=NOON)
    resolve_appeal(session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    confirm_solved(session, appeal, at=NOON)
    return appeal


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(close_major, site.cast)


def read_visit(site: Site) -> ReturnVisit:
    with site.core.sessions() as session:
        return session.scalars(select(ReturnVisit)).one()


def test_a_visit_is_recorded_by_another_person_and_refused_to_whoever_did_the_work(
    site: Site, appeal: Appeal
) -> None:
    visit = read_visit(site)
    path = f"/return-visits/{visit.id}/result"

    async def refused(browser: Browser) -> None:
        response = await browser.post(path, result="satisfied", answer="Typed words")
        assert response.status == 409
        page = await response.text()
        assert "You took part in this work." in page
        assert "Typed words" in page
        assert (await browser.post(path, result="nonsense")).status == 409

    async def recorded(browser: Browser) -> None:
        page = await browser.read("/return-visits")
        assert appeal.number in page
        assert "Does it still work as it should" in page
        response = await browser.post(path, result="came_back", answer="It hums again")
        assert (response.status, response.headers["Location"]) == (303, "/return-visits")
        assert path not in await browser.read("/return-visits")
        page = await browser.read(f"/appeals/{appeal.id}")
        assert "It hums again" in page
        assert "it came back" in page

    site.visit(refused, by=site.cast.mara)
    assert read_visit(site).ended_at is None
    site.visit(recorded, by=site.cast.boris)
    assert read_visit(site).result == "came_back"
    with site.core.sessions() as session:
        assert session.get_one(Appeal, appeal.id).state == "accepted"


def test_a_summary_is_written_on_the_appeals_page_and_sent_when_ticked(
    site: Site, appeal: Appeal
) -> None:
    parts = {
        "cause": "A worn belt", "learnt": "Look sooner", "correction": "New belt", "prevention": "A plan",
    }  # fmt: skip
    path = f"/appeals/{appeal.id}/summary"

    async def walk(browser: Browser) -> None:
        assert "Closed, but not summed up" in await browser.read("/return-visits")
        response = await browser.post(path, **parts, send="yes")
        assert response.status == 409
        page = await response.text()
        assert "Write what the owner shall read" in page
        assert "A worn belt" in page
        response = await browser.post(path, **parts, for_owner="We look every month now.", send="y")
        assert response.status == 303
        page = await browser.read(f"/appeals/{appeal.id}")
        assert "A worn belt" in page
        assert "Summed up" in page
        assert "Every major appeal that was closed is summed up." in await browser.read(
            "/return-visits"
        )

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(Summary)).one().sent_at is not None
        told = session.scalars(select(Message.text).where(Message.key.startswith("summary:"))).one()
        assert "We look every month now." in told


def add_warning(session: Session, cast: Cast, appeal: Appeal) -> int:
    warning = EarlyWarning(
        project_id=cast.project.id, subject="project", subject_id=cast.project.id,
        cause="more_than_usual", evidence=[{"appeal": appeal.id}], key="k", raised_at=NOON,
        reason={"count": 9, "usual": 1.1, "from": NOON.isoformat()},
    )  # fmt: skip
    session.add(warning)
    session.flush()
    return warning.id


def test_a_warning_shows_its_reason_and_what_is_behind_it_and_takes_feedback(
    site: Site, appeal: Appeal
) -> None:
    warning_id = site.core.transact_now(add_warning, site.cast, appeal)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/early-warnings")
        assert "9 appeals in the hour from 13:00; about 1.1 are usual" in page
        assert f'href="/appeals/{appeal.id}"' in page
        path = f"/early-warnings/{warning_id}/feedback"
        assert (await browser.post(path, feedback="false_alarm")).status == 303

    site.visit(walk, by=site.cast.boris)
    with site.core.sessions() as session:
        warning = session.get_one(EarlyWarning, warning_id)
        assert (warning.feedback, warning.feedback_by_id) == ("false_alarm", site.cast.boris.id)


def test_people_without_the_right_and_of_other_projects_find_nothing(
    site: Site, appeal: Appeal
) -> None:
    warning_id = site.core.transact_now(add_warning, site.cast, appeal)
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    visit_id = read_visit(site).id

    async def stranger(browser: Browser) -> None:
        assert appeal.number not in await browser.read("/return-visits")
        assert "9 appeals" not in await browser.read("/early-warnings")
        for path, fields in (
            (f"/return-visits/{visit_id}/result", {"result": "satisfied"}),
            ("/return-visits/999/result", {"result": "satisfied"}),
            (f"/early-warnings/{warning_id}/feedback", {"feedback": "right"}),
            (f"/appeals/{appeal.id}/summary", {"cause": "x"}),
        ):
            assert (await browser.post(path, **fields)).status == 404, path

    async def agent(browser: Browser) -> None:
        path = f"/early-warnings/{warning_id}/feedback"
        assert (await browser.post(path, feedback="right")).status == 404
        assert "/early-warnings" not in await browser.read("/return-visits")

    async def operator(browser: Browser) -> None:
        page = await browser.read("/return-visits")
        assert f"/return-visits/{visit_id}/result" not in page
        path = f"/return-visits/{visit_id}/result"
        assert (await browser.post(path, result="satisfied")).status == 404

    site.visit(stranger, by=other.boris)
    site.visit(agent, by=site.cast.mara)
    site.visit(operator, by=site.cast.ike)
    assert read_visit(site).ended_at is None
