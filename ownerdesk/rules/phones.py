"""Phone numbers, brought into one form so that a shared contact matches an imported owner."""

from __future__ import annotations

import re


def normalise_phone(text: str) -> str | None:
    """E.164 with its plus sign, or None when it is no international number.

    Telegram shares numbers with or without the plus sign; imports come with spaces and brackets.
    """
    digits = re.sub(r"[^\d+]", "", text.strip())
    digits = re.sub(r"^00", "", digits).lstrip("+")
    if not digits.isascii() or not digits.isdecimal() or not 7 <= len(digits) <= 15:
        return None
    return f"+{digits}"
