"""Appeals are found by what is written about them, from the moment it is written."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ownerdesk.model import AppealWords, Conversation, Unit
from ownerdesk.queries.work_list import AppealFilter, list_appeal_ids
from ownerdesk.rules.search import cut_for_index, make_query
from ownerdesk.services.appeals import add_detail, correct_appeal
from ownerdesk.services.conversations import edit_message
from ownerdesk.services.events import Actor
from ownerdesk.services.handoffs import accept_handoff, reply
from ownerdesk.services.messages import add_note
from ownerdesk.services.progress import accept_appeal, resolve_appeal
from ownerdesk.services.search import MAX_WORDS, index_text
from tests.make import NOON, Cast, make_appeal, make_cast, make_message


def found(session: Session, cast: Cast, text: str) -> list[int]:
    session.flush()
    wanted = AppealFilter(tab="all", text=text)
    return list_appeal_ids(session, cast.mara, wanted, at=NOON, limit=10)


def test_what_owner_and_staff_write_is_found_and_what_the_bot_says_is_not(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    chat = appeal.conversation
    detail = make_message(session, chat, "Now it smells of burnt rubber", telegram_message_id=77)
    add_detail(session, appeal, detail, at=NOON)
    add_note(
        session, chat, "The janitor has the key", staff_id=cast.mara.id, at=NOON, appeal=appeal
    )
    accept_handoff(session, chat, by=cast.mara, at=NOON)
    reply(session, chat, "我明天来", by=cast.mara, key="a", at=NOON, appeal=appeal)
    make_message(session, chat, "Please ring at Svensson")
    for words in ("burnt rubber", "janitor", "明天", "svensson", "alma", appeal.number, "birch"):
        assert found(session, cast, words) == [appeal.id], words
    assert found(session, cast, "reads along") == [], "the bot said so"
    edit_message(session, chat, 77, "Now it smells of vanilla", at=NOON)
    assert found(session, cast, "vanilla") == [appeal.id]
    accept_appeal(session, appeal, by=cast.mara, at=NOON)
    resolve_appeal(session, appeal, resolution="Soldered it", by=Actor.staff(cast.mara.id), at=NOON)
    assert found(session, cast, "soldered") == [appeal.id]


def test_what_is_said_while_the_bot_listens_belongs_to_what_it_makes_of_it(
    session: Session,
) -> None:
    cast = make_cast(session)
    make_appeal(session, cast)
    make_message(session, session.get_one(Conversation, cast.conversation.id), "Hello pineapple")
    assert found(session, cast, "pineapple") == []


def test_a_corrected_home_is_found_and_the_wrong_one_no_more(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    other = Unit(building_id=cast.unit.building_id, entrance="9", floor=1, number="71")
    session.add(other)
    session.flush()
    assert found(session, cast, "birch 14") == [appeal.id]
    correct_appeal(session, appeal, actor=Actor.staff(cast.mara.id), at=NOON, unit=other)
    assert found(session, cast, "birch 71") == [appeal.id]
    assert found(session, cast, "birch 14") == []
    assert found(session, cast, "landing") == [appeal.id]


def test_the_words_of_an_appeal_are_bounded(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    for part in range(4):
        index_text(session, appeal.id, " ".join(f"w{part}x{n}" for n in range(900)))
    length = session.scalar(select(func.length(AppealWords.words)))
    assert length is not None
    assert MAX_WORDS <= length <= 2 * MAX_WORDS
    index_text(session, appeal.id, " \n")
    index_text(session, appeal.id, "💡")


def test_a_refused_action_leaves_no_words(session: Session) -> None:
    cast = make_cast(session)
    appeal = make_appeal(session, cast)
    nested = session.begin_nested()
    index_text(session, appeal.id, "pineapple")
    nested.rollback()
    assert found(session, cast, "pineapple") == []


def test_chinese_is_found_by_pairs_and_by_any_single_character() -> None:
    words = cut_for_index("楼道灯 light lights")
    assert words == ["楼道", "道灯", "light", "灯"]
    assert make_query("灯") == "'灯':*"
    assert make_query("楼道 lights") == "'楼道' & 'light':*"
    assert make_query("14") == "'14'"
    assert make_query("the ¿?") == ""
