"""The file of a model is looked at before it is taken; of one that is refused nothing stays."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData
from sqlalchemy import text
from sqlalchemy.orm import Session

from console.views.settings import model_files
from ownerdesk.model import NluModel, StaffMember
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_base
from tests.console.conftest import Browser, Site
from tests.console.settings.conftest import list_audit
from tests.make_models import make_model, put_in, write_model

BASE = "/settings/models"


@pytest.fixture
def served(site: Site) -> str:
    """The base of the model in service."""

    def make(session: Session) -> str:
        model = make_model(session, site.core.settings, "1")
        put_in(session, model)
        return model.base

    return site.core.transact_now(make)


async def bring(browser: Browser, path: Path, name: str) -> ClientResponse:
    form = FormData(quote_fields=False)  # as browsers send names
    form.add_field(
        "file",
        await asyncio.to_thread(path.read_bytes),
        filename=name,
        content_type="application/gzip",
    )
    headers = {"Sec-Fetch-Site": "same-origin"}
    return await browser.http.post(BASE, data=form, headers=headers, allow_redirects=False)


def files(site: Site) -> list[str]:
    return sorted(os.listdir(site.core.settings.models_dir))


def test_a_model_that_fits_becomes_a_candidate_and_is_measured_by_the_trainer(
    site: Site, root: StaffMember, served: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "new.tar.gz", more={})

    async def walk(browser: Browser) -> None:
        taken = await bring(browser, path, f"{served}+12.tar.gz")
        assert taken.status == 303
        page = await browser.read(taken.headers["Location"])
        assert f"brought as {served}+12.tar.gz" in page
        assert "waiting for its report" in page
        assert "It has no report yet" in page
        again = await bring(browser, path, f"{served}+12.tar.gz")
        assert (again.status, "is there already" in await again.text()) == (409, True)

    site.visit(walk, by=root)
    with site.core.sessions() as session:
        model = session.query(NluModel).filter_by(state="candidate").one()
        jobs = session.execute(
            text("SELECT args FROM procrastinate_jobs WHERE task_name = 'report_on_model'")
        ).scalars()
        assert list(jobs) == [{"model_id": model.id}]
    assert (site.core.settings.models_dir / model.file).read_bytes() == path.read_bytes()
    assert len(files(site)) == 2
    assert list_audit(site, "nlu_model.added")[0].staff_id == root.id


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"name;phone"), "is no model of Rasa"),
        (lambda path: write_model(path, metadata=b"{}"), "is no model of Rasa"),
        (lambda path: write_model(path, version="3.5.17"), "made by Rasa 3.5.17"),
        (
            lambda path: write_model(path, node={"uses": "rasa.DIETClassifier", "config": {}}),
            "other components or settings",
        ),
        (lambda path: write_model(path, more={"a/b.pkl": b"1"}), "other components or settings"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason_and_leaves_nothing(
    site: Site, root: StaffMember, served: str, tmp_path: Path,
    make: Callable[[Path], object], words: str,
) -> None:  # fmt: skip
    path = tmp_path / "brought.tar.gz"
    make(path)
    before = files(site)

    async def walk(browser: Browser) -> None:
        refused = await bring(browser, path, f"{served}+12.tar.gz")
        assert refused.status == 409
        assert words in await refused.text()

    site.visit(walk, by=root)
    assert files(site) == before
    assert list_audit(site, "nlu_model.added") == []


def test_a_model_of_other_data_is_refused(
    site: Site, root: StaffMember, served: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "m.tar.gz")

    async def walk(browser: Browser) -> None:
        refused = await bring(browser, path, "0123456789abcdef+1.tar.gz")
        assert "made on other data or code" in await refused.text()

    site.visit(walk, by=root)
    assert len(files(site)) == 1


def test_a_file_that_is_too_large_or_none_at_all_is_refused(
    site: Site, root: StaffMember, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "MOST_MEGABYTES", 1)
    path = tmp_path / "large.tar.gz"
    path.write_bytes(bytes(1024 * 1024 + 1))

    async def walk(browser: Browser) -> None:
        refused = await bring(browser, path, f"{served}+1.tar.gz")
        assert "larger than 1 MB" in await refused.text()
        nothing = await browser.post(BASE)
        assert (nothing.status, "Choose the file of a model" in await nothing.text()) == (409, True)

    site.visit(walk, by=root)
    assert len(files(site)) == 1


def test_a_full_disk_is_said(
    site: Site, root: StaffMember, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fill(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_files, "_save", fill)
    path = write_model(tmp_path / "m.tar.gz")

    async def walk(browser: Browser) -> None:
        refused = await bring(browser, path, f"{served}+1.tar.gz")
        assert "The disk is full" in await refused.text()

    site.visit(walk, by=root)


def test_without_a_model_to_compare_with_none_is_taken(
    site: Site, root: StaffMember, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "m.tar.gz")
    name = f"{model_base(site.core.settings, REPOSITORY)}+1.tar.gz"

    async def walk(browser: Browser) -> None:
        refused = await bring(browser, path, name)
        assert "no model here yet" in await refused.text()

    site.visit(walk, by=root)
    assert files(site) == []


def test_nobody_else_brings_a_model(
    site: Site, petra: StaffMember, served: str, tmp_path: Path
) -> None:
    path = write_model(tmp_path / "m.tar.gz")

    async def walk(browser: Browser) -> None:
        assert (await bring(browser, path, f"{served}+1.tar.gz")).status == 404

    site.visit(walk, by=petra)
    assert len(files(site)) == 1
