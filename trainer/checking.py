"""Checks of the data set: our own first, then Rasa's, on the very files that a training would get."""

from __future__ import annotations

import asyncio
import logging
import shutil

import procrastinate

from ownerdesk.adapters.priorities import LOW
from ownerdesk.bootstrap import Core
from ownerdesk.jobs import BACKOFF
from ownerdesk.queries.categories import read_categories
from ownerdesk.queries.trainings import list_examples
from ownerdesk.rules.dataset_checks import Taught, check_examples
from ownerdesk.services import examples as service
from ownerdesk.services import jobs as tasks
from ownerdesk.supervisor import training as supervised
from ownerdesk.supervisor.errors import CannotStart
from ownerdesk.supervisor.roster import REPOSITORY
from trainer.data import export, read_base, read_tests

logger = logging.getLogger(__name__)


def add_checking_job(jobs: procrastinate.App, core: Core) -> None:
    """A job that comes back because its process died begins the check again once."""

    @jobs.task(name=tasks.CHECK_DATA, queue="training", retry=BACKOFF)
    async def check(check_id: int) -> None:
        if await core.transact(service.begin_check, check_id, at=core.clock()):
            await run_check(core, check_id)


async def run_check(core: Core, check_id: int) -> None:
    """What fails for a reason ends the check with that reason; what was found before is kept."""
    folder = core.settings.data_dir / "nlu" / f"check-{check_id}"
    try:
        examples = await core.transact(list_examples, use="train")
        tests = await asyncio.to_thread(read_tests, await core.transact(list_examples, use="test"))
        base = await asyncio.to_thread(read_base)
        own = [Taught(e.id, e.text, e.language, e.intent, e.category) for e in examples]
        texts = [truth.text for truths in tests.values() for truth in truths]
        categories = await core.transact(read_categories)
        findings = await asyncio.to_thread(check_examples, [*base, *own], texts, categories.taught)
        await core.transact(service.keep_findings, check_id, findings, examples)
        await asyncio.to_thread(export, examples, folder)
        is_valid, complaints = await supervised.validate(
            core.settings, REPOSITORY, [folder] if examples else [], niceness=LOW
        )
        await core.transact(
            service.end_check, check_id, is_valid=is_valid, complaints=complaints, at=core.clock()
        )
    except (CannotStart, OSError) as error:
        logger.warning("check %d of the data set ended: %s", check_id, type(error).__name__)
        await core.transact(service.fail_check, check_id, str(error), at=core.clock())
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
