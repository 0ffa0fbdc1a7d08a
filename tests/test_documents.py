"""What documents and comments point at is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
_MODULE = re.compile(r"`((?:[\w-]+/)+\w+\.py)`")


def list_files(*patterns: str) -> list[str]:
    """Files of the repository, from its top."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(argv, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (REPOSITORY / name).exists()]


@pytest.mark.parametrize("document", list_files("*.md"))
def test_what_a_document_links_to_exists(document: str) -> None:
    folder = (REPOSITORY / document).parent
    links = _LINK.findall((REPOSITORY / document).read_text(encoding="utf-8"))
    assert [link for link in links if not (folder / link).exists()] == []


def test_modules_that_comments_and_documents_name_exist() -> None:
    modules = tuple(f"/{name}" for name in list_files("*.py"))
    missing = [
        f"{name}: {module}"
        for name in list_files("*.py", "*.md", "*.html", "*.js")
        if not name.startswith("tests/")
        for module in _MODULE.findall((REPOSITORY / name).read_text(encoding="utf-8"))
        if "NNNN" not in module and "NOUN" not in module
        if not any(known.endswith(f"/{module}") for known in modules)
    ]
    assert missing == []


def test_each_decision_has_a_number_of_its_own_and_begins_with_it() -> None:
    decisions = list_files("docs/decisions/*.md")
    numbers = [Path(name).name[:4] for name in decisions]
    assert numbers == [f"{place:04d}" for place in range(1, len(numbers) + 1)]
    for name, number in zip(decisions, numbers, strict=True):
        first = (REPOSITORY / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first.startswith(f"# {number} "), name
