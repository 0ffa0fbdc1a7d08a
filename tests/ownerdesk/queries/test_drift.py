"""What is counted for a week, and the messages behind it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from ownerdesk.bootstrap import Core
from ownerdesk.model import Correction, Message
from ownerdesk.queries.drift import _first_id, list_behind, list_weeks
from ownerdesk.services.handoffs import request_handoff
from tests.conftest import NOON
from tests.make import Cast, make_appeal, make_cast, make_message, make_reading

MONDAY = date(2026, 11, 16)


@pytest.fixture
def at_work(rolled_back_core: Core) -> tuple[Session, Cast]:
    session = rolled_back_core.sessions()
    return session, make_cast(session)


def write(
    session: Session, cast: Cast, *, days: int = 0, language: str | None = "en", sure: float = 0.9,
    decision: str = "accept",
) -> Message:  # fmt: skip
    message = make_message(
        session, cast.conversation, "The lift is stuck", at=NOON - timedelta(days=days)
    )
    ranking = {"help_seeking": sure}
    message.reading = make_reading(
        language=language, decision=decision, ranking=ranking
    ).as_record()
    session.flush()
    return message


def test_each_week_and_language_counts_its_own(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    make_message(session, cast.conversation, "nobody has read this", at=NOON)
    write(session, cast, days=30)
    write(session, cast, days=3, language="es", sure=0.5)  # Sunday of the week before
    write(session, cast, sure=0.7, decision="clarify")
    write(session, cast, language=None)  # digits show no language: that of the conversation
    handed = write(session, cast)
    request_handoff(session, cast.conversation, reason="not_understood", message=handed, at=NOON)
    weeks = list_weeks(session, weeks=2, at=NOON)
    assert [(w.first, w.language, w.messages) for w in weeks] == [
        (MONDAY - timedelta(weeks=1), "es", 1), (MONDAY, "en", 3),
    ]  # fmt: skip
    before, this = weeks
    assert (before.handoffs, before.clarifications, before.value("confidence")) == (0, 0, 0.5)
    assert (this.handoffs, this.clarifications, this.corrections) == (1, 1, 0)
    assert this.confidence == pytest.approx(2.5)


def test_emergencies_and_strangers_are_no_handoffs_of_the_reader(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    message = write(session, cast)
    request_handoff(session, cast.conversation, reason="emergency", message=message, at=NOON)
    assert list_weeks(session, weeks=1, at=NOON)[0].handoffs == 0


def test_a_message_corrected_twice_counts_once_and_stands_behind_the_figure(
    at_work: tuple[Session, Cast],
) -> None:
    session, cast = at_work
    other, message = write(session, cast, sure=0.6), write(session, cast)
    appeal = make_appeal(session, cast)
    for _ in range(2):
        session.add(
            Correction(
                appeal_id=appeal.id, message_id=message.id, part=0, said={}, before={}, after={},
                staff_id=cast.mara.id, at=NOON,
            )
        )  # fmt: skip
    session.flush()
    assert list_weeks(session, weeks=1, at=NOON)[0].corrections == 1

    def behind(measure: str) -> list[int]:
        rows = list_behind(session, first=MONDAY, language="en", measure=measure)
        assert all(item_id is None for _, item_id in rows)
        return [found.id for found, _ in rows]

    assert behind("corrections") == [message.id]
    assert behind("confidence")[0] == other.id, "the least sure first"
    assert behind("handoffs") == []
    assert list_behind(session, first=MONDAY, language="zh", measure="confidence") == []


def test_the_place_in_time_is_found_by_halving(at_work: tuple[Session, Cast]) -> None:
    session, cast = at_work
    ids = [write(session, cast, days=days).id for days in (9, 6, 3, 0)]
    assert [_first_id(session, NOON - timedelta(days=d)) for d in (99, 6, 1)] == [
        min(_first_id(session, NOON - timedelta(days=99)), ids[0]), ids[0] + 1, ids[2] + 1,
    ]  # fmt: skip
    assert _first_id(session, NOON + timedelta(days=1)) > ids[-1]
