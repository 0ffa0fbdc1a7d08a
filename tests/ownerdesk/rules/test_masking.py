"""Nothing that names a person leaves a message for the training data."""

from __future__ import annotations

import pytest

from ownerdesk.rules.masking import mask


@pytest.mark.parametrize(
    ("text", "masked", "kinds"),
    [
        ("call me on +44 7700 900123 please", "call me on +00 0000 000000 please", ("phone",)),
        ("mi móvil es 600 123 456", "mi móvil es 000 000 000", ("phone",)),
        ("我的电话13800001111，快点", "我的电话00000000000，快点", ("phone",)),
        ("write to h.vale@example.org", "write to name@example.com", ("mail",)),
        ("see https://x.example/a?b=1 there", "see https://example.com there", ("link",)),
        ("京A·12345堵住车位了", "XX00 XXX堵住车位了", ("plate",)),
        ("AB12 CDE blocks the ramp", "XX00 XXX blocks the ramp", ("plate",)),
        ("el coche 1234 BCD sigue ahí", "el coche XX00 XXX sigue ahí", ("plate",)),
        ("DNI 12345678Z", "DNI 00000000Z", ("identity",)),
        ("I live at 14 Maple Grove Road now", "I live at 1 Example Street now", ("street",)),
        ("vivo en calle Mayor 12", "vivo en 1 Example Street", ("street",)),
        ("人民路88号门口", "1 Example Street门口", ("street",)),
        ("card 4000 1234 5678 9010", "card 0000 0000 0000 0000", ("card",)),
    ],
)
def test_numbers_and_addresses_become_others(
    text: str, masked: str, kinds: tuple[str, ...]
) -> None:
    assert mask(text) == (masked, kinds)


@pytest.mark.parametrize(
    "text",
    [
        "flat 1204, entrance 2, no light since 18:30",
        "3栋2单元1502漏水",
        "A-1042 is still open after 3 weeks",
        "piso 4, puerta 12, desde el 24/11",
        "2 of 10 lamps are out, 150 euros is too much",
        "",
    ],
)
def test_what_the_reader_needs_stays(text: str) -> None:
    assert mask(text) == (text, ())


def test_known_names_become_invented_ones_and_only_as_whole_words() -> None:
    names = ["Hazel Vale", "Otto Grau"]
    assert mask("HAZEL VALE here, Otto knows. Hazelnut tree is down", names) == (
        "Alex here, Robin knows. Hazelnut tree is down",
        ("name", "name"),
    )
    assert mask("我是欧阳安禾，安禾又来了；安静", ["欧安禾"])[0] == "我是欧阳小王，小王又来了；安静"
    assert mask("a b", ["B", ""]) == ("a b", ())


def test_masking_twice_changes_nothing_more() -> None:
    text = "Hazel, 07700 900123, h@example.org, 京A·12345, 人民路88号"
    once, _ = mask(text, ["Hazel"])
    assert mask(once, ["Hazel"])[0] == once
