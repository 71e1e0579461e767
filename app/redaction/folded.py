"""Normalises a text's typography, keeping offsets, so that typography cannot hide a value.

A value can contain no-break or thin spaces, many kinds of dashes, full-width letters, digits of
another script or invisible characters, or be split by the end of a line or cell. Finders search
these forms of a text; their findings are mapped back to the text's offsets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rag.text.visible import UNSEEN

# Minus signs, strokes and bullets that are used as hyphens, in categories other than Pd.
_MORE_DASHES = frozenset("\u02d7\u2043\u207b\u208b\u2212\u23af\u2500\u2501\u2796")
_LONG_DASHES = frozenset("\u2012\u2013\u2014\u2015")  # between words they separate
_DOTS = frozenset("\u00b7\u0387\u2022\u2024\u2027\u2219\u22c5\u25cf\u2e31\u2e33\u30fb\uff65")
_CELL_BORDERS = frozenset("\u00a6\u2016\u2223\u2225\u23d0\u2502\u2503\u2551\u2758\uff5c\uffe8")
_LINE_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_SET_OTHERWISE = ("<wide>", "<narrow>", "<font>", "<small>")  # types of decomposition

_LONG_DASH = re.compile("[\u2012-\u2015]")
_DASH_IN_NUMBER = re.compile(r"(?<=[0-9])[ \t]{0,3}-[ \t\n]{0,3}(?=[0-9])")
_LOOSE_DASH = re.compile(r"[ \t]+-[ \t\n]+|-[ \t]*\n[ \t]*")
_BLANKS = re.compile(r"[ \t]*\n[ \t]*(?:\n[ \t]*)*|[ \t]{2,}|\t")
_BREAK = re.compile(r"[ \t]*-?[ \t]*\n[ \t]*")
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-[ \t]*\n[ \t]*(?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A form of a text.

    Attributes:
        text: the form.
        offsets: of each of its characters in the original text.
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Returns where [start, end) of the form, which is not empty, stands in the text."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def replaced(
        self, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]
    ) -> NormalisedText:
        """Returns the form with each match replaced by at most one character."""
        pieces: list[str] = []
        offsets: list[int] = []
        end = 0
        for match in pattern.finditer(self.text):
            new = by(match)
            pieces += (self.text[end : match.start()], new)
            offsets += self.offsets[end : match.start()]
            offsets += self.offsets[match.start() : match.start() + len(new)]
            end = match.end()
        if not end:
            return self
        pieces.append(self.text[end:])
        offsets += self.offsets[end:]
        return NormalisedText("".join(pieces), tuple(offsets))


def fold(text: str) -> NormalisedText:
    """Returns the text in plain typography, without invisible characters.

    Digits and typographic variants of letters become ASCII. Spaces become spaces, short dashes
    hyphens, cell borders "|", line ends line feeds; long dashes become hyphens between digits, and
    middle dots full stops inside words and numbers.
    """
    if text.isascii() and UNSEEN.search(text) is None:
        return NormalisedText(text, tuple(range(len(text))))
    letters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        replacement = _folded(character)
        if not replacement or (character == "\r" and text[index + 1 : index + 2] == "\n"):
            continue
        letters.append(replacement)
        offsets.append(index)
    for index in range(1, len(letters) - 1):
        before, after = letters[index - 1], letters[index + 1]
        if letters[index] in _LONG_DASHES and before.isdigit() and after.isdigit():
            letters[index] = "-"
        elif letters[index] in _DOTS and (before.isalnum() or before == ")") and after.isalnum():
            letters[index] = "."
    return NormalisedText("".join(letters), tuple(offsets))


def in_one_line(form: NormalisedText) -> NormalisedText:
    """Returns the form with single spaces between lines and cells, and none around digits' hyphens.

    Paragraphs stay apart. For values in groups, such as account numbers.
    """
    form = form.replaced(_LONG_DASH, lambda _: "-")
    form = form.replaced(_DASH_IN_NUMBER, lambda _: "-")
    form = form.replaced(_LOOSE_DASH, lambda _: " ")
    return form.replaced(_BLANKS, lambda match: "\n" if match.group().count("\n") > 1 else " ")


def unbroken(form: NormalisedText) -> NormalisedText:
    """Returns the form without line ends and their hyphens, for values without spaces."""
    return form.replaced(_BREAK, lambda _: "")


def unhyphenated(form: NormalisedText) -> NormalisedText:
    """Returns the form with words that a line end splits put together.

    A hyphen before a capital belongs to the word.
    """
    return form.replaced(
        _HYPHENATED, lambda match: "-" if match.string[match.end()].isupper() else ""
    )


@cache
def _folded(character: str) -> str:
    """Returns the plain character for one character; "" for an invisible one."""
    if character in _LINE_ENDS:
        return "\n"
    if UNSEEN.match(character):
        return ""
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if character in _LONG_DASHES or character in _DOTS:
        return character
    if category == "Pd" or character in _MORE_DASHES:
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in _CELL_BORDERS:
        return "|"
    if unicodedata.decomposition(character).startswith(_SET_OTHERWISE):
        normalised = unicodedata.normalize("NFKC", character)
        return normalised if len(normalised) == 1 else character
    return character
