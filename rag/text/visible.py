"""Text as a person sees it: removes invisible characters, or shows their code points.

Invisible, by Unicode's own properties (`UNSEEN`), are:

- Default_Ignorable_Code_Point: joiners, fillers, selectors, tags, bidirectional controls, the soft
  hyphen, and the code points reserved for more of them;
- Cc, Cf, Zl and Zp, except line feed, tab, and the marks of Cf that are drawn around the number
  that follows them (Prepended_Concatenation_Mark);
- surrogates (Cs), noncharacters, and private use (Co), which has a glyph only in a special font;
- a few letters and symbols that every font draws as nothing.

Spaces (Zs) have a width, and unassigned code points are drawn as a box: they stay. So do joiners
and selectors that change what is seen: inside emoji, and in scripts that join letters. Comparisons
of texts ignore all of them (`UNSEEN`).
"""

from __future__ import annotations

import re
import unicodedata

from rag.text.lazy_regex import lazy_regex

# Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 17.0; `unicodedata` lacks it.
# `tests/unit/rag/text/test_visible.py` holds it against the package `regex`.
DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_CONTROL = ((0x0000, 0x0008), (0x000B, 0x001F), (0x007F, 0x009F), (0x2028, 0x2029))
_FORMAT = ((0xFFF9, 0xFFFB), (0x13430, 0x1343F))  # of Cf, what is neither ignorable nor drawn
_NO_CHARACTERS = (
    (0xD800, 0xDFFF),
    (0xFDD0, 0xFDEF),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)
_PRIVATE = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
# The blank pattern of Braille, the stand-in for an object, the filler of Khitan, the null notehead,
# blanks of hieroglyphs.
_BLANK = ((0x2800, 0x2800), (0xFFFC, 0xFFFC), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159),
          (0x13441, 0x13442))  # fmt: skip

UNSEEN = lazy_regex(
    "[{}]".format(
        "".join(
            f"{re.escape(chr(first))}-{re.escape(chr(last))}"
            for ranges in (
                DEFAULT_IGNORABLE, _CONTROL, _FORMAT, _NO_CHARACTERS, _PRIVATE, _BLANK,
            )
            for first, last in ranges
        )
    )
)  # fmt: skip
"""Finds each character that cannot be seen by itself."""

# Line endings, as in `str.splitlines`.
_LINE_ENDS = lazy_regex("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_LETTER_JOINERS = "\u200c\u200d"
_PRESENTATION = "\ufe0e\ufe0f"
JOINERS = _LETTER_JOINERS + _PRESENTATION
"""Characters that may stay, if their neighbours are as they should be."""
_EMOJI = lazy_regex(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_REACH = 8  # characters on each side of a joiner that can affect it


def plain(text: str) -> str:
    """Removes invisible characters; every line ending becomes a line feed."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    return UNSEEN.sub(lambda match: match.group() if _is_seen(match) else "", text)


def visible(text: str, *, lines: bool = False) -> str:
    """Shows invisible characters by their code points: ``⟨U+202E⟩``.

    Args:
        text: a name, a title, a sentence that contains some.
        lines: leaves line feeds and tabs as they are. A name has none.
    """
    if text.isascii() and text.isprintable():
        return text
    text = UNSEEN.sub(lambda match: match.group() if _is_seen(match) else _number(match), text)
    return text if lines else re.sub("[\n\t]", _number, text)


def _number(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group()):04X}⟩"


def _is_seen(match: re.Match[str]) -> bool:
    """Tells whether a joiner or selector changes how the characters around it look."""
    text, at, joiner = match.string, match.start(), match.group()
    if joiner in _PRESENTATION:
        return at > 0 and _EMOJI.fullmatch(text[at - 1]) is not None
    if joiner not in _LETTER_JOINERS or not 0 < at < len(text) - 1:
        return False
    before, after = text[at - 1], text[at + 1]
    if joiner == "\u200d" and _EMOJI.match(after):
        if before in _PRESENTATION and at > 1:
            before = text[at - 2]
        return _EMOJI.match(before) is not None
    return _joins_letters(text[max(0, at - _REACH) : at + 1 + _REACH], min(at, _REACH))


def _joins_letters(text: str, at: int) -> bool:
    """Tells whether RFC 5892, appendix A.1 and A.2, allows the joiner at `at`."""
    if any(unicodedata.category(side)[0] not in "LM" for side in (text[at - 1], text[at + 1])):
        return False
    from idna import valid_contextj  # its tables are large, and most texts have no joiner

    return valid_contextj(text, at)
