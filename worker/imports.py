"""Imports of owners: the file is read into rows and checked, applied when asked for, and forgotten after a day."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import procrastinate
from sqlalchemy import update
from sqlalchemy.orm import Session

from ownerdesk.adapters.tables import Table, read_table
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.model import OwnerImport
from ownerdesk.rules.imports import FileMistake
from ownerdesk.services import imports as service
from ownerdesk.services import jobs as tasks

logger = logging.getLogger(__name__)

QUEUE = "imports"


def add_import_jobs(jobs: procrastinate.App, core: Core) -> None:
    """A job that comes late, or twice, finds the import moved on and does nothing."""
    # One file at a time, and in no transaction's thread: half a million rows hold up no message to an owner.
    reader = ThreadPoolExecutor(1, thread_name_prefix="imports")

    @jobs.task(name=tasks.CHECK_IMPORT, queue=QUEUE, retry=BACKOFF)
    async def on_file(import_id: int) -> None:
        await asyncio.get_running_loop().run_in_executor(reader, read_import, core, import_id)

    @jobs.task(name=tasks.APPLY_IMPORT, queue=QUEUE, retry=BACKOFF)
    async def on_press(import_id: int) -> None:
        await asyncio.get_running_loop().run_in_executor(reader, write_import, core, import_id)

    @jobs.task(name=tasks.FORGET_IMPORT, queue=QUEUE, retry=BACKOFF)
    async def on_day(import_id: int) -> None:
        path = await core.transact(service.forget_import, import_id)
        remove_file(path)


def read_import(core: Core, import_id: int) -> None:
    """Chunk by chunk, each in a transaction of its own, so that people see how far it is. The file goes when it has
    been read."""
    row = core.transact_now(service.restart_reading, import_id)
    if row is None or row.path is None:
        return
    path = Path(row.path)
    try:
        table = read_table(path)
        core.transact_now(_note_format, import_id, table)
        at = core.clock()
        for chunk in service.parse_chunks(table.records, project_code=row.project_code, at=at):
            core.transact_now(service.stage_rows, import_id, chunk)
    except FileMistake as wrong:
        core.transact_now(service.refuse_file, import_id, wrong, at=core.clock())
    except FileNotFoundError:
        logger.warning("import %s: its file is gone", import_id)
        core.transact_now(service.forget_import, import_id)
    else:
        core.transact_now(service.check_import, import_id, at=core.clock())
    remove_file(row.path)


def _note_format(session: Session, import_id: int, table: Table) -> None:
    session.get_one(OwnerImport, import_id).format = table.format


def write_import(core: Core, import_id: int) -> None:
    """In one transaction; how far it is, is told in others."""

    def report(percent: int) -> None:
        core.transact_now(_note_progress, import_id, percent)

    core.transact_now(service.apply_import, import_id, at=core.clock(), report=report)


def _note_progress(session: Session, import_id: int, percent: int) -> None:
    session.execute(update(OwnerImport).where(OwnerImport.id == import_id).values(progress=percent))


def remove_file(path: str | None) -> None:
    if path is not None:
        Path(path).unlink(missing_ok=True)
