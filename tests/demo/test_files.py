"""Files both ways: what people send can be downloaded, what the bot sends can be seen."""

from __future__ import annotations

import struct
import zlib

import pytest
from telegram import InputMediaPhoto
from telegram.error import BadRequest, TelegramError

from demo.client import get_text
from demo.limits import MAX_DOWNLOAD, MAX_PHOTO, MAX_UPLOAD

from .conftest import HAZEL, Play, Running


def make_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURE = make_png(1600, 1200)


def test_a_photo_of_a_person_can_be_downloaded_by_the_bot(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await phone.send_photo(PICTURE, "the tap drips")
        (update,) = await bot.get_updates()
        assert update.message is not None
        assert update.message.caption == "the tap drips"
        largest = update.message.photo[-1]
        assert (largest.width, largest.height) == (1280, 960)
        file = await bot.get_file(largest.file_id)
        assert bytes(await file.download_as_bytearray()) == PICTURE

    play(journey)


def test_an_album_shares_one_group_and_one_caption(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await phone.send_album([PICTURE, PICTURE, PICTURE], "three views")
        messages = [update.message for update in await bot.get_updates()]
        assert len({message.media_group_id for message in messages if message}) == 1
        assert [m.caption for m in messages if m] == ["three views", None, None]
        assert len(sent) == 3

    play(journey)


def test_documents_voices_videos_stickers_places_and_contacts_arrive(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await phone.send_document(b"%PDF-", "plan.pdf", "application/pdf")
        await phone.send_voice(b"OggS", duration=7)
        await phone.send_video(b"mp4!", "the noise")
        await phone.send_sticker("🎉")
        await phone.send_location(51.5, -0.12)
        await phone.send_contact("+34 600 000 999", "Somebody")
        document, voice, video, sticker, place, contact = [
            update.message for update in await bot.get_updates() if update.message
        ]
        assert document.document is not None
        assert document.document.file_name == "plan.pdf"
        assert voice.voice is not None
        assert voice.voice.duration == 7
        assert video.video is not None
        assert video.caption == "the noise"
        assert sticker.sticker is not None
        assert sticker.sticker.emoji == "🎉"
        assert place.location is not None
        assert place.location.latitude == 51.5
        assert contact.contact is not None
        assert contact.contact.user_id is None

    play(journey)


def test_a_file_above_20_megabytes_cannot_be_fetched(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        await phone.send_document(b"x" * MAX_DOWNLOAD, "fits.bin")
        await phone.send_document(b"x" * (MAX_DOWNLOAD + 1), "large.bin")
        fits, large = [update.message for update in await bot.get_updates()]
        assert fits is not None
        assert fits.document is not None
        assert (await bot.get_file(fits.document.file_id)).file_size == MAX_DOWNLOAD
        assert large is not None
        assert large.document is not None
        with pytest.raises(BadRequest, match="File is too big"):
            await bot.get_file(large.document.file_id)
        with pytest.raises(BadRequest, match="Invalid file_id"):
            await bot.get_file("nonsense")

    play(journey)


def test_a_bot_may_upload_50_megabytes_and_photos_of_10(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot = await run.bot()
        with pytest.raises(TelegramError, match="Request Entity Too Large"):
            await bot.send_document(HAZEL, b"x" * (MAX_UPLOAD + 1))
        with pytest.raises(BadRequest, match="too big for a photo"):
            await bot.send_photo(HAZEL, b"x" * (MAX_PHOTO + 1))
        assert run.state.messages(HAZEL) == []
        kept = list((run.state.files.disk_path({"disk": "."})).iterdir())
        assert kept == []

    play(journey)


def test_photos_of_the_bot_reach_the_phone_and_can_be_sent_again_by_id(play: Play) -> None:
    async def journey(run: Running) -> None:
        bot, phone = await run.bot(), await run.phone()
        sent = await bot.send_photo(HAZEL, PICTURE, caption="<i>done</i>", parse_mode="HTML")
        shown = await phone.wait_for("done")
        assert await phone.download(shown["photo"][-1]["file_id"]) == PICTURE
        again = await bot.send_photo(HAZEL, sent.photo[-1].file_id)
        assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
        album = await bot.send_media_group(
            HAZEL, [InputMediaPhoto(PICTURE, caption="a"), InputMediaPhoto(sent.photo[-1].file_id)]
        )
        assert len({message.media_group_id for message in album}) == 1
        second = await phone.wait_for(lambda m: m["message_id"] == album[1].message_id)
        assert (get_text(second), second["media_group_id"]) == ("", album[0].media_group_id)
        with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
            await bot.send_photo(HAZEL, "nonsense")
        with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
            await bot.send_document(HAZEL, sent.photo[-1].file_id)

    play(journey)


def test_a_document_that_is_a_page_is_downloaded_and_never_shown(play: Play) -> None:
    async def journey(run: Running) -> None:
        phone = await run.phone()
        sent = await phone.send_document(b"<script>alert(1)</script>", "x.html", "text/html")
        url = f"{run.url}/demo/api/files/{sent['document']['file_id']}"
        async with phone._session.get(url) as answer:
            assert answer.headers["Content-Disposition"] == "attachment"
            assert answer.headers["Content-Type"] == "application/octet-stream"

    play(journey)
