"""The pages on which content is listed, added, worded and switched off: one frame for every kind of it.

A kind says what it is called and which fields it has (`Wording`); how its rows are read and written is its `Store`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy.orm import Session

from console import acting
from console.forms import Form, path_id
from console.problems import list_problems, version_in_form
from console.render import Desk, show
from console.views.settings.scope import Scope, open_scope, read_scope, wanted_scope
from console.words import Words
from ownerdesk.model import StaffMember
from ownerdesk.queries.content import list_content
from ownerdesk.rules.access import Right
from ownerdesk.rules.fields import (
    CategoryChoice,
    CategoryChoices,
    Choice,
    Choices,
    Field,
    Limits,
    Line,
    Lists,
    Problem,
    Texts,
    Unusable,
    Values,
    parse_code,
    read_fields,
    refuse,
    show_fields,
)
from ownerdesk.rules.gaps import fill_gaps
from ownerdesk.rules.refusals import Refusal
from ownerdesk.services import content_edits
from ownerdesk.services.content_kinds import Kind


@dataclass(frozen=True)
class Entry:
    """One row of a list, and what the form of it begins with. `row_id` is any row it is kept in; `is_own` tells the
    project's own from what all have."""

    row_id: int
    code: str
    names: Mapping[str, Any]
    values: Values
    is_own: bool
    aside: str = ""

    @property
    def is_offered(self) -> bool:
        return bool(self.values["is_offered"])

    @property
    def languages(self) -> list[str]:
        """Those it is said in, by its longest texts."""
        said = self.values.get("bodies") or self.values.get("steps") or self.names
        return [language for language in said if said[language]]


class Store(Protocol):
    """How the rows of a kind are read and written."""

    @property
    def fields(self) -> tuple[Field, ...]: ...

    def list(self, session: Session, project_id: int | None) -> Sequence[Entry]: ...

    def get(self, session: Session, project_id: int | None, row_id: int) -> Entry: ...

    def find_problems(
        self, session: Session, project_id: int | None, row_id: int | None, code: str,
        values: Values, *, by: StaffMember,
    ) -> Sequence[Problem]:  # fmt: skip
        """What cannot be kept though it was typed rightly; without `row_id` it is something new."""

    def add(
        self, session: Session, project_id: int | None, code: str, values: Values, *,
        by: StaffMember, at: datetime,
    ) -> None: ...  # fmt: skip

    def save(
        self, session: Session, project_id: int | None, row_id: int, values: Values, *, seen: str,
        by: StaffMember, at: datetime,
    ) -> None: ...  # fmt: skip

    def offer(
        self, session: Session, project_id: int | None, row_id: int, *, is_offered: bool,
        by: StaffMember, at: datetime,
    ) -> None: ...  # fmt: skip


