"""HINT3: the product's intent pipeline on other people's bots, as in `ownerdesk evaluate`."""

from __future__ import annotations

from ownerdesk.commands.evaluate import OUT_OF_SCOPE, read_sentences, score
from ownerdesk.rules import rejection, scoring
from ownerdesk.supervisor.evaluation import train_and_read
from ownerdesk.supervisor.roster import REPOSITORY
from scripts.bench_nlu.readers import Bench, tell
from scripts.bench_nlu.tables import percent, table

FOLDER = REPOSITORY.parent / "shared" / "yardsticks" / "hint3"
BOTS = ("sofmattress", "curekart", "powerplay11")


async def measure(bench: Bench) -> list[str]:
    if not FOLDER.is_dir():
        return [f"HINT3 is not here ({FOLDER}): nothing measured.", ""]
    head = [
        "bot",
        "reader",
        "in-scope accuracy",
        "AUROC",
        "Matthews",
        "best Matthews",
        "training s",
    ]
    rows = []
    for bot in BOTS:
        training = read_sentences(FOLDER / f"{bot}_train.csv")
        test = read_sentences(FOLDER / f"{bot}_test.csv")
        for variant in bench.variants:
            tell(f"{bot} ({variant.name})")
            found = await train_and_read(
                variant.settings,
                training,
                [sentence for sentence, _ in test],
                tell,
                with_deep=variant.is_deep,
            )
            scored = score(found, [label for _, label in test], OUT_OF_SCOPE)
            inside = [one for one in scored if one.truth != OUT_OF_SCOPE]
            curve = rejection.area_under_curve(
                [one.score for one in inside],
                [one.score for one in scored if one.truth == OUT_OF_SCOPE],
            )
            rows.append(
                [
                    bot,
                    variant.name,
                    percent(scoring.share(one.truth == one.found for one in inside)),
                    "n/a" if curve is None else f"{curve:.3f}",
                    percent(rejection.matthews_at(scored, found.threshold, OUT_OF_SCOPE)),
                    percent(rejection.best_matthews(scored, OUT_OF_SCOPE)[0]),
                    f"{found.training_seconds:.0f}",
                ]
            )
    return table(head, rows)
