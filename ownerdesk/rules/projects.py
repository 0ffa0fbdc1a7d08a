"""What a project may be called and set to, checked before it is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ownerdesk.rules.policy import Policy
from ownerdesk.rules.refusals import Refusal
from ownerdesk.texts import LANGUAGES

LONGEST_NAME = 200
POLICY_NAMES = tuple(field.name for field in fields(Policy))
MOST = 1_000_000  # minutes or hours; more is a slip of the finger


class InvalidProject(Refusal):
    """A value a project cannot have; the text says which and what it should be, `field` which column it is of."""

    def __init__(self, text: str, field: str = "settings") -> None:
        super().__init__(text)
        self.field = field


def check_project(values: Mapping[str, Any]) -> None:
    """Check what is given of a project's columns. Raises InvalidProject."""
    for name, value in values.items():
        text = str(value)
        match name:
            case "code" if not re.fullmatch(r"[A-Z0-9]{1,10}", text):
                raise InvalidProject(
                    "the code, which begins every appeal number, is 1 to 10 capital letters or digits",
                    name,
                )
            case "name" if not 0 < len(text.strip()) <= LONGEST_NAME:
                raise InvalidProject(f"the name has 1 to {LONGEST_NAME} characters", name)
            case "timezone" if not is_timezone(text):
                raise InvalidProject(f"{text!r} is no time zone; write it like Europe/Madrid", name)
            case "language" if text not in LANGUAGES:
                raise InvalidProject(f"the language is one of {', '.join(LANGUAGES)}", name)
            case "phone" if text and not re.fullmatch(r"[+\d][\d ()/.-]{1,39}", text):
                raise InvalidProject("the phone holds digits, spaces and a leading +", name)
            case "emergency_number" if not re.fullmatch(r"[+\d][\d ]{1,19}", text):
                raise InvalidProject("the emergency number holds digits, such as 112", name)
            case "settings":
                check_policy(value)


def check_policy(settings: Mapping[str, Any]) -> None:
    """Every number a project sets of its own is one of the policy's and can be kept. Raises InvalidProject."""
    for name, value in settings.items():
        if name not in POLICY_NAMES:
            raise InvalidProject(f"{name!r} is no setting; there are {', '.join(POLICY_NAMES)}")
        if not isinstance(value, int) or not 1 <= value <= MOST:
            raise InvalidProject(f"{name} is a whole number from 1 to {MOST}")
    policy = Policy.of(dict(settings))
    if policy.reminder_hours >= policy.silence_hours:
        raise InvalidProject(
            "reminder_hours must be less than silence_hours: the reminder comes first"
        )


def is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def describe_policy(settings: Mapping[str, Any]) -> dict[str, int]:
    """All numbers of a project, its own over the defaults."""
    return asdict(Policy.of(dict(settings)))