@dataclass(frozen=True)
class RowStore:
    """Content of which every entry is one row of a table."""

    kind: Kind

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.kind.fields

    def list(self, session: Session, project_id: int | None) -> Sequence[Entry]:
        rows = list_content(session, self.kind.model, self.kind.code, project_id)
        return [self._entry(row, project_id) for row in rows]

    def get(self, session: Session, project_id: int | None, row_id: int) -> Entry:
        row = content_edits.get_content(session, self.kind, project_id, row_id)
        return self._entry(row, project_id)

    def _entry(self, row: Any, project_id: int | None) -> Entry:
        return Entry(
            row.id, getattr(row, self.kind.code), getattr(row, "names", {}),
            content_edits.values_of(self.kind, row), row.project_id == project_id,
        )  # fmt: skip

    def find_problems(
        self, session: Session, project_id: int | None, row_id: int | None, code: str,
        values: Values, *, by: StaffMember,
    ) -> Sequence[Problem]:  # fmt: skip
        row = None
        if row_id is not None:
            row = content_edits.get_content(session, self.kind, project_id, row_id)
        return content_edits.find_problems(session, self.kind, project_id, code, row, values, by=by)

    def add(
        self, session: Session, project_id: int | None, code: str, values: Values, *,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        content_edits.add_content(session, self.kind, project_id, code, values, by=by, at=at)

    def save(
        self, session: Session, project_id: int | None, row_id: int, values: Values, *, seen: str,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        content_edits.save_content(
            session, self.kind, project_id, row_id, values, seen=seen, by=by, at=at
        )

    def offer(
        self, session: Session, project_id: int | None, row_id: int, *, is_offered: bool,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        content_edits.offer_content(
            session, self.kind, project_id, row_id, is_offered=is_offered, by=by, at=at
        )


@dataclass(frozen=True)
class Wording:
    """What a kind is called on its pages. `labels` and `hints` are by the names of the fields; `options` are the
    choices of those that have any; `code_options` the codes to choose from, where they are not free."""

    title: str
    lead: str
    add: str
    code: str
    labels: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    code_options: Sequence[tuple[str, str]] = ()
    switch_off: str = ""
    switch_on: str = ""
    off: str = ""


class TryIt(Protocol):
    """What an owner would be answered: read for the page from what was typed."""

    def __call__(
        self, session: Session, scope: Scope, desk: Desk, query: Mapping[str, str]
    ) -> Mapping[str, object]: ...


@dataclass(frozen=True)
class ContentPage:
    """One kind of content as pages: where they are, who may, and in which words."""

    path: str
    store: Store
    word: Callable[[Session, Words, Scope], Wording]
    right: Right = Right.MANAGE_CONTENT
    name: Callable[[Entry, Words], str] = lambda entry, words: words.pick(dict(entry.names))
    example: Mapping[str, str] = field(default_factory=dict)
    template: str = "settings/content_entry.html"
    list_template: str = "settings/content.html"
    try_it: TryIt | None = None

    @property
    def base(self) -> str:
        return f"/settings/{self.path}"

    async def show_list(self, request: web.Request) -> web.StreamResponse:
        def build(session: Session, desk: Desk) -> dict[str, object]:
            scope = open_scope(session, desk, wanted_scope(request), self.right)
            entries = self.store.list(session, scope.project_id)
            tried = self.try_it(session, scope, desk, request.query) if self.try_it else {}
            return {
                "scope": scope,
                "base": self.base,
                "here": self.base,
                "word": self.word(session, desk.words, scope),
                "entries": [(entry, self.name(entry, desk.words)) for entry in entries],
                **tried,
            }

        return await show(request, self.list_template, build)

    async def show_entry(self, request: web.Request) -> web.StreamResponse:
        return await self._entry(request)

    async def _entry(
        self, request: web.Request, *, refusal: Refusal | None = None, kept: Form | None = None
    ) -> web.Response:
        is_new = "id" not in request.match_info
        row_id = 0 if is_new else path_id(request)

        def build(session: Session, desk: Desk) -> dict[str, object]:
            wanted = (kept or {}).get("project") or wanted_scope(request)
            scope = open_scope(session, desk, wanted, self.right)
            entry = None if is_new else self.store.get(session, scope.project_id, row_id)
            values = entry.values if entry else {}
            stored = show_fields(self.store.fields, values)
            version = content_edits.version_of(values) if entry else ""
            return {
                "scope": scope,
                "base": self.base,
                "here": self.base,
                "word": self.word(session, desk.words, scope),
                "entry": entry,
                "name": self.name(entry, desk.words) if entry else "",
                "fields": [(self._kind_of(one), one) for one in self.store.fields],
                "typed": kept if kept is not None else stored,
                "seen": version_in_form(refusal, kept, version),
                "problems": list_problems(refusal, kept, stored, desk.words),
                "example": self.example,
                "filled": fill_gaps,
                "notice": desk.words.refusal(refusal) if refusal else "",
            }

        status = HTTPStatus.CONFLICT if refusal else HTTPStatus.OK
        return await show(request, self.template, build, status=status)

    @staticmethod
    def _kind_of(one: Field) -> str:
        """Which input of the page a field is typed in."""
        match one:
            case Texts():
                return "area" if one.is_long else "texts"
            case Lists():
                return "lines" if one.by == "\n" else "words"
            case Choice() | CategoryChoice():
                return "choice"
            case Choices() | CategoryChoices():
                return "choices"
            case Limits():
                return "limits"
            case Line():
                return "line"
            case _:
                return "number"

    async def add(self, request: web.Request) -> web.StreamResponse:
        def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
            project_id = read_scope(session, by, form.get("project", ""), self.right)
            problems: list[Problem] = []
            try:
                code = parse_code(form)
            except Unusable as refusal:
                code, problems = "", list(refusal.problems)
            values = self._parse(session, project_id, None, code, form, problems, by=by)
            self.store.add(session, project_id, code, values, by=by, at=at)
            return self._back_to(form)

        return await acting.act(request, work, self._entry)

    def _parse(
        self,
        session: Session,
        project_id: int | None,
        row_id: int | None,
        code: str,
        form: Form,
        problems: Sequence[Problem] = (),
        *,
        by: StaffMember,
    ) -> Values:
        """The values. Raises Unusable with every problem of the form, those known before too."""
        values, found = read_fields(self.store.fields, form)
        more = self.store.find_problems(session, project_id, row_id, code, values, by=by)
        refuse([*problems, *found, *more])
        return values

    async def save(self, request: web.Request) -> web.StreamResponse:
        row_id = path_id(request)

        def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
            project_id = read_scope(session, by, form.get("project", ""), self.right)
            entry = self.store.get(session, project_id, row_id)
            values = self._parse(session, project_id, row_id, entry.code, form, by=by)
            seen = form.get("seen", "")
            self.store.save(session, project_id, row_id, values, seen=seen, by=by, at=at)
            return self._back_to(form)

        return await acting.act(request, work, self._entry)

    async def offer(self, request: web.Request) -> web.StreamResponse:
        row_id = path_id(request)

        def work(session: Session, by: StaffMember, form: Form, at: datetime) -> str:
            project_id = read_scope(session, by, form.get("project", ""), self.right)
            is_offered = form.get("offered") == "yes"
            self.store.offer(session, project_id, row_id, is_offered=is_offered, by=by, at=at)
            return self._back_to(form)

        return await acting.act(request, work, self._entry)

    def _back_to(self, form: Form) -> str:
        return f"{self.base}?project={form['project']}"

    async def lead_back(self, request: web.Request) -> web.StreamResponse:
        """The address of a form, loaded again."""
        raise web.HTTPSeeOther(self.base)

    def add_routes(self, app: web.Application) -> None:
        router = app.router
        router.add_get(self.base, self.show_list)
        router.add_get(f"{self.base}/new", self.show_entry)
        router.add_post(f"{self.base}/new", self.add)
        router.add_get(f"{self.base}/{{id:\\d+}}", self.show_entry)
        router.add_post(f"{self.base}/{{id:\\d+}}", self.save)
        router.add_post(f"{self.base}/{{id:\\d+}}/offer", self.offer)
        router.add_get(f"{self.base}/{{id:\\d+}}/offer", self.lead_back)


def category_options(words: Words) -> list[tuple[str, str]]:
    return [(code, words.categories[code]) for code in words.all_categories.in_use]
