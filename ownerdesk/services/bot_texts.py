"""The texts of the bot: which there are, and the company's own in their place, from draft to service and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import yaml
from sqlalchemy.orm import Session

from ownerdesk.model import BotTextSet, StaffMember
from ownerdesk.queries.staff import check_right
from ownerdesk.queries.versions import Line, find_in_service, get_past
from ownerdesk.rules.access import Right
from ownerdesk.rules.bot_texts import Change, find_lacking, find_text_problem, list_changes
from ownerdesk.rules.fields import Problem, Unusable
from ownerdesk.rules.refusals import ChangedMeanwhile, NotFound, TextsLackLanguages
from ownerdesk.services import versions
from ownerdesk.services.content import CONTENT_DIR
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.voice import forget_own_texts, list_responses
from ownerdesk.texts import LANGUAGES, translator

SUBJECT = "bot_text"
RESPONSES = "responses"


class TextNotFound(NotFound):
    """The bot says no such text."""


@dataclass(frozen=True)
class OwnerText:
    """One text an owner can be told. `file` is where it is said, `responses` for what Rasa says itself; `originals`
    are its variations by language."""

    key: str
    file: str
    originals: Mapping[str, list[str]]

    @property
    def id(self) -> str:
        """Names it in addresses."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:12]


@cache
def list_owner_texts() -> list[OwnerText]:
    """All of them, in the order of the files that say them."""
    listed = yaml.safe_load((CONTENT_DIR / "owner_texts.yml").read_text(encoding="utf-8"))
    texts = [
        OwnerText(text, file, {language: [translator(language)(text)] for language in LANGUAGES})
        for file, keys in listed.items()
        for text in keys
    ]
    rasa = [OwnerText(name, RESPONSES, said) for name, said in list_responses().items()]
    return texts + rasa


def get_owner_text(text_id: str) -> OwnerText:
    """Raises TextNotFound."""
    found = next((text for text in list_owner_texts() if text.id == text_id), None)
    if found is None:
        raise TextNotFound
    return found


def begin_line(project_id: int | None) -> Line[BotTextSet]:
    """The versions of one project's texts, or (None) of those of all."""
    return Line(BotTextSet, SUBJECT, {"project_id": project_id})


def texts_of(one: BotTextSet | None) -> dict[str, dict[str, str]]:
    """What is said instead, by language and key."""
    return dict(one.texts) if one is not None else {}


def list_bodies(one: BotTextSet | None) -> dict[str, dict[str, str]]:
    """The same by key and language."""
    found: dict[str, dict[str, str]] = {}
    for language, texts in texts_of(one).items():
        for key, body in texts.items():
            found.setdefault(key, {})[language] = body
    return found


def save_text(
    session: Session,
    project_id: int | None,
    text: OwnerText,
    bodies: Mapping[str, str],
    *,
    seen: str = "",
    by: StaffMember,
    at: datetime,
) -> None:
    """Word a text in the draft, by language; a language left out or empty goes back to what is said otherwise. A draft
    begins as what is in service; one that differs in nothing is none. Raises NotAllowed, Unusable and
    ChangedMeanwhile."""
    _check_may_word(by, project_id)
    new = {lang: body.strip() for lang, body in bodies.items() if body.strip()}
    problems = _list_problems(text, new)
    if problems:
        raise Unusable(*problems)
    line = begin_line(project_id)

    def begin(current: BotTextSet | None) -> BotTextSet:
        texts = _still_said(texts_of(current))
        return BotTextSet(
            project_id=project_id, texts=texts, revision=0, made_by_id=by.id, made_at=at
        )

    draft = versions.open_draft(session, line, begin)
    before = list_bodies(draft).get(text.key, {})
    if seen and seen != version_of(before):
        raise ChangedMeanwhile
    if new != before:
        draft.texts = _worded(draft.texts, text.key, new)
        draft.revision += 1
    if not changes_of(draft, find_in_service(session, line)):
        session.delete(draft)
    session.flush()


def changes_of(after: BotTextSet | None, before: BotTextSet | None) -> list[Change]:
    """What would be said otherwise with the one than with the other."""
    return list_changes(texts_of(before), texts_of(after), LANGUAGES)


