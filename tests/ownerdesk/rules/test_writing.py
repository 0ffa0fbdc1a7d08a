"""What staff write and send: variables, mentions, excerpts, and which files may go out."""

from __future__ import annotations

import pytest

from ownerdesk.rules.answering import EmptyFile, FileTooLarge, UnfilledVariables, WrongFileKind
from ownerdesk.rules.excerpts import cut, take_sentences
from ownerdesk.rules.mentions import find_mentioned
from ownerdesk.rules.uploads import (
    MAX_DOCUMENT_BYTES,
    MAX_PHOTO_BYTES,
    check_size,
    check_start,
    classify_file,
)
from ownerdesk.rules.variables import fill_known, fill_variables

VALUES = {"owner": "Alma", "due": "18:40", "number": ""}
JPEG = b"\xff\xd8\xff\xe0 and more"


def test_variables_are_filled_once_with_values_as_they_are() -> None:
    assert fill_variables("{owner}, by {due}.", VALUES) == "Alma, by 18:40."
    assert fill_variables("{owner}", {"owner": "{due}"}) == "{due}"
    assert fill_variables("{1} { owner } {Owner}", VALUES) == "{1} { owner } {Owner}"


def test_what_is_unknown_or_empty_is_named_and_not_sent() -> None:
    with pytest.raises(UnfilledVariables) as refused:
        fill_variables("{owner} {number} {price} {price} {home}", VALUES)
    assert (refused.value.unknown, refused.value.empty) == (("price",), ("number", "home"))
    assert fill_known("{owner} {number} {price}", VALUES) == "Alma {number} {price}"


def test_a_mention_is_a_whole_name_and_the_longest_one_counts() -> None:
    names = {1: "Ann", 2: "Ann Lee", 3: "李雷", 4: "ANN"}
    assert find_mentioned("@Ann Lee please", names) == [2]
    assert find_mentioned("@ann, @李雷", names) == [1, 4, 3]
    assert find_mentioned("mail@Ann.example @Annabel Ann", names) == []
    assert find_mentioned("@Ann", {}) == []


def test_excerpts_keep_whole_sentences_and_say_that_they_were_cut() -> None:
    assert cut("a  b\nc", 10) == "a b c"
    assert cut("abcdefgh", 5) == "abcd…"
    assert take_sentences("One. Two is longer. Three.\n\nNext", 12) == "One."
    assert take_sentences("Only one without an end", 5) == "Only one without an end"
    assert take_sentences("第一句。第二句。", 4) == "第一句。"


@pytest.mark.parametrize(
    ("name", "head", "mime_type"),
    [
        ("Roof.JPG", JPEG, "image/jpeg"),
        ("plan.pdf", b"%PDF-1.7", "application/pdf"),
        ("notes.txt", b"hello", "text/plain"),
    ],
)
def test_a_file_is_what_its_name_and_its_beginning_say(
    name: str, head: bytes, mime_type: str
) -> None:
    assert check_start(name, head) == mime_type


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("run.exe", b"MZ"),
        ("page.html", b"<html>"),
        ("x.svg", b"<svg"),
        ("plan.pdf", b"MZ"),
        ("a", JPEG),
    ],
)
def test_other_kinds_and_false_names_are_refused(name: str, head: bytes) -> None:
    with pytest.raises(WrongFileKind):
        check_start(name, head)


def test_an_empty_file_and_one_too_large_are_refused() -> None:
    with pytest.raises(EmptyFile):
        check_start("a.jpg", b"")
    check_size(MAX_DOCUMENT_BYTES)
    with pytest.raises(FileTooLarge):
        check_size(MAX_DOCUMENT_BYTES + 1)


def test_a_picture_too_large_for_a_photo_goes_out_as_a_document() -> None:
    assert classify_file("a.jpg", "image/jpeg", MAX_PHOTO_BYTES).kind == "photo"
    assert classify_file("a.jpg", "image/jpeg", MAX_PHOTO_BYTES + 1).kind == "document"
    assert classify_file("a.gif", "image/gif", 10).kind == "document"
    assert classify_file("../../etc\r\n/x.pdf", "application/pdf", 1).name == "etc x.pdf"
