"""The last component: is the reading good enough to act on, to ask about, or only for a person?"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.components.language import LANGUAGE
from nlu.components.language_profile import OTHER

DECISION = "decision"
ALARM = "alarm"
EMERGENCY = "emergency"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decision(GraphComponent):
    """Turns an unsure reading into `nlu_fallback`, and says what is to be done and whether to alarm a person.

    The ranking stays what the classifier thought, so that the likeliest readings can be offered as
    buttons. An emergency has a bar of its own: asking back costs it more than acting in vain.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._accept = float(config["accept"])
        self._accept_emergency = float(config["accept_emergency"])
        self._handoff = float(config["handoff"])
        self._alarm = float(config["alarm"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "accept": 0.7,
            "accept_emergency": 0.5,
            "handoff": 0.25,
            "alarm": 0.3,
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
            ranking = message.get(INTENT_RANKING_KEY)
            chances = {row["name"]: row["confidence"] for row in ranking}
            decision = self._decide(ranking, message) if message.get(TEXT) else "clarify"
            message.set(DECISION, decision, add_to_output=True)
            danger = chances.get(EMERGENCY, 0.0)
            is_top = ranking[0]["name"] == EMERGENCY
            message.set(ALARM, is_top or danger >= self._alarm, add_to_output=True)
            if decision != "accept":
                fallback = {
                    "name": DEFAULT_NLU_FALLBACK_INTENT_NAME,
                    "confidence": 1.0 - ranking[0]["confidence"],
                }
                message.set(INTENT, fallback, add_to_output=True)
        return messages

    def _decide(self, ranking: list[dict[str, Any]], message: Message) -> str:
        first = ranking[0]
        confidence = first["confidence"]
        if first["name"] == EMERGENCY and confidence >= self._accept_emergency:
            return "accept"
        if message.get(LANGUAGE) == OTHER or confidence < self._handoff:
            return "handoff"
        return "accept" if confidence >= self._accept else "clarify"
