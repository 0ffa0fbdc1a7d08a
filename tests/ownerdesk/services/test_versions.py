"""Two who put a draft into service, or roll back, at once: on connections of their own, it is done once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import AuditEntry, StaffMember
from ownerdesk.queries.emergency_phrases import find_phrases_in_service
from ownerdesk.queries.versions import find_draft, find_in_service
from ownerdesk.rules.emergency_phrases import in_service
from ownerdesk.rules.emergency_phrases.lexicon import Phrase
from ownerdesk.rules.emergency_phrases.trials import Labelled
from ownerdesk.services import bot_texts, emergency_phrases
from ownerdesk.settings import Settings
from tests.conftest import Clock
from tests.make import NOON, make_cast, make_staff
from tests.ownerdesk.services.test_races import at_once

TESTS = [Labelled("t", "1", "There is dragon breath in the kitchen", "en", is_danger=True)]


@pytest.fixture
def core(settings: Settings, clock: Clock) -> Iterator[Core]:
    core = Core(settings, clock=clock)
    yield core
    core.close()


@pytest.fixture
def admins(core: Core) -> list[int]:
    core.transact_now(make_cast)
    return [
        core.transact_now(lambda s, n=name: make_staff(s, None, n, "admin").id)
        for name in ("Root", "Ruth")
    ]


def press(core: Core, staff: list[int], work: Callable[[Session, StaffMember], Any]) -> list[str]:
    """What came of it for each, in no order."""
    results = at_once(
        core, *(lambda s, one=one: work(s, s.get_one(StaffMember, one)) for one in staff)
    )
    return sorted(type(r).__name__ if isinstance(r, Exception) else "done" for r in results)


def count(core: Core, action: str) -> int:
    query = select(func.count()).where(AuditEntry.action == action)
    return core.transact_now(lambda s: s.scalar(query) or 0)


def test_phrases(core: Core, admins: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_service, "_now", None)

    def write(session: Session) -> str:
        root = session.get_one(StaffMember, admins[0])
        phrase = Phrase("en", "on_fire", "dragon breath")
        draft = emergency_phrases.add_phrase(session, phrase, TESTS, by=root, at=NOON)
        emergency_phrases.try_draft(session, TESTS, by=root, at=NOON)
        return draft.seen_as

    seen = core.transact_now(write)

    def put(session: Session, by: StaffMember) -> None:
        emergency_phrases.put_into_service(session, TESTS, seen=seen, by=by, at=NOON)

    assert press(core, admins, put) == ["VersionNotFound", "done"]
    current = core.transact_now(find_phrases_in_service)
    assert current is not None

    def back(session: Session, by: StaffMember) -> None:
        emergency_phrases.roll_back(session, None, seen=current.id, by=by, at=NOON)

    assert press(core, admins, back) == ["ChangedMeanwhile", "done"]
    assert count(core, "emergency_phrases.put") == count(core, "emergency_phrases.rolled_back") == 1


def test_texts(core: Core, admins: list[int]) -> None:
    line = bot_texts.begin_line(None)
    text = next(one for one in bot_texts.list_owner_texts() if one.key == "Correct this")
    words = {"en": "Wrong", "es": "Mal", "zh": "错了"}

    def word(session: Session, by: StaffMember) -> None:
        bot_texts.save_text(session, None, text, words, seen="", by=by, at=NOON)

    assert press(core, admins, word) == ["done", "done"], "the same words in one draft"
    draft = core.transact_now(find_draft, line)
    assert draft is not None

    def put(session: Session, by: StaffMember) -> None:
        bot_texts.put_into_service(session, None, seen=draft.seen_as, by=by, at=NOON)

    assert press(core, admins, put) == ["VersionNotFound", "done"]
    current = core.transact_now(find_in_service, line)
    assert current is not None

    def back(session: Session, by: StaffMember) -> None:
        bot_texts.roll_back(session, None, None, seen=current.id, by=by, at=NOON)

    assert press(core, admins, back) == ["ChangedMeanwhile", "done"]
    assert count(core, "bot_text.put") == count(core, "bot_text.rolled_back") == 1
