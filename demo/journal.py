"""The stand-in's memory: tables of JSON records, written ahead to one append-only file."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from demo.errors import Json


class JournalInUseError(Exception):
    """Another stand-in holds this data folder."""


class Journal:
    """Records by table and key.

    Every change reaches the operating system before `put` or `drop` returns, so a killed process
    loses nothing it has answered for. It is not synced to the disk: a demo need not survive a
    power cut.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "journal.jsonl"
        self._lock = open(folder / "journal.lock", "w")  # noqa: SIM115 - held until close()
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise JournalInUseError(str(folder)) from error
        self._tables: dict[str, dict[str, Json]] = {}
        self._replay()
        self._file = self._rewrite()

    def table(self, name: str) -> dict[str, Json]:
        """The live table; change it only through `put` and `drop`."""
        return self._tables.setdefault(name, {})

    def put(self, table: str, key: str | int, record: Json) -> None:
        self.table(table)[str(key)] = record
        self._append([table, str(key), record])

    def drop(self, table: str, key: str | int) -> None:
        if self.table(table).pop(str(key), None) is not None:
            self._append([table, str(key)])

    def close(self) -> None:
        self._file.close()
        self._lock.close()

    def _append(self, entry: list[object]) -> None:
        self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self._file.flush()

    def _replay(self) -> None:
        if not self._path.exists():
            return
        with open(self._path, encoding="utf-8") as lines:
            for line in lines:
                # A line without its end was cut off by a kill and never answered for.
                if not line.endswith("\n"):
                    break
                entry = json.loads(line)
                if len(entry) == 3:
                    self.table(entry[0])[entry[1]] = entry[2]
                else:
                    self.table(entry[0]).pop(entry[1], None)

    def _rewrite(self) -> IO[str]:
        """Keep only what is current, in a new file that replaces the old one at once."""
        fresh = self._path.with_suffix(".new")
        with open(fresh, "w", encoding="utf-8") as out:
            for name, records in self._tables.items():
                for key, record in records.items():
                    out.write(json.dumps([name, key, record], separators=(",", ":")) + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.replace(fresh, self._path)
        return open(self._path, "a", encoding="utf-8")
