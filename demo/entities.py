"""HTML parse mode: text with tags becomes plain text and entities, refused in Telegram's words.

Offsets and lengths of entities count UTF-16 code units; byte offsets in refusals count UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from demo.errors import Json, bad_request

KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([a-zA-Z]+));?")
NAME = re.compile(r"[^\s>]*")
ATTRIBUTE_NAME = re.compile(r"[^\s=>]*")
BARE_VALUE = re.compile(r"[A-Za-z0-9.\-]*")
SPACES = re.compile(r"\s*")


def count_utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


@dataclass
class Open:
    """A tag still waiting for its end."""

    tag: str
    start: int
    entity: Json


class HtmlReader:
    """One pass over one text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._parts: list[str] = []
        self._units = 0
        self._open: list[Open] = []
        self._entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        while self._at < len(self._source):
            if self._source[self._at] != "<":
                self._read_text()
            elif self._source.startswith("</", self._at):
                self._read_end()
            else:
                self._read_start()
        if self._open:
            self._fail(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._parts), self._entities

    def _fail(self, what: str, at: int | None = None) -> NoReturn:
        if at is not None:
            what += f" at byte offset {self._byte(at)}"
        raise bad_request(f"can't parse entities: {what}")

    def _byte(self, at: int) -> int:
        return len(self._source[:at].encode())

    def _emit(self, text: str) -> None:
        self._parts.append(text)
        self._units += count_utf16(text)

    def _read_text(self) -> None:
        if self._source[self._at] == "&":
            text, self._at = self._reference(self._at)
            self._emit(text)
            return
        end = self._at
        while end < len(self._source) and self._source[end] not in "<&":
            end += 1
        self._emit(self._source[self._at : end])
        self._at = end

    def _reference(self, at: int) -> tuple[str, int]:
        """The character a reference stands for and where reading goes on."""
        match = REFERENCE.match(self._source, at)
        if match is None:
            return "&", at + 1
        hexadecimal, decimal, name = match.groups()
        if name is not None:
            known = NAMED.get(name)
            return (known, match.end()) if known else ("&", at + 1)
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if not 0 < code < 0x10FFFF:
            return "&", at + 1
        if 0xD800 <= code <= 0xDFFF:
            self._fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return chr(code), match.end()

    def _skip(self, pattern: re.Pattern[str], at: int) -> tuple[str, int]:
        match = pattern.match(self._source, at)
        return (match.group(), match.end()) if match else ("", at)

    def _read_start(self) -> None:
        begin = self._at
        tag, at = self._skip(NAME, begin + 1)
        tag = tag.lower()
        if at >= len(self._source):
            self._fail("Unclosed start tag", begin)
        if tag not in KINDS:
            self._fail(f'Unsupported start tag "{tag}"', begin)
        attributes: dict[str, str] = {}
        while True:
            _, at = self._skip(SPACES, at)
            if at >= len(self._source):
                self._fail("Unclosed start tag", begin)
            if self._source[at] == ">":
                break
            name, value, at = self._attribute(tag, begin, at)
            attributes[name.lower()] = value
        self._at = at + 1
        self._open.append(Open(tag, self._units, self._entity(tag, attributes, begin)))

    def _attribute(self, tag: str, begin: int, at: int) -> tuple[str, str, int]:
        source = self._source
        name, at = self._skip(ATTRIBUTE_NAME, at)
        if not name:
            self._fail(f'Empty attribute name in the tag "{tag}"', begin)
        _, at = self._skip(SPACES, at)
        if at >= len(source) or source[at] != "=":
            if tag == "blockquote" and name.lower() == "expandable":
                return name, "", at
            self._fail(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin
            )
        _, at = self._skip(SPACES, at + 1)
        if at >= len(source):
            self._fail(f'Unclosed start tag "{tag}"', begin)
        quote = source[at]
        if quote not in "'\"":
            value, end = self._skip(BARE_VALUE, at)
            if end >= len(source) or not (source[end].isspace() or source[end] == ">"):
                self._fail("Unexpected end of name token", at)
            return name, value.lower(), end
        return self._quoted(name, quote, begin, at + 1)

    def _quoted(self, name: str, quote: str, begin: int, at: int) -> tuple[str, str, int]:
        value: list[str] = []
        while at < len(self._source) and self._source[at] != quote:
            if self._source[at] == "&":
                piece, at = self._reference(at)
                value.append(piece)
            else:
                value.append(self._source[at])
                at += 1
        if at >= len(self._source):
            self._fail("Unclosed start tag", begin)
        return name, "".join(value), at + 1

    def _entity(self, tag: str, attributes: dict[str, str], begin: int) -> Json:
        entity: Json = {"type": KINDS[tag]}
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', begin)
        if tag == "a":
            entity["url"] = attributes.get("href", "")
        if tag == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        if tag == "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        if tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        return entity

    def _read_end(self) -> None:
        begin = self._at
        if not self._open:
            self._fail("Unexpected end tag", begin)
        tag, at = self._skip(NAME, begin + 2)
        _, at = self._skip(SPACES, at)
        if at >= len(self._source) or self._source[at] != ">":
            self._fail("Unclosed end tag", begin)
        opened = self._open.pop()
        if tag and tag.lower() != opened.tag:
            self._fail(
                f"Unmatched end tag at byte offset {self._byte(begin)}, "
                f'expected "</{opened.tag}>", found "</{tag.lower()}>"'
            )
        self._at = at + 1
        self._close(opened)

    def _close(self, opened: Open) -> None:
        length = self._units - opened.start
        entity = opened.entity | {"offset": opened.start, "length": length}
        if length == 0:
            return
        if entity["type"] == "text_link" and not entity["url"]:
            return
        if entity["type"] == "pre" and self._entities:
            inside = self._entities[-1]
            # <pre><code class="language-x"> is one block with a language, not two entities.
            if inside["type"] == "code" and inside["length"] == length:
                self._entities.pop()
                entity |= {key: inside[key] for key in ("language",) if key in inside}
        elif entity["type"] == "code" and not self._inside_pre():
            entity.pop("language", None)
        self._entities.append(entity)

    def _inside_pre(self) -> bool:
        return any(opened.tag == "pre" for opened in self._open)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and entities of HTML-marked text."""
    return HtmlReader(source).read()


LINKS = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
    r"|(?P<hashtag>(?<!\w)#\w*[^\W\d_]\w*)"
    r"|(?P<phone_number>(?<!\w)\+\d[\d ]{7,16}\d(?!\w))"
)


def find_links(text: str, taken: list[Json]) -> list[Json]:
    """Commands, addresses, mentions and phone numbers that Telegram marks by itself."""
    found: list[Json] = []
    at = units = 0
    for match in LINKS.finditer(text):
        units += count_utf16(text[at : match.start()])
        at = match.start()
        length = count_utf16(match.group())
        entity = {"type": str(match.lastgroup), "offset": units, "length": length}
        if not any(
            entity["offset"] < other["offset"] + other["length"]
            and other["offset"] < units + length
            for other in taken
            if other["type"] in ("code", "pre", "text_link", "bot_command", "url")
        ):
            found.append(entity)
    return sorted(taken + found, key=lambda entity: (entity["offset"], -entity["length"]))


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Drop the white space around a text, as Telegram does, and move its entities along."""
    stripped = text.strip()
    lead = count_utf16(text[: len(text) - len(text.lstrip())])
    size = count_utf16(stripped)
    kept: list[Json] = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] + entity["length"] - lead)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return stripped, kept
