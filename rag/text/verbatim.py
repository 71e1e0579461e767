"""The characters of documents in the text of an answer, told from markup.

An answer's text is Markdown, but for one thing: nothing in it is escaped, so that a terminal, JSON
and the clipboard have the same characters as the window. Instead, a sign is markup only where it
cannot be one of a document's: not beside a word that stands beside the same sign in what the answer
rests on (`DocumentWords`). The program writes words of documents where they are not taken for
markup (`emphasised`, `code`, `line`); `ui.chat.markdown` reads that.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from rag.text.plain import plain, visible

MARK = r"\[(?:\d{1,3}|\?)\]"
"""What names a source in an answer, as a part of other patterns."""
MARKER = re.compile(r"\[(?:(\d{1,3})|\?)\]")
"""What names a source in an answer; group 1 is its number, None where there is none."""
_BLANKS_BEFORE = re.compile(r"(?<!\s)\s+$")
_NUMBERED = re.compile(r"⟨U\+[0-9A-F]{4,6}⟩")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"(?<!\S)\S+\s*$"), re.compile(r"\s*\S+")
_REACH = 80  # characters; a longer word is cut, and with it perhaps a "⟨U+10FFFF⟩"
_CUT_BEGINNING, _CUT_END = re.compile("^[^⟨]{0,9}⟩"), re.compile("⟨[^⟩]{0,9}$")
_TICKS = re.compile("`+")
_OPENING, _CLOSING = "([{“‘„«", ")]}”’»,.;:!?"
_SIGNS = "*`["
LIST_MARK = re.compile(r"(?:(?:[-*•‣▪●○◦·–>]|#{1,6})\s{1,9}){1,9}(?=[^\W\d_])")
"""What a point of a list begins with, or a heading or quotation; before a figure it may be a
minus."""


def one_line(words: str) -> str:
    """Words of a document without line breaks and runs of blanks."""
    return " ".join(words.split())


def _normal(text: str) -> str:
    return one_line(plain(_NUMBERED.sub("", text)))


def _word_before(text: str, end: int) -> str:
    """The word in front of a place, with the blanks between; "" if there is none."""
    found = _WORD_BEFORE.search(text[max(0, end - _REACH) : end])
    word = found.group() if found else ""
    return _CUT_BEGINNING.sub("", word) if len(word) == _REACH else word


def _word_behind(text: str, start: int) -> str:
    """The word behind a place, with the blanks between; "" if there is none."""
    found = _WORD_AFTER.match(text, start, start + _REACH)
    word = found.group() if found else ""
    return _CUT_END.sub("", word) if len(word) == _REACH else word


class DocumentWords:
    """What documents say, so that what is copied from them can be recognised.

    Args:
        texts: passages, quotes, titles, names of files, cells.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._whole = frozenset(map(_normal, texts))
        self._text = "\n".join(self._whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DocumentWords) and other._whole == self._whole

    def __hash__(self) -> int:
        return hash(self._whole)

    def hold(self, piece: str) -> bool:
        """Whether a piece of text stands in them, white space and unseen characters aside."""
        normal = _normal(piece)
        return bool(normal) and normal in self._text

    def hold_sign(self, text: str, start: int, end: int) -> bool:
        """Whether the sign ``text[start:end]`` stands in them beside a word that it is beside.

        Beside none, but between brackets or quotes, it need only stand in them; and it may be all
        that one of them says.
        """
        sign = text[start:end]
        if sign in self._whole:
            return True
        before, behind = _word_before(text, start), _word_behind(text, end)
        inner_before, inner_behind = before.lstrip(_OPENING), behind.rstrip(_CLOSING)
        if not inner_before.strip() and not inner_behind.strip():
            return self.hold(sign)
        return any(
            self.hold(piece)
            for piece in (before + sign, inner_before + sign, sign + behind, sign + inner_behind)
            if piece != sign
        )

    def hold_marker(self, text: str, start: int, end: int) -> bool:
        """Whether what looks like a marker is a document's own, such as ``[3]`` in a paper.

        It is, if it stands behind the same word there; at the beginning of a text, before it. Or
        if it is all that one of them says.
        """
        if text[start:end] in self._whole:
            return True
        if text[:start].strip():
            return self.hold(_word_before(text, start) + text[start:end])
        return self.hold(text[start:end] + _word_behind(text, end))

    def without_markers(self, text: str) -> tuple[str, int]:
        """The text without markers that are none of documents' own; and how many these were."""
        parts: list[str] = []
        dropped = begin = 0
        for found in MARKER.finditer(text):
            if self.hold_marker(text, *found.span()):
                continue
            parts.append(_BLANKS_BEFORE.sub("", text[begin : found.start()]))
            begin = found.end()
            dropped += 1
        return "".join((*parts, text[begin:])), dropped

    def signs_in(self, text: str) -> tuple[str, ...]:
        """The words of a text that have signs of markup at them as they do in documents.

        Each with the word in front of it, where that stands there, too.
        """
        pieces: dict[str, None] = {}
        for before, word in itertools.pairwise(("", *text.split())):
            if any(sign in word for sign in _SIGNS):
                pair = f"{before} {word}".strip()
                pieces |= {piece: None for piece in (pair, word) if self.hold(piece)}
        return tuple(pieces)


NO_WORDS = DocumentWords()
"""For text that rests on no document."""


def strong(words: str) -> str:
    """Words of a document, in one line, with strong emphasis, if that would not change them."""
    return f"**{words}**" if _takes_emphasis(words) else words


def named(words: str, sign: str = "*") -> str:
    """A name of a document, in one line, with emphasis, or in quotes if that would change it.

    Args:
        words: the name.
        sign: ``*``, or ``**`` for strong emphasis.
    """
    return f"{sign}{words}{sign}" if _takes_emphasis(words) else f"“{words}”"


def _takes_emphasis(words: str) -> bool:
    first, last = words[:1], words[-1:]
    begins_and_ends = (first.isalnum() or first in "-–") and (last.isalnum() or last == "–")
    return bool(words) and begins_and_ends and "*" not in words and "`" not in words


def code(words: str) -> str:
    """Words of a document as code: between more backticks than stand in them."""
    words = visible(words)
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(words)), default=0))
    pad = " " if words.startswith("`") or words.endswith("`") or not words.strip() else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"


def line(words: str) -> str:
    """A line that begins with words of a document: a point of a list if it could be another one."""
    return words if words[:1].isalpha() else f"- {words}"
