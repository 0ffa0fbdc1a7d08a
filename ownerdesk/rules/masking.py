"""Personal data out of a message before anything is learnt from it: numbers, addresses and names become others.

What is put in its place keeps its kind, so that the message still reads like one: a phone number stays a row of digits.
A person looks over the result all the same (`services/label_items.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NAMES = ("Alex", "Robin", "Kim")  # whoever is named is called one of these
HAN_NAMES = ("小王", "小李", "小张")
_DIGIT = re.compile(r"\d")

# Kind, pattern, what it becomes (nothing said: the same with noughts for digits). The first that fits a place wins.
_PATTERNS: tuple[tuple[str, str, str], ...] = (
    ("link", r"\b(?i:https?://|www\.)\S+", "https://example.com"),
    ("mail", r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "name@example.com"),
    ("handle", r"(?<![\w@])@\w{4,}", "@name"),
    (
        "plate",
        r"[\u4e00-\u9fff][A-Z][·•. ]?[A-Z0-9]{5,6}(?![A-Z0-9])"  # 京A·12345
        r"|\b[0-9]{4}[ -]?[BCDFGHJ-NPR-TV-Z]{3}\b"  # 1234 BCD
        r"|\b[A-Z]{2}[0-9]{2}[ -]?[A-Z]{3}\b",  # AB12 CDE
        "XX00 XXX",
    ),
    (
        "identity",
        r"\b[0-9]{8}[A-Z]\b|\b[XYZ][0-9]{7}[A-Z]\b|(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])",
        "",
    ),
    (
        "card",
        r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[0-9A-Z]{4}){3,7}\b|(?<![0-9])(?:[0-9][ -]?){15,18}[0-9](?![0-9])",
        "",
    ),
    (
        "phone",
        r"(?<![0-9A-Za-z.])\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9A-Za-z])",
        "",
    ),
    (
        "street",
        r"\b[0-9]{1,4}[a-z]? (?:[A-Z]\w+ ){1,3}(?:Street|Road|Avenue|Lane|Close|Drive)\b"
        r"|\b(?:[Cc]alle|[Aa]venida|[Pp]laza|[Pp]aseo) (?:de (?:la |los |las )?|del )?"
        r"[A-ZÁÉÍÓÚÑ]\w+(?: \w+)?,? (?:n[.º°]? ?)?[0-9]{1,4}\b"
        r"|[\u4e00-\u9fff]{2,6}(?:路|街|大道|巷)[0-9]{1,5}号",
        "1 Example Street",
    ),
)
_STAND_INS = {kind: stand_in for kind, _, stand_in in _PATTERNS}
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern, _ in _PATTERNS))


def mask(text: str, names: Iterable[str] = ()) -> tuple[str, tuple[str, ...]]:
    """The text without personal data, and the kinds of what was found, in order.

    `names` are those known from the file: of the owner, of whoever lives there, of staff. Only whole words of at least
    two letters count, whatever their case; in Chinese the whole name and the given name.
    """
    found: list[str] = []

    def replace(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        found.append(kind)
        return _STAND_INS[kind] or _DIGIT.sub("0", match[0])

    text = _ANY.sub(replace, text)
    for number, name in enumerate(dict.fromkeys(names)):
        text, count = _mask_name(text, name, number)
        found += ["name"] * count
    return text, tuple(found)


def _mask_name(text: str, name: str, number: int) -> tuple[str, int]:
    if any("\u4e00" <= letter <= "\u9fff" for letter in name):
        forms = [name, name[1:]] if len(name) > 2 else [name]
        pattern = "|".join(re.escape(form) for form in forms)
        return re.subn(pattern, HAN_NAMES[number % len(HAN_NAMES)], text)
    words = [word for word in re.findall(r"\w+", name) if len(word) > 1]
    if not words:
        return text, 0
    word = "|".join(re.escape(word) for word in words)
    pattern = rf"\b(?:{word})(?:[ -](?:{word}))*\b"
    return re.subn(pattern, NAMES[number % len(NAMES)], text, flags=re.I)
