"""Splitting at the desk: a part becomes an appeal of its own with clocks of its own, and the owner is told."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Appeal, Message
from ownerdesk.rules.refusals import AlreadyExists, MissingText
from ownerdesk.services.appeals import add_detail
from ownerdesk.services.splitting import MessageElsewhere, split_appeal
from tests.look import find_sent, list_events, list_open_promises
from tests.make import LATER, NOON, Cast, make_appeal, make_cast, make_message


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def appeal(session: Session, cast: Cast) -> Appeal:
    return make_appeal(session, cast)


def split(
    session: Session, cast: Cast, appeal: Appeal, message: Message | None = None,
    words: str = "The tap drips",
) -> Appeal:  # fmt: skip
    return split_appeal(
        session, appeal, words=words, nature="help_seeking", category="water_supply",
        message=message, by=cast.mara, at=NOON + LATER,
    )  # fmt: skip


def test_a_part_in_words_has_its_own_number_home_clocks_and_card(
    session: Session, cast: Cast, appeal: Appeal
) -> None:
    new = split(session, cast, appeal)
    assert new.number != appeal.number
    assert (new.unit_id, new.owner_id, new.place) == (appeal.unit_id, appeal.owner_id, appeal.place)
    assert (new.severity, new.state, new.summary) == ("major", "received", "The tap drips")
    assert new.responsible_id == cast.mara.id
    assert len(list_open_promises(session, new)) == 1
    assert "appeal.split" in list_events(session, appeal)
    (told,) = find_sent(session, cast.conversation, "split")
    assert appeal.number in told.text
    assert new.number in told.text
    assert len(find_sent(session, cast.conversation, "card")) == 2
    assert appeal.state == "received"
    assert len(list_open_promises(session, appeal)) == 1


def test_a_message_goes_along_once(session: Session, cast: Cast, appeal: Appeal) -> None:
    detail = make_message(session, cast.conversation, "And the tap drips", at=NOON)
    add_detail(session, appeal, detail, at=NOON)
    new = split(session, cast, appeal, detail)
    assert (detail.appeal_id, new.source_message_id) == (new.id, detail.id)
    with pytest.raises(MessageElsewhere):
        split(session, cast, appeal, detail)
    source = session.get_one(Message, appeal.source_message_id)
    with pytest.raises(AlreadyExists):
        split(session, cast, appeal, source)


def test_without_words_nothing_is_split(session: Session, cast: Cast, appeal: Appeal) -> None:
    with pytest.raises(MissingText):
        split(session, cast, appeal, words=" ")
    assert find_sent(session, cast.conversation, "split") == []
