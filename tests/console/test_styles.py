"""The stylesheets of the console as one: every page loads them all, so that a name means the same everywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

CONSOLE = Path(__file__).resolve().parents[2] / "console"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AT_RULE = re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def list_stylesheets() -> list[str]:
    """Those of every page, in the order they are loaded."""
    head = (CONSOLE / "templates" / "head.html").read_text()
    return re.findall(r'href="/static/([\w]+\.css)"', head)


def list_class_rules(stylesheet: str) -> list[tuple[str, str]]:
    """(class, property) of each rule for a class alone, whatever the screen."""
    text = (CONSOLE / "static" / stylesheet).read_text()
    text = _AT_RULE.sub("", _COMMENT.sub("", text))
    return [
        (selector.strip(), declaration.partition(":")[0].strip())
        for selectors, body in _RULE.findall(text)
        for selector in selectors.split(",")
        if re.fullmatch(r"\.[\w-]+", selector.strip())
        for declaration in body.split(";")
        if declaration.strip()
    ]


def test_no_stylesheet_takes_back_what_another_says_of_the_same_class() -> None:
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for stylesheet in list_stylesheets():
        for rule in list_class_rules(stylesheet):
            said[rule].add(stylesheet)
    twice = {rule: sheets for rule, sheets in said.items() if len(sheets) > 1}
    assert not twice, "two meanings of one class: the later file wins on the pages of the other"


def test_the_rules_are_found() -> None:
    assert tuple(list_stylesheets()[:2]) == ("base.css", "parts.css")
    assert (".strip", "display") in list_class_rules("buildings.css")
