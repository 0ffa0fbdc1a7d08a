"""What a change of the phrases does to messages that people have labelled (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ownerdesk.rules.emergencies import EmergencySign, detect_with
from ownerdesk.rules.emergency_phrases.lexicon import Lexicon

MOST_SHOWN = 100


@dataclass(frozen=True)
class Labelled:
    """A message with what people say it is. `source` is the set of test messages it is of."""

    source: str
    id: str
    text: str
    language: str
    is_danger: bool


@dataclass(frozen=True)
class Found:
    """How many messages of a sort are found; `certain` of them alarm at once."""

    count: int = 0
    found: int = 0
    certain: int = 0

    @property
    def share(self) -> float:
        return self.found / self.count if self.count else 0.0


@dataclass(frozen=True)
class Change:
    """One message that is taken for something else now. `before` and `after` are kind and certainty, None for nothing.
    `is_worse` is an emergency that is missed or found with less certainty, or a false alarm that is new or louder."""

    message: Labelled
    before: tuple[str, bool] | None
    after: tuple[str, bool] | None

    @property
    def is_worse(self) -> bool:
        louder = _loudness(self.after) - _loudness(self.before)
        return louder < 0 if self.message.is_danger else louder > 0


@dataclass(frozen=True)
class Trial:
    """Emergencies and everyday messages, before and after, with the very messages that changed."""

    emergencies: tuple[Found, Found] = (Found(), Found())
    false_alarms: tuple[Found, Found] = (Found(), Found())
    changes: tuple[Change, ...] = field(default=())

    @property
    def missed(self) -> list[Change]:
        """Emergencies that are found worse: what keeps a draft out of service."""
        return [one for one in self.changes if one.message.is_danger and one.is_worse]

    @property
    def frightened(self) -> list[Change]:
        return [one for one in self.changes if not one.message.is_danger and one.is_worse]

    def as_record(self) -> dict[str, Any]:
        """As it is kept with a draft; of the messages the first hundred, the worst first."""
        shown = sorted(self.changes, key=lambda one: (not one.is_worse, not one.message.is_danger))
        return {
            "emergencies": [asdict(one) for one in self.emergencies],
            "false_alarms": [asdict(one) for one in self.false_alarms],
            "missed": len(self.missed),
            "frightened": len(self.frightened),
            "changed": len(self.changes),
            "messages": [
                {
                    **asdict(one.message), "before": one.before, "after": one.after,
                    "is_worse": one.is_worse,
                }
                for one in shown[:MOST_SHOWN]
            ],
        }  # fmt: skip


def try_phrases(messages: Sequence[Labelled], before: Lexicon, after: Lexicon) -> Trial:
    """Read all messages with both."""
    read = [(one, detect_with(one.text, before), detect_with(one.text, after)) for one in messages]
    dangers = [row for row in read if row[0].is_danger]
    others = [row for row in read if not row[0].is_danger]
    return Trial(
        emergencies=(_count([r[1] for r in dangers]), _count([r[2] for r in dangers])),
        false_alarms=(_count([r[1] for r in others]), _count([r[2] for r in others])),
        changes=tuple(
            Change(one, _plain(old), _plain(new))
            for one, old, new in read
            if _plain(old) != _plain(new)
        ),
    )


def _count(signs: Sequence[EmergencySign | None]) -> Found:
    found = [sign for sign in signs if sign is not None]
    return Found(len(signs), len(found), sum(sign.certain for sign in found))


def _plain(sign: EmergencySign | None) -> tuple[str, bool] | None:
    return (sign.kind, sign.certain) if sign is not None else None


def _loudness(found: tuple[str, bool] | None) -> int:
    return 0 if found is None else 1 + found[1]
