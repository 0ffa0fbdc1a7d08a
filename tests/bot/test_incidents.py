"""Presses about incidents: follow, something else, and the answer of those who only followed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Conversation, Incident, IncidentFollower, Message
from ownerdesk.queries.incidents import find_follower
from ownerdesk.services.incident_search import look_for_incident
from ownerdesk.services.incidents import confirm_incident
from ownerdesk.services.planned_works import end_works, plan_works
from tests.look import find_sent, labels
from tests.make import NOON, Cast
from tests.neighbours import encode, make_neighbours, only_incident, report
from tests.offline import Desk

WATER = "No water since this morning"


@pytest.fixture
def incident(desk: Desk, cast: Cast) -> Incident:
    """Three neighbours, confirmed; Alma has not written yet."""

    def work(session: Session) -> Incident:
        for chat in make_neighbours(session, cast, 3):
            report(session, chat, WATER)
        incident = only_incident(session)
        confirm_incident(session, incident, by=session.merge(cast.mara), at=NOON)
        return incident

    return desk.core.transact_now(work)


def write_and_look(desk: Desk) -> Appeal:
    """Alma writes, and the worker's job has looked."""
    desk.understand(WATER, "help_seeking", category="water_supply")
    desk.write(WATER)

    def work(session: Session) -> Appeal:
        appeal = session.scalars(select(Appeal).order_by(Appeal.id.desc())).first()
        assert appeal is not None
        look_for_incident(session, appeal.id, encode, at=NOON)
        return appeal

    return desk.core.transact_now(work)


def sent(desk: Desk, cast: Cast, prefix: str) -> list[Message]:
    return desk.core.transact_now(
        lambda s: find_sent(s, s.get_one(Conversation, cast.conversation.id), prefix)
    )


def data(message: Message, action: str) -> str:
    for row in (message.markup or {})["inline"]:
        for button in row:
            if button["data"].split(":")[1] == action:
                return str(button["data"])
    raise AssertionError(f"no {action} in {labels(message)}")


def test_follow_is_confirmed_once_and_the_buttons_go(
    desk: Desk, cast: Cast, incident: Incident
) -> None:
    appeal = write_and_look(desk)
    assert appeal.incident_id == incident.id
    (known,) = sent(desk, cast, "known")
    assert desk.press(data(known, "follow")) == ""
    follower = desk.core.transact_now(lambda s: find_follower(s, incident.id, cast.conversation.id))
    assert follower is not None
    assert follower.is_following
    assert "whenever there is news" in sent(desk, cast, "press")[0].text


def test_something_else_pressed_twice_takes_it_out_once(
    desk: Desk, cast: Cast, incident: Incident
) -> None:
    appeal = write_and_look(desk)
    (known,) = sent(desk, cast, "known")
    for _ in range(2):
        assert desk.press(data(known, "notthis")) == ""
    stored = desk.core.transact_now(lambda s: s.get_one(Appeal, appeal.id))
    assert stored.incident_id is None
    assert stored.state in ("received", "accepted")
    assert len(sent(desk, cast, "press")) == 1


def test_somebody_elses_button_tells_nothing(desk: Desk, cast: Cast, incident: Incident) -> None:
    other = desk.core.transact_now(lambda s: s.scalars(select(Appeal.id)).first())
    assert "cannot find" in desk.press(f"1:notthis:{other}:")
    for action in ("follow", "incok", "incnot"):
        assert "cannot find" in desk.press(f"1:{action}:{incident.id}:")
    followers = desk.core.transact_now(lambda s: len(s.scalars(select(IncidentFollower)).all()))
    assert followers == 3


@pytest.mark.parametrize(("action", "appeals"), [("incok", 0), ("incnot", 1)])
def test_after_planned_works_yes_thanks_and_not_yet_makes_an_appeal(
    desk: Desk, cast: Cast, action: str, appeals: int
) -> None:
    def work(session: Session) -> None:
        works = plan_works(
            session, session.merge(cast.project), None, category="elevator",
            titles={"en": "Lift inspection"}, starts_at=NOON + timedelta(hours=1),
            ends_at=NOON + timedelta(hours=2), by=session.merge(cast.mara), at=NOON,
        )  # fmt: skip
        end_works(session, works.id, at=NOON + timedelta(hours=2))

    desk.core.transact_now(work)
    question = sent(desk, cast, "incident")[-1]
    assert labels(question) == ["incok", "incnot"]
    for _ in range(2):
        assert desk.press(data(question, action)) == ""
    made = desk.core.transact_now(lambda s: s.scalars(select(Appeal)).all())
    assert len(made) == appeals
    assert len(sent(desk, cast, "card")) == appeals
    assert len(sent(desk, cast, "incident.solved")) == 1 - appeals
