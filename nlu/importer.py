"""Reads the training files, quickly.

The stock importer parses every file five times with a parser written in Python: half a minute for a few
thousand messages. The same files through libyaml, once, take less than a second.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.exceptions import YamlSyntaxException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats.rasa_yaml import KEY_NLU, RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData

_STORY_KEYS = frozenset({"stories", "rules"})


class QuickImporter(RasaFileImporter):
    """Sorts the files by what they hold and reads the messages; rules and domain go the stock way."""

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
    ) -> None:
        self.config_file = config_file
        self._domain_path = domain_path
        paths = (
            [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths
        )
        contents = {path: _read(path) for path in _yaml_files(paths or [])}
        self._message_blocks = [
            (path, content[KEY_NLU]) for path, content in contents.items() if KEY_NLU in content
        ]
        self._story_files = [
            str(path) for path, content in contents.items() if _STORY_KEYS & set(content)
        ]
        self._conversation_test_files: list[str] = []

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Every message of every language: one model reads them all. Rasa asks twice and changes only copies."""
        return self._nlu_data

    @cached_property
    def _nlu_data(self) -> TrainingData:
        reader = RasaYAMLReader()
        for path, blocks in self._message_blocks:
            reader.filename = str(path)
            reader._parse_nlu(blocks)
        return TrainingData(
            reader.training_examples,
            reader.entity_synonyms,
            reader.regex_features,
            reader.lookup_tables,
        )


def _yaml_files(paths: list[str]) -> list[Path]:
    files: set[Path] = set()
    for path in map(Path, paths):
        files.update([path] if path.is_file() else path.rglob("*.yml"))
    return sorted(files)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise YamlSyntaxException(str(path), error) from error
    return content if isinstance(content, dict) else {}
