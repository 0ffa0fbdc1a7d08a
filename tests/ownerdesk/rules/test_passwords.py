"""Which passwords are refused, and which are not."""

from __future__ import annotations

import pytest

from ownerdesk.rules.passwords import find_weakness
from ownerdesk.services.passwords import common_passwords

PERSON = ("Mara Wrenfield", "m.ashgrove@example.com")


def weakness(password: str) -> str | None:
    return find_weakness(password, common=common_passwords(), person=PERSON)


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("elevenchars", "short"),
        ("x" * 1001, "long"),
        ("aaaaaaaaaaaa", "simple"),
        ("121212121212", "simple"),
        ("abcdefghijklm", "simple"),
        ("98765432109876", "simple"),
        ("poiuytrewqpo", "simple"),
        ("password1234", "common"),
        ("P@ssw0rd2024!", "common"),
        ("Welcome-2025-!", "common"),
        ("passwordpassword", "common"),
        ("i love you 123", "common"),
        ("contraseña2024", "common"),
        ("woaini1314520", "common"),
        ("1q2w3e4r5t6y", "common"),
        ("ownerdesk 2026", "common"),
        ("the wrenfield door", "personal"),
        ("Ashgrove under snow", "personal"),
    ],
)
def test_a_guessable_password_is_refused_by_its_reason(password: str, expected: str) -> None:
    assert weakness(password) == expected


@pytest.mark.parametrize(
    "password",
    ["a long password", "correct kettle battery", "三个词放在一起就很好记住了", "xK9!pQ2#vL5m", "mara likes long walks"],
)  # fmt: skip
def test_a_long_password_needs_no_ornaments(password: str) -> None:
    expected = "personal" if "mara" in password else None
    assert weakness(password) == expected


def test_the_list_is_as_long_as_it_says_and_in_the_form_that_is_compared() -> None:
    common = common_passwords()
    assert len(common) >= 1000
    assert all(word == word.casefold() and " " not in word for word in common)
