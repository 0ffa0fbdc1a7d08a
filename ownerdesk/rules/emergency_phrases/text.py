"""Turns what people type into plain words: no case, accents, full-width forms or apostrophes; where no spaces
are written, one character is one word."""

from __future__ import annotations

import re
import unicodedata

HARD_BREAKS = frozenset(".!?;。\n")
SOFT_BREAKS = frozenset(',:()[]、–—·|/" ')

_HAN = "\u3400-\u9fff"
# Thai, Japanese and Chinese are written without spaces; Korean endings stick to their words, and folding has taken
# its syllables apart into letters.
_UNSPACED = f"\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff{_HAN}"
# Punctuation stays in the list of words, so that no phrase reaches across it.
_CUT = re.compile(
    rf"[^\W\d_{_UNSPACED}]+"
    rf"|[{_UNSPACED}]"
    r"|\d+"
    r"|[?!]+|\.+(?!\d)|[;。\n]"
    r"|[,:()\[\]、–—·|/\"]"
    rf"|(?<=[{_HAN}]) (?=[{_HAN}])"
    r"|(?<= )-(?= )"
    r"|[\u2600-\u27bf\U0001f100-\U0001faff]"
)
# "sí" is yes and "si" is if: the one accent that decides whether a danger is real.
_KEPT_ACCENTS = re.compile(r"\bsí\b")
_SIMPLIFIED = str.maketrans(
    "電氣著煙燒斷線進門開關鎖樓層廁廳車庫鄰裡裏壞沒無動彈醫護緊壓頭傷暈槍賊搶闖報陽臺牆塊樹頂搖懸請來過還現嗎麼為濃聞見聽個們"
    "媽爺婦產啟閘濺極熱團飛衝險滅體臉滾風蓋問給說發處會縫嚴後傳對從時間總經幾這樣誰訊災萬應該將並與點",
    "电气着烟烧断线进门开关锁楼层厕厅车库邻里里坏没无动弹医护紧压头伤晕枪贼抢闯报阳台墙块树顶摇悬请来过还现吗么为浓闻见听个们"
    "妈爷妇产启闸溅极热团飞冲险灭体脸滚风盖问给说发处会缝严后传对从时间总经几这样谁讯灾万应该将并与点",
)
# One table, so that a long text is walked once: full-width forms to plain ones, traditional characters to
# simplified ones, and apostrophes and characters of no width to nothing.
_PLAIN: dict[int, int | None] = {
    **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
    **_SIMPLIFIED,
    0x3000: ord(" "),
    **dict.fromkeys(
        map(ord, "'’‘`´ʼ\uff07\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f\0"), None
    ),
}
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LETTER_RUN = re.compile(r"([a-zа-я])\1{2,}")
_DOUBLE = re.compile(r"(.)\1")


def fold(text: str) -> str:
    """One spelling for what reads the same."""
    text = text.translate(_PLAIN).casefold()
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFD", _KEPT_ACCENTS.sub("yes", text)))


def cut(folded: str) -> list[str]:
    """Words, numbers, signs and breaks in the order they stand; other characters are left out."""
    if _LETTER_RUN.search(folded):
        folded = _LETTER_RUN.sub(r"\1\1", folded)
    return _CUT.findall(folded)


def undouble(word: str) -> str:
    """`fuegoo` → `fuego`, for a word that nobody knows with its doubled letters."""
    return _DOUBLE.sub(r"\1", word)


def is_break(word: str) -> bool:
    return word[0] in HARD_BREAKS or word[0] in SOFT_BREAKS


def is_hard_break(word: str) -> bool:
    return word[0] in HARD_BREAKS
