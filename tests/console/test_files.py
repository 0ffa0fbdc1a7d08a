"""Files of owners: shown when they only show, saved when they could run, never outside their folder."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from ownerdesk.model import Attachment, Conversation
from tests.console.conftest import Browser, Site
from tests.make import make_message

CONTENT = b"<script>alert(1)</script>"


def _store(session: Session, site: Site, **fields: object) -> int:
    conversation = session.get_one(Conversation, site.cast.conversation.id)
    message = make_message(session, conversation, "", kind="document")
    values: dict[str, object] = {"kind": "document", "state": "stored", "path": "a/file"}
    attachment = Attachment(message_id=message.id, **{**values, **fields})
    session.add(attachment)
    session.flush()
    folder = site.core.settings.files_dir / "a"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file").write_bytes(CONTENT)
    (site.core.settings.data_dir / "outside").write_bytes(b"secret")
    return attachment.id


@pytest.mark.parametrize(
    ("kind", "stated", "sent", "how"),
    [
        ("photo", "", "image/jpeg", "inline"),
        ("photo", "image/png", "image/png", "inline"),
        ("voice", "audio/ogg; codecs=opus", "audio/ogg", "inline"),
        ("video", "", "video/mp4", "inline"),
        ("document", "text/html", "application/octet-stream", "attachment"),
        ("document", "image/svg+xml", "application/octet-stream", "attachment"),
        ("photo", "text/html", "application/octet-stream", "attachment"),
        ("document", "", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_shown_only_when_its_type_cannot_run(
    site: Site, kind: str, stated: str, sent: str, how: str
) -> None:
    file_id = site.core.transact_now(
        _store, site, kind=kind, mime_type=stated, name='my "file"\r\n.html'
    )

    async def walk(browser: Browser) -> None:
        response = await browser.get(f"/files/{file_id}")
        assert response.status == 200
        assert await response.read() == CONTENT
        assert response.headers["Content-Type"] == sent
        disposition = response.headers["Content-Disposition"]
        assert disposition == f"{how}; filename*=UTF-8''my%20%22file%22%0D%0A.html"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"

    site.visit(walk, by=site.cast.mara)


@pytest.mark.parametrize(
    "fields",
    [
        {"path": "../outside"},
        {"path": "/etc/hostname"},
        {"path": "a"},
        {"path": "a/absent"},
        {"path": None},
        {"state": "pending"},
    ],
)
def test_a_path_that_leads_elsewhere_is_not_found(site: Site, fields: dict[str, object]) -> None:
    file_id = site.core.transact_now(_store, site, **fields)

    async def walk(browser: Browser) -> None:
        assert (await browser.get(f"/files/{file_id}")).status == 404

    site.visit(walk, by=site.cast.mara)


def test_a_file_asks_for_a_log_in(site: Site) -> None:
    file_id = site.core.transact_now(_store, site)

    async def walk(browser: Browser) -> None:
        assert (await browser.get(f"/files/{file_id}")).status == 303

    site.visit(walk)


def test_the_thread_shows_each_kind_of_file_in_its_way(site: Site) -> None:
    def fill(session: Session) -> None:
        for fields in (
            {"kind": "photo"},
            {"kind": "voice"},
            {"kind": "video"},
            {"kind": "document", "name": "plan.pdf"},
            {"kind": "document", "name": "big.zip", "state": "too_large", "path": None},
            {
                "kind": "location",
                "state": "none",
                "path": None,
                "latitude": 40.4,
                "longitude": -3.7,
            },
        ):
            _store(session, site, **fields)

    site.core.transact_now(fill)

    async def walk(browser: Browser) -> None:
        page = await browser.read(f"/conversations/{site.cast.conversation.id}")
        for part in (
            '<img src="/files/', "<audio id=", "<video id=", "plan.pdf",
            "larger than 20 MB", "mlat=40.400000&amp;mlon=-3.700000",
        ):  # fmt: skip
            assert part in page, part

    site.visit(walk, by=site.cast.mara)
