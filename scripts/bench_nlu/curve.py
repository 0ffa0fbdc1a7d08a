"""What more training messages would bring: an eighth, a quarter, half and all of them, with the fast reader."""

from __future__ import annotations

from ownerdesk.adapters.labelled_messages import read_sets
from ownerdesk.rules.natures import nature_of
from ownerdesk.rules.scoring import accuracy, macro_f1
from ownerdesk.supervisor.evaluation import train_and_read
from ownerdesk.supervisor.roster import REPOSITORY
from scripts.bench_nlu.data import read_training_messages
from scripts.bench_nlu.readers import Bench, tell
from scripts.bench_nlu.tables import percent, table

PARTS = (8, 4, 2, 1)


async def measure(bench: Bench) -> list[str]:
    sets = read_sets(REPOSITORY / "tests" / "data")
    truths = [(name, truth) for name, some in sets.items() for truth in some]
    training = read_training_messages()[: bench.most_messages]
    head = ["training messages", "share"]
    for name in sets:
        head += [f"{name}: nature", "macro-F1"]
    rows = []
    for part in PARTS:
        some = training[: len(training) // part]
        tell(f"training with {len(some)} messages")
        found = await train_and_read(
            bench.settings, some, [truth.text for _, truth in truths], tell
        )
        natures = [str(nature_of(ranking[0][0])) for ranking in found.rankings]
        row: list[object] = [len(some), f"1/{part}" if part > 1 else "all"]
        for name in sets:
            places = [place for place, (of, _) in enumerate(truths) if of == name]
            meant = [truths[place][1].nature for place in places]
            read = [natures[place] for place in places]
            row += [percent(accuracy(meant, read)), percent(macro_f1(meant, read))]
        rows.append(row)
    return table(head, rows)
