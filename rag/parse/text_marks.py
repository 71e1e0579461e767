"""Puts marks of a text's look into words: struck out, raised, lowered, highlighted, boxed, hidden.

A format's reader stands a mark around each stretch (`marked`) and turns the whole paragraph into
words when all of it is there (`in_words`): what a mark means depends on the words around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from rag.parse.state_words import struck_out
from rag.text.lazy_regex import lazy_regex


class Mark(Enum):
    """A look that says something; its value is a sign before and one behind the text.

    The signs are noncharacters of Unicode, which are for use within a program: no file holds them.
    """

    STRUCK = "\ufdd0\ufdd1"
    RAISED = "\ufdd2\ufdd3"
    LOWERED = "\ufdd4\ufdd5"
    HIGHLIGHTED = "\ufdd6\ufdd7"
    BOXED = "\ufdd8\ufdd9"
    HIDDEN = "\ufdda\ufddb"

    @property
    def start(self) -> str:
        """The sign before the text."""
        return self.value[0]

    @property
    def end(self) -> str:
        """The sign behind the text."""
        return self.value[1]


Marks = frozenset[Mark]
NO_MARKS: Marks = frozenset()

_SIGNS = {mark.start: (mark, 1) for mark in Mark} | {mark.end: (mark, -1) for mark in Mark}
_ANY = lazy_regex(f"([{''.join(_SIGNS)}])")
_NO_SIGNS = dict.fromkeys(map(ord, _SIGNS))
# A choice such as "yes" is short; longer stretches are highlighted because they matter.
_MOST_CHOSEN = 5  # words
_CHOSEN = {Mark.HIGHLIGHTED: "highlighted", Mark.BOXED: "boxed"}

_SMALL_NUMBER = lazy_regex(r"[-+−–]?\d[\d+\-−–,.; ]*")  # noqa: RUF001  # minus sign and dash
_FORMULA = lazy_regex(r"(?=.*[^\W\d_])(?=.*[\d+\-−–*/=])[\w+\-−–*/=]+")  # noqa: RUF001
_RAISED = str.maketrans(
    "0123456789-−–+abcdefghijklmnoprstuvwxyz",  # noqa: RUF001
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
)
_LOWERED = str.maketrans("0123456789-−–+", "₀₁₂₃₄₅₆₇₈₉₋₋₋₊")  # noqa: RUF001
_NUMBER_BEFORE = lazy_regex(r"\d[.,]?$")
# A unit or a variable, whose exponent belongs to it; a mark behind a word does not.
_BASE = lazy_regex(r"(?<![^\W\d_])[^\W\d_]{1,2}$")
_MOST_EXPONENT = 2  # characters of such an exponent, with its sign
_CONTEXT = 3  # characters before a raised number that decide

_COLOUR = lazy_regex(r"#?([0-9a-f]{6})", re.IGNORECASE)
_LEAST_COLOUR = 0x30  # by which the parts of a colour differ that is no shade of grey


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    marks: Marks


def marked(text: str, marks: Iterable[Mark]) -> str:
    """Returns text with its marks around it."""
    for mark in marks:
        text = f"{mark.start}{text}{mark.end}"
    return text


def without_marks(text: str) -> str:
    """Returns text without the signs of marks, which a hostile file may hold."""
    return text.translate(_NO_SIGNS) if _ANY.search(text) else text


def is_highlighting(colour: str) -> bool:
    """Tells whether a background of this colour highlights; greys shade code and tables.

    Args:
        colour: six hexadecimal digits, with or without ``#``; others do not highlight.
    """
    match = _COLOUR.fullmatch(colour.strip())
    if match is None:
        return False
    parts = bytes.fromhex(match[1])
    return max(parts) - min(parts) >= _LEAST_COLOUR


def in_words(text: str) -> str:
    """Returns marked text with its marks in words.

    - Struck out: ``[struck out: 800] 900``.
    - Raised and lowered numbers become Unicode's, with a blank where they would be read as part of
      the number or word before them: ``1902 ³``, ``310 m²``, ``CO₂``.
    - Highlighted and boxed words get them if they are few and only a part of their line:
      ``yes (highlighted) / no``.
    - Hidden text is left out; `hidden_places` counts it.
    """
    if not _ANY.search(text):
        return text
    return "".join(_with_struck(_with_chosen(_with_small(_seen(text)))))


def hidden_places(text: str) -> int:
    """Returns how many stretches of marked text are hidden."""
    if Mark.HIDDEN.start not in text:
        return 0
    count = 0
    is_counted = False
    for piece in _pieces(text):
        if Mark.HIDDEN not in piece.marks:
            is_counted = False
        elif piece.text.strip() and not is_counted:
            count += 1
            is_counted = True
    return count


def _seen(text: str) -> Iterator[_Piece]:
    return (piece for piece in _pieces(text) if Mark.HIDDEN not in piece.marks)


def _pieces(text: str) -> Iterator[_Piece]:
    depths = dict.fromkeys(Mark, 0)
    waiting, marks = "", NO_MARKS
    for part in _ANY.split(text):
        if part in _SIGNS:
            mark, step = _SIGNS[part]
            depths[mark] = max(depths[mark] + step, 0)
            continue
        if not part:
            continue
        own = frozenset(mark for mark, depth in depths.items() if depth)
        if own != marks and waiting:
            yield _Piece(waiting, marks)
            waiting = ""
        waiting, marks = waiting + part, own
    if waiting:
        yield _Piece(waiting, marks)


def _with_small(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    before = ""
    is_after_number = is_after_mark = False
    for piece in pieces:
        text = piece.text
        if (is_after_number and text[0].isdigit()) or (is_after_mark and text[0].isalpha()):
            text = f" {text}"
        is_after_number = is_after_mark = False
        if Mark.RAISED in piece.marks or Mark.LOWERED in piece.marks:
            is_raised = Mark.RAISED in piece.marks
            is_after_number = bool(_SMALL_NUMBER.fullmatch(text.strip()))
            # A footnote begins with its own mark.
            is_first = not before.rpartition("\n")[2].strip()
            is_after_mark = is_after_number and is_raised and is_first
            text = (_raised if is_raised else _lowered)(before, text)
        before = (before + text)[-_CONTEXT:]
        yield replace(piece, text=text)


def _raised(before: str, text: str) -> str:
    words = text.strip()
    if _SMALL_NUMBER.fullmatch(words):
        is_apart = _is_apart(before, words)
    elif len(words) == 1 and words.translate(_RAISED) != words and before[-1:].isdigit():
        is_apart = True  # a letter as a footnote mark in a table
    elif _FORMULA.fullmatch(words) and before[-1:].isalnum():
        return text.replace(words, f"^({words})", 1)
    else:
        return text  # "1st", "™", "[1]"
    return f"{' ' if is_apart and not text[0].isspace() else ''}{text.translate(_RAISED)}"


def _lowered(before: str, text: str) -> str:
    words = text.strip()
    if _SMALL_NUMBER.fullmatch(words):
        is_apart = before[-1:].isdigit()
        return f"{' ' if is_apart else ''}{text.translate(_LOWERED)}"
    if _FORMULA.fullmatch(words) and before[-1:].isalnum():
        return text.replace(words, f"_({words})", 1)
    return text


def _is_apart(before: str, number: str) -> bool:
    """Tells whether a raised number would be read as part of what stands before it."""
    if before[-1:].isalpha():
        return len(number) > _MOST_EXPONENT or not _BASE.search(before)
    return bool(_NUMBER_BEFORE.search(before))


def _with_chosen(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    line: list[_Piece] = []
    for piece in pieces:
        for part in re.split(r"(\n)", piece.text):
            if part == "\n":
                yield from _chosen_of_line(line)
                line = []
                yield _Piece(part, piece.marks)
            elif part:
                line.append(_Piece(part, piece.marks))
    yield from _chosen_of_line(line)


def _chosen_of_line(line: list[_Piece]) -> Iterator[_Piece]:
    for mark, word in _CHOSEN.items():
        if not any(mark in piece.marks for piece in line):
            continue
        rest = "".join(piece.text for piece in line if mark not in piece.marks)
        if not any(character.isalnum() for character in rest):
            continue
        ends: list[_Piece] = []
        stretch = ""
        for piece, following in zip(line, [*line[1:], None], strict=True):
            stretch = stretch + piece.text if mark in piece.marks else ""
            is_last = following is None or mark not in following.marks
            if stretch.strip() and is_last and len(stretch.split()) <= _MOST_CHOSEN:
                bare = piece.text.rstrip()
                blanks = piece.text[len(bare) :]
                ends.append(replace(piece, text=f"{bare} ({word}){blanks}"))
            else:
                ends.append(piece)
        line = ends
    yield from line


def _with_struck(pieces: Iterable[_Piece]) -> Iterator[str]:
    struck: list[str] = []
    for piece in pieces:
        if Mark.STRUCK in piece.marks:
            struck.append(piece.text)
            continue
        if struck:
            yield struck_out("".join(struck))
            struck = []
        yield piece.text
    if struck:
        yield struck_out("".join(struck))
