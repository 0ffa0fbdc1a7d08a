"""`ownerdesk evaluate`: trains the product's own intent pipeline on any labelled sentences and says how well it reads."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ownerdesk.commands import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ownerdesk.commands import Subparsers
    from ownerdesk.rules.rejection import Scored
    from ownerdesk.supervisor.evaluation import Evaluation

COLUMNS = ("sentence", "label")
OUT_OF_SCOPE = "NO_NODES_DETECTED"
Sentence = tuple[str, str]


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "evaluate",
        help="train the intent pipeline on any labelled sentences and say how well it reads",
        description=__doc__,
    )
    for name, what in (("train", "learn from"), ("test", "be judged by")):
        parser.add_argument(
            f"--{name}",
            type=Path,
            required=True,
            metavar="FILE",
            help=f"sentences to {what}: a CSV file with the columns sentence and label",
        )
    parser.add_argument(
        "--out-of-scope",
        default=OUT_OF_SCOPE,
        metavar="LABEL",
        help=f"the label of sentences that no label fits ({OUT_OF_SCOPE})",
    )
    parser.add_argument(
        "--deep", action="store_true", help="with the deep reader of DEEP_READER_MODEL: slow"
    )
    parser.set_defaults(handler=evaluate)


def evaluate(args: argparse.Namespace) -> int:
    import asyncio

    from ownerdesk.settings import load_settings
    from ownerdesk.supervisor.errors import CannotStart
    from ownerdesk.supervisor.evaluation import train_and_read

    training, test = read_sentences(args.train), read_sentences(args.test)
    if len({label for _, label in training} - {args.out_of_scope}) < 2:
        raise UserError(f"{args.train} must have sentences of at least two labels.")
    settings = load_settings()
    if args.deep and settings.deep_reader_model is None:
        raise UserError("--deep needs DEEP_READER_MODEL.")
    sentences = [sentence for sentence, _ in test]
    try:
        found = asyncio.run(
            train_and_read(settings, training, sentences, _tell, with_deep=args.deep)
        )
    except CannotStart as error:
        raise UserError(str(error)) from None
    print(format_figures(found, [label for _, label in test], args.out_of_scope))
    return 0


def read_sentences(path: Path) -> list[Sentence]:
    """Sentences with their labels; rows without a sentence say nothing and are left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                raise UserError(f"{path} must have the columns sentence and label.")
            found = [(row["sentence"] or "", (row["label"] or "").strip()) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    sentences = [(sentence, label) for sentence, label in found if sentence.strip()]
    if not sentences:
        raise UserError(f"{path} holds no sentences.")
    if not all(label for _, label in sentences):
        raise UserError(f"{path} has a sentence without a label.")
    return sentences


def format_figures(found: Evaluation, labels: Sequence[str], out_of_scope: str) -> str:
    """Accuracy in scope without a threshold, AUROC of the top score, and the Matthews coefficient with out of scope
    as one more class."""
    from ownerdesk.rules import rejection, scoring

    scored = score(found, labels, out_of_scope)
    inside = [one for one in scored if one.truth != out_of_scope]
    outside = [one.score for one in scored if one.truth == out_of_scope]
    right = scoring.accuracy([one.truth for one in inside], [one.found for one in inside])
    curve = rejection.area_under_curve([one.score for one in inside], outside)
    chosen = rejection.matthews_at(scored, found.threshold, out_of_scope)
    best, best_at = rejection.best_matthews(scored, out_of_scope)
    return "\n".join(
        [
            f"sentences in scope               {len(inside)}",
            f"sentences out of scope           {len(outside)}",
            f"in-scope accuracy                {_format(right, 100, 1)}",
            f"AUROC of the top score           {_format(curve, 1, 3)}",
            f"Matthews coefficient             {chosen * 100:.1f}  (threshold {found.threshold:.4f}, chosen on the training data)",
            f"best over all thresholds         {best * 100:.1f}  (threshold {best_at:.4f}, picked on the test data: optimistic)",
        ]
    )


def score(found: Evaluation, labels: Sequence[str], out_of_scope: str) -> list[Scored]:
    """The likeliest label of each sentence, and the probability of the likeliest one in scope."""
    from ownerdesk.rules.rejection import Scored

    return [
        Scored(
            truth=label,
            found=ranking[0][0],
            score=next(chance for name, chance in ranking if name != out_of_scope),
        )
        for label, ranking in zip(labels, found.rankings, strict=True)
    ]


def _format(value: float | None, factor: int, digits: int) -> str:
    return "n/a" if value is None else f"{value * factor:.{digits}f}"


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
