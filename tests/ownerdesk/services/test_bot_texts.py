"""Texts of the bot in the company's own words, as owners hear them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ownerdesk.model import AuditEntry, BotTextSet
from ownerdesk.queries.versions import find_draft, find_in_service
from ownerdesk.rules.bot_texts import EXAMPLES
from ownerdesk.rules.fields import Unusable
from ownerdesk.rules.gaps import find_gaps
from ownerdesk.rules.refusals import (
    ChangedMeanwhile,
    NotAllowed,
    TextsLackLanguages,
    VersionNotFound,
)
from ownerdesk.services.bot_texts import (
    OwnerText,
    begin_line,
    discard_draft,
    list_bodies,
    list_owner_texts,
    put_into_service,
    roll_back,
    save_text,
)
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
    make_staff,
    make_staff_chat,
)

CORRECT = "Correct this"


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def text_of(key: str) -> OwnerText:
    return next(text for text in list_owner_texts() if text.key == key)


def draft_text(session: Session, cast: Cast, key: str, **bodies: str) -> BotTextSet | None:
    save_text(session, cast.project.id, text_of(key), bodies, by=cast.boris, at=NOON)
    return find_draft(session, begin_line(cast.project.id))


def put(session: Session, cast: Cast, reason: str = "") -> BotTextSet:
    draft = find_draft(session, begin_line(cast.project.id))
    assert draft is not None
    return put_into_service(
        session, cast.project.id, seen=draft.seen_as, reason=reason, by=cast.boris, at=NOON
    )


def save(session: Session, cast: Cast, key: str, **bodies: str) -> BotTextSet:
    """Worded and put into service, in every language or not."""
    draft_text(session, cast, key, **bodies)
    return put(session, cast, reason="Only these are read here")


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
    now = save(session, cast, CORRECT, es="Está mal")
    assert voice_of(cast.conversation)(CORRECT) == CORRECT
    assert list_bodies(now) == {CORRECT: {"es": "Está mal"}}
    by = "By {when}."
    now.texts = {"en": {by: "At {hour}."}}
    save(session, cast, CORRECT, en="No")
    assert voice_of(cast.conversation)(CORRECT) == "No"
    assert voice_of(cast.conversation)(by) == by, "an old wording with other gaps"


def test_a_draft_is_heard_by_nobody_until_it_is_put_into_service(
    session: Session, cast: Cast
) -> None:
    draft = draft_text(session, cast, CORRECT, en="Wrong", es="Mal", zh="错了")
    assert draft is not None
    assert voice_of(cast.conversation)(CORRECT) == CORRECT
    put(session, cast)
    assert voice_of(cast.conversation)(CORRECT) == "Wrong"
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.subject == "bot_text"))
    assert (entry.action, entry.staff_id) == ("bot_text.put", cast.boris.id)
    assert (entry.project_id, entry.subject_id) == (cast.project.id, draft.id)
    assert entry.before == {f"{code}: {CORRECT}": "" for code in ("en", "es", "zh")}
    assert (entry.after or {})[f"es: {CORRECT}"] == "Mal"


def test_a_draft_that_lacks_a_language_needs_a_reason(session: Session, cast: Cast) -> None:
    draft_text(session, cast, CORRECT, en="Wrong", es="Mal")
    with pytest.raises(TextsLackLanguages) as refused:
        put(session, cast, reason="  ")
    assert refused.value.count == 1
    assert voice_of(cast.conversation)(CORRECT) == CORRECT
    assert put(session, cast, reason="Nobody reads Chinese here").reason
    draft_text(session, cast, "Add photo", en="Photo", es="Foto", zh="照片")
    assert put(session, cast).reason == "", "what lacked one before is no matter of this draft"


def test_what_no_longer_fits_keeps_the_draft_out_of_service(session: Session, cast: Cast) -> None:
    draft = draft_text(session, cast, CORRECT, en="Wrong", es="Mal", zh="错了")
    assert draft is not None
    draft.texts = {**draft.texts, "en": {CORRECT: "{number} is wrong"}}
    with pytest.raises(Unusable):
        put(session, cast)
    assert find_in_service(session, begin_line(cast.project.id)) is None


def test_a_draft_that_changes_nothing_any_more_is_none(session: Session, cast: Cast) -> None:
    assert draft_text(session, cast, CORRECT, en="Wrong") is not None
    assert draft_text(session, cast, CORRECT) is None
    now = save(session, cast, CORRECT, en="Wrong")
    assert draft_text(session, cast, CORRECT, en="Quite wrong") is not None
    assert draft_text(session, cast, CORRECT, en=" Wrong ") is None
    assert find_in_service(session, begin_line(cast.project.id)) is now


def test_rolled_back_in_one_press_owners_hear_what_they_heard_before(
    session: Session, cast: Cast
) -> None:
    first = save(session, cast, CORRECT, en="Wrong")
    second = save(session, cast, CORRECT, en="Quite wrong")
    project_id = cast.project.id
    draft_text(session, cast, "Add photo", en="Photo")
    back = roll_back(session, project_id, first.id, seen=second.id, by=cast.boris, at=NOON)
    assert voice_of(cast.conversation)(CORRECT) == "Wrong"
    assert find_draft(session, begin_line(project_id)) is not None, "the draft is left alone"
    with pytest.raises(ChangedMeanwhile):
        roll_back(session, project_id, first.id, seen=second.id, by=cast.boris, at=NOON)
    bare = roll_back(session, project_id, None, seen=back.id, by=cast.boris, at=NOON)
    assert voice_of(cast.conversation)(CORRECT) == CORRECT
    for foreign in (999_999, bare.id):
        with pytest.raises(VersionNotFound):
            roll_back(session, project_id, foreign, seen=bare.id, by=cast.boris, at=NOON)
    states = session.scalars(select(BotTextSet.state).order_by(BotTextSet.id))
    assert sorted(states) == ["draft", "in_service", "past", "past", "past"]


def test_each_project_and_all_of_them_have_versions_of_their_own(
    session: Session, cast: Cast
) -> None:
    root = make_staff(session, None, "Root", "admin")
    save_text(session, None, text_of(CORRECT), {"en": "All"}, by=root, at=NOON)
    common = find_draft(session, begin_line(None))
    assert common is not None
    put_into_service(session, None, seen=common.seen_as, reason="x", by=root, at=NOON)
    own = save(session, cast, CORRECT, en="Ours")
    assert voice_of(cast.conversation)(CORRECT) == "Ours"
    with pytest.raises(VersionNotFound):
        put_into_service(session, None, seen=own.seen_as, by=root, at=NOON)
    with pytest.raises(VersionNotFound):
        roll_back(session, cast.project.id, common.id, seen=own.id, by=root, at=NOON)
    roll_back(session, cast.project.id, None, seen=own.id, by=root, at=NOON)
    assert voice_of(cast.conversation)(CORRECT) == "All"


def test_only_who_sets_up_content_there_words_texts(session: Session, cast: Cast) -> None:
    save_text(session, cast.project.id, text_of(CORRECT), {"en": "A"}, by=cast.boris, at=NOON)
    for by, project_id in ((cast.mara, cast.project.id), (cast.boris, None)):
        for refused in (
            lambda b, p: save_text(session, p, text_of(CORRECT), {"en": "B"}, by=b, at=NOON),
            lambda b, p: put_into_service(session, p, seen="1.1", by=b, at=NOON),
            lambda b, p: roll_back(session, p, None, seen=None, by=b, at=NOON),
            lambda b, p: discard_draft(session, p, by=b, at=NOON),
        ):
            with pytest.raises(NotAllowed):
                refused(by, project_id)
    discard_draft(session, cast.project.id, by=cast.boris, at=NOON)
    with pytest.raises(VersionNotFound):
        discard_draft(session, cast.project.id, by=cast.boris, at=NOON)


def test_the_second_of_two_who_word_a_text_is_told(session: Session, cast: Cast) -> None:
    seen = version_of({})
    draft_text(session, cast, CORRECT, en="That is wrong")
    with pytest.raises(ChangedMeanwhile):
        save_text(
            session, cast.project.id, text_of(CORRECT), {"en": "No"}, seen=seen, by=cast.boris,
            at=NOON,
        )  # fmt: skip
    with pytest.raises(Unusable):
        draft_text(session, cast, CORRECT, en="{number} is wrong")
    draft = find_draft(session, begin_line(cast.project.id))
    assert list_bodies(draft) == {CORRECT: {"en": "That is wrong"}}


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
