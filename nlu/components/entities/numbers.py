"""What follows a fixed form: numbers of appeals, phone numbers, and sums of money."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from nlu.components.entities.found import Found
from nlu.components.entities.words import Word

APPEAL_NUMBER = "appeal_number"
PHONE = "phone"
MONEY = "money"

# A letter or two and at least three digits: "A-1042", "a 1042", "A1042". "B-12" is a door, not an appeal.
_APPEAL = re.compile(r"(?<![\w-])([A-Za-z]{1,2})\s?[-–‑]?\s?(\d{3,9})(?![\w-])", re.ASCII)
_PHONE = re.compile(r"(?<![\w+])\+?\d(?:[ .\-()]{0,2}\d){6,14}(?!\w)", re.ASCII)
# 2026-11-25, 25.11.2026 and what may follow them are no phone.
_DATE = re.compile(
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2})(?!\d)"
)
_SUM = r"\d{1,9}(?:[.,'\u00a0 ]\d{3}){0,3}(?:[.,]\d{1,2})?"
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY"}
_SIGN_FIRST = re.compile(rf"([€$£¥￥])\s?({_SUM})(?![\w])", re.ASCII)
_SIGN_LAST = re.compile(rf"(?<![\w.,])({_SUM})\s?([€$£¥￥])")
_AMOUNT = re.compile(rf"(?<![\w.,])({_SUM})\s?$", re.ASCII)
_LONGEST_SUM = 24
_LARGEST_SUM = 10**9
LEAST_LOOSE_YUAN = 10


def find_appeal_numbers(text: str) -> Iterator[Found]:
    for match in _APPEAL.finditer(text):
        if _is_appeal_number(match):
            value = f"{match.group(1).upper()}-{match.group(2)}"
            yield Found(APPEAL_NUMBER, value, match.start(), match.end())


def _is_appeal_number(match: re.Match[str]) -> bool:
    """ "a 300" is an article and a quantity: a gap needs a dash, or a capital with four digits."""
    written = match.group()
    joined = written.replace(" ", "") == written
    return "-" in written.replace("–", "-").replace("‑", "-") or (
        len(match.group(2)) >= 4 and (joined or match.group(1).isupper())
    )


def find_phones(text: str) -> Iterator[Found]:
    for match in _PHONE.finditer(text):
        if _DATE.match(match.group()):
            continue
        value = "".join(sign for sign in match.group() if sign.isdigit() or sign == "+")
        yield Found(PHONE, value, match.start(), match.end())


def find_money(text: str, words: Sequence[Word]) -> Iterator[Found]:
    """Amount and currency, "1200.50 EUR". A currency alone, or an amount alone, is no sum."""
    for pattern, sign, amount in ((_SIGN_FIRST, 1, 2), (_SIGN_LAST, 2, 1)):
        for match in pattern.finditer(text):
            yield from _sum(
                match.group(amount), _SIGNS[match.group(sign)], match.start(), match.end()
            )
    for before, word in pairwise(words):
        currency = word.marks.get("money")
        if currency is None or before.number is None:
            continue
        if word.text == "块" and before.number < LEAST_LOOSE_YUAN:
            continue  # 一块砖: a brick
        if before.text.isdecimal():
            # The words cut "1.200,50" into pieces: the amount is what ends where the currency begins.
            begins = max(0, word.start - _LONGEST_SUM)
            match = _AMOUNT.search(text, begins, word.start)
            if match:
                yield from _sum(match.group(1), currency, match.start(), word.end)
        else:
            yield from _sum(str(before.number), currency, before.start, word.end)


def _sum(written: str, currency: str, start: int, end: int) -> Iterator[Found]:
    amount = _read_amount(written)
    if amount < _LARGEST_SUM:
        text = f"{amount:.2f}".removesuffix(".00")
        yield Found(MONEY, f"{text} {currency}", start, end)


def _read_amount(written: str) -> float:
    """A mark with one or two digits after it parts the cents; every other one parts thousands."""
    whole, cents = written, ""
    match = re.fullmatch(r"(.*)[.,](\d{1,2})", written, re.DOTALL)
    if match:
        whole, cents = match.group(1), match.group(2)
    return float(re.sub(r"\D", "", whole) + "." + (cents or "0"))
