"""`ownerdesk nlu report`: the page it draws, and what it refuses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ownerdesk.adapters.labelled_messages import (
    FOREIGN,
    MAIN,
    SECOND,
    UnusableMessages,
    read_labelled,
    read_sets,
)
from ownerdesk.adapters.nlu_report import draw
from ownerdesk.cli import REPOSITORY
from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.readings import Reading
from ownerdesk.rules.scoring import Judged, Truth
from tests.ownerdesk.commands.conftest import Type

AT = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
EMPTY_TAGS = {"meta", "br", "link", "img", "hr", "input"}


class Tags(HTMLParser):
    """Notices a tag that is not closed, and keeps what the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path …/>` opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def judge(text: str, nature: str, found: str, *, kind: str = "", confidence: float = 0.8) -> Judged:
    reading = Reading(
        language="en",
        intent=found,
        intent_confidence=confidence,
        ranking={found: confidence, "other": 1 - confidence},
        category="gas",
        category_confidence=0.7,
        category_ranking={"gas": 0.7, "noise": 0.3},
        kind="gas_leak",
        kind_confidence=0.6,
        entities=(),
        decision="accept",
        alarm=found == "emergency",
    )
    return Judged(Truth("x1", text, "en", nature, "noise", kind), detect(text), reading, reading)


def test_the_page_stands_alone_and_shows_what_went_wrong() -> None:
    sets = {
        MAIN: [
            judge("a <b>party</b> & noise", "help_seeking", "consultation"),
            judge("it hums", "emergency", "help_seeking", kind="gas_leak"),
            judge("be quiet", "dissatisfaction", "emergency", confidence=0.97),
        ],
        FOREIGN: [judge("ça va", "other", "other")],
    }

    page = draw(sets, model="0123abcd", at=AT)

    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert all(reference.startswith("#") for reference in tags.references)
    assert not re.search(r"https?://|<script|@import|url\(", page)
    assert "a &lt;b&gt;party&lt;/b&gt; &amp; noise" in page
    assert "Emergencies that alarmed nobody: 1" in page
    assert "Owners told what to do without an emergency: 1" in page
    assert "<b>help seeking</b> taken for <b>consultation</b>: 1" in page
    assert "0123abcd" in page
    assert "2026-11-18" in page


def test_a_set_of_one_message_is_drawn_too() -> None:
    page = draw({MAIN: [judge("thanks", "other", "thanks")]}, model="m", at=AT)

    assert "Emergencies that alarmed nobody: 0" in page


def test_the_repositorys_own_messages_are_found() -> None:
    sets = read_sets(REPOSITORY / "tests" / "data")

    assert {language for truth in sets[MAIN] if (language := truth.language)} == {"en", "es", "zh"}
    assert len(sets[MAIN]) == 750
    assert len(sets[SECOND]) == 390
    assert all(truth.hard is not None for truth in sets[MAIN] + sets[SECOND])
    assert all((truth.nature == "emergency") == bool(truth.kind) for truth in sets[MAIN])


def test_messages_of_other_languages_are_a_set_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "messages").mkdir()
    for language in ("en", "fr"):
        path = tmp_path / "messages" / f"{language}.csv"
        path.write_text("id,text,nature,category,kind\n1,?,other,,\n", encoding="utf-8")

    sets = read_sets(tmp_path)

    assert {name: [truth.language for truth in truths] for name, truths in sets.items()} == {
        MAIN: ["en"],
        FOREIGN: ["fr"],
    }
    assert (sets[MAIN][0].category, sets[MAIN][0].hard) == ("other", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read"),
        ("id,text,nature\n1,a,other\n", "lacks the columns category, kind"),
        ("id,text,nature,category,kind\n1,a,anger,,\n", "message 1 has no nature"),
        ("id,text,nature,category,kind\n1\n", "message 1 has no nature"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    path = tmp_path / "en.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    with pytest.raises(UnusableMessages, match=reason) as refused:
        read_labelled(path, "en")

    assert str(path) in str(refused.value)


def test_a_folder_without_messages_is_one_line(type_command: Type, tmp_path: Path) -> None:
    typed = type_command("nlu", "report", "--data", str(tmp_path))

    assert (typed.returncode, typed.stdout) == (1, "")
    assert len(typed.stderr.splitlines()) == 1
    assert "en.csv" in typed.stderr


def test_a_page_that_cannot_be_written_is_refused_before_anything_is_read(
    type_command: Type, tmp_path: Path
) -> None:
    typed = type_command("nlu", "report", "--out", str(tmp_path))

    assert typed.returncode == 1
    assert typed.stderr == f"ownerdesk: {tmp_path} cannot be written.\n"
