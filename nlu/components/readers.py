"""What the intent classifier learns and keeps: the fast reader, what the deep one adds to it, and what was left out."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from nlu.components import heads
from nlu.components.calibration import Bars
from nlu.components.heads import Head
from nlu.components.neighbours import Neighbours
from nlu.deep_reader import DeepVector

FAST, DEEP = "fast", "deep"


@dataclass(frozen=True)
class Reader:
    """A head and the examples near a message, with what was learnt about how far they can be trusted."""

    head: Head
    near: Neighbours
    nearness: float
    temperature: float
    bars: Bars

    def scores(self, message: Message) -> np.ndarray:
        """One for each label; the highest says how familiar the message is."""
        dense, sparse = heads.features_of(message)
        likeness = self.near.likeness(dense[None], sparse)[0]
        scores: np.ndarray = self.head.scores(dense, sparse) + self.nearness * likeness
        return scores

    def save(self, directory: Path, name: str) -> None:
        self.head.save(directory, name)
        self.near.save(directory, name)
        learnt = {
            "nearness": self.nearness,
            "temperature": self.temperature,
            "bars": asdict(self.bars),
        }
        (directory / f"{name}.learnt.json").write_text(json.dumps(learnt), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path, name: str) -> Reader:
        learnt = json.loads((directory / f"{name}.learnt.json").read_text(encoding="utf-8"))
        return cls(
            Head.load(directory, name),
            Neighbours.load(directory, name),
            learnt["nearness"],
            learnt["temperature"],
            Bars(**learnt["bars"]),
        )


@dataclass(frozen=True)
class DeepPart:
    """What the deep reader adds to the scores of the fast one: `share` of what its head says of a deep vector."""

    model: str
    head: Head
    share: float
    temperature: float
    bars: Bars

    def scores(
        self,
        message: Message,
        vector: DeepVector,
        weigh: Callable[[np.ndarray], np.ndarray],
        labels: tuple[str, ...],
    ) -> np.ndarray | None:
        """What to add for each of the labels; None when the vector is another model's."""
        if vector.model != self.model:
            return None
        dense, sparse = heads.features_of(message)
        own = self.head.scores(np.concatenate([dense, weigh(vector.numbers[None])[0]]), sparse)
        scores: np.ndarray = self.share * heads.spread(own[None], self.head.labels, labels)[0]
        return scores

    def save(self, directory: Path) -> None:
        self.head.save(directory, DEEP)
        learnt = {name: getattr(self, name) for name in ("model", "share", "temperature")}
        learnt["bars"] = asdict(self.bars)
        (directory / f"{DEEP}.learnt.json").write_text(json.dumps(learnt), encoding="utf-8")

    @classmethod
    def find(cls, directory: Path) -> DeepPart | None:
        """None when the model was trained without a deep reader."""
        path = directory / f"{DEEP}.learnt.json"
        if not path.exists():
            return None
        learnt = json.loads(path.read_text(encoding="utf-8"))
        bars = Bars(**learnt.pop("bars"))
        return cls(head=Head.load(directory, DEEP), bars=bars, **learnt)


@dataclass(frozen=True)
class LeftOut:
    """What was said of messages that were not learnt from: their row numbers, scores (rows, names) and true columns."""

    names: tuple[str, ...]
    rows: np.ndarray
    scores: np.ndarray
    truth: np.ndarray

    def take(self, places: np.ndarray) -> LeftOut:
        return LeftOut(self.names, self.rows[places], self.scores[places], self.truth[places])

    def joined(self, others: LeftOut) -> LeftOut:
        return LeftOut(
            self.names,
            np.concatenate([self.rows, others.rows]),
            np.concatenate([self.scores, others.scores]),
            np.concatenate([self.truth, others.truth]),
        )


def choose_examples(
    texts: Sequence[str],
    *,
    is_hard: np.ndarray,
    was_read: np.ndarray,
    most: int,
    most_new: int,
    easy_share: float,
) -> np.ndarray:
    """The rows from which the deep reader learns, ascending: at most `most`, of which at most `most_new` that were
    never read before; an easy one is taken `easy_share` times as readily as a hard one.

    What was read before comes first, for it costs nothing. Within, the order is by the text's hash, so that the next
    training, with other examples beside them, takes the same ones again.
    """
    places = np.asarray([zlib.crc32(text.encode("utf-8", "replace")) / 2**32 for text in texts])
    order = np.argsort(np.where(is_hard, places * easy_share, places), kind="stable")
    read = order[was_read[order]]
    new = order[~was_read[order]][:most_new]
    chosen: np.ndarray = np.sort(np.concatenate([read, new])[:most])
    return chosen
