"""Texts of the bot in the company's own words, as owners hear them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import BotText
from ownerdesk.rules.bot_texts import EXAMPLES
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.gaps import find_gaps
from ownerdesk.rules.refusals import ChangedMeanwhile
from ownerdesk.services.bot_texts import OwnerText, list_bodies, list_owner_texts, save_text
from ownerdesk.services.content_edits import version_of
from ownerdesk.services.intake import finish_turn
from ownerdesk.services.voice import list_responses, say_response, voice_of
from ownerdesk.texts import LANGUAGES
from scripts.list_owner_texts import HEAD, LISTED, collect, render
from tests.look import find_sent
from tests.make import (
    LATER,
    NOON,
    Cast,
    make_appeal,
    make_cast,
    make_message,
    make_reading,
    make_staff_chat,
)

CORRECT = "Correct this"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def text_of(key: str) -> OwnerText:
    return next(text for text in list_owner_texts() if text.key == key)


def save(session: Session, cast: Cast, key: str, **bodies: str) -> None:
    save_text(session, cast.project.id, text_of(key), bodies, by=cast.boris, at=NOON)


def test_every_text_an_owner_can_be_told_is_listed() -> None:
    listed = LISTED.read_text(encoding="utf-8")
    assert listed == HEAD + render(collect()), "run `python -m scripts.list_owner_texts`"
    assert len(list_owner_texts()) > 200


def test_every_gap_of_a_text_has_an_example_and_every_example_a_gap() -> None:
    gaps: set[str] = set()
    for text in list_owner_texts():
        if text.file != "responses":
            found = find_gaps(text.key)
            assert found is not None, text.key
            gaps |= found
    assert gaps == set(EXAMPLES)


def test_every_text_is_named_by_an_address_of_its_own() -> None:
    ids = [text.id for text in list_owner_texts()]
    assert len(ids) == len(set(ids))


def test_an_owner_reads_the_companys_words_on_the_card(session: Session, cast: Cast) -> None:
    save(session, cast, "I will have this solved by {when}.", en="Done by {when}, my word on it.")
    save(session, cast, CORRECT, en="That is wrong")
    make_appeal(session, cast)
    (card,) = find_sent(session, cast.conversation, "card")
    assert "Done by 13:30, my word on it." in card.text
    assert card.markup is not None
    assert "That is wrong" in [b["text"] for row in card.markup["inline"] for b in row]


def test_staff_and_other_projects_read_what_was_there_before(session: Session, cast: Cast) -> None:
    save(session, cast, CORRECT, en="That is wrong")
    other = make_cast(session, code="U", chat_id=7002)
    chat = make_staff_chat(session, cast.ike)
    assert voice_of(other.conversation)(CORRECT) == CORRECT
    assert voice_of(chat)(CORRECT) == CORRECT
    assert voice_of(cast.conversation)(CORRECT) == "That is wrong"


def test_an_emptied_text_goes_back_and_a_text_that_no_longer_fits_is_not_said(
    session: Session, cast: Cast
) -> None:
    save(session, cast, CORRECT, en="That is wrong", es="Está mal")
    save(session, cast, CORRECT, es="Está mal")
    assert voice_of(cast.conversation)(CORRECT) == CORRECT
    assert list_bodies(session, cast.project.id) == {CORRECT: {"es": "Está mal"}}
    by = "By {when}."
    session.add(BotText(project_id=cast.project.id, key=by, language="en", body="At {hour}."))
    save(session, cast, CORRECT)
    assert voice_of(cast.conversation)(by) == by, "an old wording with other gaps"


def test_the_second_of_two_who_word_a_text_is_told(session: Session, cast: Cast) -> None:
    seen = version_of({})
    save(session, cast, CORRECT, en="That is wrong")
    with pytest.raises(ChangedMeanwhile):
        save_text(
            session, cast.project.id, text_of(CORRECT), {"en": "No"}, seen=seen, by=cast.boris,
            at=NOON,
        )  # fmt: skip
    with pytest.raises(Unusable):
        save(session, cast, CORRECT, en="{number} is wrong")
    assert voice_of(cast.conversation)(CORRECT) == "That is wrong"


def test_what_rasa_says_is_replaced_in_its_language_and_anything_unknown_is_left(
    session: Session, cast: Cast
) -> None:
    english = list_responses()["utter_thanks"]["en"]
    spanish = list_responses()["utter_thanks"]["es"]
    assert len(english) == len(spanish) == 2
    save(session, cast, "utter_thanks", en="A pleasure.")
    for said, heard in ((english[0], "A pleasure."), (english[1], "A pleasure."),
                        (spanish[0], spanish[0]), ("Who?", "Who?")):  # fmt: skip
        assert say_response(cast.conversation, said) == heard
    message = make_message(session, cast.conversation, "thanks!")
    reading = make_reading("thanks")
    finish_turn(session, message.id, reading, [{"text": english[0]}], at=NOON + LATER)
    (reply,) = find_sent(session, cast.conversation, "reply")
    assert reply.text == "A pleasure."


def test_every_response_of_the_domain_speaks_every_language() -> None:
    for name, said in list_responses().items():
        assert all(said[language] for language in LANGUAGES), name
