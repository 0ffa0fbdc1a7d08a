"""What happens around every request: security headers, errors in words, forged forms refused, log-in asked for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from console.auth import COOKIE, find_viewer_of
from console.frames import Viewer
from console.keys import CORE, FRAME, FRAMES, VIEWER
from console.places import MACHINE_PATHS, is_demo, is_public, is_refresh, login_location
from console.render import show_plain
from ownerdesk.rules.refusals import NotAllowed, NotFound

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """For every answer as it is about to leave. A page of the stand-in brings its own policy."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if not is_demo(request.path):
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")


@web.middleware
async def speak_of_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error is a page with one clear line; one that nobody foresaw is logged by its path."""
    try:
        return await handler(request)
    except (NotFound, NotAllowed):
        return _show_error(request, HTTPStatus.NOT_FOUND)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST or request.path in MACHINE_PATHS:
            raise
        return _show_error(request, HTTPStatus(error.status))
    except ConnectionResetError:
        raise  # the browser left; there is nobody to tell
    except Exception:
        route = request.match_info.route.resource
        name = route.canonical if route is not None else "no route"
        logger.exception("console: %s %s failed", request.method, name)
        return _show_error(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def _show_error(request: web.Request, status: HTTPStatus) -> web.Response:
    if request.path in MACHINE_PATHS:
        return web.Response(status=status, text=f"{status.phrase}\n")
    return show_plain(request, "error.html", {"status": int(status)}, status=status)


@web.middleware
async def refuse_forged_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A form of another site carries our cookies in some browsers; what it says of its origin gives it away.

    Without either header it is no browser of these years, and SameSite on the cookie has to do.
    """
    if request.method not in SAFE_METHODS and request.path != "/telegram/webhook":
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        is_forged = (
            site not in ("same-origin", "none")
            if site is not None
            else origin is not None and urlsplit(origin).netloc != request.host
        )
        if is_forged:
            logger.warning("console: a form from another site was refused")
            raise web.HTTPForbidden
    return await handler(request)


@web.middleware
async def ask_for_login(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who is it? Pages that are not public lead to the log-in and back; htmx is told to load it whole."""
    if (
        request.path in MACHINE_PATHS
        or request.path.startswith("/static/")
        or is_demo(request.path)
    ):
        return await handler(request)
    viewer = await _find_viewer(request)
    if viewer is not None:
        request[VIEWER] = viewer
    if is_public(request.path):
        return await handler(request)
    if viewer is None:
        return _lead_to(request, login_location(request))
    first = _what_comes_first(viewer)
    if first and not request.path.startswith((first, "/account/proof", "/logout")):
        return _lead_to(request, first)
    return await handler(request)


async def _find_viewer(request: web.Request) -> Viewer | None:
    """A page left open refreshes itself for ever: that must not keep its session alive, and is answered as of the latest
    news."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    if not is_refresh(request):
        return await find_viewer_of(request.app[CORE], token)
    sight = await request.app[FRAMES].find(token)
    if sight is None:
        return None
    request[FRAME] = sight.frame
    return sight.viewer


def _what_comes_first(viewer: Viewer) -> str:
    """The page that somebody has to be done with before any other opens; empty for most."""
    if viewer.must_change_password:
        return "/password"
    return "/account/second-step" if viewer.must_set_up_second_step else ""


def _lead_to(request: web.Request, location: str) -> web.Response:
    if request.headers.get("Accept") == "text/event-stream":
        # 204 tells an EventSource to stop asking; the page's next request leads to the log-in.
        return web.Response(status=HTTPStatus.NO_CONTENT)
    if is_refresh(request) and urlsplit(request.headers.get("HX-Current-URL", "")).path == location:
        # The page that has to be done is open: loading it again would take what is typed there.
        return web.Response(status=HTTPStatus.NO_CONTENT)
    if "HX-Request" in request.headers:
        return web.Response(headers={"HX-Redirect": location})
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})
