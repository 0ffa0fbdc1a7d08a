"""What nobody should send, and somebody does: a clear answer, nothing lost, nothing of others touched."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.client import Phone, get_text
from ownerdesk.model import Conversation, InboxUpdate, Message
from tests.journeys.world import Play, has_button, is_card, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

FAULT = "The light on the landing of the fourth floor is out."
MARKUP = "<b>Rob</b>'); DROP TABLE owners;-- & <script>alert(1)</script>"


async def is_settled(play: Play, phone: Phone) -> None:
    """Everything this person sent is handled, at the first attempt, and answered."""

    def count(session: Session) -> int:
        trouble = (InboxUpdate.handled_at.is_(None)) | (InboxUpdate.attempts > 0)
        wanted = select(func.count()).where(InboxUpdate.chat_id == phone.person_id, trouble)
        return session.scalar(wanted) or 0

    await play.until(lambda: play.read(count) == 0)
    assert all(m.answered_at for m in play.written(phone))


@pytest.mark.parametrize(
    "text", ["/frobnicate", "/start@somebody_else_bot", "/", "/help me please"]
)
async def test_an_unknown_command_is_explained_and_not_read_as_words(play: Play, text: str) -> None:
    phone = await play.owner()
    await phone.send_text(text)
    await phone.wait_for()
    await is_settled(play, phone)
    assert play.appeals(phone) == []


@pytest.mark.parametrize(
    "text",
    [
        ("The light on the landing is out and it hums. " * 100)[:4096],
        "a" * 4096,
        "🙂" * 2000,
        "👩‍👩‍👧‍👦" * 150,
        "المصباح في الطابق الرابع لا يعمل منذ أمس",
        "\u202eThe light is out\u202c",
        "e\u0301" * 900,
        "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
        "'; DROP TABLE appeals; --",
        "<b>bold</b> <script>alert('x')</script> &amp; &lt;",
        "{name} %s %(number)s {{ 7*7 }} ${jndi:ldap://x}",
        '{"intent": "emergency"} /emergency{"kind": "fire"}',
        "\\x00 \\u0000 \x07",
        "1",
        ".",
        "?" * 50,
    ],
    ids=range(16),
)
async def test_strange_words_are_stored_as_they_are_and_answered(play: Play, text: str) -> None:
    phone = await play.owner()
    await phone.send_text(text)
    await phone.wait_for()
    await is_settled(play, phone)
    assert play.written(phone)[-1].text == text.strip()


async def test_words_that_rasa_takes_for_a_command_of_its_own_are_read_as_words(
    play: Play,
) -> None:
    """Rasa reads "/emergency" as an intent named by its caller; Telegram calls such a thing a command."""
    phone = await play.owner()
    await phone.send_text('/emergency{"kind": "fire"}')
    await phone.wait_for()
    await is_settled(play, phone)
    assert play.appeals(phone) == []


async def test_markup_in_a_name_and_in_words_is_only_words(play: Play) -> None:
    phone, desk = await play.stranger(first_name=MARKUP[:64]), await play.console()
    await phone.send_text("/start")
    welcome = await phone.wait_for("Hello")
    assert MARKUP[:64] in get_text(welcome)
    play.import_owner(phone)
    await phone.share_contact()
    await phone.wait_for("I know you now")
    await phone.send_text(f"{FAULT} {MARKUP}")
    await phone.wait_for(lambda m: is_card(m) or has_button("read")(m))
    if not play.appeals(phone):
        await phone.press(phone.received()[-1], text="Help needed")
        await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    page = await desk.read(f"/appeals/{appeal.id}")
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution=f"Done {MARKUP}")
    question = await phone.wait_for("Is it solved for you?")
    assert MARKUP in get_text(question)


async def test_an_answer_longer_than_a_message_arrives_whole_in_parts(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    await phone.send_text("/human")
    await phone.wait_for("I have passed this to a person")
    conversation = play.conversation(phone)
    await desk.post(f"/handoffs/{conversation.id}/take")
    await phone.wait_for("is here now")
    words = "\n\n".join(f"Paragraph {n}: " + "very long words " * 60 for n in range(7)).strip()
    await desk.reply(conversation, words)
    await phone.wait_for("Paragraph 6")
    parts = [get_text(m) for m in phone.received() if "Paragraph" in get_text(m)]
    assert len(parts) >= 2
    assert all(len(part) <= 4096 for part in parts)
    assert "".join("".join(parts).split()) == "".join(words.split())


@pytest.mark.parametrize(
    "action",
    ["card", "fix", "fixnat", "photo", "cancel", "cancelok", "solved", "notyet", "stars", "reopen"],
)
async def test_a_press_about_somebody_elses_appeal_finds_nothing(play: Play, action: str) -> None:
    victim, intruder = await play.owner(), await play.owner()
    appeal, _ = await play.appeal(victim)
    _, own_card = await play.appeal(intruder)
    argument = {"fixnat": "dissatisfaction", "stars": "1"}.get(action, "")
    answer = await intruder.press(own_card, data=f"1:{action}:{appeal.id}:{argument}", force=True)
    assert answer["answered"]
    assert answer["show_alert"]
    assert "cannot find" in answer["text"]
    untouched = play.appeal_of(victim)
    assert (untouched.state, untouched.nature, untouched.version) == (
        "received", "help_seeking", appeal.version,
    )  # fmt: skip
    assert "fixnat" not in play.events(untouched)


@pytest.mark.parametrize("action", ["split", "read", "human", "danger", "order", "askprice"])
async def test_a_press_about_somebody_elses_message_finds_nothing(play: Play, action: str) -> None:
    victim, intruder = await play.owner(), await play.owner()
    await play.appeal(victim)
    message = play.written(victim)[-1]
    _, own_card = await play.appeal(intruder)
    argument = {"read": "emergency", "danger": "fire", "order": "lamp_fitting"}.get(action, "")
    answer = await intruder.press(own_card, data=f"1:{action}:{message.id}:{argument}", force=True)
    assert answer["answered"]
    assert answer["text"]
    assert len(play.appeals(intruder)) == len(play.appeals(victim)) == 1
    assert play.conversation(victim).state == play.conversation(intruder).state == "bot"


@pytest.mark.parametrize(
    "data",
    [
        "garbage",
        "0:fix:1:",
        "2:fix:1:",
        "1:nosuch:1:",
        "1:fix:99999999999999999999999999:",
        "1:home:99999999999999999999999999:",
        "1:split:99999999999999999999:",
        "1:fix::",
        "1:stars:{id}:9",
        "1:stars:{id}:5",
        "1:fixnat:{id}:emergency",
        "1:fixnat:{id}:nonsense",
        "1:fixcat:{id}:nonsense",
        "1:fixhome:{id}:99999999999999999999999999",
        "1:solved:{id}:",
        "1:reopen:{id}:",
        "1:order:{message}:no_such_item",
        "1:addto:{message}:99999999999999999999999999",
        "1:read:{message}:nonsense",
        "1:lang:0:tlh",
        "1:fix:²:",
        "1:fix:1:\u0661",
    ],
)
async def test_forged_and_outdated_buttons_explain_themselves(play: Play, data: str) -> None:
    phone = await play.owner()
    appeal, card = await play.appeal(phone)
    message = play.written(phone)[-1]
    forged = data.replace("{id}", str(appeal.id)).replace("{message}", str(message.id))
    answer = await phone.press(card, data=forged, force=True)
    assert answer["answered"], "every press is answered"
    if "lang" not in data:
        assert answer["text"], "and says why nothing came of it"
    stored = play.appeal_of(phone)
    assert (stored.state, stored.nature, stored.category) == (
        "received", "help_seeking", "lighting",
    )  # fmt: skip
    assert play.conversation(phone).language == "en"
    await is_settled(play, phone)


async def test_a_button_whose_moment_has_passed_says_so(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, card = await play.appeal(phone)
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="Done.")
    question = await phone.wait_for("Is it solved for you?")
    await press(phone, question, "solved")
    await phone.wait_for("How was it?")
    late = await phone.press(card, data=f"1:cancelok:{appeal.id}:", force=True)
    assert "closed already" in late["text"]
    assert play.appeal_of(phone).state == "closed"
    again = await phone.press(question, data=f"1:solved:{appeal.id}:", force=True)
    assert again["answered"]
    assert play.events(appeal).count("appeal.closed") == 1


async def test_a_file_of_25_megabytes_is_refused_in_words_and_noted(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone)
    await phone.send_document(bytes(25_000_000), "film.zip", "application/zip")
    answer = await phone.wait_for("larger than 20 MB")
    assert "I have noted that you sent it" in get_text(answer)
    (message,) = play.written(phone)[-1:]
    assert message.appeal_id == appeal.id
    assert [a.state for a in message.attachments] == ["too_large"]
    assert "film.zip" in await desk.read(f"/appeals/{appeal.id}")


async def test_a_large_photo_with_danger_in_its_words_is_still_danger(play: Play) -> None:
    phone = await play.owner()
    await phone.send_file(
        "video", bytes(25_000_000), "v.mp4", "video/mp4", "smoke is coming out of the basement!!"
    )
    await phone.wait_for("999")
    assert play.appeal_of(phone).severity == "emergency"


async def test_updates_that_come_twice_or_in_the_wrong_order_are_handled_once(play: Play) -> None:
    phone = await play.owner()
    await play.stand_in.set_fault(duplicate=2, swap=1)
    try:
        await phone.send_text(FAULT)
        await phone.send_text("My parcel can't be found, could you check?")
        await phone.send_text("thanks!")
        await play.until(lambda: len(play.written(phone)) == 4)
        await play.until(lambda: all(m.answered_at for m in play.written(phone)))
    finally:
        await play.stand_in.clear_faults()
    await is_settled(play, phone)
    appeals = play.appeals(phone)
    assert sorted(a.category for a in appeals) == ["lighting", "mail_delivery"]

    def count(session: Session) -> int:
        conversation = play.conversation(phone)
        return (
            session.scalar(
                select(func.count()).where(
                    Message.conversation_id == conversation.id, Message.key.like("card:%")
                )
            )
            or 0
        )

    assert play.read(count) == 2


async def test_a_group_is_told_to_write_in_private_and_its_migration_harms_nobody(
    play: Play,
) -> None:
    phone = await play.owner()
    group = await play.stand_in.add_group("Neighbours", [phone.person_id])
    path = f"/people/{phone.person_id}/text"
    body = {"text": "/help@ownerdesk_demo_bot", "chat_id": group["id"]}
    await play.stand_in.call("POST", path, json=body)
    bigger = await play.stand_in.migrate_group(group["id"])
    assert bigger["id"] != group["id"]

    def handled(session: Session) -> bool:
        rows = session.scalars(
            select(InboxUpdate).where(InboxUpdate.chat_id.in_([group["id"], bigger["id"]]))
        ).all()
        return len(rows) >= 3 and all(r.handled_at and not r.attempts for r in rows)

    await play.until(lambda: play.read(handled))
    kept = play.read(
        lambda s: s.scalar(
            select(func.count()).where(Conversation.chat_id.in_([group["id"], bigger["id"]]))
        )
    )
    assert kept == 0
    await phone.send_text(FAULT)
    await phone.wait_for(is_card)
