"""The reply box: ready answers, articles, files, preview, and what it refuses to send unseen."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import FormData
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.keys import HUB
from ownerdesk.model import Appeal, CannedReply, Conversation, Message, Upload
from tests.console.conftest import Browser, Site, give_passwords
from tests.console.test_live import _hear, _stream
from tests.make import make_appeal, make_cast, make_message

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 1000
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def appeal(site: Site) -> Appeal:
    return site.core.transact_now(make_appeal, site.cast)


@pytest.fixture
def base(site: Site) -> str:
    return f"/conversations/{site.cast.conversation.id}"


def _write(session: Session, site: Site, text: str) -> None:
    make_message(session, session.get_one(Conversation, site.cast.conversation.id), text)


def _replies(site: Site) -> list[tuple[str, str]]:
    with site.core.sessions() as session:
        query = select(Message.kind, Message.text).where(Message.author == "staff")
        return [(kind, text) for kind, text in session.execute(query.order_by(Message.id))]


def _shown(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\w*)"', page)
    assert found, name
    return found[1]


async def _attach(
    browser: Browser, base: str, name: str, content: bytes, **headers: str
) -> tuple[int, str]:
    form = FormData(quote_fields=False)  # as browsers do
    form.add_field("file", content, filename=name)
    async with browser.http.post(
        f"{base}/uploads", data=form, headers={**SAME_SITE, "HX-Request": "true", **headers}
    ) as response:
        return response.status, await response.text()


def test_a_reply_takes_the_conversation_over_when_nobody_held_it(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        assert "Take over and send" in await browser.read(base)
        assert (await browser.reply(base, "Hello", take="1")).status == 303
        page = await browser.read(base)
        assert page.index("Mara T is here now") < page.index(">Hello</p>")
        assert "You hold this conversation" in page

    site.visit(walk, by=site.cast.mara)


def test_a_message_the_form_had_not_shown_is_shown_first_and_then_it_goes_out(
    site: Site, appeal: Appeal
) -> None:
    base = f"/appeals/{appeal.id}"

    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        seen = _shown(await browser.read(base), "seen")
        await site.core.transact(_write, site, "It is <on> again")
        refused = await browser.reply(base, "We come & look", seen=seen)
        assert refused.status == 409
        page = await refused.text()
        assert "Not sent yet: 1 message came while you were writing." in page
        assert "We come &amp; look</textarea>" in page
        assert "Send all the same" in page
        assert re.search(r'class="bubble owner fresh"(?s:.)*It is &lt;on&gt; again', page)
        assert _replies(site) == []
        fields = {name: _shown(page, name) for name in ("seen", "nonce")}
        sent = await browser.post(f"{base}/reply", text="We come & look", **fields)
        assert sent.status == 303

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == [("text", "We come & look")]


def test_over_anothers_head_only_after_seeing_who_it_is(site: Site, base: str) -> None:
    async def walk(mara: Browser, boris: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await boris.log_in(site.cast.boris)
        await mara.post(f"{base}/take-over")
        refused = await boris.reply(base, "I know this one")
        assert refused.status == 409
        page = await refused.text()
        assert "Mara T holds this conversation and may be answering right now" in page
        assert _replies(site) == []
        fields = {name: _shown(page, name) for name in ("seen", "nonce", "over")}
        assert fields["over"] == str(site.cast.mara.id)
        await boris.post(f"{base}/reply", text="I know this one", **fields)
        assert "Boris T has written in a conversation that you hold" in await mara.read("/notices")

    site.visit_together(walk)
    assert _replies(site) == [("text", "I know this one")]


def test_a_form_without_what_was_shown_sends_nothing(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        for fields in (
            {},
            {"seen": "all"},
            {"seen": "1", "over": "x"},
            {"seen": "1", "uploads": "a"},
        ):
            refused = await browser.post(f"{base}/reply", text="Kept", nonce="n1", **fields)
            assert refused.status == 409
            assert "Kept</textarea>" in await refused.text()

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == []


def test_variables_that_have_no_value_are_named_and_nothing_is_sent(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        refused = await browser.reply(base, "{owner}: {number} for {price}")
        page = await refused.text()
        assert "there is no variable {price}" in page
        assert "nothing is known here for {number}" in page
        await browser.reply(base, "Dear {owner}, {me}")

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == [("text", "Dear Alma Test, Mara T")]


def test_ready_answers_are_the_projects_in_the_owners_language_and_filled_in(
    site: Site, appeal: Appeal
) -> None:
    def fill(session: Session) -> None:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        conversation.language = "es"
        other = make_cast(session, code="U", chat_id=7002)
        for project_id, shortcut, fields in (
            (None, "my_hello", {"bodies": {"en": "Hello {owner}", "es": "Hola {owner}"}}),
            (None, "my_light", {"category": "lighting", "bodies": {"en": "{number}: {price}"}}),
            (None, "my_water", {"category": "water_supply", "bodies": {"en": "w"}}),
            (None, "my_gone", {"is_offered": False, "bodies": {"en": "g"}}),
            (other.project.id, "my_theirs", {"bodies": {"en": "t"}}),
            (site.cast.project.id, "my_both", {"bodies": {"en": "ours"}}),
            (None, "my_both", {"bodies": {"en": "common"}}),
        ):
            names = {"en": shortcut.title()}
            session.add(
                CannedReply(project_id=project_id, shortcut=shortcut, names=names, **fields)
            )

    site.core.transact_now(fill)
    url = f"/conversations/{site.cast.conversation.id}/replies?appeal={appeal.id}"

    async def walk(browser: Browser) -> None:
        found = await (await browser.get(url)).json()
        mine = [(r["mark"], r["text"]) for r in found if r["mark"].startswith("/my_")]
        assert mine == [
            ("/my_light", f"{appeal.number}: {{price}}"),
            ("/my_both", "ours"),
            ("/my_hello", "Hola Alma Test"),
        ]
        assert (await browser.get(url.replace(str(appeal.id), "999999"))).status == 404

    site.visit(walk, by=site.cast.mara)


def test_articles_are_found_as_one_types_in_the_owners_language(site: Site, base: str) -> None:
    async def walk(browser: Browser) -> None:
        for typed, language in (("park", "en"), ("parking visitor", "en"), ("停车", "zh")):
            await site.core.transact(_speak, site, language)
            response = await browser.get(f"{base}/articles?q={typed}")
            found = await response.json()
            assert found, typed
            assert all("{phone}" not in a["text"] and a["short"] in a["text"] for a in found)
        assert (await (await browser.get(f"{base}/articles?q=%27%3A%26")).json()) != []
        assert (await (await browser.get(f"{base}/articles?q=xyzzyq")).json()) == []

    site.visit(walk, by=site.cast.mara)


def _speak(session: Session, site: Site, language: str) -> None:
    session.get_one(Conversation, site.cast.conversation.id).language = language


def test_a_file_is_kept_beside_the_reply_shown_in_the_preview_and_sent_with_it(
    site: Site, base: str
) -> None:
    async def walk(browser: Browser) -> None:
        await browser.post(f"{base}/take-over")
        status, part = await _attach(browser, base, "roof <1>.jpg", JPEG)
        assert status == 200
        assert "roof &lt;1&gt;.jpg" in part
        page = await browser.read(base)
        assert "roof &lt;1&gt;.jpg" in page, "a reload keeps it"
        uploads = _shown(page, "uploads")
        drawn = await browser.post(f"{base}/preview", text="See {owner} <b>", uploads=uploads)
        preview = await drawn.text()
        assert "See Alma Test &lt;b&gt;" in preview
        assert "roof &lt;1&gt;.jpg" in preview
        assert (
            "there is no variable {x}"
            in await (await browser.post(f"{base}/preview", text="{x}")).text()
        )
        assert (await browser.reply(base, "", uploads=uploads)).status == 303
        shown = await browser.read(base)
        (file_id,) = re.findall(r'<img src="/files/(\d+)"', shown)
        assert await (await browser.get(f"/files/{file_id}")).read() == JPEG

    site.visit(walk, by=site.cast.mara)
    assert _replies(site) == [("photo", "")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.exe", b"MZ", "This kind of file is not sent to owners"),
        ("page.html", b"<script>", "This kind of file is not sent to owners"),
        ("photo.jpg", b"<script>", "it is not what its name says"),
        ("empty.jpg", b"", "Choose a file that is not empty."),
        ("big.txt", b"x" * 50_000_001, "larger than 50 MB"),
    ],
)
def test_a_file_that_is_not_sent_is_refused_in_words_and_not_kept(
    site: Site, base: str, name: str, content: bytes, words: str
) -> None:
    async def walk(browser: Browser) -> None:
        status, part = await _attach(browser, base, name, content)
        assert status == 409
        assert words in part

    site.visit(walk, by=site.cast.mara)
    with site.core.sessions() as session:
        assert session.scalars(select(Upload)).all() == []
    folder: Path = site.core.settings.files_dir / "uploads"
    assert list(folder.glob("*")) == []


def test_files_and_helpers_are_closed_to_other_projects(site: Site, base: str) -> None:
    other = site.core.transact_now(make_cast, code="U", chat_id=7002)
    site.core.transact_now(give_passwords)

    async def walk(mara: Browser, stranger: Browser) -> None:
        await mara.log_in(site.cast.mara)
        await stranger.log_in(other.mara)
        await _attach(mara, base, "a.jpg", JPEG)
        with site.core.sessions() as session:
            upload_id = session.scalars(select(Upload.id)).one()
        assert (await _attach(stranger, base, "a.jpg", JPEG))[0] == 404
        for path in ("replies", "articles", "colleagues", "presence"):
            assert (await stranger.get(f"{base}/{path}")).status == 404, path
        for path in ("preview", f"uploads/{upload_id}/remove"):
            assert (await stranger.post(f"{base}/{path}", text="x")).status == 404, path
        assert (await mara.post(f"{base}/uploads/{upload_id}/remove")).status == 303
        with site.core.sessions() as session:
            assert session.scalars(select(Upload)).all() == []
        found = await (await mara.get(f"{base}/colleagues")).json()
        assert {c["name"] for c in found} == {"Boris T", "Ike T"}

    site.visit_together(walk)
    assert list((site.core.settings.files_dir / "uploads").glob("*")) == []


def test_a_long_conversation_pages_backwards_and_keeps_its_place(site: Site, base: str) -> None:
    def fill(session: Session) -> None:
        for number in range(120):
            _write(session, site, f"Message number {number:03}.")

    site.core.transact_now(fill)

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert ("number 070" in page, "number 069" in page) == (True, False)
        for first in ("number 020", "number 000"):
            older = re.search(r'href="([^"#]+\?since=\d+)#message-\d+"', page)
            assert older
            page = await browser.read(older[1])
            assert first in page
            assert "number 119" in page, "read on to the end without a gap"
            since = older[1].partition("?since=")[2]
            assert f'name="since" value="{since}">' in page, "news keep the place"
        assert "Older messages" not in page
        assert "number 119" in await browser.read(f"{base}?since=rubbish")

    site.visit(walk, by=site.cast.mara)


def test_the_owners_words_are_never_translated_unseen(site: Site, base: str) -> None:
    def write(session: Session) -> None:
        conversation = session.get_one(Conversation, site.cast.conversation.id)
        make_message(session, conversation, "No hay luz").language = "es"

    site.core.transact_now(write)

    async def walk(browser: Browser) -> None:
        page = await browser.read(base)
        assert '<p class="words" translate="no" lang="es">No hay luz</p>' in page

    site.visit(walk, by=site.cast.mara)


def test_a_stream_that_broke_off_tells_the_page_to_fetch_what_it_missed(
    site: Site, base: str
) -> None:
    """As the browser does: it comes back with the id of the last news it heard."""

    async def walk(browser: Browser) -> None:
        async with _stream(browser) as response:
            await site.core.transact(_write, site, "First")
            await _hear(response, f"conversation-{site.cast.conversation.id}")
            heard = browser.app[HUB].last_id
        await site.core.transact(_write, site, "Missed")
        for _ in range(200):
            if browser.app[HUB].last_id != heard:
                break
            await asyncio.sleep(0.05)
        headers = {"Last-Event-ID": heard}
        async with browser.http.get("/events?after=old", headers=headers) as again:
            assert await _hear(again, "refresh") == ["refresh"]
        assert "Missed" in await browser.read(base)
        headers = {"Last-Event-ID": browser.app[HUB].last_id}
        async with browser.http.get("/events", headers=headers) as third:
            await site.core.transact(_write, site, "Next")
            assert "refresh" not in await _hear(third, f"conversation-{site.cast.conversation.id}")

    site.visit(walk, by=site.cast.mara)
