"""Collects the texts marked `_("…")` and brings every language's catalogue up to date.

A new text enters untranslated, a text nobody uses leaves, nothing is guessed. The catalogues hold neither times nor
line numbers, so that running this twice changes nothing and two branches seldom collide. `make messages` compiles them.
"""

from __future__ import annotations

import argparse
import io
import string
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import jinja2
import jinja2.nodes
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

REPOSITORY = Path(__file__).resolve().parents[1]
LOCALE = REPOSITORY / "ownerdesk" / "locale"
FOLDERS = frozenset({"ownerdesk", "bot", "actions", "console", "worker"})
KEYWORDS = {**DEFAULT_KEYWORDS, "many": (1, 2)}
HEADER = """\
# Texts of Ownerdesk. `scripts/update_messages.py` brings in new ones; the English ones are in the code.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, only say what is amiss"
    )
    parser.add_argument("--add", metavar="LANGUAGE", help="begin the catalogue of a new language")
    args = parser.parse_args()
    if args.add:
        catalogue_path(args.add).parent.mkdir(parents=True, exist_ok=True)
        catalogue_path(args.add).touch()
    collected, amiss = collect(), False
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/ownerdesk.po")):
        before = path.read_bytes()
        catalogue = update(before, collected, language=path.parents[1].name)
        after = render(catalogue)
        complaints = list(complain(catalogue))
        if after != before:
            if args.check:
                complaints.append("is not up to date: run scripts/update_messages.py")
            else:
                path.write_bytes(after)
        for complaint in complaints:
            print(f"{path.relative_to(REPOSITORY)}: {complaint}")
        amiss = amiss or bool(complaints)
    return 1 if amiss else 0


def catalogue_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "ownerdesk.po"


def collect() -> Catalog:
    """Every marked text of the code and the pages."""
    with open(REPOSITORY / "babel.cfg") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    # Jinja2's own way sees plain names only, and pages also call `w.many(…)`. Babel takes functions as well
    # as names, whatever its signature says.
    ways: list[Any] = [(where, extract_page if how == "jinja2" else how) for where, how in methods]
    found = extract_from_dir(REPOSITORY, ways, options, keywords=KEYWORDS, directory_filter=is_ours)
    catalogue = Catalog()
    for _path, _line, text, _comments, context in found:
        catalogue.add(text, context=context)
    return catalogue


def is_ours(directory: str) -> bool:
    parts = Path(directory).relative_to(REPOSITORY).parts
    return not parts or (parts[0] in FOLDERS and "node_modules" not in parts)


def extract_page(
    file: BinaryIO, keywords: Collection[str], _tags: Collection[str], options: dict[str, Any]
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """The texts of a template: arguments of `_(…)`, `w._(…)` and `w.many(…)`."""
    del options
    page = jinja2.Environment(autoescape=True).parse(file.read().decode())
    for call in page.find_all(jinja2.nodes.Call):
        called = call.node
        if isinstance(called, jinja2.nodes.Name):
            name = called.name
        elif isinstance(called, jinja2.nodes.Getattr):
            name = called.attr
        else:
            continue
        if name in keywords:
            texts = tuple(
                argument.value
                if isinstance(argument, jinja2.nodes.Const) and isinstance(argument.value, str)
                else None
                for argument in call.args
            )
            yield call.lineno, name, texts, []


def update(before: bytes, collected: Catalog, *, language: str) -> Catalog:
    catalogue = read_po(io.BytesIO(before), locale=language)
    catalogue.update(collected, no_fuzzy_matching=True)
    return catalogue


def render(catalogue: Catalog) -> bytes:
    body = io.BytesIO()
    write_po(
        body,
        catalogue,
        width=100,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    header = HEADER.format(language=catalogue.locale_identifier, plurals=catalogue.plural_forms)
    return (header + body.getvalue().decode()).encode()


def complain(catalogue: Catalog) -> Iterator[str]:
    """Texts without a translation, and translations whose placeholders are not those of the text."""
    for message in catalogue:
        if not message.id:
            continue
        originals, translations = as_tuple(message.id), as_tuple(message.string)
        if not all(translations):
            yield f"not translated: {originals[0]!r}"
        elif any(fields(t) != fields(originals[-1]) for t in translations):
            yield f"other placeholders than in English: {originals[0]!r}"


def as_tuple(texts: Any) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts or ("",))


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


if __name__ == "__main__":
    sys.exit(main())
