"""Accounts of staff: invitations, resets, the second step, locks, sessions, and what a manager may do for others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from console.devices import describe
from ownerdesk.model import (
    AccountLink,
    AuditEntry,
    LoginFailure,
    Notice,
    RecoveryCode,
    SecondStep,
    StaffMember,
    StaffSession,
)
from ownerdesk.rules.refusals import LinkOver, NotAllowed, WeakPassword
from ownerdesk.services import accounts, logins, second_steps
from ownerdesk.services.logins import Device
from tests.conftest import NOON, Clock
from tests.console.conftest import PASSWORD, Browser, Site, give_passwords
from tests.make import make_cast, make_staff

NEW = "three words in a row"


def get(session: Session, member: StaffMember) -> StaffMember:
    return session.get_one(StaffMember, member.id)


@pytest.fixture
def admin(site: Site) -> StaffMember:
    """Ada, of all projects."""
    return _add(site, None, "Ada Test", "admin")


@pytest.fixture
def manager(site: Site) -> StaffMember:
    """Pia, who runs the project and its staff."""
    return _add(site, site.cast, "Pia Test", "project_manager")


def _add(site: Site, cast: object, name: str, role: str) -> StaffMember:
    def make(session: Session) -> StaffMember:
        member = make_staff(session, site.cast.project if cast else None, name, role)
        give_passwords(session)
        return member

    return site.core.transact_now(make)


def _forget_password(session: Session, member: StaffMember) -> None:
    session.execute(
        update(StaffMember).where(StaffMember.id == member.id).values(password_hash=None)
    )


def _make_link(site: Site, member: StaffMember, by: StaffMember) -> str:
    return site.core.transact_now(
        lambda session: accounts.invite_staff(
            session, get(session, member), get(session, by), site.core.clock()
        )
    )


def _audited(site: Site) -> list[str]:
    with site.core.sessions() as session:
        return list(
            session.scalars(
                select(AuditEntry.action)
                .where(AuditEntry.action.startswith("account."))
                .order_by(AuditEntry.id)
            )
        )


def test_somebody_invited_sets_a_name_and_a_password_and_is_in(
    site: Site, manager: StaffMember
) -> None:
    mara = site.cast.mara
    site.core.transact_now(_forget_password, mara)

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(manager)
        assert "No access" in await one.read("/settings/accounts")
        page = await (await one.post(f"/settings/accounts/{mara.id}/invite")).text()
        link = re.search(r'value="http://[^/]+(/welcome/[^"]+)"', page)
        assert link is not None
        path = link[1]
        assert "Invited" in page
        assert path not in await one.read("/settings/accounts"), "it is shown once"

        welcome = await two.read(path)
        assert mara.email in welcome
        weak = await two.post(path, name="Mara Newname", new="password1234", again="password1234")
        assert weak.status == 422
        assert "everybody tries first" in await weak.text()
        differs = await two.post(path, name="Mara Newname", new=NEW, again="x")
        assert "Mara Newname" in await differs.text(), "what was typed is kept"
        done = await two.post(path, name="Mara Newname", new=NEW, again=NEW)
        assert (done.status, done.headers["Location"]) == (303, "/appeals")
        assert "Mara Newname" in await two.read("/appeals")
        again = await two.get(path)
        assert again.status == 404
        assert "does not work any more" in await again.text()

    site.visit_together(walk)
    assert _audited(site) == [
        "account.invite_link_made",
        "account.password_set",
        "account.link_used",
    ]
    with site.core.sessions() as session:
        token_hash = session.scalars(select(AccountLink.token_hash)).one()
        assert len(token_hash) == 64, "the table holds no token"


def test_a_link_ends_after_seven_days_when_replaced_or_when_cancelled(
    site: Site, manager: StaffMember, clock: Clock
) -> None:
    mara = site.cast.mara

    def is_open(token: str) -> bool:
        try:
            site.core.transact_now(accounts.get_member_of_link, token, at=clock.now)
        except LinkOver:
            return False
        return True

    first = _make_link(site, mara, manager)
    assert is_open(first)
    second = _make_link(site, mara, manager)
    assert (is_open(first), is_open(second)) == (False, True)
    clock.now = NOON + accounts.LINK_LENGTH + timedelta(seconds=1)
    assert not is_open(second)
    third = _make_link(site, mara, manager)
    site.core.transact_now(
        lambda s: accounts.cancel_links(s, get(s, mara), by=get(s, manager), at=clock.now)
    )
    assert not is_open(third)
    assert not is_open("made up")


def test_of_two_who_use_one_link_at_once_one_is_refused(site: Site, manager: StaffMember) -> None:
    token = _make_link(site, site.cast.mara, manager)

    def use(password: str) -> str:
        try:
            site.core.transact_now(
                accounts.use_link, token, name="Mara", password=password, at=NOON
            )
        except LinkOver:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, [NEW, f"{NEW} again"])) == ["done", "refused"]


def test_two_managers_at_once_leave_one_open_link(site: Site, manager: StaffMember) -> None:
    with ThreadPoolExecutor(2) as pool:
        tokens = list(pool.map(lambda _: _make_link(site, site.cast.mara, manager), range(2)))
    assert len(set(tokens)) == 2
    with site.core.sessions() as session:
        still_open = select(func.count()).where(AccountLink.cancelled_at.is_(None))
        assert session.scalar(still_open) == 1


def test_a_reset_ends_old_log_ins_and_its_person_hears_of_it(
    site: Site, manager: StaffMember
) -> None:
    mara = site.cast.mara

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(mara)
        token = _make_link(site, mara, manager)
        await one.read("/appeals")
        await two.post(f"/welcome/{token}", name="Mara", new=NEW, again=NEW)
        assert (await one.get("/appeals")).status == 303
        assert (await one.log_in(mara)).status == 401
        assert (await one.log_in(mara, NEW)).status == 303

    site.visit_together(walk)
    with site.core.sessions() as session:
        told = session.scalars(select(Notice.topic).where(Notice.staff_id == mara.id)).all()
        assert told == ["account.changed"]


def test_nobody_makes_a_link_for_somebody_with_more_rights_than_their_own(
    site: Site, manager: StaffMember, admin: StaffMember
) -> None:
    stranger = site.core.transact_now(make_cast, code="U", chat_id=7002).mara
    site.core.transact_now(give_passwords)

    def make(by: StaffMember, member: StaffMember) -> None:
        _make_link(site, member, by)

    make(manager, site.cast.boris)
    make(admin, manager)
    for by, member in (
        (manager, admin),
        (manager, stranger),
        (manager, manager),
        (site.cast.boris, site.cast.mara),
    ):
        with pytest.raises(NotAllowed):
            make(by, member)

    async def walk(browser: Browser) -> None:
        page = await browser.read("/settings/accounts")
        assert f"/settings/accounts/{admin.id}/invite" not in page
        assert stranger.email not in page
        for staff_id in (admin.id, stranger.id, 999999):
            assert (await browser.post(f"/settings/accounts/{staff_id}/invite")).status == 404

    site.visit(walk, by=manager)


def _set_up(site: Site, member: StaffMember) -> tuple[pyotp.TOTP, list[str]]:
    """A second step that is on, confirmed with the code of five minutes ago."""

    def work(session: Session) -> tuple[str, list[str]]:
        owner = get(session, member)
        secret = second_steps.begin(session, owner, at=NOON).secret
        at = NOON - timedelta(minutes=5)
        code = pyotp.TOTP(secret).at(at)
        return secret, second_steps.confirm(session, owner, code, at=at)

    secret, codes = site.core.transact_now(work)
    return pyotp.TOTP(secret), codes


def test_the_second_step_is_set_up_with_a_code_and_shows_ten_recovery_codes_once(
    site: Site,
) -> None:
    async def walk(browser: Browser) -> None:
        assert "It is off" in await browser.read("/account/second-step")
        await browser.post("/account/second-step/begin")
        page = await browser.read("/account/second-step")
        assert "data:image/svg+xml" in page
        with site.core.sessions() as session:
            step = session.scalars(select(SecondStep)).one()
            assert step.confirmed_at is None
        wrong = await browser.post("/account/second-step/confirm", code="000000")
        assert (wrong.status, "That code is wrong" in await wrong.text()) == (422, True)
        assert (await browser.log_in(site.cast.mara)).headers["Location"] == "/appeals"
        code = pyotp.TOTP(step.secret).at(NOON)
        done = await (await browser.post("/account/second-step/confirm", code=code)).text()
        codes = re.findall(r"<li>((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</li>", done)
        assert len(set(codes)) == second_steps.RECOVERY_CODES
        later = await browser.read("/account/second-step")
        assert "It is on" in later
        assert codes[0] not in later
        assert step.secret not in later.replace(" ", "")

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        hashes = session.scalars(select(RecoveryCode.code_hash)).all()
        assert all(len(code_hash) == 64 for code_hash in hashes)


def test_with_a_second_step_a_password_alone_opens_nothing(site: Site, clock: Clock) -> None:
    totp, _codes = _set_up(site, site.cast.mara)

    async def walk(one: Browser, two: Browser) -> None:
        half = await one.log_in(site.cast.mara)
        assert half.headers["Location"] == "/login/code?next=/appeals"
        assert (await one.get("/appeals")).headers["Location"].startswith("/login")
        assert "Second step" in await one.read("/login/code")
        assert (await one.post("/login/code", code="123")).status == 401
        code = totp.at(clock.now)
        done = await one.post("/login/code", code=code, next="/handoffs")
        assert done.headers["Location"] == "/handoffs"
        await one.read("/appeals")

        await two.log_in(site.cast.mara)
        assert (await two.post("/login/code", code=code)).status == 401, "a code counts once"
        clock.now += timedelta(seconds=30)
        assert (await two.post("/login/code", code=totp.at(clock.now))).status == 303

    site.visit_together(walk)


def test_a_clock_that_is_half_a_minute_off_is_forgiven_and_a_minute_is_not(
    site: Site, clock: Clock
) -> None:
    totp, _codes = _set_up(site, site.cast.mara)

    def use(offset: int) -> bool:
        at = clock.now + timedelta(seconds=offset)
        return site.core.transact_now(
            lambda s: second_steps.use_code(s, get(s, site.cast.mara), totp.at(at), at=clock.now)
        )

    assert [use(-60), use(-30), use(30), use(60)] == [False, True, True, False]
    assert not use(0), "a code from before the one used last is as old as one used"


def test_a_code_used_twice_at_once_counts_once(site: Site, clock: Clock) -> None:
    totp, codes = _set_up(site, site.cast.mara)
    for code in (totp.at(clock.now), codes[0]):

        def use(_: int, code: str = code) -> bool:
            return site.core.transact_now(
                lambda s: second_steps.use_code(s, get(s, site.cast.mara), code, at=clock.now)
            )

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(use, range(2))) == [False, True]


def test_a_recovery_code_opens_once_and_new_ones_end_the_old(site: Site, clock: Clock) -> None:
    _totp, codes = _set_up(site, site.cast.mara)

    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        assert (await one.post("/login/code", code=codes[0].upper())).status == 303
        await two.log_in(site.cast.mara)
        assert (await two.post("/login/code", code=codes[0])).status == 401
        assert "9 recovery codes are left" in await one.read("/account")
        page = await (await one.post("/account/second-step/codes")).text()
        assert codes[1] not in page
        assert (await two.post("/login/code", code=codes[1])).status == 401

    site.visit_together(walk)
    assert "account.recovery_code_used" in _audited(site)


def test_the_code_has_to_come_within_five_minutes(site: Site, clock: Clock) -> None:
    totp, _codes = _set_up(site, site.cast.mara)

    async def walk(browser: Browser) -> None:
        await browser.log_in(site.cast.mara)
        clock.now += logins.CODE_LENGTH + timedelta(seconds=1)
        late = await browser.post("/login/code", code=totp.at(clock.now))
        assert late.headers["Location"].startswith("/login?next=")

    site.visit(walk)


def test_wrong_codes_lock_and_a_right_password_between_them_does_not_help(site: Site) -> None:
    totp, _codes = _set_up(site, site.cast.mara)

    async def walk(browser: Browser) -> None:
        for _ in range(logins.MAX_FAILURES):
            assert (await browser.log_in(site.cast.mara)).status == 303
            assert (await browser.post("/login/code", code="abc")).status == 401
        assert (await browser.log_in(site.cast.mara)).status == 429
        assert (await browser.post("/login/code", code=totp.at(NOON))).status == 429

    site.visit(walk)


def test_a_lock_is_told_to_its_person_shown_to_managers_and_lifted_by_one(
    site: Site, manager: StaffMember
) -> None:
    mara = site.cast.mara

    async def walk(one: Browser, two: Browser) -> None:
        for _ in range(logins.MAX_FAILURES):
            await one.log_in(mara, "wrong")
        assert (await one.log_in(mara)).status == 429
        await two.log_in(manager)
        assert "Locked" in await two.read("/settings/accounts")
        await two.post(f"/settings/accounts/{mara.id}/unlock")
        assert (await one.log_in(mara)).status == 303

    site.visit_together(walk)
    with site.core.sessions() as session:
        told = session.scalars(select(Notice.topic).where(Notice.staff_id == mara.id)).all()
        assert told == ["account.locked"]
    assert _audited(site) == ["account.locked", "account.unlocked"]


def test_one_caller_who_tries_many_accounts_is_locked_and_others_are_not(site: Site) -> None:
    caller = Device(address="203.0.113.7")

    def guess(email: str, password: str, device: Device) -> logins.LogIn:
        return site.core.transact_now(
            logins.log_in, email=email, password=password, device=device, at=NOON
        )

    def fill(session: Session) -> None:
        session.add_all(
            LoginFailure(email=f"{n}@example.com", address=caller.address, at=NOON)
            for n in range(logins.MAX_FAILURES_OF_CALLER)
        )

    site.core.transact_now(fill)
    assert guess(site.cast.mara.email, PASSWORD, caller).locked_until is not None
    assert guess(site.cast.mara.email, PASSWORD, Device(address="203.0.113.8")).token


def test_many_guesses_at_once_are_counted_one_after_another(site: Site) -> None:
    def guess(_: int) -> bool:
        outcome = site.core.transact_now(
            logins.log_in, email=site.cast.mara.email, password="no", device=Device(), at=NOON
        )
        return outcome.locked_until is not None

    with ThreadPoolExecutor(4) as pool:
        locked = list(pool.map(guess, range(8)))
    assert locked.count(False) == logins.MAX_FAILURES


def test_sessions_are_listed_shortened_and_ended_one_by_one_or_all(site: Site) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(site.cast.mara)
        await two.log_in(site.cast.mara)
        await two.log_in(site.cast.mara)
        page = await one.read("/account")
        assert page.count("127.0.0.0/24") == 3
        await one.post("/account/end-others")
        await one.read("/account")
        assert (await two.get("/appeals")).status == 303
        with site.core.sessions() as session:
            own = session.scalars(select(StaffSession.id)).one()
        await two.log_in(site.cast.boris)
        await two.post("/account/end-session", session=str(own))
        await one.read("/account")  # nobody ends another's session
        await one.post("/account/end-session", session=str(own))
        assert (await one.get("/account")).status == 303

    site.visit_together(walk)
    assert _audited(site) == ["account.logged_out"] * 2


def test_a_browser_left_alone_must_prove_itself_before_the_second_step_changes(
    site: Site, clock: Clock
) -> None:
    async def walk(browser: Browser) -> None:
        clock.now += logins.PROOF_LENGTH
        asked = await browser.get("/account/second-step")
        assert asked.headers["Location"] == "/account/proof?next=/account/second-step"
        assert (await browser.post("/account/second-step/begin")).status == 303
        with site.core.sessions() as session:
            assert session.scalar(select(func.count()).select_from(SecondStep)) == 0
        wrong = await browser.post("/account/proof", proof="no", next="/account/second-step")
        assert wrong.status == 422
        right = await browser.post("/account/proof", proof=PASSWORD, next="/account/second-step")
        assert right.headers["Location"] == "/account/second-step"
        await browser.post("/account/second-step/begin")
        assert "data:image/svg+xml" in await browser.read("/account/second-step")

    site.visit(walk, by=site.cast.mara)


def test_a_role_that_needs_a_second_step_sets_it_up_before_anything_else(
    site: Site, admin: StaffMember
) -> None:
    async def walk(one: Browser, two: Browser) -> None:
        await one.log_in(admin)
        await two.log_in(site.cast.mara)
        await one.post("/settings/accounts/second-step", **{"role-agent": "yes"})
        assert (await two.get("/appeals")).headers["Location"] == "/account/second-step"
        assert "Your role asks for a second step" in await two.read("/account/second-step")
        await two.post("/account/second-step/begin")
        with site.core.sessions() as session:
            secret = session.scalars(select(SecondStep.secret)).one()
        await two.post("/account/second-step/confirm", code=pyotp.TOTP(secret).at(NOON))
        await two.read("/appeals")
        await one.read("/appeals")

    site.visit_together(walk)
    assert "account.second_step_demanded" in _audited(site)


def test_a_manager_takes_the_second_step_off_for_a_lost_phone(
    site: Site, manager: StaffMember
) -> None:
    _set_up(site, site.cast.mara)

    async def walk(browser: Browser) -> None:
        await browser.post(f"/settings/accounts/{site.cast.mara.id}/second-step-off")

    site.visit(walk, by=manager)

    async def log_in(browser: Browser) -> None:
        assert (await browser.log_in(site.cast.mara)).headers["Location"] == "/appeals"

    site.visit(log_in)
    assert _audited(site)[-1] == "account.second_step_off"


def test_the_old_password_is_a_guess_like_any_other(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for _ in range(logins.MAX_FAILURES):
            wrong = await browser.post("/password", old="no", new=NEW, again=NEW)
            assert "The current password is wrong." in await wrong.text()
        locked = await browser.post("/password", old=PASSWORD, new=NEW, again=NEW)
        assert "Too many wrong passwords" in await locked.text()

    site.visit(walk, by=site.cast.mara)


def test_a_theme_and_the_keys_are_kept_with_the_person(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        assert "data-theme" not in await browser.read("/appeals")
        saved = await browser.post("/account/looks", theme="dark")
        assert saved.headers["Location"] == "/account"
        page = await browser.read("/appeals")
        assert 'data-theme="dark"' in page
        assert 'data-uses-keys="no"' in page
        assert (await browser.post("/account/looks", theme="pink")).status == 409
        await browser.post("/logout")
        assert 'data-theme="dark"' in await browser.read("/login")

    site.visit(walk, by=site.cast.mara)


def test_nothing_secret_is_logged(
    site: Site, manager: StaffMember, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    # The product keeps no access log (console/app.py); the server of the tests does.
    caplog.set_level("CRITICAL", "aiohttp.access")
    totp, codes = _set_up(site, site.cast.mara)
    token = _make_link(site, site.cast.boris, manager)

    async def walk(browser: Browser) -> None:
        await browser.log_in(site.cast.mara)
        await browser.post("/login/code", code=codes[0])
        await browser.post(f"/welcome/{token}", name="B", new="short", again="short")

    site.visit(walk)
    for secret in (PASSWORD, totp.secret, codes[0], token, site.cast.mara.email):
        assert secret not in caplog.text


def test_a_weak_password_names_what_is_wrong_with_it(site: Site) -> None:
    async def walk(browser: Browser) -> None:
        for new, words in (
            ("Passw0rd2024!!", "everybody tries first"),
            ("qwertyuiop12", "everybody tries first"),
            ("abababababab", "row of keys"),
            ("somara.t@home", None),
        ):
            answer = await browser.post("/password", old=PASSWORD, new=new, again=new)
            if words:
                assert words in await answer.text(), new

    site.visit(walk, by=site.cast.mara)
    with pytest.raises(WeakPassword, match="name or address"):
        site.core.transact_now(
            lambda s: accounts.use_link(
                s, accounts.invite_staff(s, get(s, site.cast.ike), _chief(s), NOON),
                name="Isaac Wrenfield", password="in wrenfield's house", at=NOON,
            )
        )  # fmt: skip


def _chief(session: Session) -> StaffMember:
    return make_staff(session, None, "Chief Test", "admin")


@pytest.mark.parametrize(
    ("agent", "names"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", ("Firefox", "Linux")),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
            ("Safari", "iPhone"),
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", ("Edge", "Windows")),
        ("Python/3.11 aiohttp/3.14", ("", "")),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(agent: str, names: tuple[str, str]) -> None:
    assert describe(agent) == names
