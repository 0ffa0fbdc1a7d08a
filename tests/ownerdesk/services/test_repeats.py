"""Repeats: the same place and category within 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, AppealLink, Residency, Unit
from ownerdesk.queries.aftercare import is_repeat, list_repeats
from ownerdesk.services.appeals import correct_appeal
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.events import OWNER, Actor
from ownerdesk.services.places import place_appeal
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.repeats import link_repeats
from tests.look import list_events
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation

DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def neighbour(session: Session, cast: Cast) -> Cast:
    """The same project as another owner of the building sees it."""
    unit = Unit(building_id=cast.unit.building_id, entrance="1", floor=1, number="2")
    other = make_cast(session, code="N", chat_id=7009)
    session.add(unit)
    session.flush()
    session.add(Residency(owner_id=other.alma.id, unit_id=unit.id, role="owner"))
    conversation = make_conversation(session, chat_id=7009)
    conversation.unit_id, conversation.project_id = unit.id, cast.project.id
    session.flush()
    return Cast(
        cast.project, unit, other.alma, cast.mara, cast.boris, cast.ike, cast.maintenance,
        cast.accounts, conversation,
    )  # fmt: skip


def test_the_same_home_and_category_is_linked_once_and_shown_on_both(
    session: Session, cast: Cast
) -> None:
    first = make_appeal(session, cast)
    again = make_appeal(session, cast, at=NOON + 29 * DAY)
    link_repeats(session, again, at=NOON + 29 * DAY)
    assert list_repeats(session, again.id) == [first]
    assert list_repeats(session, first.id) == [again]
    assert (is_repeat(session, again.id), is_repeat(session, first.id)) == (True, False)
    assert list_events(session, again).count("appeal.repeated") == 1


def test_thirty_days_later_another_category_a_question_or_something_withdrawn_is_no_repeat(
    session: Session, cast: Cast
) -> None:
    first = make_appeal(session, cast)
    withdrawn = make_appeal(session, cast, category="drainage")
    cancel_appeal(session, withdrawn, at=NOON)
    make_appeal(session, cast, nature="consultation", category="water_supply")
    for other in (
        make_appeal(session, cast, at=NOON + 30 * DAY),
        make_appeal(session, cast, category="drainage", at=NOON + DAY),
        make_appeal(session, cast, category="water_supply", at=NOON + DAY),
        make_appeal(session, cast, nature="consultation", at=NOON + DAY),
        make_appeal(session, cast, nature="paid_service", category="home_cleaning", at=NOON),
    ):
        assert list_repeats(session, other.id) == []
    assert list_repeats(session, first.id) == []


def test_another_home_is_no_repeat_but_what_the_building_shares_is_once_it_was_over(
    session: Session, cast: Cast
) -> None:
    lamp, lift = make_appeal(session, cast), make_appeal(session, cast, category="elevator")
    other = neighbour(session, cast)
    assert list_repeats(session, make_appeal(session, other, at=NOON + DAY).id) == []
    at_once = make_appeal(session, other, category="elevator", at=NOON + timedelta(minutes=5))
    assert list_repeats(session, at_once.id) == [], "the neighbours tell of the same trouble"
    for appeal in (lift, at_once):
        accept_appeal(session, appeal, by=cast.mara, at=NOON + DAY)
        resolve_appeal(
            session, appeal, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON + DAY
        )
    later = make_appeal(session, other, category="elevator", at=NOON + 5 * DAY)
    assert list_repeats(session, later.id) == [at_once, lift]
    assert list_repeats(session, lamp.id) == []


def test_a_place_or_a_category_that_is_put_right_later_links_too(
    session: Session, cast: Cast
) -> None:
    def shared(at_days: int) -> Appeal:
        appeal = make_appeal(session, cast, category="drainage", at=NOON + at_days * DAY)
        place_appeal(session, appeal, None, at=NOON + at_days * DAY)
        return appeal

    first = shared(0)
    again = shared(3)
    assert first in list_repeats(session, again.id)
    other = make_appeal(session, cast, category="noise", at=NOON + 4 * DAY)
    lamp = make_appeal(session, cast, category="lighting", at=NOON + 4 * DAY)
    assert list_repeats(session, lamp.id) == []
    correct_appeal(session, lamp, category="noise", actor=OWNER, at=NOON + 4 * DAY)
    assert list_repeats(session, lamp.id) == [other]
    count = session.scalar(select(func.count()).select_from(AppealLink))
    assert count == len(
        {(a, b) for a, b in session.execute(select(AppealLink.appeal_id, AppealLink.other_id))}
    )