def lacking_in(draft: BotTextSet, current: BotTextSet | None) -> dict[str, list[str]]:
    """The texts that a draft changes and does not word in every language, with the languages that are missing."""
    keys = [change.key for change in changes_of(draft, current)]
    return find_lacking(texts_of(draft), keys, LANGUAGES)


def find_faults(draft: BotTextSet, current: BotTextSet | None) -> list[tuple[OwnerText, Problem]]:
    """What of the texts that a draft changes cannot be said: each was right when it was written, but the original may
    have changed since."""
    changed = {change.key for change in changes_of(draft, current)}
    bodies = list_bodies(draft)
    return [
        (text, problem)
        for text in list_owner_texts()
        if text.key in changed
        for problem in _list_problems(text, bodies.get(text.key, {}))
    ]


def put_into_service(
    session: Session,
    project_id: int | None,
    *,
    seen: str,
    reason: str = "",
    by: StaffMember,
    at: datetime,
) -> BotTextSet:
    """Owners hear the draft from the next message on. Each of its texts is checked once more: the original may have
    changed since. `seen` is the draft as the person saw it.

    Raises NotAllowed, VersionNotFound (somebody was quicker), ChangedMeanwhile, Unusable, and TextsLackLanguages for
    texts that are not worded in every language, unless a `reason` is given.
    """
    _check_may_word(by, project_id)
    line = begin_line(project_id)
    draft = versions.lock_draft(session, line, seen=seen)
    current = find_in_service(session, line)
    faults = find_faults(draft, current)
    if faults:
        raise Unusable(*(problem for _, problem in faults))
    lacking, reason = len(lacking_in(draft, current)), reason.strip()
    if lacking and not reason:
        raise TextsLackLanguages(lacking)
    why = reason if lacking else ""
    versions.put_into_service(session, line, draft, _describe, reason=why, by=by, at=at)
    forget_own_texts(session)
    return draft


def roll_back(
    session: Session,
    project_id: int | None,
    set_id: int | None,
    *,
    seen: int | None,
    by: StaffMember,
    at: datetime,
) -> BotTextSet:
    """Say what was said before, or (None) the originals alone, at once: it is a version of its own. `seen` is the set that
    the person saw in service. Raises NotAllowed, VersionNotFound, ChangedMeanwhile."""
    _check_may_word(by, project_id)
    line = begin_line(project_id)

    def again() -> BotTextSet:
        past = get_past(session, line, set_id) if set_id is not None else None
        texts = _still_said(texts_of(past))
        return BotTextSet(project_id=project_id, texts=texts, made_by_id=by.id, made_at=at)

    back = versions.put_back(session, line, again, _describe, seen=seen, by=by, at=at)
    forget_own_texts(session)
    return back


def discard_draft(
    session: Session, project_id: int | None, *, by: StaffMember, at: datetime
) -> None:
    """Raises NotAllowed, and VersionNotFound where there is none."""
    _check_may_word(by, project_id)
    versions.discard_draft(session, begin_line(project_id), _describe, by=by, at=at)


def _check_may_word(by: StaffMember, project_id: int | None) -> None:
    """What holds for all projects is the admins' to change."""
    check_right(by, project_id, Right.MANAGE_CONTENT)
    if project_id is None:
        check_right(by, None, Right.ADMINISTER)


def _list_problems(text: OwnerText, bodies: Mapping[str, str]) -> list[Problem]:
    found = [
        find_text_problem(f"body.{language}", text.originals[language][0], body)
        for language, body in bodies.items()
    ]
    return [problem for problem in found if problem is not None]


def _still_said(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Without those that the bot no longer says."""
    known = {text.key for text in list_owner_texts()}
    return {
        language: {key: body for key, body in said.items() if key in known}
        for language, said in texts.items()
    }


def _worded(
    texts: Mapping[str, Mapping[str, str]], key: str, bodies: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    new = {}
    for language in LANGUAGES:
        said = {k: body for k, body in texts.get(language, {}).items() if k != key}
        if language in bodies:
            said[key] = bodies[language]
        if said:
            new[language] = said
    return new


def _describe(
    before: BotTextSet | None, after: BotTextSet | None
) -> tuple[dict[str, str], dict[str, str]]:
    """The empty text stands for the original."""
    changes = changes_of(after, before)
    return (
        {f"{one.language}: {one.key}": one.before for one in changes},
        {f"{one.language}: {one.key}": one.after for one in changes},
    )
