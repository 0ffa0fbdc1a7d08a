"""Reading what a phone or a test asked for: bodies and numbers, refused plainly when wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from demo.errors import Json, RefusedError


async def read_body(request: web.Request) -> Json:
    """The JSON object of a request; an empty one without a body."""
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError:
        raise RefusedError(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "the body must be an object")
    return body


def parse_number(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise RefusedError(400, f"{name} must be a number") from None


def read_number(values: Mapping[str, Any], name: str) -> int | None:
    """A number that may be absent."""
    value = values.get(name)
    return None if value in (None, "") else parse_number(value, name)
