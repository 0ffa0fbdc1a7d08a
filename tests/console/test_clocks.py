"""The clocks on an appeal's page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from ownerdesk.model import Apology, Appeal, Message, Remedy, RemedyGrant
from ownerdesk.services.sweep import sweep_promises
from tests.conftest import Clock
from tests.console.conftest import Browser, Site
from tests.make import NOON, make_appeal


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


def told(site: Site, prefix: str) -> list[str]:
    with site.core.sessions() as session:
        query = select(Message.text).where(Message.key.startswith(f"{prefix}:"))
        return list(session.scalars(query.order_by(Message.id)))


def test_any_other_time_is_written_out_and_kept_when_it_is_refused(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        other = {"kind": "arrival", "until": "other"}
        for at in ("2026-11-18T12:00", "2026-11-18T25:00", ""):
            refused = await browser.post(f"{base}/promise", **other, until_at=at)
            assert refused.status == 409, at
            page = await refused.text()
            assert proposed(page, "promise") == "other"
            assert f'name="until_at" value="{at}"' in page
        stale = await browser.post(f"{base}/promise", kind="arrival", until="2026-11-18T12:50")
        page = await stale.text()
        assert proposed(page, "promise") == "other", "a choice that time has taken away is shown"
        assert 'name="until_at" value="2026-11-18T12:50"' in page
        done = await browser.post(f"{base}/promise", **other, until_at="2026-11-20T11:10")
        assert done.status == 303

    site.visit(walk, by=site.cast.mara)
    assert told(site, "promise")[-1].endswith("11:10. — Mara T")


def test_a_time_is_promised_and_explained(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert "30 min from 13:00, round the clock." in page
        fields = {"kind": "arrival", "until": "2026-11-18T14:40", "words": "I will send Ike."}
        response = await browser.post(f"{base}/promise", **fields)
        assert response.status == 303
        assert "Somebody at the door" in await browser.read(base)
        for wrong in ({"until": "2026-11-18T12:00"}, {"until": "soon"}, {"kind": "acceptance"},
                      {"words": "It was our fault"}):  # fmt: skip
            refused = await browser.post(f"{base}/promise", **{**fields, **wrong})
            assert refused.status == 409, wrong
        assert "admits liability" in await refused.text()

    site.visit(walk, by=site.cast.mara)
    assert told(site, "promise") == ["T-1001: I will send Ike. By 14:40. — Mara T"]


def proposed(page: str, action: str) -> str:
    """The first of the times that a form offers, one of which is always chosen."""
    found = re.search(rf'action="[^"]*/{action}".*?name="until">(.*?)</select>', page, re.DOTALL)
    assert found is not None
    values = re.findall(r'<option value="(.*?)"( selected)?', found[1])
    assert sum(bool(selected) for _value, selected in values) == 1
    return next(value for value, selected in values if selected)


def test_the_form_proposes_a_time_that_can_be_promised_as_it_is(site: Site, appeal: Appeal) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/accept")
        page = await browser.read(base)
        promised = proposed(page, "promise")
        assert promised == "2026-11-18T14:00", "an hour from now, in the zone of the project"
        assert proposed(page, "defer") == "2026-11-19T09:00"
        response = await browser.post(f"{base}/promise", kind="arrival", until=promised, words="")
        assert response.status == 303

    site.visit(walk, by=site.cast.mara)


def test_the_owner_is_asked_once_and_the_page_shows_that_the_clock_stands_still(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        nonce = re.findall(r'action="[^"]*/ask".*?name="nonce" value="(\w+)"', page, re.DOTALL)[0]
        for _ in range(2):
            response = await browser.post(f"{base}/ask", question="Which lamp?", nonce=nonce)
            assert response.status == 303
        assert "stands still since" in await browser.read(base)

    site.visit(walk, by=site.cast.mara)
    assert len(told(site, "ask")) == 1


def test_the_drafted_apology_is_edited_and_sent_with_a_remedy(
    site: Site, appeal: Appeal, clock: Clock
) -> None:
    base, credit = f"/appeals/{appeal.id}", _remedy(site, "fee_credit")
    clock.now = NOON + timedelta(minutes=24)
    site.core.transact_now(sweep_promises, at=clock.now)

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert "Goes out by itself at 13:28" in page
        draft = re.findall(r'name="apology" value="(\d+)"', page)[0]
        fields = {"apology": draft, "words": "I am sorry.", "until": "2026-11-18T17:00",
                  "remedy": str(credit), "amount": "25"}  # fmt: skip
        refused = await browser.post(f"{base}/apologise", **fields)
        assert refused.status == 409
        assert "at most €20.00" in await refused.text()
        assert (await browser.post(f"{base}/apologise", **{**fields, "amount": "10"})).status == 303
        again = await browser.post(f"{base}/apologise", **fields)
        assert again.status == 409

    site.visit(walk, by=site.cast.boris)
    assert len(told(site, "slip")) == 1
    with site.core.sessions() as session:
        assert session.scalars(select(Apology.state)).all() == ["approved"]
        assert [g.amount for g in session.scalars(select(RemedyGrant))] == [10]


def test_a_remedy_is_given_once_by_one_form(site: Site, appeal: Appeal) -> None:
    base, call = f"/appeals/{appeal.id}", _remedy(site, "manager_call")

    async def walk(browser: Browser) -> None:
        for _ in range(2):
            fields = {"remedy": str(call), "amount": "1", "nonce": "abc"}
            assert (await browser.post(f"{base}/grant", **fields)).status == 303
        over = await browser.post(f"{base}/grant", remedy=str(call), amount="1", nonce="abd")
        assert over.status == 409

    site.visit(walk, by=site.cast.mara)
    assert len(told(site, "remedy")) == 1


def test_who_may_not_work_on_appeals_may_do_none_of_it(site: Site, appeal: Appeal) -> None:
    async def walk(browser: Browser) -> None:
        assert f'action="/appeals/{appeal.id}/promise"' not in await browser.read(
            f"/appeals/{appeal.id}"
        )
        for action in ("promise", "ask", "apologise", "grant"):
            assert (await browser.post(f"/appeals/{appeal.id}/{action}")).status == 404

    site.visit(walk, by=site.cast.ike)


def _remedy(site: Site, code: str) -> int:
    with site.core.sessions() as session:
        return session.scalars(select(Remedy.id).where(Remedy.code == code)).one()
