"""What owners add, split off, put right and take back."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.client import Phone, get_text, list_buttons
from demo.errors import Json
from ownerdesk.model import Attachment
from tests.journeys.pictures import make_photo
from tests.journeys.world import Play, data_of, has_button, is_card, labels, press

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

FAULT = "The light on the landing of the fourth floor is out."
MORE = "and it is the same on the third floor"


async def test_messages_in_a_row_join_one_appeal(play: Play) -> None:
    phone = await play.owner()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_text(FAULT)
    joined = await phone.wait_for(f"I have added this to {appeal.number}")
    assert labels(joined) == ["This is something else"]
    await phone.send_text(MORE)
    await phone.wait_for(f"I have added this to {appeal.number}")
    assert len(play.appeals(phone)) == 1
    assert {m.appeal_id for m in play.written(phone)[-3:]} == {appeal.id}


async def test_this_is_something_else_makes_an_appeal_of_its_own_and_only_one(play: Play) -> None:
    phone = await play.owner()
    first, _ = await play.appeal(phone, FAULT)
    await phone.send_text(MORE)
    joined = await phone.wait_for(has_button("split"))
    data = data_of(joined, "split")
    await phone.press(joined, data=data)
    await phone.wait_for(is_card)
    await phone.press(joined, data=data, force=True)
    appeals = play.appeals(phone)
    assert [a.id for a in appeals][:1] == [first.id]
    assert len(appeals) == 2
    assert appeals[1].source_message_id == play.written(phone)[-1].id
    assert "message.split_off" in play.events(first)


async def test_another_matter_in_between_is_an_appeal_of_its_own(play: Play) -> None:
    phone = await play.owner()
    await play.appeal(phone, FAULT)
    await phone.send_text("My parcel can't be found, could you check?")
    await phone.wait_for(is_card)
    assert [a.category for a in play.appeals(phone)] == ["lighting", "mail_delivery"]


async def test_new_makes_the_next_message_a_matter_of_its_own(play: Play) -> None:
    phone = await play.owner()
    await play.appeal(phone, FAULT)
    await phone.send_text("/new")
    await phone.wait_for("what is it about?")
    await phone.send_text(FAULT)
    await phone.wait_for(is_card)
    assert len(play.appeals(phone)) == 2


async def test_an_owner_corrects_what_kind_of_matter_it_is(play: Play) -> None:
    phone = await play.owner()
    appeal, card = await play.appeal(phone, FAULT)
    await press(phone, card, "fix")
    card = await phone.wait_for(has_button("fixnat"))
    await press(phone, card, "fixnat")
    card = await phone.wait_for(lambda m: "Complaint" in labels(m))
    await phone.press(card, text="Complaint")
    card = await phone.wait_for(is_card)
    assert "Complaint" in get_text(card)
    corrected = play.appeal_of(phone)
    assert (corrected.nature, corrected.severity) == ("dissatisfaction", "major")
    assert "appeal.corrected" in play.events(appeal)
    assert corrected.next_due_at is not None


async def test_an_owner_corrects_what_it_is_about(play: Play) -> None:
    phone = await play.owner()
    appeal, card = await play.appeal(phone, FAULT)
    await press(phone, card, "fix")
    card = await phone.wait_for(has_button("fixgrp"))
    await press(phone, card, "fixgrp")
    card = await phone.wait_for(has_button("fixcat"))
    await press(phone, card, "fixcat", "community")
    card = await phone.wait_for(lambda m: "Noise" in labels(m))
    await phone.press(card, text="Noise")
    card = await phone.wait_for(is_card)
    assert "Noise" in get_text(card)
    corrected = play.appeal_of(phone)
    assert corrected.category == "noise"
    assert corrected.department_id != appeal.department_id or appeal.department_id is None
    assert labels(card) == ["Correct this", "Add photo", "Cancel"]


async def test_an_owner_of_two_homes_corrects_which_one_it_is(play: Play) -> None:
    phone = await play.owner(homes=2)
    appeal, card = await play.appeal(phone, FAULT)
    await press(phone, card, "fix")
    card = await phone.wait_for(has_button("fixhome"))
    await press(phone, card, "fixhome")
    card = await phone.wait_for(lambda m: sum(":fixhome:" in b for b in buttons_of(m)) == 2)
    other = next(
        b for b in buttons_of(card) if ":fixhome:" in b and not b.endswith(f":{appeal.unit_id}")
    )
    await phone.press(card, data=other)
    await phone.wait_for(is_card)
    moved = play.appeal_of(phone)
    assert str(moved.unit_id) == other.rpartition(":")[2]
    assert moved.place != appeal.place


def buttons_of(message: Json) -> list[str]:
    return [str(b["callback_data"]) for b in list_buttons(message)]


async def test_a_photo_is_put_with_the_appeal_on_disk_and_before_the_staff(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, card = await play.appeal(phone, FAULT)
    await press(phone, card, "photo")
    await phone.wait_for("Send the photo now")
    await phone.send_photo(make_photo(shade=99))
    await phone.wait_for(f"it is with {appeal.number}")
    attachment = await stored_file(play, phone)
    assert play.written(phone)[-1].appeal_id == appeal.id
    assert attachment.path is not None
    kept = play.stack.data_dir / "files" / Path(attachment.path)
    assert kept.read_bytes() == await desk.download(f"/files/{attachment.id}")
    assert f"/files/{attachment.id}" in await desk.read(f"/appeals/{appeal.id}")
    stranger = await play.console("gloria.atenta@example.com")
    status, _ = await stranger.send(f"/files/{attachment.id}")
    assert status in (403, 404, 405)


async def stored_file(play: Play, phone: Phone) -> Attachment:
    """The file of the last message, once it was fetched."""
    return await play.until(
        lambda: next((a for a in play.written(phone)[-1].attachments if a.state == "stored"), None)
    )


async def test_an_owner_withdraws_an_appeal_after_being_asked_once_more(play: Play) -> None:
    phone = await play.owner()
    appeal, card = await play.appeal(phone, FAULT)
    await press(phone, card, "cancel")
    question = await phone.wait_for(has_button("cancelok"))
    assert play.appeal_of(phone).state == "received"
    await press(phone, question, "cancelok")
    await phone.wait_for(f"{appeal.number} is withdrawn")
    withdrawn = play.appeal_of(phone)
    assert (withdrawn.state, withdrawn.closed_by) == ("cancelled", "owner")
    assert withdrawn.next_due_at is None


async def test_keep_leaves_the_appeal_and_its_buttons_as_they_were(play: Play) -> None:
    phone = await play.owner()
    _, card = await play.appeal(phone, FAULT)
    await press(phone, card, "cancel")
    question = await phone.wait_for(has_button("cancelok"))
    await phone.press(question, text="Keep")
    card = await phone.wait_for(is_card)
    assert labels(card) == ["Correct this", "Add photo", "Cancel"]
    assert play.appeal_of(phone).state == "received"


async def test_a_wish_to_withdraw_in_words_is_asked_about_by_button(play: Play) -> None:
    phone = await play.owner()
    await play.appeal(phone, FAULT)
    await phone.send_text("cancel my request please")
    question = await phone.wait_for("Shall I withdraw it?")
    await press(phone, question, "cancelok")
    await phone.wait_for("is withdrawn")
    assert play.appeal_of(phone).state == "cancelled"


async def test_an_answered_question_is_closed_by_the_owner(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("What does the property fee cover?")
    answer = await phone.wait_for(has_button("solved"))
    await press(phone, answer, "solved")
    await phone.wait_for("How was it?")
    assert play.appeal_of(phone).state == "closed"


async def test_who_is_not_helped_by_the_article_gets_a_person(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("What does the property fee cover?")
    answer = await phone.wait_for(has_button("solved"))
    await phone.press(answer, text="Ask a person")
    await phone.wait_for("I have reopened")
    appeal = play.appeal_of(phone)
    assert appeal.state == "accepted"
    assert appeal.next_due_at is not None
    conversation = play.conversation(phone)
    assert conversation.state == "waiting"


async def test_a_paid_service_is_ordered_once_at_the_price_offered(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("How much does it cost to hang a ceiling lamp?")
    offer = await phone.wait_for(has_button("order"))
    data = data_of(offer, "order")
    await phone.press(offer, data=data)
    card = await phone.wait_for(is_card)
    await phone.press(offer, data=data, force=True)
    appeal = play.appeal_of(phone)
    assert (appeal.nature, appeal.category, str(appeal.price)) == (
        "paid_service", "home_lighting", "35.00",
    )  # fmt: skip
    assert "35.00" in get_text(card)
    assert appeal.department is not None
    assert appeal.department.code == "maintenance"
    assert play.events(appeal).count("service.ordered") == 1


async def test_an_offer_may_be_declined_or_passed_to_a_person(play: Play) -> None:
    phone = await play.owner()
    await phone.send_text("How much does it cost to hang a ceiling lamp?")
    offer = await phone.wait_for(has_button("noorder"))
    await press(phone, offer, "noorder")
    await phone.wait_for("nothing is ordered")
    assert play.appeals(phone) == []
    await phone.send_text("How much does it cost to hang a ceiling lamp?")
    offer = await phone.wait_for(has_button("askprice"))
    await press(phone, offer, "askprice")
    await phone.wait_for(is_card)
    assert (play.appeal_of(phone).nature, play.appeal_of(phone).price) == ("paid_service", None)


async def test_status_shows_the_card_and_appeals_lists_what_there_was(play: Play) -> None:
    phone = await play.owner()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_text("any news on my request?")
    card = await phone.wait_for(is_card)
    assert appeal.number in get_text(card)
    await phone.send_text("My parcel can't be found, could you check?")
    await phone.wait_for(is_card)
    await phone.send_text("/appeals")
    listed = await phone.wait_for("Your appeals")
    assert set(labels(listed)) == {a.number for a in play.appeals(phone)}
    await phone.press(listed, text=appeal.number)
    card = await phone.wait_for(is_card)
    assert appeal.number in get_text(card)


async def test_yes_in_words_closes_what_waits_for_the_owners_word(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone, FAULT)
    await desk.act(appeal, "accept")
    await desk.act(appeal, "resolve", resolution="New lamp.")
    await phone.wait_for("Is it solved for you?")
    await phone.send_text("yes")
    await phone.wait_for("How was it?")
    assert play.appeal_of(phone).state == "closed"
