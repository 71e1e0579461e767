"""The same text in plain type, with the way back: how a value is set must not hide it.

A value can be set with no-break or thin spaces, with dashes of many kinds, in full-width letters or
the digits of another script, with something invisible inside, or be broken by the end of a line or
of a cell. Finders look at these forms of a text; what they find is told in the offsets of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from rag.text.plain import UNSEEN

# Minus signs, strokes and bullets that are typed for a hyphen, of other categories than Pd.
_MORE_DASHES = frozenset("\u02d7\u2043\u207b\u208b\u2212\u23af\u2500\u2501\u2796")
_LONG_DASHES = frozenset("\u2012\u2013\u2014\u2015")  # between words they divide
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
class FoldedText:
    """A form of a text.

    Attributes:
        text: what is looked through.
        offsets: of each of its characters in the text that it is a form of.
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where [start, end) of the form, which is not empty, stands in the text."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def replaced(self, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> FoldedText:
        """The form with each match replaced by at most one character."""
        pieces: list[str] = []
        offsets: list[int] = []
        end = 0
        for found in pattern.finditer(self.text):
            new = by(found)
            pieces += (self.text[end : found.start()], new)
            offsets += self.offsets[end : found.start()]
            offsets += self.offsets[found.start() : found.start() + len(new)]
            end = found.end()
        if not end:
            return self
        pieces.append(self.text[end:])
        offsets += self.offsets[end:]
        return FoldedText("".join(pieces), tuple(offsets))


def fold(text: str) -> FoldedText:
    """The text in plain type: the same characters, less those that cannot be seen.

    Digits are ASCII, and so are letters that are only set in another way. Spaces are spaces, short
    dashes hyphens, borders of cells "|", line ends line feeds; long dashes are hyphens between
    digits, and middle dots full stops inside of words and numbers.
    """
    if text.isascii() and UNSEEN.search(text) is None:
        return FoldedText(text, tuple(range(len(text))))
    letters: list[str] = []
    offsets: list[int] = []
    for at, one in enumerate(text):
        new = _folded(one)
        if not new or (one == "\r" and text[at + 1 : at + 2] == "\n"):
            continue
        letters.append(new)
        offsets.append(at)
    for at in range(1, len(letters) - 1):
        before, after = letters[at - 1], letters[at + 1]
        if letters[at] in _LONG_DASHES and before.isdigit() and after.isdigit():
            letters[at] = "-"
        elif letters[at] in _DOTS and (before.isalnum() or before == ")") and after.isalnum():
            letters[at] = "."
    return FoldedText("".join(letters), tuple(offsets))


def in_one_line(form: FoldedText) -> FoldedText:
    """The form with single spaces between lines and cells, and none around hyphens of numbers.

    Paragraphs stay apart. For values in groups, such as numbers of accounts.
    """
    form = form.replaced(_LONG_DASH, lambda _: "-")
    form = form.replaced(_DASH_IN_NUMBER, lambda _: "-")
    form = form.replaced(_LOOSE_DASH, lambda _: " ")
    return form.replaced(_BLANKS, lambda found: "\n" if found.group().count("\n") > 1 else " ")


def unbroken(form: FoldedText) -> FoldedText:
    """The form without ends of lines, and without hyphens there: for values that have no gaps."""
    return form.replaced(_BREAK, lambda _: "")


def unhyphenated(form: FoldedText) -> FoldedText:
    """The form with the words whole that an end of a line divides.

    A hyphen before a capital is the word's own.
    """
    return form.replaced(
        _HYPHENATED, lambda found: "-" if found.string[found.end()].isupper() else ""
    )


@cache
def _folded(one: str) -> str:
    """One character that stands for another; "" for one that cannot be seen."""
    if one in _LINE_ENDS:
        return "\n"
    if UNSEEN.match(one):
        return ""
    category = unicodedata.category(one)
    if category == "Zs":
        return " "
    if one in _LONG_DASHES or one in _DOTS:
        return one
    if category == "Pd" or one in _MORE_DASHES:
        return "-"
    if category == "Nd":
        return str(unicodedata.decimal(one))
    if one in _CELL_BORDERS:
        return "|"
    if unicodedata.decomposition(one).startswith(_SET_OTHERWISE):
        same = unicodedata.normalize("NFKC", one)
        return same if len(same) == 1 else one
    return one
