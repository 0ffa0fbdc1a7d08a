"""How things stand: the asker's own appeals, and nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.queries.appeals import get_own_appeal, list_own_appeals
from ownerdesk.rules.refusals import AppealNotFound
from ownerdesk.services.cancelling import cancel_appeal
from ownerdesk.services.events import Actor
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.statuses import (
    ask_which_to_cancel,
    find_waiting_for_word,
    list_appeals_for_owner,
    show_card,
    tell_status,
)
from tests.look import find_sent, labels, list_keys
from tests.make import NOON, Cast, make_appeal, make_cast, make_conversation, make_message


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_with_nothing_open_the_owner_hears_so(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    cancel_appeal(session, appeal, at=NOON)
    message = make_message(session, cast.conversation, "/status")
    for _ in range(2):
        tell_status(session, cast.conversation, message, at=NOON)
    (told,) = find_sent(session, cast.conversation, "status")
    assert appeal.number not in told.text
    assert message.answered_how == "status"


def test_one_open_appeal_is_shown_whole_and_that_card_is_kept_up_to_date(
    session: Session, cast: Cast
) -> None:
    appeal = make_appeal(session, cast)
    tell_status(session, cast.conversation, make_message(session, cast.conversation), at=NOON)
    accept_appeal(session, appeal, by=cast.boris, at=NOON)
    (card,) = find_sent(session, cast.conversation, "status")
    assert card.id == appeal.card_message_id
    assert "Boris T" in card.text


def test_several_are_listed_with_a_button_each(session: Session, cast: Cast) -> None:
    numbers = [make_appeal(session, cast, category=c).number for c in ("lighting", "elevator")]
    tell_status(session, cast.conversation, make_message(session, cast.conversation), at=NOON)
    (told,) = find_sent(session, cast.conversation, "status")
    assert all(number in told.text for number in numbers)
    assert labels(told) == ["card", "card"]


def test_appeals_lists_closed_ones_too_and_no_more_than_ten(session: Session, cast: Cast) -> None:
    cancel_appeal(session, make_appeal(session, cast), at=NOON)
    list_appeals_for_owner(
        session, cast.conversation, make_message(session, cast.conversation), at=NOON
    )
    assert "T-1001" in find_sent(session, cast.conversation, "appeals")[0].text
    for _ in range(11):
        make_appeal(session, cast)
    list_appeals_for_owner(
        session, cast.conversation, make_message(session, cast.conversation), at=NOON
    )
    assert len(labels(find_sent(session, cast.conversation, "appeals")[1])) == 10


def test_nobody_sees_the_appeals_of_a_neighbour(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    neighbour = make_cast(session, code="U", chat_id=7002)
    stranger = make_conversation(session, chat_id=7999)
    for conversation in (neighbour.conversation, stranger):
        assert list_own_appeals(session, conversation, only_open=False) == []
        for appeal_id in (appeal.id, 10**12):  # "not yours" and "absent" look alike
            with pytest.raises(AppealNotFound):
                get_own_appeal(session, conversation, appeal_id)
    assert get_own_appeal(session, cast.conversation, appeal.id).id == appeal.id


def test_the_same_owner_sees_it_from_another_chat_as_a_copy(session: Session, cast: Cast) -> None:
    appeal = make_appeal(session, cast)
    tablet = make_conversation(session, chat_id=7003)
    tablet.owner_id = cast.alma.id
    tell_status(session, tablet, make_message(session, tablet), at=NOON)
    assert appeal.number in find_sent(session, tablet, "status")[0].text
    card = appeal.card_message_id
    show_card(session, tablet, appeal, key="press:1", at=NOON)
    assert appeal.card_message_id == card
    assert appeal.number in find_sent(session, tablet, "press")[0].text


def test_withdrawing_is_asked_about_once_more_and_only_for_what_can_be(
    session: Session, cast: Cast
) -> None:
    message = make_message(session, cast.conversation)
    ask_which_to_cancel(session, cast.conversation, message, at=NOON)
    assert labels(find_sent(session, cast.conversation, "cancel?")[0]) == []
    resolved = make_appeal(session, cast)
    accept_appeal(session, resolved, by=cast.mara, at=NOON)
    resolve_appeal(session, resolved, resolution="Done", by=Actor.staff(cast.mara.id), at=NOON)
    make_appeal(session, cast, category="elevator")
    message = make_message(session, cast.conversation)
    ask_which_to_cancel(session, cast.conversation, message, at=NOON)
    assert labels(find_sent(session, cast.conversation, "cancel?")[1]) == ["cancelok", "fixback"]
    assert find_waiting_for_word(session, cast.conversation) is resolved
    assert "cancel?" in list_keys(session, cast.conversation)
