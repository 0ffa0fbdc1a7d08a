"""Every nature in every language: understood, dealt with as its kind asks for, and answered in that language."""

from __future__ import annotations

import re

import pytest

from demo.client import get_text
from ownerdesk.texts import translator
from ownerdesk.wording import nature_names
from tests.journeys.world import Play, has_button, is_card, labels

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

PROJECTS = {"en": "A", "es": "J", "zh": "A"}
FAULTS = {
    "en": ("The light on the landing of the fourth floor is out.", "lighting"),
    "es": ("La luz del rellano del cuarto no funciona.", "lighting"),
    "zh": ("四楼楼道的灯不亮了。", "lighting"),
}
GRIEVANCES = {
    "en": "You billed me twice for the property fee and nobody answers my letters",
    "es": "Llevamos tres semanas sin agua caliente y solo prometéis.",
    "zh": "已经三个星期没有热水了，你们一直说马上修。",
}
QUESTIONS = {
    "en": "What does the property fee cover?",
    "es": "¿Qué cubre la cuota de la comunidad?",
    "zh": "物业费都包括什么？",
}
ORDERS = {
    "en": "How much does it cost to hang a ceiling lamp?",
    "es": "¿Cuánto cuesta que me cuelguen una lámpara en el salón?",
    "zh": "请人上门装吊灯要多少钱？",
}
DANGERS = {
    "en": ("There is a strong smell of gas in the stairwell", "gas_leak"),
    "es": ("Huele muchísimo a gas en la escalera", "gas_leak"),
    "zh": ("我们被困在电梯里了，快来人！", "entrapment"),
}
THANKS = {"en": "thanks!", "es": "¡gracias!", "zh": "谢谢！"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LANGUAGES = pytest.mark.parametrize("language", ["en", "es", "zh"])


def check_language(text: str, language: str) -> None:
    """Chinese is told by its characters, Spanish by its short words."""
    if language == "zh":
        assert CHINESE.search(text), text
    else:
        assert not CHINESE.search(text), text
        words = set(re.findall(r"\w+", text.lower()))
        spanish = bool(words & {"de", "la", "el", "por", "que", "en", "su", "es", "está", "qué"})
        assert spanish == (language == "es"), text


@LANGUAGES
async def test_a_fault_becomes_an_appeal_with_a_card(play: Play, language: str) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    text, category = FAULTS[language]
    appeal, card = await play.appeal(phone, text)
    assert (appeal.nature, appeal.category, appeal.severity) == (
        "help_seeking", category, "general",
    )  # fmt: skip
    _ = translator(language)
    assert nature_names(_)["help_seeking"] in get_text(card)
    assert labels(card) == [_("Correct this"), _("Add photo"), _("Cancel")]
    assert appeal.responsible is not None
    who = _("Responsible: {name}").format(name=appeal.responsible.name)
    assert who in get_text(card)


@LANGUAGES
async def test_a_grievance_becomes_a_major_appeal(play: Play, language: str) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    appeal, card = await play.appeal(phone, GRIEVANCES[language])
    assert (appeal.nature, appeal.severity) == ("dissatisfaction", "major")
    assert nature_names(translator(language))["dissatisfaction"] in get_text(card)


@LANGUAGES
async def test_a_question_is_answered_from_the_knowledge_base(play: Play, language: str) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    await phone.send_text(QUESTIONS[language])
    answer = await phone.wait_for(has_button("solved"))
    appeal = play.appeal_of(phone)
    assert (appeal.nature, appeal.category, appeal.state) == (
        "consultation", "property_fee", "resolved",
    )  # fmt: skip
    assert appeal.responsible_id is not None
    _ = translator(language)
    assert labels(answer) == [_("That answers it"), _("Ask a person")]
    check_language(get_text(answer), language)


@LANGUAGES
async def test_a_paid_service_is_offered_with_its_price_before_anything_is_ordered(
    play: Play, language: str
) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    await phone.send_text(ORDERS[language])
    offer = await phone.wait_for(has_button("order"))
    assert "35.00 EUR" in get_text(offer)
    check_language(get_text(offer), language)
    assert play.appeals(phone) == [], "nothing is ordered by asking"


@LANGUAGES
async def test_an_emergency_is_answered_with_what_to_do_now(play: Play, language: str) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    text, kind = DANGERS[language]
    await phone.send_text(text)
    card = await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    assert (appeal.nature, appeal.severity, appeal.kind) == ("emergency", "emergency", kind)
    instructions = phone.received()[0]
    assert instructions["message_id"] < card["message_id"]
    check_language(get_text(instructions), language)


@LANGUAGES
async def test_thanks_are_answered_and_make_no_appeal(play: Play, language: str) -> None:
    phone = await play.owner(language, project=PROJECTS[language])
    await phone.send_text(THANKS[language])
    answer = await phone.wait_for()
    if language == "zh":
        assert CHINESE.search(get_text(answer))
    assert play.appeals(phone) == []
    (message,) = play.written(phone)[-1:]
    assert message.answered_at is not None
    assert message.reading is not None
    assert message.reading["nature"] == "other"


async def test_the_answer_follows_the_language_of_the_message(play: Play) -> None:
    """Nobody chose a language: the owner writes in another one, and is answered in it."""
    phone = await play.owner("en")
    await phone.send_text(FAULTS["zh"][0])
    card = await phone.wait_for(is_card)
    assert CHINESE.search(get_text(card))
    assert play.conversation(phone).language == "zh"


async def test_a_message_in_another_language_is_answered_in_english_and_given_to_a_person(
    play: Play,
) -> None:
    phone = await play.owner("en")
    await phone.send_text("Bonjour, quelqu'un peut-il me rappeler au sujet de mon dossier ?")
    answer = await phone.wait_for("I have passed this to a person")
    assert not CHINESE.search(get_text(answer))
    assert play.conversation(phone).state == "waiting"
    assert play.written(phone)[-1].answered_how == "handed_over"
