"""Logging in and out, what is refused, and how a session ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ownerdesk.model import LoginFailure, StaffMember, StaffSession
from ownerdesk.rules.refusals import AlreadyExists, WeakPassword
from ownerdesk.services import logins, staff
from tests.conftest import NOON, Clock
from tests.console.conftest import PASSWORD, Browser, Site


def test_somebody_with_the_right_password_gets_to_the_work_list(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.log_in(site.cast.mara)
        assert (response.status, response.headers["Location"]) == (303, "/appeals")
        cookie = response.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Work list" in await browser.read("/appeals")

    site.visit(walk)


def test_the_cookie_asks_for_https_off_loopback(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        form = {"email": site.cast.mara.email, "password": PASSWORD}
        near = await browser.http.post("/login", data=form, allow_redirects=False)
        far = await browser.http.post(
            "/login", data=form, headers={"Host": "desk.example.com"}, allow_redirects=False
        )
        assert "Secure" not in near.headers["Set-Cookie"]
        assert "Secure" in far.headers["Set-Cookie"]

    site.visit(walk)


def test_the_table_of_sessions_holds_no_token(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.log_in(site.cast.mara)
        token = response.cookies["ownerdesk_session"].value
        with site.core.sessions() as session:
            row = session.scalars(select(StaffSession)).one()
            assert row.token_hash != token
            assert token not in row.token_hash

    site.visit(walk)


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        wrong = await browser.log_in(site.cast.mara, "not the password")
        unknown = await browser.post("/login", email="nobody@example.com", password="x")
        assert wrong.status == unknown.status == 401
        first, second = await wrong.text(), await unknown.text()
        assert "E-mail or password is wrong." in first
        assert first.replace(site.cast.mara.email, "") == second.replace("nobody@example.com", "")

    site.visit(walk)


def test_five_wrong_passwords_lock_the_address_until_the_oldest_has_aged(
    site: Site, clock: Clock
) -> None:
    async def walk(browser: Browser) -> None:
        for _ in range(logins.MAX_FAILURES):
            assert (await browser.log_in(site.cast.mara, "wrong")).status == 401
        locked = await browser.log_in(site.cast.mara)
        assert locked.status == 429
        assert "Try again in 16 min" in await locked.text()
        assert (await browser.log_in(site.cast.boris)).status == 303, "others are not locked"
        clock.now = NOON + logins.FAILURE_WINDOW + timedelta(seconds=1)
        assert (await browser.log_in(site.cast.mara)).status == 303

    site.visit(walk)
    with site.core.sessions() as session:
        assert session.scalar(select(func.count()).select_from(LoginFailure)) == 0


def test_somebody_who_has_left_cannot_log_in_and_is_out_at_once(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        await browser.log_in(site.cast.mara)
        site.core.transact_now(_retire, site.cast.mara.id)
        assert (await browser.get("/appeals")).status == 303
        assert (await browser.log_in(site.cast.mara)).status == 401

    site.visit(walk)


def _retire(session: Session, staff_id: int) -> None:
    session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(is_active=False))


def test_a_page_without_log_in_leads_to_the_log_in_and_back(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.get("/appeals?tab=mine")
        assert response.headers["Location"] == "/login?next=%2Fappeals%3Ftab%3Dmine"
        back = await browser.post(
            "/login", email=site.cast.mara.email, password=PASSWORD, next="/appeals?tab=mine"
        )
        assert back.headers["Location"] == "/appeals?tab=mine"

    site.visit(walk)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", ""],
)
def test_a_log_in_never_leads_to_another_site(site: Site, target: str) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.post(
            "/login", email=site.cast.mara.email, password=PASSWORD, next=target
        )
        assert response.headers["Location"] == "/appeals"

    site.visit(walk)


def test_a_session_lives_while_it_is_used_and_ends_when_it_is_not(site: Site, clock: Clock) -> None:
    async def walk(browser: Browser) -> None:
        clock.now = NOON + logins.SESSION_LENGTH - timedelta(minutes=1)
        await browser.read("/appeals")
        clock.now += logins.SESSION_LENGTH - timedelta(minutes=1)
        await browser.read("/appeals")
        clock.now += logins.SESSION_LENGTH + timedelta(seconds=1)
        assert (await browser.get("/appeals")).headers["Location"].startswith("/login")
        page = {"HX-Current-URL": str(browser.http._base_url) + "appeals/7"}
        partly = await browser.get("/calls", headers={"HX-Request": "true", **page})
        assert partly.headers["HX-Redirect"] == "/login?next=%2Fappeals%2F7"

    site.visit(walk, by=site.cast.mara)


def test_a_page_that_refreshes_itself_does_not_keep_the_session_alive(
    site: Site, clock: Clock
) -> None:
    async def walk(browser: Browser) -> None:
        for _ in range(14):
            clock.now += timedelta(hours=1)
            last = await browser.get("/calls", headers={"HX-Request": "true"})
        assert last.headers["HX-Redirect"] == "/login"

    site.visit(walk, by=site.cast.mara)


def test_logging_out_ends_the_session_and_not_only_the_cookie(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.log_in(site.cast.mara)
        token = response.cookies["ownerdesk_session"].value
        assert (await browser.post("/logout")).headers["Location"] == "/login"
        again = await browser.get("/appeals", headers={"Cookie": f"ownerdesk_session={token}"})
        assert again.status == 303

    site.visit(walk)


def test_whoever_must_change_the_password_gets_nowhere_else_first(site: Site) -> None:
    def must_change(session: Session) -> None:
        session.execute(update(StaffMember).values(must_change_password=True))

    site.core.transact_now(must_change)

    async def walk(browser: Browser) -> None:
        assert (await browser.get("/appeals")).headers["Location"] == "/password"
        page = await browser.read("/password")
        assert "Choose a password of your own" in page
        same = await browser.post("/password", old=PASSWORD, new=PASSWORD, again=PASSWORD)
        short = await browser.post("/password", old=PASSWORD, new="short", again="short")
        differs = await browser.post("/password", old=PASSWORD, new="one new word", again="another")
        assert same.status == short.status == differs.status == 422
        assert "at least 12 characters" in await short.text()
        done = await browser.post(
            "/password", old=PASSWORD, new="my own secret", again="my own secret"
        )
        assert done.headers["Location"] == "/appeals"
        await browser.read("/appeals")

    site.visit(walk, by=site.cast.mara)


def test_a_new_password_ends_the_other_sessions_of_the_person(site: Site) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.mara)
        wrong = await one.post("/password", old="wrong", new="my own secret", again="my own secret")
        assert "The current password is wrong." in await wrong.text()
        await two.read("/appeals")
        await one.post("/password", old=PASSWORD, new="my own secret", again="my own secret")
        await one.read("/appeals")
        assert (await two.get("/appeals")).status == 303

    site.visit_together(walk)


def test_the_language_is_kept_with_the_person(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        response = await browser.post("/language", language="es", next="/appeals")
        assert response.headers["Location"] == "/appeals"
        assert (await browser.post("/language", language="xx")).status == 400

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.get_one(StaffMember, site.cast.mara.id).language == "es"


def test_an_admin_is_made_once_and_only_with_a_real_password(site: Site) -> None:
    def make(session: Session, email: str, password: str) -> int:
        return staff.create_admin(session, email=email, name="Ada", password=password, at=NOON).id

    with pytest.raises(WeakPassword):
        site.core.transact_now(make, "ada@example.com", "short")
    site.core.transact_now(make, "Ada@Example.com", "long enough for anybody")
    with pytest.raises(AlreadyExists):
        site.core.transact_now(make, "ada@example.com", "long enough for anybody")
