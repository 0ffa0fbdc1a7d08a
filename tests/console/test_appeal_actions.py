"""The buttons of an appeal's page: each does its step, or says why not and keeps what was typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from ownerdesk.model import Appeal, AppealEvent, Message
from tests.console.conftest import Browser, Site
from tests.make import make_appeal


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


def _read(site: Site, appeal: Appeal) -> Appeal:
    with site.core.sessions() as session:
        return session.get_one(Appeal, appeal.id)


def _told(site: Site) -> list[str]:
    with site.core.sessions() as session:
        return list(session.scalars(select(Message.text).where(Message.direction == "out")))


def test_every_form_says_itself_what_its_answer_redraws(site: Site, appeal: Appeal) -> None:
    """News may take a form off the page while its request is under way; it then inherits nothing."""

    async def look(browser: Browser) -> None:
        page = await browser.read(f"/appeals/{appeal.id}")
        forms = re.findall(r"<form [^>]*hx-post[^>]*>", page)
        assert len(forms) >= 5
        for form in forms:
            whole = 'hx-target="#work" hx-select="#work" hx-swap="outerHTML"'
            assert whole in form or 'hx-target="#uploads" hx-swap="outerHTML"' in form

    site.visit(look, by=site.cast.mara)


def test_an_appeal_goes_from_accepted_to_resolved_by_its_buttons(
    site: Site, appeal: Appeal
) -> None:
    base, cast = f"/appeals/{appeal.id}", site.cast

    async def walk(browser: Browser) -> None:
        steps: list[tuple[str, dict[str, str], str]] = [
            ("accept", {}, "accepted"),
            ("dispatch", {"to": f"{cast.maintenance.id}:{cast.ike.id}"}, "dispatched"),
            ("set-out", {}, "dispatched"),
            ("arrive", {}, "in_progress"),
            ("resolve", {"resolution": "A new lamp was fitted.", "cause": "Age"}, "resolved"),
        ]
        for action, fields, state in steps:
            page = await browser.read(base)
            assert f'action="{base}/{action}"' in page, action
            response = await browser.post(f"{base}/{action}", **fields)
            assert (response.status, response.headers.get("Location")) == (303, base), action
            assert _read(site, appeal).state == state
        page = await browser.read(base)
        assert "A new lamp was fitted." in page
        assert "Dispatched to Maintenance, Ike T" in page
        assert f'action="{base}/accept"' not in page

    site.visit(walk, by=cast.mara)
    after = _read(site, appeal)
    assert (after.operator_id, after.responsible_id) == (cast.ike.id, cast.mara.id)
    assert any("A new lamp was fitted." in text for text in _told(site))


def test_the_second_to_accept_is_told_how_it_stands(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.boris)
        assert (await one.post(f"{base}/accept")).status == 303
        late = await two.post(f"{base}/accept")
        assert late.status == 409
        assert "the appeal is now “Accepted”" in await late.text()

    site.visit_together(walk)
    assert _read(site, appeal).responsible_id == site.cast.mara.id


def test_a_refused_resolution_keeps_what_was_typed(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        early = await browser.post(f"{base}/resolve", resolution="Done, I think")
        assert early.status == 409
        assert "not possible any more" in await early.text()
        await browser.post(f"{base}/accept")
        empty = await browser.post(f"{base}/resolve", resolution="   ")
        assert "Say what was done" in await empty.text()
        long = await browser.post(f"{base}/resolve", resolution="x" * 2001)
        page = await long.text()
        assert "at most 2000 characters" in page
        assert "x" * 2001 in page

    site.visit(walk, by=site.cast.mara)
    assert _read(site, appeal).state == "accepted"


def test_postponing_reads_the_date_in_the_projects_zone(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        for until, words in (
            ("", "Choose a date and a time."),
            ("tomorrow", "Choose a date and a time."),
            ("2026-11-18T12:59", "Choose a time in the future."),
        ):
            refused = await browser.post(f"{base}/defer", until=until, reason="Part on order")
            page = await refused.text()
            assert refused.status == 409
            assert words in page
            assert 'value="Part on order"' in page
        without = await browser.post(f"{base}/defer", until="2026-11-20T09:00", reason=" ")
        assert "Give a reason" in await without.text()
        assert (
            await browser.post(f"{base}/defer", until="2026-11-20T09:00", reason="Part on order")
        ).status == 303

    site.visit(walk, by=site.cast.mara)
    after = _read(site, appeal)
    assert after.deferred_until == datetime(2026, 11, 20, 8, 0, tzinfo=UTC), (
        "Madrid is an hour ahead"
    )
    assert after.state == "deferred"


def test_dispatching_needs_a_department_and_an_operator_of_it(site: Site, appeal: Appeal) -> None:
    base, cast = f"/appeals/{appeal.id}", site.cast

    async def walk(browser: Browser) -> None:
        for to in (
            "",
            "999999",
            f"{cast.accounts.id}:{cast.ike.id}",
            f"{cast.maintenance.id}:999999",
        ):
            refused = await browser.post(f"{base}/dispatch", to=to)
            assert refused.status == 409, to
            assert "Choose a department" in await refused.text()
        assert (await browser.post(f"{base}/dispatch", to="x:y")).status == 409
        assert (await browser.post(f"{base}/dispatch", to=str(cast.accounts.id))).status == 303

    site.visit(walk, by=cast.mara)
    after = _read(site, appeal)
    assert (after.department_id, after.operator_id) == (cast.accounts.id, None)


def test_a_correction_keeps_the_old_labels_with_the_new(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        bad = await browser.post(f"{base}/correct", nature="rubbish", category="lighting")
        assert bad.status == 409
        done = await browser.post(f"{base}/correct", nature="dissatisfaction", category="elevator")
        assert done.status == 303
        assert "Corrected: Help needed · Lighting became Complaint · Lift" in await browser.read(
            base
        )

    site.visit(walk, by=site.cast.mara)
    after = _read(site, appeal)
    assert (after.nature, after.category, after.severity) == (
        "dissatisfaction",
        "elevator",
        "major",
    )


def test_correcting_to_an_emergency_raises_the_alarm_and_every_page_shows_it(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        assert 'class="alarm"' not in await browser.read("/handoffs")
        done = await browser.post(
            f"{base}/correct", nature="emergency", category="elevator", kind="entrapment"
        )
        assert done.status == 303
        for path in ("/appeals", "/handoffs", base, "/password", "/calls"):
            page = await browser.read(path)
            assert 'class="alarm"' in page, path
            assert "Somebody trapped" in page
        await browser.post(f"{base}/accept")
        assert 'class="alarm"' not in await browser.read("/handoffs")

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        names = session.scalars(select(AppealEvent.name)).all()
        assert "alarm.raised" in names
    assert _read(site, appeal).severity == "emergency"


def test_a_note_stays_inside(site: Site, appeal: Appeal) -> None:
    base, before = f"/appeals/{appeal.id}", len(_told(site))

    async def walk(browser: Browser) -> None:
        empty = await browser.post(f"{base}/note", text="  ")
        assert "an empty note was not kept" in await empty.text()
        assert (await browser.post(f"{base}/note", text="Spare part in store 3")).status == 303
        assert "Spare part in store 3" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        notes = session.scalars(select(Message).where(Message.author == "note")).all()
        assert [(n.state, n.telegram_message_id) for n in notes] == [("noted", None)]
    assert len(_told(site)) == before + 1


def test_an_action_that_does_not_exist_is_not_found(site: Site, appeal: Appeal) -> None:
    async def walk(browser: Browser) -> None:
        assert (await browser.post(f"/appeals/{appeal.id}/explode")).status == 404
        reload = await browser.get(f"/appeals/{appeal.id}/accept")
        assert reload.headers["Location"] == f"/appeals/{appeal.id}"

    site.visit(walk, by=site.cast.mara)
