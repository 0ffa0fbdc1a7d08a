"""The last component: is the reading good enough to act on, to ask about, or only for a person?"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.calibration import Bars
from nlu.components.classifiers import BARS, CAN_READ_DEEPER, EMERGENCY, FAMILIARITY
from nlu.components.language import LANGUAGE
from nlu.components.language_profile import SUPPORTED

DECISION = "decision"
ALARM = "alarm"
WANTS_DEEPER = "wants_deeper"
SIGN = "sign"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decision(GraphComponent):
    """Turns an unsure reading into `nlu_fallback`, and says what is to be done and whether to alarm a person.

    The ranking stays what the classifier thought, so that the likeliest readings can be offered as
    buttons. An emergency has bars of its own: asking back costs it more than acting in vain. The sign that the
    rules found in the text (`sign` in the metadata: certain, possible or nothing) multiplies the odds of danger.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._odds_of_sign = {
            "certain": float(config["certain_sign"]),
            "possible": float(config["possible_sign"]),
        }
        self._no_doubt = float(config["no_doubt"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # How many times likelier danger is once the rules have seen a sign: docs/decisions/0011.
            "certain_sign": 9.0,
            "possible_sign": 6.0,
            # Danger between this and the bar for telling what to do is worth a deeper reading.
            "no_doubt": 0.05,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Decision:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            bars = message.get(BARS)
            sign = (message.get(METADATA) or {}).get(SIGN)
            ranking = _weigh_sign(
                message.get(INTENT_RANKING_KEY), self._odds_of_sign.get(sign or "", 1.0)
            )
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            danger = next((row["confidence"] for row in ranking if row["name"] == EMERGENCY), 0.0)
            has_text = bool(message.get(TEXT))
            decision = _decide(ranking, danger, bars, message) if has_text else "clarify"
            message.set(DECISION, decision, add_to_output=True)
            message.set(ALARM, has_text and danger >= bars.alarm, add_to_output=True)
            is_unsure = decision != "accept" or self._no_doubt < danger < bars.raise_emergency
            message.set(
                WANTS_DEEPER,
                has_text and is_unsure and bool(message.get(CAN_READ_DEEPER)),
                add_to_output=True,
            )
            message.set(INTENT, _intent(ranking, decision), add_to_output=True)
        return messages


def _weigh_sign(ranking: list[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    """The ranking once the odds of danger are so many times higher; likeliest first."""
    if factor == 1.0:
        return ranking
    weights = {
        row["name"]: row["confidence"] * (factor if row["name"] == EMERGENCY else 1.0)
        for row in ranking
    }
    total = sum(weights.values())
    rows = [
        {"name": name, "confidence": round(weight / total, 4)} for name, weight in weights.items()
    ]
    return sorted(rows, key=lambda row: -row["confidence"])


def _intent(ranking: list[dict[str, Any]], decision: str) -> dict[str, Any]:
    """What the dialogue acts on."""
    first = ranking[0]
    if decision == "accept":
        return dict(first)
    return {
        "name": DEFAULT_NLU_FALLBACK_INTENT_NAME,
        "confidence": round(1.0 - first["confidence"], 4),
    }


def _decide(ranking: list[dict[str, Any]], danger: float, bars: Bars, message: Message) -> str:
    first = ranking[0]
    if first["name"] == EMERGENCY and danger >= bars.raise_emergency:
        return "accept"
    if message.get(LANGUAGE) not in (*SUPPORTED, None):
        return "handoff"
    # Emergencies that stay below their bar are asked about: instructions for nothing frighten people.
    if first["name"] == EMERGENCY:
        return "clarify"
    if first["confidence"] < bars.handoff:
        return "handoff"
    if message.get(FAMILIARITY) < bars.familiar:
        return "clarify"
    return "accept" if first["confidence"] >= bars.accept else "clarify"
