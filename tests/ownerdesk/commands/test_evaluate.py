"""`ownerdesk evaluate` on small made-up sentences."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ownerdesk.commands.evaluate import OUT_OF_SCOPE, format_figures
from ownerdesk.supervisor.evaluation import Evaluation
from tests.ownerdesk.commands.conftest import Type

TRAINING = [
    ("when is the shop open", "hours"),
    ("what are your opening hours", "hours"),
    ("are you open on Sunday", "hours"),
    ("until what time are you open", "hours"),
    ("when do you close today", "hours"),
    ("where is my parcel", "delivery"),
    ("my parcel has not arrived", "delivery"),
    ("when will the parcel be delivered", "delivery"),
    ("track my delivery", "delivery"),
    ("the delivery is late", "delivery"),
    ("I want my money back", "refund"),
    ("how do I return this mattress", "refund"),
    ("refund my order please", "refund"),
    ("can I send it back for a refund", "refund"),
    ("return and refund", "refund"),
]
TEST = [
    ("opening hours on Sunday?", "hours"),
    ("my parcel is late", "delivery"),
    ("refund please", "refund"),
    ("", "hours"),
    ("sing me a song about the moon", OUT_OF_SCOPE),
]


def write(
    path: Path, rows: list[tuple[str, str]], head: tuple[str, str] = ("sentence", "label")
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def test_the_pipeline_learns_sentences_it_was_never_meant_for(
    type_command: Type, tmp_path: Path
) -> None:
    train, test = write(tmp_path / "train.csv", TRAINING), write(tmp_path / "test.csv", TEST)

    typed = type_command("evaluate", "--train", str(train), "--test", str(test))

    assert typed.returncode == 0, typed.stderr
    figures = {line[:33].strip(): line[33:].split()[0] for line in typed.stdout.splitlines()}
    assert figures["sentences in scope"] == "3", "a row without a sentence is left out"
    assert figures["sentences out of scope"] == "1"
    assert figures["in-scope accuracy"] == "100.0"
    assert figures["AUROC of the top score"] == "1.000"
    assert -100 <= float(figures["Matthews coefficient"]) <= 100
    assert figures["best over all thresholds"] == "100.0"


def test_figures_of_known_rankings() -> None:
    found = Evaluation(
        rankings=[
            [("hours", 0.8), ("refund", 0.2)],
            [("refund", 0.6), ("hours", 0.4)],
            [("hours", 0.7), ("refund", 0.3)],
        ],
        threshold=0.65,
        training_seconds=1.0,
        reading_seconds=1.0,
    )

    lines = format_figures(found, ["hours", "hours", "none"], "none").splitlines()

    assert lines[2].split()[-1] == "50.0"
    # 0.8 is above 0.7 and 0.6 is not.
    assert lines[3].split()[-1] == "0.500"
    # hours→hours, hours→none, none→hours: (1·3 − (2·2 + 1·1)) / √((9 − 5)(9 − 5)).
    assert "-50.0  (threshold 0.6500" in lines[4]
    # Above 0.7: hours→hours, hours→none, none→none: (2·3 − (2·1 + 1·2)) / √((9 − 5)(9 − 5)).
    assert "50.0  (threshold 0.8000" in lines[5]


def test_without_sentences_out_of_scope_there_is_no_area() -> None:
    found = Evaluation([[("hours", 0.8)]], 0.5, 1.0, 1.0)

    assert "AUROC of the top score           n/a" in format_figures(found, ["hours"], "none")


def test_a_label_of_its_own_for_what_is_out_of_scope_is_never_the_score() -> None:
    found = Evaluation(
        [[("none", 0.9), ("hours", 0.1)], [("hours", 0.8), ("none", 0.2)]], 0.5, 1, 1
    )

    lines = format_figures(found, ["none", "hours"], "none").splitlines()

    assert [line.split()[-1] for line in lines[2:4]] == ["100.0", "1.000"]
    assert "100.0  (threshold 0.5000" in lines[4]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        ("", "must have the columns sentence and label"),
        ("text,label\na,b\n", "must have the columns sentence and label"),
        ("sentence,label\n", "holds no sentences"),
        ("sentence,label\n ,hours\n", "holds no sentences"),
        ("sentence,label\nwhen are you open,\n", "has a sentence without a label"),
        ("sentence,label\nwhen are you open\n", "has a sentence without a label"),
        ("sentence,label\nwhen are you open,hours\nopen today?,hours\n", "at least two labels"),
        (f"sentence,label\nopen?,hours\nsing,{OUT_OF_SCOPE}\n", "at least two labels"),
    ],
)
def test_training_data_that_cannot_be_used_is_one_line(
    type_command: Type, tmp_path: Path, content: str | None, reason: str
) -> None:
    train, test = tmp_path / "train.csv", write(tmp_path / "test.csv", TEST)
    if content is not None:
        train.write_text(content, encoding="utf-8")

    typed = type_command("evaluate", "--train", str(train), "--test", str(test))

    assert (typed.returncode, typed.stdout) == (1, "")
    assert len(typed.stderr.splitlines()) == 1
    assert str(train) in typed.stderr
    assert reason in typed.stderr


def test_a_test_file_that_is_no_text_is_one_line(type_command: Type, tmp_path: Path) -> None:
    train, test = write(tmp_path / "train.csv", TRAINING), tmp_path / "test.csv"
    test.write_bytes(b"sentence,label\n\xff\xfe\x00,hours\n")

    typed = type_command("evaluate", "--train", str(train), "--test", str(test))

    assert typed.returncode == 1
    assert len(typed.stderr.splitlines()) == 1
    assert str(test) in typed.stderr
