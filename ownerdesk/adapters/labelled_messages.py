"""Messages with the labels people gave them, from CSV files; and how Rasa reads them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from ownerdesk.adapters.rasa import RasaClient
from ownerdesk.model.labels import NATURES
from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.emergency_phrases.trials import Labelled
from ownerdesk.rules.natures import Nature
from ownerdesk.rules.scoring import Judged, Truth

COLUMNS = ("id", "text", "nature", "category", "kind")
LANGUAGES = ("en", "es", "zh")
MAIN, SECOND, FOREIGN = "Test messages", "Second set", "Other languages"
BATCH = 25
BATCH_LIMIT_SECONDS = 120.0


class UnusableMessages(Exception):
    """A file of labelled messages cannot be used; the text says which and why."""


def read_sets(folder: Path) -> dict[str, list[Truth]]:
    """The labelled messages of a folder like `tests/data`, by set; sets without files are left out.

    `messages/` holds the test messages and, under other codes, other languages; `second/` what somebody else
    wrote independently. Raises UnusableMessages when there are no test messages.
    """
    sets: dict[str, list[Truth]] = {MAIN: [], SECOND: [], FOREIGN: []}
    for path in sorted((folder / "messages").glob("*.csv")):
        sets[MAIN if path.stem in LANGUAGES else FOREIGN] += read_labelled(path, path.stem)
    for path in sorted((folder / "second").glob("*.csv")):
        sets[SECOND] += read_labelled(path, path.stem)
    if not sets[MAIN]:
        names = ", ".join(f"{language}.csv" for language in LANGUAGES)
        raise UnusableMessages(f"{folder / 'messages'} holds no test messages ({names}).")
    return {name: truths for name, truths in sets.items() if truths}


def read_labelled(path: Path, language: str) -> list[Truth]:
    """The messages of one file; the column `hard` may be missing. Raises UnusableMessages."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = set(COLUMNS) - set(rows.fieldnames or ())
            if missing:
                raise UnusableMessages(f"{path} lacks the columns {', '.join(sorted(missing))}.")
            return [_parse_row(row, path, number, language) for number, row in enumerate(rows, 1)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnusableMessages(f"{path} cannot be read: {error}") from None


def _parse_row(row: dict[str, str | None], path: Path, number: int, language: str) -> Truth:
    if row["nature"] not in NATURES:
        raise UnusableMessages(f"{path}: message {number} has no nature that there is.")
    hard = row.get("hard")
    return Truth(
        id=row["id"] or "",
        text=row["text"] or "",
        language=language,
        nature=row["nature"] or "",
        category=row["category"] or "other",
        kind=row["kind"] or "",
        hard=None if hard is None else hard == "1",
    )


async def judge(
    rasa: RasaClient, truths: Sequence[Truth], said: Callable[[int], None] = lambda done: None
) -> list[Judged]:
    """Have each message read, with the rules' sign and, where there is one, without it too.

    `said` hears how many are done.
    """
    judged: list[Judged] = []
    for start in range(0, len(truths), BATCH):
        some = truths[start : start + BATCH]
        texts = [truth.text for truth in some]
        readings = await rasa.parse_many(texts, timeout=BATCH_LIMIT_SECONDS)
        signs = [detect(text) for text in texts]
        marked = [place for place, sign in enumerate(signs) if sign is not None]
        alone = list(readings)
        if marked:
            without = await rasa.parse_many(
                [texts[place] for place in marked], timeout=BATCH_LIMIT_SECONDS, with_signs=False
            )
            for place, reading in zip(marked, without, strict=True):
                alone[place] = reading
        judged += map(Judged, some, signs, readings, alone)
        said(len(judged))
    return judged


TESTS = Path(__file__).resolve().parents[2] / "tests" / "data"


@cache
def read_phrase_tests() -> tuple[Labelled, ...]:
    """The fixed test messages, as emergency phrases are tried on them; none where this installation came without."""
    try:
        sets = read_sets(TESTS)
    except UnusableMessages:
        return ()
    return tuple(
        Labelled(name, truth.id, truth.text, truth.language, truth.nature == Nature.EMERGENCY)
        for name, truths in sets.items()
        for truth in truths
    )
