"""Marks in Rich Text what its converter would drop: notes, comments, form fields, changes.

Rich Text Format Specification 1.9.1. The converter drops these groups, or the state of the text in
them. So characters for private use are written into the text before it is converted, and taken out
again afterwards.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from rag.parse.office.margins import says_more_than_page
from rag.parse.office.rtf_fonts import spelled
from rag.parse.office.rtf_tables import RtfRow
from rag.parse.state_words import choice, comment
from rag.parse.text_marks import NO_MARKS, Mark, Marks
from rag.parse.text_marks import in_words as marks_in_words

_TOKEN = re.compile(r"\\([a-z]+)(-?\d+)? ?|\\\*|\\'[0-9a-fA-F]{2}|\\.|[{}]", re.DOTALL)
_WORTHWHILE = re.compile(
    r"\\(?:strike|striked|deleted|revised|footnote|annotation|formfield|pntext|header|footer"
    r"|super|sub|up|dn|highlight|chbrdr|v(?![a-z])|cellx?(?![a-z]))"
)
_NOTE, _TEXT, _END, _BESIDE = "\ue0f1", "\ue0f2", "\ue0f3", "\ue0f4"
_DELETED, _DELETED_END = "\ue0f7", "\ue0f8"
_OPEN_NOTE = re.compile(rf"{_NOTE}(\d{{1,7}}){_TEXT}([^{_NOTE}{_END}]*){_END}")
_DELETED_TEXT = re.compile(rf"{_DELETED}[^{_DELETED}{_DELETED_END}]*{_DELETED_END}")
_LEFT = re.compile(f"[{_NOTE}-{_DELETED_END}]")
CELL, _ROW, _ROW_END = "\ue0fa", "\ue0fb", "\ue0fc"
"""Stands behind each cell of a row of a table."""
_ROW_NUMBER = re.compile(rf"{_ROW}(\d{{1,7}}){_ROW_END}")
_NOTE_WORDS = {
    "footnote": "footnote",
    "annotation": "annotation",
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
}
_LOOKS = {
    **dict.fromkeys(("strike", "striked"), Mark.STRUCK),
    **dict.fromkeys(("super", "up"), Mark.RAISED),
    **dict.fromkeys(("sub", "dn"), Mark.LOWERED),
    "highlight": Mark.HIGHLIGHTED,
    "chbrdr": Mark.BOXED,
    "v": Mark.HIDDEN,
}
_ENDING_LOOKS = {
    "nosupersub": frozenset((Mark.RAISED, Mark.LOWERED)),
    **dict.fromkeys(("brdrnone", "brdrnil"), frozenset((Mark.BOXED,))),
}
_FIELD_CHARACTERS = 4000  # of the description of a form field
_TYPE, _RESULT = re.compile(r"\\fftype(\d)"), re.compile(r"\\ffres(\d{1,4})")
_DEFAULT, _ENTRY = re.compile(r"\\ffdefres(\d{1,4})"), re.compile(r"\\ffl ([^{}\\]*)")
_UNSET = 25  # of a form field: its default counts
_NAME = re.compile(r"[^{}\\]{0,200}")
_DATE = re.compile(r"\d{1,10}")


@dataclass
class Marked:
    """Rich Text with marks, and what the marks mean.

    Attributes:
        text: to convert.
        changes: the numbers of tracked changes under "inserted" and "deleted".
        notes: kind, author and ISO date of each marked group, by its number.
        rows: of tables, by their numbers.
    """

    text: str
    changes: Counter[str] = field(default_factory=Counter)
    notes: list[list[str]] = field(default_factory=list)
    rows: list[RtfRow] = field(default_factory=list)


@dataclass
class _Group:
    """The state when a group began."""

    marks: Marks = NO_MARKS
    deleted: bool = False
    note: int | None = None
    is_field: bool = False


def marked(text: str) -> Marked:
    """Returns the text with marks; as it is if there is nothing to mark."""
    if not _WORTHWHILE.search(text):
        return Marked(text)
    return _Marker(text).run()


def beside(line: str) -> str | None:
    """Returns the words of a line that stands beside the text, such as a note; None for others."""
    return line[1:] if line.startswith(_BESIDE) else None


def row_number(line: str) -> tuple[str, int | None]:
    """Returns a line without the number of the table row that ends in it, and that number."""
    match = _ROW_NUMBER.search(line)
    return (line[: match.start()], int(match[1])) if match else (line, None)


def in_words(text: str, notes: list[list[str]]) -> str:
    """Returns the converted text with what is marked in words.

    Notes and comments follow their paragraph, each on a line that `beside` tells apart.

    Args:
        text: converted.
        notes: of the text.
    """
    text = marks_in_words(_DELETED_TEXT.sub("", text))
    heads: list[str] = []
    tails: list[str] = []
    lines: list[str] = []
    waiting: list[str] = []
    count = 0

    def taken(match: re.Match[str]) -> str:
        nonlocal count
        if int(match[1]) >= len(notes):
            return ""  # such characters stood in the text itself
        kind, author, date = notes[int(match[1])]
        words = " ".join(match[2].split())
        if kind in ("header", "footer"):
            margin = heads if kind == "header" else tails
            if says_more_than_page(words) and words not in margin:
                margin.append(words)
        elif words and kind == "footnote":
            count += 1
            waiting.append(f"Footnote {count}: {words}")
        elif words:
            waiting.append(comment(words, author, date))
        return ""

    for line in _OPEN_NOTE.sub(_on_one_line, text).split("\n"):
        lines.append(_LEFT.sub("", _OPEN_NOTE.sub(taken, line)))
        lines += [_BESIDE + words for words in waiting]
        waiting.clear()
    return "\n".join([*heads, *lines, *tails])


def _on_one_line(match: re.Match[str]) -> str:
    return match[0].replace("\n", " ")


class _Marker:
    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[str] = []
        self._groups: list[_Group] = []
        self._marks = NO_MARKS
        self._deleted = False
        self._author = ""
        self._sign = ""  # state of a form field whose result follows
        self._marked = Marked("")
        self._row = RtfRow()
        self._in_table = False

    def run(self) -> Marked:
        """Returns the whole text with its marks."""
        end = 0
        for token in _TOKEN.finditer(self._text):
            self._parts.append(self._text[end : token.start()])
            end = token.end()
            self._take(token)
        self._parts.append(self._text[end:])
        self._marked.text = "".join(self._parts)
        return self._marked

    def _take(self, token: re.Match[str]) -> None:
        if token[0] == "{":
            self._groups.append(_Group(self._marks, self._deleted))
            self._parts.append("{")
        elif token[0] == "}":
            self._close()
        elif token[1] is None:
            self._parts.append(token[0])
        else:
            self._word(token, token[1], token[2])

    def _word(self, token: re.Match[str], word: str, value: str | None) -> None:
        group = self._groups[-1] if self._groups else _Group()
        if word in _NOTE_WORDS:
            self._set(NO_MARKS, deleted=self._deleted)
            self._drop_star()
            group.note = len(self._marked.notes)
            self._marked.notes.append([_NOTE_WORDS[word], self._author, ""])
            self._parts.append(_code(_NOTE) + str(group.note) + _code(_TEXT))
            return
        if word == "pntext" or self._table(word, int(value or 0)):
            return
        self._parts.append(token[0])
        if word in _LOOKS or word in _ENDING_LOOKS:
            self._look(word, value)
        elif word == "deleted":
            self._marked.changes["deleted"] += value != "0"
            self._set(self._marks, deleted=value != "0")
        elif word == "revised":
            self._marked.changes["inserted"] += value != "0"
        elif word == "plain":
            self._set(NO_MARKS, deleted=False)
        elif word in ("atnauthor", "atndate"):
            self._comment(word, token)
        elif word == "field":
            group.is_field = True
        elif word == "formfield":
            self._sign = _state(self._text[token.end() : token.end() + _FIELD_CHARACTERS])
        elif word == "fldrslt" and self._sign:
            self._parts.append(f" {spelled(self._sign)}")
            self._sign = ""

    def _table(self, word: str, value: int) -> bool:
        """Takes a word of a table; tells whether other signs stand for it in the text."""
        if word in ("trowd", "intbl", "pard"):
            self._in_table = word != "pard"
            if word == "trowd":
                self._row = RtfRow()
        elif word in ("cell", "row"):
            marks, deleted = self._marks, self._deleted
            self._set(NO_MARKS, deleted=False)  # cells stay where their text is hidden
            if word == "cell":
                self._parts.append(_code(CELL))
            else:
                number = len(self._marked.rows)
                self._marked.rows.append(self._row)
                self._parts.append(f"{_code(_ROW)}{number}{_code(_ROW_END)}\\line ")
                self._in_table = False
            self._set(marks, deleted=deleted)
            return True
        elif word == "nestcell" or (self._in_table and word in ("par", "line")):
            self._parts.append(_code(" "))
            return True
        else:
            self._row.take(word, value)
        return False

    def _look(self, word: str, value: str | None) -> None:
        """Takes a word that sets marks of the text that follows, or takes them away."""
        marks = self._marks - _ENDING_LOOKS.get(word, NO_MARKS)
        if word in _LOOKS:
            own = frozenset((_LOOKS[word],))
            marks = marks - own if value == "0" else marks | own
        self._set(marks, deleted=self._deleted)

    def _set(self, marks: Marks, *, deleted: bool) -> None:
        for mark in marks ^ self._marks:
            self._parts.append(_code(mark.start if mark in marks else mark.end))
        if deleted != self._deleted:
            self._parts.append(_code(_DELETED if deleted else _DELETED_END))
        self._marks, self._deleted = marks, deleted

    def _close(self) -> None:
        group = self._groups.pop() if self._groups else _Group()
        if self._marks - group.marks or (self._deleted and not group.deleted):
            self._set(group.marks, deleted=group.deleted)
        if group.note is not None:
            self._parts.append(_code(_END))
        self._parts.append("}")
        self._set(group.marks, deleted=group.deleted)
        if group.is_field and self._sign:
            self._parts.append(f" {spelled(self._sign)}")
            self._sign = ""

    def _drop_star(self) -> None:
        """Takes back the mark that lets the converter skip a group that it does not know."""
        for at in range(len(self._parts) - 1, max(len(self._parts) - 3, -1), -1):
            if self._parts[at] == "\\*":
                self._parts[at] = ""

    def _following(self, pattern: re.Pattern[str], token: re.Match[str]) -> str:
        match = pattern.match(self._text, token.end())
        return match[0] if match else ""

    def _comment(self, word: str, token: re.Match[str]) -> None:
        """Keeps the author or date of a comment: minute, hour, day, month and year in bits."""
        if word == "atnauthor":
            self._author = self._following(_NAME, token).strip()
            return
        packed = int(self._following(_DATE, token) or "0")
        day, month, year = packed >> 11 & 31, packed >> 16 & 15, 1900 + (packed >> 20 & 511)
        for group in reversed(self._groups):
            if group.note is not None:
                self._marked.notes[group.note][2] = f"{year:04d}-{month:02d}-{day:02d}"
                return


def _state(description: str) -> str:
    """Returns the state of a check box or list; "" for other form fields."""
    kind = _TYPE.search(description)
    result, default = _RESULT.search(description), _DEFAULT.search(description)
    chosen = int(result[1]) if result else _UNSET
    if chosen == _UNSET:
        chosen = int(default[1]) if default else 0
    if kind is not None and kind[1] == "1":
        return "☒" if chosen == 1 else "☐"
    if kind is not None and kind[1] == "2":
        entries = _ENTRY.findall(description)
        return choice(entries[chosen] if chosen < len(entries) else "")
    return ""


def _code(sign: str) -> str:
    return f"\\u{ord(sign)}?"
