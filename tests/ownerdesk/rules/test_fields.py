"""What is typed into settings: read into values, or refused at its field; gaps and tags; differences."""

from __future__ import annotations

import pytest

from ownerdesk.rules.bot_texts import find_text_problem
from ownerdesk.rules.differences import list_differences
from ownerdesk.rules.fields import (
    Choice,
    Choices,
    Field,
    Limits,
    Lists,
    Money,
    Texts,
    Unusable,
    Whole,
    parse_code,
    parse_fields,
    show_fields,
)
from ownerdesk.rules.gaps import find_gaps, find_wrong_tag

FIELDS: tuple[Field, ...] = (
    Texts("names", 10),
    Lists("words", 5, by=","),
    Choice("kind", ("a", "b"), required=False),
    Choices("some", ("x", "y")),
    Money("price"),
    Whole("minutes", 5, 60),
    Limits("limits", ("agent", "manager"), unit="unit"),
)
TYPED = {
    "names.en": " Lamp ", "names.zh": "灯", "words.en": "one, two,,one", "words.zh": "一，二、三",
    "some.y": "yes", "price": "1,50", "minutes": "30", "limits.manager": "2", "unit": "times",
}  # fmt: skip


def test_what_is_typed_becomes_values_and_stands_in_the_form_again() -> None:
    values = parse_fields(FIELDS, TYPED)
    assert values == {
        "names": {"en": "Lamp", "zh": "灯"},
        "words": {"en": ["one", "two"], "zh": ["一", "二", "三"]},
        "kind": None, "some": ["y"], "price": "1.50", "minutes": 30, "limits": {"manager": 2},
    }  # fmt: skip
    assert parse_fields(FIELDS, {**show_fields(FIELDS, values), "unit": "times"}) == values


def test_every_problem_is_told_at_once() -> None:
    wrong = {
        "names.es": "n" * 11, "words.en": "longer", "kind": "c", "price": "NaN", "minutes": "1e9",
        "limits.agent": "1.5", "unit": "times",
    }  # fmt: skip
    with pytest.raises(Unusable) as refused:
        parse_fields(FIELDS, wrong)
    assert [(p.field, p.why) for p in refused.value.problems] == [
        ("names.es", "too_long"), ("words.en", "too_long"), ("kind", "unknown"),
        ("price", "no_money"), ("minutes", "no_number"), ("limits.agent", "no_number"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "Two words", "-x", "é", "a" * 41, "../x"])
def test_a_code_is_plain(text: str) -> None:
    with pytest.raises(Unusable):
        parse_code({"code": text})


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("by {when}, {name}", {"when", "name"}), ("none", set()), ("{{no gap}}", set()),
        ("{", None), ("{}", None), ("{when!r}", None), ("{a.b}", None), ("{x:>9}", None),
    ],
)  # fmt: skip
def test_gaps_are_plain_names(text: str, gaps: set[str] | None) -> None:
    assert find_gaps(text) == (None if gaps is None else frozenset(gaps))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("<b>a</b> & <i>b</i>", None), ("<b>a", "b"), ("a</b>", "/b"), ("<b><i>a</b></i>", "/b"),
        ("<script>", "script"), ('<b class="x">a</b>', "b"), ("1 < 2", "<"),
    ],
)  # fmt: skip
def test_tags_are_those_telegram_takes_and_are_closed(text: str, wrong: str | None) -> None:
    assert find_wrong_tag(text) == wrong


def test_a_text_of_ones_own_keeps_what_the_original_needs() -> None:
    def why(original: str, body: str) -> str:
        problem = find_text_problem("body.en", original, body)
        return problem.why if problem else ""

    assert why("By {when}.", "At {when}!") == ""
    assert why("By {when}.", "Soon.") == "gaps"
    assert why("By {when}.", "At {when}, {name}") == "gaps"
    assert why("By {when}.", "At {when") == "gaps"
    assert why("Hello", "<b>Hello</b>") == "tags", "it may be sent as it stands"
    assert why("<b>Hello</b>", "<i>Hello</i>") == ""
    assert why("<b>Hello</b>", "<b>Hello") == "tags"
    assert why("Hello", "x" * 4097) == "too_long"


def test_differences_name_what_changed_and_leave_out_what_did_not() -> None:
    before = {"names": {"en": "Lamp", "es": "Luz"}, "tags": ["a"], "price": 1, "gone": "x"}
    after = {"names": {"en": "Lamps", "es": "Luz"}, "tags": ["a", "b"], "price": 1, "new": True}
    assert [(d.name, d.old, d.new) for d in list_differences(before, after)] == [
        ("names.en", "Lamp", "Lamps"), ("tags", "a", "a, b"), ("gone", "x", ""), ("new", "", "True"),
    ]  # fmt: skip
    steps = [{"after": 0, "who": "on_duty"}, {"after": 5, "who": "manager"}]
    (moved,) = list_differences({"steps": steps}, {"steps": [steps[0], {**steps[1], "after": 9}]})
    assert (moved.name, moved.old, moved.new) == ("steps.2.after", "5", "9")
    (long,) = list_differences({"t": "一" * 70 + "天"}, {"t": "一" * 70 + "月"})
    assert long.parts == [("same", "一" * 70), ("old", "天"), ("new", "月")]
