"""Language models for tests, with reports as the trainer writes them; and files that look like models of Rasa."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ownerdesk.adapters.model_files import read_rasa_version
from ownerdesk.model import ModelSwitch, NluModel
from ownerdesk.rules.model_reports import REAL, readings_of, report_on
from ownerdesk.rules.scoring import Judged, Truth
from ownerdesk.settings import Settings
from ownerdesk.supervisor.roster import REPOSITORY
from ownerdesk.supervisor.training import model_base
from tests.conftest import NOON
from tests.make import make_reading

FIXED = "Test messages"
RASA = read_rasa_version(REPOSITORY / "requirements" / "rasa.txt")


def judge(key: str, nature: str, read_as: str, *, language: str = "en", text: str = "") -> Judged:
    """One test message and how a model reads it."""
    reading = make_reading(read_as, language=language)
    truth = Truth(key, text or f"words of {key}", language, nature, "lighting", "other", False)
    return Judged(truth, None, reading, reading)


def make_sets(*, missed: int = 0, real: tuple[Judged, ...] = ()) -> dict[str, list[Judged]]:
    """Twenty emergencies, of which so many are taken for a question, and twenty questions in two languages."""
    emergencies = [
        judge(f"en{n:03}", "emergency", "consultation" if n < missed else "emergency")
        for n in range(20)
    ]
    questions = [
        judge(f"es{n:03}", "consultation", "consultation", language="es") for n in range(20)
    ]
    return {FIXED: emergencies + questions, REAL: list(real)}


def make_model(
    session: Session,
    settings: Settings,
    name: str,
    *,
    state: str = "candidate",
    sets: Mapping[str, list[Judged]] | None = None,
    **fields: Any,
) -> NluModel:
    """A model of this version with a file and, unless `sets` is empty, a report."""
    base = model_base(settings, REPOSITORY)
    file = f"{base}+{name}.tar.gz"
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    write_model(settings.models_dir / file)
    judged = make_sets() if sets is None else sets
    model = NluModel(
        file=file, size=3_000_000, base=base, made_at=NOON, state=state,
        data={"hash": "abc123", "base_examples": 100, "own_examples": 7, "last_example": None},
        report=report_on(judged) if judged else None,
        reads_as=readings_of(judged) if judged else None,
    )  # fmt: skip
    for key, value in fields.items():
        setattr(model, key, value)
    session.add(model)
    session.flush()
    return model


def put_in(session: Session, model: NluModel, previous: NluModel | None = None) -> ModelSwitch:
    """It serves, as after a switch that went well."""
    if previous is not None:
        previous.state = "retired"
        session.flush()
    model.state = "in_service"
    switch = ModelSwitch(
        model_id=model.id, previous_id=previous.id if previous else None, kind="put",
        requested_at=NOON, done_at=NOON,
    )  # fmt: skip
    session.add(switch)
    session.flush()
    return switch


NODE = {"uses": "nlu.components.decision.Decision", "config": {"certain_sign": 9.0}}


def write_model(
    path: Path,
    *,
    version: str = RASA,
    node: Mapping[str, Any] = NODE,
    more: Mapping[str, bytes] | None = None,
    metadata: bytes | None = None,
) -> Path:
    """A small archive with the metadata of a model."""
    said = {
        "domain": {"intents": ["emergency", "greet"]},
        "trained_at": "2026-11-18T10:00:00",
        "rasa_open_source_version": version,
        "train_schema": {"nodes": {"decision": dict(node)}},
        "predict_schema": {"nodes": {"decision": dict(node)}},
    }
    files = {
        "components/train_RulePolicy0/featurizer.json": b'{"py/object": "known"}',
        **(more or {}),
        "metadata.json": json.dumps(said).encode() if metadata is None else metadata,
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
