"""The cookie that stands for a log-in, and whose it is."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy.orm import Session

from console.keys import Viewer
from console.places import is_loopback_host
from ownerdesk.bootstrap import Core
from ownerdesk.services import staff

COOKIE = "ownerdesk_session"
COOKIE_SECONDS = 30 * 24 * 3600  # the session row decides; the cookie must only outlive it


async def find_viewer_of(core: Core, token: str, *, prolong: bool) -> Viewer | None:
    """Who the cookie stands for; None once its session has ended."""
    return await core.transact(_find_viewer, token, core, prolong)


def _find_viewer(session: Session, token: str, core: Core, prolong: bool) -> Viewer | None:
    found = staff.find_session(session, token, at=core.clock(), prolong=prolong)
    if found is None:
        return None
    row, member = found
    return Viewer(
        staff_id=member.id,
        session_id=row.id,
        token=token,
        name=member.name,
        language=member.language,
        must_change_password=member.must_change_password,
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
