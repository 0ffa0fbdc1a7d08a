"""How well messages are read that nobody learnt from.

Prints nature, category, emergencies and what is accepted, for each set and language, over HTTP as in service.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownerdesk.adapters.labelled_messages import judge, read_sets
from ownerdesk.rules.scoring import Bar, Judged, Source, count_alarms, summarise
from ownerdesk.supervisor.roster import REPOSITORY
from scripts.bench_nlu.readers import Bench, serve, tell
from scripts.bench_nlu.tables import percent, table

ByReader = Mapping[str, Mapping[str, Sequence[Judged]]]


async def measure(bench: Bench) -> list[str]:
    sets = read_sets(REPOSITORY / "tests" / "data")
    found: dict[str, dict[str, Sequence[Judged]]] = {}
    for variant in bench.variants:
        tell(f"reading the test messages ({variant.name})")
        async with serve(bench, variant) as own:
            judged = {name: await judge(own.client, truths) for name, truths in sets.items()}
        found[variant.name] = {
            group: messages for name in judged for group, messages in _groups(name, judged[name])
        }
    return [*_readings(found), *_emergencies(found)]


def _groups(name: str, messages: Sequence[Judged]) -> list[tuple[str, Sequence[Judged]]]:
    languages = sorted({m.truth.language for m in messages})
    return [
        (f"{name}, all", messages),
        *(
            (f"{name}, {language}", [m for m in messages if m.truth.language == language])
            for language in languages
        ),
    ]


def _readings(found: ByReader) -> list[str]:
    head = [
        "messages", "reader", "count", "nature", "macro-F1", "hard third", "category", "in first 3",
        "kind", "language", "accepted", "of these wrong", "read deep", "calibration error",
    ]  # fmt: skip
    rows = []
    for group, reader, messages in _each(found):
        s = summarise(messages)
        shares = (
            s.nature, s.nature_f1, s.hard, s.category_top1, s.category_top3, s.kind, s.language,
            s.accepted, s.wrong_of_accepted, s.deep, s.calibration_error,
        )  # fmt: skip
        rows.append([group, reader, s.count, *map(percent, shares)])
    return table(head, rows)


def _emergencies(found: ByReader) -> list[str]:
    head = ["recall / false alarms", "reader", "emergencies"]
    head += [f"{bar} bar, {source}" for bar in Bar for source in Source]
    rows = []
    for group, reader, messages in _each(found):
        alarms = [count_alarms(messages, bar, source) for bar in Bar for source in Source]
        shares = [f"{percent(a.recall)} / {percent(a.false_share)}" for a in alarms]
        rows.append([group, reader, alarms[0].dangers, *shares])
    return table(head, rows)


def _each(found: ByReader) -> list[tuple[str, str, Sequence[Judged]]]:
    groups = next(iter(found.values()))
    return [(group, reader, found[reader][group]) for group in groups for reader in found]
