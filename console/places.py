"""Which addresses are loopback, which paths are public, and where a log-in leads back to."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from aiohttp import web

from console.keys import CORE
from ownerdesk.settings import LOOPBACK_HOSTS

# Everything else asks for a log-in, so that a forgotten route is closed and not open.
PUBLIC_PATHS = frozenset(
    {"/", "/login", "/login/code", "/language", "/healthz", "/metrics", "/telegram/webhook"}
)
PUBLIC_PREFIXES = ("/static/", "/demo/", "/welcome/")
MACHINE_PATHS = frozenset({"/healthz", "/metrics", "/telegram/webhook"})


def is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path == "/demo" or path.startswith(PUBLIC_PREFIXES)


def is_demo(path: str) -> bool:
    return path == "/demo" or path.startswith("/demo/")


def is_loopback_host(request: web.Request) -> bool:
    """Whether the browser's address bar shows this machine: cookies need no HTTPS then."""
    name = urlsplit(f"//{request.host}").hostname or ""
    return name in LOOPBACK_HOSTS


def is_from_this_machine(request: web.Request) -> bool:
    """Whether the client itself runs here. A proxy on this machine connects from here too, for anybody: it
    betrays itself by the host it was asked for or by what it forwards."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        is_near = ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
    return is_near and is_loopback_host(request)


def origin_of(request: web.Request) -> str:
    """The beginning of links to the console that people pass on."""
    return request.app[CORE].settings.public_url or f"{request.scheme}://{request.host}"


def is_refresh(request: web.Request) -> bool:
    """Whether a page asks by itself for what changed, or says by itself that it is open, with nobody's hand at it."""
    is_following = request.headers.get("Accept") == "text/event-stream"
    is_asking = request.method == "GET" and ("HX-Request" in request.headers or is_following)
    return is_asking or (request.method == "POST" and request.path.endswith("/presence"))


def login_location(request: web.Request) -> str:
    """The log-in page that leads back here; from a form or a part of a page, back to the page it stood on."""
    back = request.path_qs
    if is_refresh(request) or request.method not in ("GET", "HEAD"):
        referer = request.headers.get("Referer", "")
        shown: str = request.headers.get("HX-Current-URL", referer)
        page = urlsplit(shown)
        is_ours = page.netloc == request.host
        back = (page.path + (f"?{page.query}" if page.query else "")) if is_ours else "/"
    return "/login" if back == "/" else f"/login?next={quote(back, safe='')}"


def safe_next(target: str) -> str:
    """Where to go after the log-in: only a path of this site, never `//elsewhere` or `/\\elsewhere`."""
    parts = urlsplit(target)
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    has_control = any(ord(c) < 32 or c == "\\" for c in target)
    if not is_path or parts.scheme or parts.netloc or has_control:
        return "/appeals"
    return target
