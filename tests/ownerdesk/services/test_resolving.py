"""Resolving from the desk: what the category needs, kept for the company; the owner reads what was done."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal
from ownerdesk.queries.photos import has_work_photo
from ownerdesk.rules.refusals import MissingText, WrongState
from ownerdesk.services.closure import reopen_appeal
from ownerdesk.services.progress import accept_appeal
from ownerdesk.services.resolving import Resolution, StoredPhoto, resolve_with
from tests.look import find_sent
from tests.make import NOON, Cast, make_appeal, make_cast

PHOTO = StoredPhoto("work/a.jpg", "a.jpg", "image/jpeg", 7)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def accepted(session: Session, cast: Cast, nature: str, category: str) -> Appeal:
    appeal = make_appeal(session, cast, nature=nature, category=category)
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    return appeal


def test_cause_and_parts_are_kept_and_are_not_for_the_owner(session: Session, cast: Cast) -> None:
    appeal = accepted(session, cast, "help_seeking", "lighting")
    resolve_with(session, appeal, Resolution("New lamp", "Age", "E27"), by=cast.mara, at=NOON)
    assert (appeal.state, appeal.cause, appeal.parts) == ("resolved", "Age", "E27")
    (told,) = find_sent(session, cast.conversation, "solved?")
    assert "New lamp" in told.text
    assert "Age" not in told.text
    reopen_appeal(session, appeal, how="notyet", at=NOON)
    assert (appeal.cause, appeal.parts) == (None, None), "it is to be said anew"


@pytest.mark.parametrize(
    ("nature", "category", "said", "field"),
    [
        ("help_seeking", "lighting", Resolution("", "Age"), "resolution"),
        ("help_seeking", "lighting", Resolution("New lamp"), "cause"),
        ("paid_service", "home_lighting", Resolution("Fitted", photo=PHOTO), "parts"),
        ("paid_service", "home_lighting", Resolution("Fitted", parts="none"), "photo"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_resolved(
    session: Session, cast: Cast, nature: str, category: str, said: Resolution, field: str
) -> None:
    appeal = accepted(session, cast, nature, category)
    with pytest.raises(MissingText) as refused:
        resolve_with(session, appeal, said, by=cast.mara, at=NOON)
    assert refused.value.field == field
    assert appeal.state == "accepted"
    assert find_sent(session, cast.conversation, "solved?") == []


def test_a_photo_is_a_note_that_only_staff_see(session: Session, cast: Cast) -> None:
    appeal = accepted(session, cast, "paid_service", "home_lighting")
    said = Resolution("Fitted", parts="none", photo=PHOTO)
    resolve_with(session, appeal, said, by=cast.mara, at=NOON)
    assert has_work_photo(session, appeal.id)
    with pytest.raises(WrongState):
        resolve_with(session, appeal, said, by=cast.mara, at=NOON)
