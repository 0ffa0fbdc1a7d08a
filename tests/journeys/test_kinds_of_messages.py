"""Albums, files, voices, places, stickers, contacts and edits: each is answered and kept where it belongs."""

from __future__ import annotations

import pytest

from demo.client import get_text
from tests.journeys.pictures import make_photo
from tests.journeys.world import Play, has_button, is_card

pytestmark = [pytest.mark.anyio, pytest.mark.journey]

FAULT = "The light on the landing of the fourth floor is out."


async def test_an_album_joins_the_open_appeal_and_is_answered_once(play: Play) -> None:
    phone = await play.owner()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_album([make_photo(shade=s) for s in (10, 60, 110)])
    await play.until(lambda: [bool(m.answered_at) for m in play.written(phone)] == [True] * 5)
    await phone.wait_for(f"I have added this to {appeal.number}")
    album = play.written(phone)[-3:]
    assert {m.appeal_id for m in album} == {appeal.id}
    await play.until(
        lambda: all(a.state == "stored" for m in play.written(phone)[-3:] for a in m.attachments)
    )
    assert len([m for m in phone.received() if "added this" in get_text(m)]) == 1


async def test_an_album_with_words_becomes_an_appeal_with_all_its_pictures(play: Play) -> None:
    phone = await play.owner()
    await phone.send_album([make_photo(shade=s) for s in (20, 70)], FAULT)
    await phone.wait_for(is_card)
    await play.until(lambda: [bool(m.answered_at) for m in play.written(phone)] == [True] * 3)
    appeal = play.appeal_of(phone)
    assert {m.appeal_id for m in play.written(phone)[-2:]} == {appeal.id}


async def test_a_photo_before_the_words_is_asked_about_and_then_belongs_to_them(
    play: Play,
) -> None:
    phone = await play.owner()
    await phone.send_photo(make_photo())
    await phone.wait_for("what is it about?")
    await phone.send_text(FAULT)
    await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    assert [m.appeal_id for m in play.written(phone)[-2:]] == [appeal.id, appeal.id]


async def test_a_document_is_kept_under_a_harmless_name(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_document(b"%PDF-1.4 offer", "../../etc/offer.pdf", "application/pdf")
    await phone.wait_for(f"I have added this to {appeal.number}")
    attachment = await play.until(
        lambda: next((a for a in play.written(phone)[-1].attachments if a.state == "stored"), None)
    )
    assert attachment.path is not None
    kept = (play.stack.data_dir / "files" / attachment.path).resolve()
    assert kept.is_relative_to((play.stack.data_dir / "files").resolve())
    assert kept.read_bytes() == b"%PDF-1.4 offer"
    assert await desk.download(f"/files/{attachment.id}") == b"%PDF-1.4 offer"
    assert "offer.pdf" in await desk.read(f"/appeals/{appeal.id}")


async def test_a_document_with_words_is_read_like_words(play: Play) -> None:
    phone = await play.owner()
    await phone.send_document(b"notes", "notes.txt", "text/plain", FAULT)
    await phone.wait_for(is_card)
    assert play.appeal_of(phone).category == "lighting"


async def test_a_voice_message_is_kept_and_given_to_a_person(play: Play) -> None:
    phone = await play.owner()
    await phone.send_voice(b"OggS" + bytes(400))
    await phone.wait_for("I have passed this to a person")
    (message,) = play.written(phone)[-1:]
    assert (message.kind, message.answered_how) == ("voice", "handed_over")
    assert play.conversation(phone).state == "waiting"
    await play.until(lambda: play.written(phone)[-1].attachments[0].state == "stored")


async def test_a_video_joins_the_open_appeal(play: Play) -> None:
    phone = await play.owner()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_video(bytes(500))
    await phone.wait_for(f"I have added this to {appeal.number}")
    assert play.written(phone)[-1].kind == "video"


async def test_a_place_is_kept_with_the_appeal_and_shown_to_staff(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    appeal, _ = await play.appeal(phone, FAULT)
    await phone.send_location(51.5007, -0.1246)
    await phone.wait_for(f"I have added this to {appeal.number}")
    (place,) = play.written(phone)[-1].attachments
    assert (place.latitude, place.longitude, place.state) == (51.5007, -0.1246, "none")
    assert "51.5007" in await desk.read(f"/appeals/{appeal.id}")


async def test_a_sticker_is_answered_in_kind_and_makes_no_appeal(play: Play) -> None:
    phone = await play.owner()
    await phone.send_sticker("🙏")
    await phone.wait_for("👍")
    assert play.appeals(phone) == []
    assert play.written(phone)[-1].answered_at is not None


async def test_somebody_elses_contact_changes_nothing_for_an_owner(play: Play) -> None:
    phone = await play.owner()
    before = play.conversation(phone).owner_id
    await phone.send_contact("+44 7700 900001", "Hazel")
    await phone.wait_for()
    assert play.conversation(phone).owner_id == before
    assert play.written(phone)[-1].answered_at is not None


async def test_an_edited_message_is_kept_and_said_to_be(play: Play) -> None:
    phone, desk = await play.owner(), await play.console()
    sent = await phone.send_text(FAULT)
    await phone.wait_for(is_card)
    appeal = play.appeal_of(phone)
    await phone.edit(sent["message_id"], f"{FAULT} It is the one by the lift.")
    await phone.wait_for(f"I have noted your change for {appeal.number}")
    (message,) = play.written(phone)[-1:]
    assert message.text.endswith("by the lift.")
    assert message.edited_at is not None
    assert len(play.appeals(phone)) == 1
    assert "by the lift." in await desk.read(f"/appeals/{appeal.id}")


async def test_danger_that_is_edited_in_is_raised(play: Play) -> None:
    phone = await play.owner()
    sent = await phone.send_text(FAULT)
    await phone.wait_for(is_card)
    await phone.edit(sent["message_id"], "smoke is coming out of the basement!!")
    await phone.wait_for("999")
    assert play.appeal_of(phone).severity == "emergency"


async def test_a_forwarded_message_is_read_like_ones_own(play: Play) -> None:
    phone = await play.owner()
    sent = await phone.send_text("hello")
    await phone.wait_for()
    await phone.forward(sent["message_id"])
    await phone.wait_for(lambda m: m["from_bot"] and not has_button("split")(m))
    assert play.written(phone)[-1].answered_at is not None
