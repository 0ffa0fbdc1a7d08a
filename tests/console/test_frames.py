"""What a page that refreshes itself begins with is kept, and never longer than it is true."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from console import frames
from console.keys import HUB
from ownerdesk.model import Project, StaffMember, StaffRole, StaffSession
from ownerdesk.model.accounts import SecondStepRole
from ownerdesk.services import logins
from tests.conftest import Clock
from tests.console.conftest import Browser, Site
from tests.make import NOON, make_appeal

REFRESH = {"HX-Request": "true"}
WAIT = 10


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The people whose frames were read."""
    found: list[int] = []

    def read(session: Session, staff_id: int) -> frames.Frame:
        found.append(staff_id)
        return read_frame(session, staff_id)

    read_frame = frames.read_frame
    monkeypatch.setattr(frames, "read_frame", read)
    return found


async def _hear_of_access(browser: Browser, change: Callable[[], None]) -> None:
    """Make a change and wait until the console has heard of it."""
    hub = browser.app[HUB]
    await asyncio.wait_for(hub.listening.wait(), WAIT)
    before = hub.access_id
    await asyncio.to_thread(change)
    await _until(lambda: hub.access_id != before)


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(WAIT * 100):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def _settle(browser: Browser, readings: list[int]) -> None:
    """Refresh until what the page begins with is kept: the news of the log-in itself may come late."""
    for _ in range(20):
        before = len(readings)
        await _refresh(browser)
        if readings and len(readings) == before:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("it is read with every refresh")


async def _refresh(browser: Browser, path: str = "/calls") -> tuple[int, str, str]:
    response = await browser.get(path, headers=REFRESH)
    return response.status, response.headers.get("HX-Redirect", ""), await response.text()


def test_what_a_page_begins_with_is_read_once_for_many_refreshes(
    site: Site, readings: list[int]
) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)

    async def walk(browser: Browser) -> None:
        await asyncio.wait_for(browser.app[HUB].listening.wait(), WAIT)
        await _settle(browser, readings)
        readings.clear()
        for path in ("/calls", f"/appeals/{appeal.id}/row", "/appeals", f"/appeals/{appeal.id}"):
            status, _, shown = await _refresh(browser, path)
            assert status == 200
            assert shown
        assert readings == []

    site.visit(walk, by=site.cast.mara)


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        pytest.param(
            lambda s, m: s.execute(delete(StaffRole).where(StaffRole.staff_id == m.id)),
            (404, ""),
            id="a role taken away",
        ),
        pytest.param(
            lambda s, m: s.execute(delete(StaffSession)), (200, "/login"), id="logged out elsewhere"
        ),
        pytest.param(
            lambda s, m: s.execute(update(StaffMember).values(is_active=False)),
            (200, "/login"),
            id="somebody who left",
        ),
        pytest.param(
            lambda s, m: s.execute(update(StaffMember).values(must_change_password=True)),
            (200, "/password"),
            id="a password given by somebody else",
        ),
        pytest.param(
            lambda s, m: s.add(SecondStepRole(role="agent", created_at=NOON)),
            (200, "/account/second-step"),
            id="a second step asked of the role",
        ),
    ],
)
def test_what_is_taken_away_is_taken_from_open_pages_at_once(
    site: Site, change: Callable[[Session, StaffMember], object], shows: tuple[int, str]
) -> None:
    appeal = site.core.transact_now(make_appeal, site.cast)
    row = f"/appeals/{appeal.id}/row"

    async def walk(browser: Browser) -> None:
        assert (await _refresh(browser, row))[:2] == (200, "")
        await _hear_of_access(
            browser, lambda: site.core.transact_now(lambda s: change(s, site.cast.mara))
        )
        status, location, _ = await _refresh(browser, row)
        assert (status, location.partition("?")[0]) == shows

    site.visit(walk, by=site.cast.mara)


def test_a_stream_of_news_ends_with_a_log_out_elsewhere(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        hub = browser.app[HUB]
        await asyncio.wait_for(hub.listening.wait(), WAIT)
        async with browser.http.get("/events", params={"after": hub.last_id}) as response:
            await response.content.readline()
            await site.core.transact(lambda s: s.execute(delete(StaffSession)))
            await asyncio.wait_for(response.content.read(), WAIT)
            assert response.content.at_eof()

    site.visit(walk, by=site.cast.mara)


def test_the_name_of_a_project_is_new_on_the_next_refresh(site: Site) -> None:
    other = update(Project).values(name="Larch Court")

    async def walk(browser: Browser) -> None:
        assert "Larch Court" not in (await _refresh(browser, "/figures"))[2]
        await _hear_of_access(browser, lambda: site.core.transact_now(lambda s: s.execute(other)))
        assert "Larch Court" in (await _refresh(browser, "/figures"))[2]

    site.visit(walk, by=site.cast.boris)


def test_what_changes_all_the_time_concerns_nobodys_access(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        hub = browser.app[HUB]
        await asyncio.wait_for(hub.listening.wait(), WAIT)
        before = hub.access_id
        await site.core.transact(make_appeal, site.cast)  # takes a number of its project
        await site.core.transact(lambda s: s.execute(text("update staff set last_seen_at = now()")))
        heard = hub.last_id
        await site.core.transact(make_appeal, site.cast)
        await _until(lambda: hub.last_id != heard)
        assert hub.access_id == before

    site.visit(walk, by=site.cast.mara)


def test_nothing_is_kept_past_the_log_in_its_age_or_while_nobody_listens(
    site: Site, readings: list[int], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def walk(browser: Browser) -> None:
        hub = browser.app[HUB]
        await asyncio.wait_for(hub.listening.wait(), WAIT)
        await _refresh(browser)
        hub.listening.clear()
        await _refresh(browser)
        assert len(readings) == 2
        hub.listening.set()
        monkeypatch.setattr(frames, "MAX_AGE_SECONDS", -1)
        await _refresh(browser)
        assert len(readings) == 3
        monkeypatch.setattr(frames, "MAX_AGE_SECONDS", 60)
        await _refresh(browser)
        clock.now += logins.SESSION_LENGTH + timedelta(seconds=1)
        assert (await _refresh(browser))[1] == "/login"

    site.visit(walk, by=site.cast.mara)
