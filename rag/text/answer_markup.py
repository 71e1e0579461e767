"""Tells the characters of documents in an answer from markup.

An answer's text is Markdown without escapes, so that a terminal, JSON and the clipboard show the
same characters as the window. A sign is markup unless it may have been copied from a document: it
is a document's own where it stands beside the same word there (`DocumentWords`). The program writes
words of documents so that they are not taken for markup (`strong`, `code`, `line`);
`ui.chat.markdown` reads that.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from rag.text.visible import plain, visible

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
"""The beginning of a list item, heading or block quote; before a figure it may be a minus."""


def one_line(words: str) -> str:
    """Returns words of a document without line breaks and runs of blanks."""
    return " ".join(words.split())


def _normal(text: str) -> str:
    return one_line(plain(_NUMBERED.sub("", text)))


def _word_before(text: str, end: int) -> str:
    """Returns the word before an offset, with the blanks between; "" if there is none."""
    match = _WORD_BEFORE.search(text[max(0, end - _REACH) : end])
    word = match.group() if match else ""
    return _CUT_BEGINNING.sub("", word) if len(word) == _REACH else word


def _word_after(text: str, start: int) -> str:
    """Returns the word after an offset, with the blanks between; "" if there is none."""
    match = _WORD_AFTER.match(text, start, start + _REACH)
    word = match.group() if match else ""
    return _CUT_END.sub("", word) if len(word) == _REACH else word


class DocumentWords:
    """The text of documents, by which words and signs copied from them are recognised.

    Args:
        texts: passages, quotes, titles, file names, cells.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._whole = frozenset(map(_normal, texts))
        self._text = "\n".join(self._whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DocumentWords) and other._whole == self._whole

    def __hash__(self) -> int:
        return hash(self._whole)

    def hold(self, piece: str) -> bool:
        """Tells whether the documents contain a text, white space and unseen characters aside."""
        normal = _normal(piece)
        return bool(normal) and normal in self._text

    def hold_sign(self, text: str, start: int, end: int) -> bool:
        """Tells whether the documents contain the sign ``text[start:end]`` beside the same word.

        A sign with no word beside it, only brackets or quotes, need only occur in them. A sign also
        counts where it is the whole of one of the texts.
        """
        sign = text[start:end]
        if sign in self._whole:
            return True
        before, behind = _word_before(text, start), _word_after(text, end)
        inner_before, inner_behind = before.lstrip(_OPENING), behind.rstrip(_CLOSING)
        if not inner_before.strip() and not inner_behind.strip():
            return self.hold(sign)
        return any(
            self.hold(piece)
            for piece in (before + sign, inner_before + sign, sign + behind, sign + inner_behind)
            if piece != sign
        )

    def hold_marker(self, text: str, start: int, end: int) -> bool:
        """Tells whether a marker, such as ``[3]`` in a paper, is a document's own.

        It is if it follows the same word there, or precedes it at the beginning of a text, or is
        the whole of one of the texts.
        """
        if text[start:end] in self._whole:
            return True
        if text[:start].strip():
            return self.hold(_word_before(text, start) + text[start:end])
        return self.hold(text[start:end] + _word_after(text, end))

    def without_markers(self, text: str) -> tuple[str, int]:
        """Removes the markers that are not documents' own. Returns the text and their number."""
        parts: list[str] = []
        dropped = begin = 0
        for match in MARKER.finditer(text):
            if self.hold_marker(text, *match.span()):
                continue
            parts.append(_BLANKS_BEFORE.sub("", text[begin : match.start()]))
            begin = match.end()
            dropped += 1
        return "".join((*parts, text[begin:])), dropped

    def signs_in(self, text: str) -> tuple[str, ...]:
        """Returns the words of a text that carry signs of markup as they do in the documents.

        Each comes with the word before it, if the documents have that there, too.
        """
        pieces: dict[str, None] = {}
        for before, word in itertools.pairwise(("", *text.split())):
            if any(sign in word for sign in _SIGNS):
                pair = f"{before} {word}".strip()
                pieces |= {piece: None for piece in (pair, word) if self.hold(piece)}
        return tuple(pieces)


NO_WORDS = DocumentWords()
"""For text that is based on no document."""


def strong(words: str) -> str:
    """Returns one line of a document's words with strong emphasis, if that does not change them."""
    return f"**{words}**" if _takes_emphasis(words) else words


def named(words: str, sign: str = "*") -> str:
    """Returns a name from a document with emphasis, or in quotes if emphasis would change it.

    Args:
        words: the name, in one line.
        sign: ``*``, or ``**`` for strong emphasis.
    """
    return f"{sign}{words}{sign}" if _takes_emphasis(words) else f"“{words}”"


def _takes_emphasis(words: str) -> bool:
    first, last = words[:1], words[-1:]
    begins_and_ends = (first.isalnum() or first in "-–") and (last.isalnum() or last == "–")
    return bool(words) and begins_and_ends and "*" not in words and "`" not in words


def code(words: str) -> str:
    """Returns words of a document as code, between more backticks than they contain."""
    words = visible(words)
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(words)), default=0))
    pad = " " if words.startswith("`") or words.endswith("`") or not words.strip() else ""
    return f"{ticks}{pad}{words}{pad}{ticks}"


def line(words: str) -> str:
    """Returns a line that begins with words of a document, as a list item if it could be markup."""
    return words if words[:1].isalpha() else f"- {words}"
