"""The work list in the console: filters in the address, pages by key, saved views, and what is done to many at once."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AuditEntry, BulkAction, Message, SavedView
from tests.conftest import Clock
from tests.console.conftest import Browser, Site, give_passwords
from tests.make import Cast, make_appeal, make_cast, make_staff


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


@pytest.fixture
def neighbours(site: Site) -> Cast:
    cast = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)
    return cast


def links(page: str, name: str) -> list[str]:
    """Addresses of the links with this text."""
    found = re.findall(r'<a class="button small"[^>]*href="([^"]*)">([^<]*)</a>', page)
    return [html.unescape(href) for href, words in found if words == name]


def test_what_is_late_says_so_in_the_list_and_is_counted(
    site: Site, appeal: Appeal, clock: Clock
) -> None:
    async def walk(browser: Browser) -> None:
        page = await browser.read("/appeals")
        assert "due in 30 min" in page
        assert appeal.number not in await browser.read("/appeals?tab=overdue")
        clock.now = clock.now.replace(minute=50)
        late = await browser.read("/appeals?tab=overdue")
        assert appeal.number in late
        assert "overdue 20 min" in late

    site.visit(walk, by=site.cast.mara)


def test_an_empty_part_of_the_list_says_what_appears_there(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for tab in (
            "mine",
            "new",
            "soon",
            "overdue",
            "emergencies",
            "awaiting",
            "returned",
            "deferred",
            "open",
        ):
            page = await browser.read(f"/appeals?tab={tab}")
            said = re.search(r"Nothing here\.</p>\s*<p>([^<]+)</p>", page)
            assert said, tab
        filtered = await browser.read("/appeals?tab=overdue&nature=consultation")
        assert "Show it without filters" in filtered
        assert "No promise is late" not in filtered

    site.visit(walk, by=site.cast.mara)


def test_the_list_narrows_by_every_filter(site: Site, appeal: Appeal) -> None:
    def make_other(session: Session) -> Appeal:
        return make_appeal(session, site.cast, nature="consultation", category="property_fee")

    other = site.core.transact_now(make_other)
    cast = site.cast
    wanted = {
        "nature=help_seeking": True,
        "nature=consultation": False,
        "category=lighting": True,
        "category=pests": None,
        "severity=general&nature=help_seeking": True,
        "severity=major": None,
        f"project={cast.project.id}&category=lighting": True,
        f"department={cast.accounts.id}": False,
        f"building={cast.unit.building_id}&category=lighting": True,
        f"person={cast.mara.id}&category=lighting": True,
        f"person={cast.boris.id}": None,
        "language=zh": None,
        "age=over_week": None,
        "age=day&category=lighting": True,
        "rating=5": None,
        f"q={appeal.number}": True,
        "q=%25": None,
        "state=accepted": None,
        "tab=new&category=lighting": True,
        "tab=mine&category=lighting": True,
        "tab=awaiting": None,
        "tab=returned": None,
    }

    async def walk(browser: Browser) -> None:
        for query, is_first in wanted.items():
            page = await browser.read(f"/appeals?{query}")
            found = (f">{appeal.number}</a>" in page, f">{other.number}</a>" in page)
            assert (
                found == {True: (True, False), False: (False, True), None: (False, False)}[is_first]
            ), query

    site.visit(walk, by=cast.mara)


def test_the_list_goes_on_by_key_without_gaps(site: Site) -> None:
    def make_many(session: Session) -> list[str]:
        return [make_appeal(session, site.cast).number for _ in range(53)]

    numbers = site.core.transact_now(make_many)

    async def walk(browser: Browser) -> None:
        for order in ("newest", "due", "last", "severity", "oldest"):
            first = await browser.read(f"/appeals?order={order}")
            second = await browser.read(links(first, "Further")[0])
            pages = [{n for n in numbers if f">{n}</a>" in page} for page in (first, second)]
            assert (len(pages[0]), len(pages[1])) == (50, 3), order
            assert not pages[0] & pages[1]
            assert not links(first, "Back")
            assert not links(second, "Further")
            back = await browser.read(links(second, "Back")[0])
            assert {n for n in numbers if f">{n}</a>" in back} == pages[0]

    site.visit(walk, by=site.cast.mara)


def test_a_key_that_is_none_begins_at_the_beginning(site: Site, appeal: Appeal) -> None:
    async def walk(browser: Browser) -> None:
        for order in ("newest", "due", "last", "severity"):
            for key in ("x", "~", "never~x", "2026-01-01~5", "9" * 60, "%00~1"):
                page = await browser.read(f"/appeals?order={order}&after={key}")
                assert "Work list" in page, (order, key)

    site.visit(walk, by=site.cast.mara)


def test_a_page_that_heard_news_is_given_the_list_alone_and_one_row(
    site: Site, appeal: Appeal, neighbours: Cast
) -> None:
    theirs = site.core.transact_now(make_appeal, neighbours)

    async def walk(browser: Browser) -> None:
        headers = {"HX-Request": "true", "HX-Target": "list"}
        part = await (await browser.get("/appeals?tab=new", headers=headers)).text()
        assert f'data-row="{appeal.id}"' in part
        assert 'id="tabs"' in part
        assert "<html" not in part
        row = await browser.read(f"/appeals/{appeal.id}/row")
        assert row.count("<tr") == 1
        assert appeal.number in row
        assert (await browser.get(f"/appeals/{theirs.id}/row")).status == 404

    site.visit(walk, by=site.cast.mara)


def test_a_view_is_saved_found_again_and_forgotten(site: Site, appeal: Appeal) -> None:
    query = {"tab": "new", "category": "lighting", "order": "due"}

    async def walk(browser: Browser) -> None:
        saved = await browser.post("/saved-views", name="  Dark  stairs ", query=urlencode(query))
        assert saved.status == 303
        page = await browser.read(saved.headers["Location"])
        assert "Dark stairs</a>" in page
        refused = await browser.post("/saved-views", name=" ", query=urlencode(query))
        assert refused.status == 409
        assert "Write a name" in await refused.text()
        long = await browser.post("/saved-views", name="x" * 61, query="")
        assert long.status == 409
        again = {**query, "category": "pests", "evil": "<script>", "after": "7"}
        await browser.post("/saved-views", name="Dark stairs", query=urlencode(again))
        with site.core.sessions() as session:
            view = session.scalars(select(SavedView)).one()
            assert view.query == {**query, "category": "pests"}, "saved again it is replaced"
        assert (await browser.post(f"/saved-views/{view.id}/forget")).status == 303
        assert "Dark stairs" not in await browser.read("/appeals")

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(AuditEntry)).all() == [], "one's own is nobody's business"


def test_a_view_is_shared_by_who_manages_content_and_every_change_is_audited(
    site: Site, appeal: Appeal, neighbours: Cast
) -> None:
    project = str(site.cast.project.id)

    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        refused = await mara.post("/saved-views", name="Ours", query="tab=new", project=project)
        assert refused.status == 404
        other = str(neighbours.project.id)
        foreign = await boris.post("/saved-views", name="Ours", query="tab=new", project=other)
        assert foreign.status == 404
        saved = await boris.post("/saved-views", name="Ours", query="tab=new", project=project)
        assert saved.status == 303
        assert "Ours</a>" in await mara.read("/appeals")
        with site.core.sessions() as session:
            view = session.scalars(select(SavedView)).one()
        assert (await mara.post(f"/saved-views/{view.id}/forget")).status == 404
        assert (await boris.post(f"/saved-views/{view.id}/forget")).status == 303
        assert "Ours</a>" not in await mara.read("/appeals")

    site.visit_together(walk)
    with site.core.sessions() as session:
        changes = [(a.action, a.before, a.after) for a in session.scalars(select(AuditEntry))]
    shared = {"name": "Ours", "project_id": site.cast.project.id, "tab": "new"}
    assert changes == [("view.shared", None, shared), ("view.forgotten", shared, None)]


def test_own_views_and_those_of_other_projects_are_nobody_elses(
    site: Site, neighbours: Cast
) -> None:
    async def walk(mara: Browser, theirs: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await theirs.log_in(neighbours.boris)
        await mara.post("/saved-views", name="Private", query="tab=new")
        project = str(neighbours.project.id)
        await theirs.post("/saved-views", name="Elsewhere", query="tab=new", project=project)
        assert "Private</a>" not in await theirs.read("/appeals")
        assert "Elsewhere</a>" not in await mara.read("/appeals")
        with site.core.sessions() as session:
            view = session.scalars(select(SavedView).where(SavedView.name == "Private")).one()
        assert (await theirs.post(f"/saved-views/{view.id}/forget")).status == 404

    site.visit_together(walk)


def test_many_are_accepted_in_one_go_and_each_refusal_stands_beside_its_appeal(
    site: Site, neighbours: Cast
) -> None:
    def prepare(session: Session) -> list[Appeal]:
        found = [make_appeal(session, site.cast) for _ in range(3)]
        found[1].state = "accepted"
        return found

    ours = site.core.transact_now(prepare)
    theirs = site.core.transact_now(make_appeal, neighbours)
    ids = [a.id for a in ours]

    async def walk(browser: Browser) -> None:
        address = "/appeals/bulk?do=accept&" + "&".join(f"id={i}" for i in [*ids, theirs.id])
        page = await browser.read(address)
        assert "2 appeals can be changed. 1 is refused" in page
        assert "the appeal is now “Accepted”" in page
        assert theirs.number not in page
        with site.core.sessions() as session:
            states = session.scalars(select(Appeal.state).where(Appeal.id.in_(ids))).all()
            assert sorted(states) == ["accepted", "received", "received"], "looking changes nothing"
            told = session.scalars(select(Message.key).where(Message.key.like("accepted:%"))).all()
            assert told == []
        fields = {"do": "accept", "ids": ",".join(map(str, [*ids, theirs.id])), "step": "do"}
        done = await browser.post("/appeals/bulk", nonce="a1", **fields)
        assert done.status == 303
        result = await browser.read(done.headers["Location"])
        assert "Done for 2 appeals. 1 was refused." in result
        again = await browser.post("/appeals/bulk", nonce="a1", **fields)
        assert again.headers["Location"] == done.headers["Location"]

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        states = session.scalars(select(Appeal.state).where(Appeal.id.in_(ids))).all()
        assert states == ["accepted"] * 3
        assert session.get_one(Appeal, theirs.id).state == "received"
        assert len(session.scalars(select(BulkAction)).all()) == 1


def test_a_note_to_many_is_written_once_though_the_form_is_sent_twice_at_once(
    site: Site, appeal: Appeal
) -> None:
    async def walk(browser: Browser) -> None:
        import asyncio

        fields = {"do": "note", "ids": str(appeal.id), "text": "Look here", "step": "do"}
        one, two = await asyncio.gather(
            *(browser.post("/appeals/bulk", nonce="b2", **fields) for _ in range(2))
        )
        assert one.headers["Location"] == two.headers["Location"]

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        notes = select(Message.text).where(Message.author == "note")
        assert session.scalars(notes).all() == ["Look here"]


def test_what_an_action_needs_is_asked_for_before_it_is_tried(site: Site, appeal: Appeal) -> None:
    ids = str(appeal.id)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/appeals/bulk?do=dispatch&id={ids}")
        assert "can be changed" not in page
        assert "Maintenance" in page
        unfilled = await browser.post("/appeals/bulk", do="dispatch", ids=ids, step="do", nonce="c")
        assert "Fill in everything first" in await unfilled.text()
        to = str(site.cast.maintenance.id)
        tried = await browser.post("/appeals/bulk", do="dispatch", ids=ids, to=to, step="try")
        assert "1 appeal can be changed" in await tried.text()
        past = {"do": "defer", "ids": ids, "until": "2020-01-01T08:00", "reason": "Parts"}
        refused = await browser.post("/appeals/bulk", step="try", **past)
        assert "0 appeals can be changed" in await refused.text()
        odd = await browser.post("/appeals/bulk", step="do", **{**past, "until": "x", "nonce": "d"})
        assert "Choose a date and a time" in await browser.read(odd.headers["Location"])
        boris = str(site.cast.boris.id)
        asked = {"do": "hand-over", "ids": ids, "to": boris, "reason": "I leave", "nonce": "e"}
        done = await browser.post("/appeals/bulk", step="do", **asked)
        assert "Done for 1 appeal." in await browser.read(done.headers["Location"])
        sent = await browser.post(
            "/appeals/bulk", do="dispatch", ids=ids, to=to, step="do", nonce="f"
        )
        assert "Done for 1 appeal." in await browser.read(sent.headers["Location"])

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.get_one(Appeal, appeal.id).state == "dispatched"


def test_the_whole_filter_is_taken_up_to_the_limit(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.views.bulk_actions.MOST", 2)
    for category in ("lighting", "lighting", "lighting", "property_fee"):
        site.core.transact_now(make_appeal, site.cast, category=category)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/appeals/bulk?do=accept&whole=1&tab=open&category=lighting")
        assert "These are its first 2" in page
        assert "2 appeals can be changed" in page
        few = await browser.read("/appeals/bulk?do=accept&whole=1&category=property_fee")
        assert "The list is longer" not in few
        assert "1 appeal can be changed" in few
        none = await browser.read("/appeals/bulk?do=accept")
        assert "Choose appeals on the list first" in none

    site.visit(walk, by=site.cast.mara)


def test_nobody_does_in_bulk_what_they_may_not_do_singly(site: Site, appeal: Appeal) -> None:
    lena = site.core.transact_now(make_staff, site.cast.project, "Lena T", "agent")
    site.core.transact_now(give_passwords)

    async def walk(ike: Browser, other: Browser) -> None:
        await ike.log_in(site.cast.ike)
        page = await ike.read(f"/appeals/bulk?do=accept&id={appeal.id}")
        assert "0 appeals can be changed" in page
        fields = {"do": "accept", "ids": str(appeal.id), "step": "do"}
        done = await ike.post("/appeals/bulk", nonce="g", **fields)
        location = done.headers["Location"]
        assert "Done for 0 appeals. 1 was refused." in await ike.read(location)
        await other.log_in(lena)
        assert (await other.get(location)).status == 404, "the outcome is the asker's alone"
        for bad in ({"do": "close"}, {"do": "accept", "ids": "x"}, {}):
            assert (await ike.post("/appeals/bulk", **bad)).status == 404, bad
        assert (await ike.post("/appeals/bulk", nonce="", **fields)).status == 400

    site.visit_together(walk)
    with site.core.sessions() as session:
        assert session.get_one(Appeal, appeal.id).state == "received"
