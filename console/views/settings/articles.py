"""Knowledge articles: written in every language, tried with a question as an owner would ask it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from console.render import Desk
from console.views.settings.content import ContentPage, Entry, Wording, category_options
from console.views.settings.scope import Scope
from console.words import Words
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.model import Article, Project, StaffMember
from ownerdesk.queries.knowledge import GOOD_SCORE, find_articles
from ownerdesk.rules.fields import Field, Problem, Values
from ownerdesk.services import articles
from ownerdesk.services.knowledge import format_answer
from ownerdesk.texts import LANGUAGES

LONGEST_QUESTION = 500


class ArticleStore:
    """An article is kept in as many rows as it has languages."""

    fields: tuple[Field, ...] = articles.FIELDS

    def list(self, session: Session, project_id: int | None) -> Sequence[Entry]:
        return [self._entry(r, project_id) for r in articles.list_articles(session, project_id)]

    def get(self, session: Session, project_id: int | None, row_id: int) -> Entry:
        return self._entry(articles.get_article(session, project_id, row_id), project_id)

    def find_problems(
        self, session: Session, project_id: int | None, row_id: int | None, code: str,
        values: Values, *, by: StaffMember,
    ) -> Sequence[Problem]:  # fmt: skip
        rows = articles.get_article(session, project_id, row_id) if row_id is not None else []
        return articles.find_problems(session, project_id, code, rows, values)

    def _entry(self, rows: Sequence[Article], project_id: int | None) -> Entry:
        values = articles.values_of(rows)
        first = rows[0]
        return Entry(
            first.id, first.slug, values["titles"], values, first.project_id == project_id,
            aside=first.category,
        )  # fmt: skip

    def add(
        self, session: Session, project_id: int | None, code: str, values: Values, *,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        articles.add_article(session, project_id, code, values, encode=encode, by=by, at=at)

    def save(
        self, session: Session, project_id: int | None, row_id: int, values: Values, *, seen: str,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        articles.save_article(
            session, project_id, row_id, values, encode=encode, seen=seen, by=by, at=at
        )

    def offer(
        self, session: Session, project_id: int | None, row_id: int, *, is_offered: bool,
        by: StaffMember, at: datetime,
    ) -> None:  # fmt: skip
        change = {"is_offered": is_offered}
        articles.save_article(session, project_id, row_id, change, encode=encode, by=by, at=at)


def _word(_session: Session, words: Words, _scope: Scope) -> Wording:
    _ = words._
    return Wording(
        title=_("Knowledge articles"),
        lead=_("Questions of owners are answered from these; what has no good answer goes to a person."),
        add=_("New article"),
        code=_("Short name"),
        labels={
            "titles": _("Title"),
            "bodies": _("Text"),
            "keywords": _("Words owners search by"),
            "category": _("Category"),
        },
        hints={
            "bodies": _("{project} and {phone} are filled in."),
            "keywords": _("Separated by commas. They count as much as the title."),
        },
        options={"category": category_options(words)},
        switch_off=_("Unpublish"),
        switch_on=_("Publish"),
        off=_("not published"),
    )  # fmt: skip


def _try_it(
    session: Session, scope: Scope, desk: Desk, query: Mapping[str, str]
) -> Mapping[str, object]:
    """Which articles are found for a question, how good each is, and what the owner would read."""
    question = query.get("question", "").strip()[:LONGEST_QUESTION]
    language = query.get("language", "")
    language = language if language in LANGUAGES else desk.words.language
    tried: dict[str, object] = {"question": question, "try_language": language, "bar": GOOD_SCORE}
    if not question:
        return tried
    matches = find_articles(
        session, question, list(encode(question)), language=language, project_id=scope.project_id
    )
    best = matches[0] if matches and matches[0].is_good else None
    bubble = ""
    if best is not None:
        project = scope.project or Project(name="Birch Court", phone="+34 600 000 000")
        text = format_answer(best.article, project, "A-1042")
        bubble = Markup(text)  # noqa: S704 - what is filled in was escaped
    return {**tried, "matches": matches, "best": best, "bubble": bubble}


PAGE = ContentPage(
    "articles",
    ArticleStore(),
    _word,
    list_template="settings/articles.html",
    try_it=_try_it,
)
