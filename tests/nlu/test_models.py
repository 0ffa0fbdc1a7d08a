"""A running Rasa takes another model while messages keep coming, and refuses what is none."""

from __future__ import annotations

import asyncio
import json
import shutil
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ownerdesk.adapters.rasa import RasaClient, RasaRefused
from tests.nlu.rasa_server import TOKEN

TEXT = "The lift has been stuck on the third floor since this morning"


@pytest.fixture
def twin(trained_model: Path) -> Iterator[Path]:
    """The same model under another name, in the folder that Rasa knows."""
    path = trained_model.with_name("twin-of-the-tests.tar.gz")
    shutil.copy(trained_model, path)
    yield path
    path.unlink(missing_ok=True)


def made_by(version: str, model: Path, path: Path) -> Path:
    """The model as another version of Rasa would have left it."""
    with tarfile.open(model) as archive, tarfile.open(path, "w:gz") as copy:
        for member in archive.getmembers():
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None and member.name.endswith("metadata.json"):
                told = json.load(content)
                told["rasa_open_source_version"] = version
                draft = path.with_suffix(".json")
                draft.write_text(json.dumps(told))
                copy.add(draft, member.name)
                draft.unlink()
            else:
                copy.addfile(member, content)
    return path


def test_messages_keep_being_read_while_another_model_is_loaded(
    rasa_url: str, trained_model: Path, twin: Path
) -> None:
    async def walk() -> tuple[list[float], list[str]]:
        async with RasaClient(rasa_url, TOKEN) as rasa, RasaClient(rasa_url, TOKEN) as admin:
            assert await rasa.find_model() == trained_model.name
            loading = asyncio.create_task(admin.load_model(twin.name))
            took, natures = [], []
            while not loading.done():
                started = time.monotonic()
                natures.append(str((await rasa.parse(TEXT)).nature))
                took.append(time.monotonic() - started)
            await loading
            assert await rasa.find_model() == twin.name
            natures.append(str((await rasa.parse(TEXT)).nature))
            await admin.load_model(trained_model.name)
            assert await rasa.find_model() == trained_model.name
            return took, natures

    took, natures = asyncio.run(walk())
    assert len(took) > 3, "messages were read while the other model came"
    assert set(natures) == {"help_seeking"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing.tar.gz", "no such file"),
        ("../secrets/x.tar.gz", "none of a model"),
        ("notes.txt", "none of a model"),
    ],
)
def test_a_name_that_is_none_of_a_model_is_refused(rasa_url: str, name: str, reason: str) -> None:
    async def walk() -> None:
        async with RasaClient(rasa_url, TOKEN) as rasa:
            with pytest.raises(RasaRefused, match=reason):
                await rasa.load_model(name)

    asyncio.run(walk())


def test_a_broken_file_and_a_model_of_another_rasa_are_refused_and_the_old_one_serves_on(
    rasa_url: str, trained_model: Path
) -> None:
    broken = trained_model.with_name("broken-of-the-tests.tar.gz")
    broken.write_bytes(trained_model.read_bytes()[:5000])
    other = made_by("3.5.17", trained_model, trained_model.with_name("other-of-the-tests.tar.gz"))

    async def walk() -> None:
        async with RasaClient(rasa_url, TOKEN) as rasa:
            with pytest.raises(RasaRefused, match="no model of Rasa"):
                await rasa.load_model(broken.name)
            with pytest.raises(RasaRefused, match=r"made by Rasa 3\.5\.17"):
                await rasa.load_model(other.name)
            assert await rasa.find_model() == trained_model.name
            assert (await rasa.parse(TEXT)).nature == "help_seeking"

    try:
        asyncio.run(walk())
    finally:
        broken.unlink()
        other.unlink()
