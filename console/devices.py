"""Where somebody sits, as far as the request says: their network address, and the browser in words."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web

from ownerdesk.services.logins import Device

# The first that is named counts: browsers name their ancestors too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_of(request: web.Request) -> Device:
    return Device(user_agent=request.headers.get("User-Agent", ""), address=client_address(request))


def client_address(request: web.Request) -> str:
    """The address of the browser. A proxy of our own, in a private network, says whom it speaks for in the last
    entry it adds; what a caller from elsewhere says of itself is not believed."""
    peer = request.remote or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        is_ours = ip_address(peer).is_private
    except ValueError:
        return ""
    return forwarded if forwarded and is_ours else peer


def describe(user_agent: str) -> tuple[str, str]:
    """Browser and system by the names people know them by; empty where nothing is known."""
    return _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
