"""The cookie that stands for a log-in, whose it is, and the slow work of checking passwords."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiohttp import web
from sqlalchemy.orm import Session

from console.frames import Viewer, read_viewer
from console.keys import CORE
from console.places import is_loopback_host
from console.words import Words
from ownerdesk.bootstrap import Core
from ownerdesk.services.logins import LogIn

COOKIE = "ownerdesk_session"
COOKIE_SECONDS = 30 * 24 * 3600  # the session row decides; the cookie must only outlive it
SLOW_DOWN_SECONDS = 0.2  # for each failure so far
FLOOR_SECONDS = 0.3  # no refusal comes sooner, whatever had to be looked up for it
# Checking a password is made to be slow: more than this many at once would starve everybody else of threads.
LOGINS_AT_ONCE = 3
LOGIN_SLOTS = web.AppKey("login_slots", asyncio.Semaphore)


async def find_viewer_of(core: Core, token: str) -> Viewer | None:
    """Who the cookie stands for; None once its session has ended, which being used prolongs."""
    found = await core.transact(read_viewer, token, at=core.clock(), prolong=True)
    return found[0] if found is not None else None


async def guess(request: web.Request, check: Callable[[Session], LogIn | None]) -> LogIn | None:
    """Run one check of a password or a code. A wrong one is answered after a time that depends on nothing but how
    many there were: it must not say whether somebody has the address."""
    started = time.monotonic()
    async with request.app[LOGIN_SLOTS]:
        outcome = await request.app[CORE].transact(check)
    if outcome is not None and outcome.member is None:
        slowly = FLOOR_SECONDS + SLOW_DOWN_SECONDS * outcome.failures
        await asyncio.sleep(max(0.0, started + slowly - time.monotonic()))
    return outcome


def locked_words(words: Words, outcome: LogIn) -> str:
    """Until when nothing is tried; empty where the account is not locked."""
    if outcome.locked_until is None:
        return ""
    left = (outcome.locked_until - words.now).total_seconds()
    return words._("Too many wrong passwords. Try again in {time}.").format(
        time=words.span(left + 60)
    )


def set_cookie(request: web.Request, response: web.Response, name: str, value: str) -> None:
    """Out of scripts' reach, and over HTTPS only unless the address bar shows this machine."""
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=not is_loopback_host(request),
        path="/",
    )


def go_on(request: web.Request, outcome: LogIn, target: str) -> web.Response:
    """After a right password: in, or to the page that asks for the code."""
    location = f"/login/code?next={target}" if outcome.awaits_code else target
    response = web.Response(status=303, headers={"Location": location})
    set_cookie(request, response, COOKIE, outcome.token)
    return response
