"""Which passwords are refused: too short, guessed by everybody, or made of the person's own name.

Length is what counts; nobody is asked for capitals or signs. A list of common passwords works on what is left of a
password when its ornaments are taken off, so that `P@ssw0rd2024!` is `password`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

SHORTEST = 12
LONGEST = 1000  # argon2 hashes any length; somebody could send megabytes
FEWEST_DIFFERENT = 5
SHORTEST_NAME = 4  # parts of a name that are shorter than this are in words of all kinds

_SIGNS = str.maketrans("@013457$!|€", "aoieastsiie")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)


def find_weakness(
    password: str, *, common: frozenset[str], person: Sequence[str] = ()
) -> str | None:
    """Why the password is refused: `short`, `long`, `simple`, `common` or `personal`; None where it may be used.

    `person` are the name and the e-mail address of whoever it is for.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    plain = password.casefold()
    if len(set(plain)) < FEWEST_DIFFERENT or _is_run(plain):
        return "simple"
    if any(core in common for core in _cores(plain)):
        return "common"
    if any(part in plain for part in _parts(person)):
        return "personal"
    return None


def _is_run(plain: str) -> bool:
    """Neighbours on a keyboard, in the alphabet or among the digits, forwards or backwards, once or again."""
    return any(plain in line * 4 or plain[::-1] in line * 4 for line in _ROWS)


def _cores(plain: str) -> Iterator[str]:
    """The password, and what it is without ornaments: no spaces, no digits and signs around it, signs read as the
    letters they stand for, said once instead of again and again."""
    for text in (plain, plain.translate(_SIGNS)):
        for core in (text, _strip(text), _strip(plain).translate(_SIGNS)):
            joined = re.sub(r"[\s._-]+", "", core)
            yield joined
            yield _once(joined)


def _strip(text: str) -> str:
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)


def _once(text: str) -> str:
    """`catcatcat` is `cat`: a text that is a repetition is found in its double before its end."""
    return text[: (text + text).find(text, 1)] if text else text


def _parts(person: Iterable[str]) -> set[str]:
    """The words of a name, and the words before the `@`; the rest of an address is the company's."""
    words = (word for text in person for word in re.split(r"[\W\d_]+", text.partition("@")[0]))
    return {word.casefold() for word in words if len(word) >= SHORTEST_NAME}
