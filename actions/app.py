"""The action server: rasa-sdk's own application, on loopback, with our actions registered one by one."""

from __future__ import annotations

import logging
import warnings
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions.appeals import (
    ActionAddDetail,
    ActionCancelAppeal,
    ActionRegisterAppeal,
    ActionTellStatus,
)
from actions.closures import ActionNo, ActionYes
from actions.emergencies import ActionRaiseEmergency
from actions.handoffs import ActionClarify, ActionRequestHandoff
from actions.knowledge import ActionAnswerQuestion
from actions.paid_services import ActionOrderService
from actions.wiring import OwnerAction, wire
from ownerdesk.adapters.sentence_vectors import encode
from ownerdesk.bootstrap import Core, settle_memory
from ownerdesk.rules.emergencies import detect
from ownerdesk.rules.periods import parse_period
from ownerdesk.settings import Settings

ACTIONS: tuple[type[OwnerAction], ...] = (
    ActionRegisterAppeal,
    ActionAddDetail,
    ActionTellStatus,
    ActionCancelAppeal,
    ActionRequestHandoff,
    ActionClarify,
    ActionAnswerQuestion,
    ActionOrderService,
    ActionRaiseEmergency,
    ActionYes,
    ActionNo,
)


class DomainlessExecutor(ActionExecutor):  # type: ignore[misc]  # rasa-sdk comes without types
    """Rasa is told not to send its domain with every call (`enable_selective_domain` in endpoints.yml), because no
    action of ours reads it; rasa-sdk would refuse such a call."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return {}


def make_executor() -> ActionExecutor:
    executor = DomainlessExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    return executor


def run(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    # Rasa 3.6 names its version with every call; rasa-sdk 3.21 warns each time though the protocol is the same.
    warnings.filterwarnings("ignore", message=".*version.*", module="rasa_sdk.*")
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    core = Core(settings)
    wire(core)
    encode("warm")
    detect("warm")
    parse_period("tomorrow", now=core.clock(), timezone="UTC")
    settle_memory()
    app = create_app(make_executor())
    try:
        app.run(
            host="127.0.0.1",
            port=settings.actions_port,
            single_process=True,
            access_log=False,
            motd=False,
        )
    finally:
        core.close()
