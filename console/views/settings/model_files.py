"""The file of a model, brought from another installation: looked at before it is taken, then a candidate like others."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web
from sqlalchemy.orm import Session

from console.keys import CORE, get_viewer
from console.views.settings import models
from console.views.settings.common import check_in_all
from ownerdesk.adapters.model_files import read_like, read_model_file, read_rasa_version
from ownerdesk.queries.staff import get_staff_member
from ownerdesk.queries.trainings import find_model_in_service
from ownerdesk.rules.access import Right
from ownerdesk.rules.model_files import MOST_MEGABYTES, ModelFile, check_model_file
from ownerdesk.rules.refusals import ModelFileRefused, Refusal
from ownerdesk.services.model_files import add_brought_model
from ownerdesk.settings import Settings
from ownerdesk.supervisor.roster import REPOSITORY

CHUNK = 1 << 16


@dataclass(frozen=True)
class Received:
    """What lies on disk: its name where it came from, its size in bytes, and a hash of its content."""

    name: str
    size: int
    digest: str


async def upload(request: web.Request) -> web.StreamResponse:
    """Take the file chunk by chunk; nothing of it stays when it is refused."""
    core, viewer = request.app[CORE], get_viewer(request)
    served = await core.transact(_find_served, viewer.staff_id)
    folder = core.settings.models_dir
    draft = folder / f".brought-{secrets.token_hex(8)}"
    base = models.own_base(core.settings)
    target = folder / f"{base}+b{secrets.token_hex(6)}.tar.gz"
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        received = await _receive(request, draft)
        found = await asyncio.to_thread(_look, core.settings, draft, received.name, served)
        draft.replace(target)

        def add(session: Session) -> int:
            return add_brought_model(
                session, file=target.name, size=received.size, base=base, digest=received.digest,
                brought_as=received.name, trained_at=found.trained_at,
                by=get_staff_member(session, viewer.staff_id), at=core.clock(),
            ).id  # fmt: skip

        model_id = await core.transact(add)
    except Refusal as refusal:
        _remove(draft, target)
        return await models.list_page(request, refusal=refusal, kept=None)
    except BaseException:
        _remove(draft, target)  # the browser left, or we stop: half a file is nobody's
        raise
    raise web.HTTPSeeOther(f"{models.BASE}/{model_id}")


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _find_served(session: Session, staff_id: int) -> str | None:
    """The file in service, for somebody who may bring another. Raises NotFound."""
    check_in_all(get_staff_member(session, staff_id), Right.ADMINISTER)
    served = find_model_in_service(session)
    return served.file if served else None


def _look(settings: Settings, draft: Path, name: str, served: str | None) -> ModelFile:
    """Raises ModelFileRefused."""
    found = read_model_file(draft)
    like = read_like(settings.models_dir / served) if served else None
    check_model_file(
        found, like, name=name, base=models.own_base(settings),
        version=read_rasa_version(REPOSITORY / "requirements" / "rasa.txt"),
    )  # fmt: skip
    return found


async def _receive(request: web.Request, draft: Path) -> Received:
    """The first file of the form. Raises ModelFileRefused."""
    if not request.content_type.startswith("multipart/"):
        raise ModelFileRefused("no_file")
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.filename:
                return await _save(part, draft)
    except ValueError:
        raise ModelFileRefused("no_file") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ModelFileRefused("disk_full") from None
    raise ModelFileRefused("no_file")


async def _save(part: BodyPartReader, draft: Path) -> Received:
    size, digest = 0, hashlib.sha256()
    with draft.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > MOST_MEGABYTES * 1024 * 1024:
                raise ModelFileRefused("too_large", expected=str(MOST_MEGABYTES))
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
    name = (part.filename or "").replace("\x00", "")[:200]
    return Received(name, size, digest.hexdigest()[:32])


def add_routes(app: web.Application) -> None:
    app.router.add_post(models.BASE, upload)
