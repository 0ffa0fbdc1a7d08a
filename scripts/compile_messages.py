"""Compiles every gettext catalogue (`*/locale/<language>/LC_MESSAGES/*.po`) that is newer than its .mo file."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

REPOSITORY = Path(__file__).resolve().parents[1]


def main() -> int:
    for source in sorted(REPOSITORY.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with open(source, "rb") as file:
            catalogue = read_po(file, locale=source.parents[1].name)
        draft = target.with_suffix(".mo.new")
        with open(draft, "wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        print(f"compiled {target.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
