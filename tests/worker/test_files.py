"""Files: streamed to disk under a limit, with names that cannot leave their folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import procrastinate
import pytest
from procrastinate.testing import InMemoryConnector
from telegram import File
from telegram.error import BadRequest, NetworkError

from ownerdesk.bootstrap import Core
from ownerdesk.model import Attachment
from ownerdesk.services.jobs import FETCH_FILE
from ownerdesk.services.messages import MAX_FILE_BYTES, IncomingFile
from tests.make import make_cast, make_message
from worker import files
from worker.files import add_file_job


class Shelf:
    """A bot that knows one file, behind a transport that serves it."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.error: Exception | None = None
        self.status = 200
        self.asked = 0

    async def get_file(self, file_id: str) -> File:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return File(file_id, file_id, file_path=f"http://127.0.0.1/{file_id}")

    def serve(self, request: httpx.Request) -> httpx.Response:
        def chunks() -> Iterator[bytes]:
            for start in range(0, len(self.body), 1 << 20):
                yield self.body[start : start + (1 << 20)]

        async def stream() -> object:
            for chunk in chunks():
                yield chunk

        return httpx.Response(self.status, content=stream())  # type: ignore[arg-type]


def fetch(core: Core, shelf: Shelf, attachment_id: int) -> None:
    jobs = procrastinate.App(connector=InMemoryConnector())
    add_file_job(jobs, core, shelf)  # type: ignore[arg-type]
    asyncio.run(jobs.tasks[FETCH_FILE].func(attachment_id))


def read(core: Core, attachment_id: int) -> Attachment:
    return core.transact_now(lambda s: s.get_one(Attachment, attachment_id))


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(b"picture")
    client = httpx.AsyncClient

    def make_client(**_: object) -> httpx.AsyncClient:
        return client(transport=httpx.MockTransport(shelf.serve))

    monkeypatch.setattr(files.httpx, "AsyncClient", make_client)
    return shelf


def attach(core: Core, name: str = "photo.jpg") -> int:
    def work(session):  # type: ignore[no-untyped-def]
        cast = make_cast(session)
        file = IncomingFile("photo", "file-1", name, "image/jpeg", 7)
        message = make_message(session, cast.conversation, "", kind="photo", files=[file])
        return message.attachments[0].id

    return core.transact_now(work)  # type: ignore[no-any-return]


def test_a_file_is_stored_once_under_its_own_number(core: Core, shelf: Shelf) -> None:
    attachment_id = attach(core)
    fetch(core, shelf, attachment_id)
    fetch(core, shelf, attachment_id)
    stored = read(core, attachment_id)
    assert stored.state == "stored"
    path = core.settings.files_dir / str(stored.path)
    assert path.read_bytes() == b"picture"
    assert shelf.asked == 1
    assert [p.name for p in path.parent.iterdir()] == [path.name], "no half file is left"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "", "a\\..\\b", "图.jpg"]
)
def test_no_name_leads_out_of_the_folder(core: Core, shelf: Shelf, name: str) -> None:
    attachment_id = attach(core, name)
    fetch(core, shelf, attachment_id)
    path = core.settings.files_dir / str(read(core, attachment_id).path)
    assert path.resolve().is_relative_to(core.settings.files_dir.resolve())
    assert path.is_file()


def test_more_than_the_limit_is_not_kept_whatever_was_announced(core: Core, shelf: Shelf) -> None:
    shelf.body = b"x" * (MAX_FILE_BYTES + 1)
    attachment_id = attach(core)
    fetch(core, shelf, attachment_id)
    assert (read(core, attachment_id).state, read(core, attachment_id).path) == ("too_large", None)
    assert [p for p in core.settings.files_dir.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("reason", "state"), [("File is too big", "too_large"), ("invalid file_id", "failed")]
)
def test_what_telegram_refuses_is_recorded(
    core: Core, shelf: Shelf, reason: str, state: str
) -> None:
    shelf.error = BadRequest(reason)
    attachment_id = attach(core)
    fetch(core, shelf, attachment_id)
    assert read(core, attachment_id).state == state


def test_a_network_error_is_left_to_be_tried_again(core: Core, shelf: Shelf) -> None:
    shelf.error = NetworkError("down")
    attachment_id = attach(core)
    with pytest.raises(NetworkError):
        fetch(core, shelf, attachment_id)
    assert read(core, attachment_id).state == "pending"
    shelf.error = None
    fetch(core, shelf, attachment_id)
    assert read(core, attachment_id).state == "stored"


def test_a_file_that_is_gone_is_recorded_and_a_server_in_trouble_is_asked_again(
    core: Core, shelf: Shelf
) -> None:
    gone = attach(core)
    shelf.status = 404
    fetch(core, shelf, gone)
    assert read(core, gone).state == "failed"
    shelf.status = 503
    core.transact_now(lambda s: setattr(s.get_one(Attachment, gone), "state", "pending"))
    with pytest.raises(httpx.HTTPStatusError):
        fetch(core, shelf, gone)
    assert read(core, gone).state == "pending"
