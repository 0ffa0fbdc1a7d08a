"""Forms, parsed at the border into typed values. What cannot be parsed is refused in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.orm import Session

from ownerdesk.model.labels import KINDS, NATURES
from ownerdesk.queries.categories import check_category
from ownerdesk.rules.refusals import InvalidField, Refusal

MAX_KEY = 100


class BadForm(Refusal):
    """A field holds what no page of ours sends, or something is not chosen. `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} cannot be used as given")
        self.field = field


Form = Mapping[str, str]


async def read_form(request: web.Request) -> dict[str, str]:
    """The text fields; the first of a name counts. NUL is dropped: PostgreSQL stores none."""
    form: dict[str, str] = {}
    for name, value in (await request.post()).items():
        if isinstance(value, str):
            form.setdefault(name, value.replace("\x00", "").replace("\r\n", "\n"))
    return form


def parse_id(text: str, field: str) -> int:
    """The id of a row. Raises BadForm."""
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise BadForm(field)
    return int(text)


def path_id(request: web.Request, name: str = "id") -> int:
    """An id in the path. One that cannot be any is not found."""
    try:
        return parse_id(request.match_info[name], name)
    except BadForm:
        raise web.HTTPNotFound from None


def parse_choice(form: Form, field: str, choices: tuple[str, ...]) -> str:
    value = form.get(field, "")
    if value not in choices:
        raise BadForm(field)
    return value


def parse_category(session: Session, form: Form, *, present: str | None = None) -> str:
    """One that may be chosen, or the one that is there at present."""
    try:
        return check_category(session, form.get("category", ""), present=present)
    except InvalidField:
        raise BadForm("category") from None


def parse_nonce(form: Form) -> str:
    """The key a form carries, so that the same form sent twice writes once."""
    nonce = form.get("nonce", "")
    if not nonce.isalnum() or not nonce.isascii() or len(nonce) > MAX_KEY:
        raise BadForm("nonce")
    return nonce


def parse_local_time(text: str, zone: str) -> datetime:
    """What a date-and-time field sends, as meant in the project's zone. Raises BadForm."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise BadForm("until") from None
    if local.tzinfo is not None:
        raise BadForm("until")
    return local.replace(tzinfo=ZoneInfo(zone))


@dataclass(frozen=True)
class Correction:
    """What the nature and the category should be; a kind only for an emergency."""

    nature: str
    category: str
    kind: str

    @classmethod
    def parse(cls, session: Session, form: Form, *, present: str) -> Correction:
        """`present` is the category the appeal has, which may have been retired since."""
        nature = parse_choice(form, "nature", NATURES)
        return cls(
            nature=nature,
            category=parse_category(session, form, present=present),
            kind=parse_choice(form, "kind", KINDS) if nature == "emergency" else "",
        )
