"""Variables in what staff write: `{owner}`, `{due}` …, filled in before an owner reads them, or not sent at all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ownerdesk.rules.answering import UnfilledVariables

VARIABLES = ("owner", "number", "due", "me", "home", "project", "phone")
_VARIABLE = re.compile(r"\{([a-z_]{1,40})\}")


def fill_variables(text: str, values: Mapping[str, str]) -> str:
    """The text with every variable's value, which is taken as it is. Raises UnfilledVariables."""
    named = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    unknown = tuple(name for name in named if name not in VARIABLES)
    empty = tuple(name for name in named if name in VARIABLES and not values.get(name))
    if unknown or empty:
        raise UnfilledVariables(unknown=unknown, empty=empty)
    return fill_known(text, values)


def fill_known(text: str, values: Mapping[str, str]) -> str:
    """What has a value is filled in; the rest stays, for the writer to see."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)
