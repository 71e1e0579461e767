"""A text to send, with the personal data in it marked; each mark can be toggled."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QWidget

from ui.fitted_text import FittedText
from ui.text import tr
from ui.theme.theme import PaletteWatcher, palette
from ui.theme.tokens import Palette

if TYPE_CHECKING:
    from app.escalation.review import Mark, Piece

_SCHEME = "mark"
_PROSE = 50  # characters; a line broken by the width of a page is at least this long


class MarkedText(FittedText):
    """Shows hidden values struck through, with their placeholders; others underlined.

    Tab moves from mark to mark; Space, Enter or a click toggles one.

    Signals:
        toggled: a mark was toggled; carries its key and whether its value is sent from now on.
    """

    toggled = Signal(str, bool)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._name = name
        self._piece: Piece | None = None
        self._plain = ""
        self.anchorClicked.connect(self._follow)
        PaletteWatcher(self).changed.connect(self._draw)
        self.show_plain("")

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks."""
        return self._piece.marks if self._piece is not None else ()

    def show_plain(self, words: str) -> None:
        """Shows a text without marks: it cannot be sent, or was not checked yet."""
        self._piece, self._plain = None, words
        self._draw()

    def show_piece(self, piece: Piece) -> None:
        """Shows a text with its marks; the focused mark stays focused."""
        if piece == self._piece:
            return
        at = self.textCursor().selectionStart() if self.hasFocus() else -1
        current = self._mark_at(at)
        self._piece = piece
        self._draw()
        if current is not None:
            self._select(current)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Focuses the first mark, or the last one on Shift+Tab."""
        super().focusInEvent(event)
        if event.reason() == Qt.FocusReason.TabFocusReason:
            self._select(0)
        elif event.reason() == Qt.FocusReason.BacktabFocusReason:
            self._select(len(self.marks) - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggles the focused mark on Space and Enter."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            mark = self._mark_at(self.textCursor().selectionStart())
            if mark is not None:
                self._toggle(mark)
                return
        super().keyPressEvent(event)

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == _SCHEME and link.path().isdigit():
            self._toggle(int(link.path()))

    def _toggle(self, number: int) -> None:
        if number < len(self.marks):
            mark = self.marks[number]
            self.toggled.emit(mark.key, mark.hidden)

    def _draw(self) -> None:
        marks = self.marks
        words = _reflowed(self._piece.text if self._piece is not None else self._plain)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if marks else Qt.FocusPolicy.ClickFocus)
        hidden = sum(mark.hidden for mark in marks)
        self.setAccessibleName(
            tr("{0}; {1} of {2} personal details hidden").format(self._name, hidden, len(marks))
            if marks
            else self._name
        )
        self.setAccessibleDescription(
            tr("Tab moves to the next mark; Space hides it or sends it as it is.") if marks else ""
        )
        self.show_html(_html(words, marks, palette()))

    def _mark_at(self, position: int) -> int | None:
        """Returns the index of the mark at a position of the shown text."""
        if position < 0 or not self.marks:
            return None
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(position + 1, self.document().characterCount() - 1))
        link = QUrl(cursor.charFormat().anchorHref())
        is_mark = link.scheme() == _SCHEME and link.path().isdigit()
        return int(link.path()) if is_mark and int(link.path()) < len(self.marks) else None

    def _select(self, number: int) -> None:
        """Focuses a mark."""
        document = self.document()
        cursor = QTextCursor(document)
        start = end = -1
        for position in range(1, document.characterCount()):
            cursor.setPosition(position)
            if cursor.charFormat().anchorHref() == f"{_SCHEME}:{number}":
                start = position - 1 if start < 0 else start
                end = position
            elif start >= 0:
                break
        if start >= 0:
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)


def _reflowed(words: str) -> str:
    """Turns line breaks within prose into spaces; changes nothing else.

    Documents break lines at the width of their pages. The request keeps the breaks, and
    `PayloadView` shows them.
    """
    lines = words.split("\n")
    parts = [lines[0]]
    for previous, line in itertools.pairwise(lines):
        wrapped = len(previous) >= _PROSE and line[:1].isalnum()
        parts += (" " if wrapped else "\n", line)
    return "".join(parts)


def _html(words: str, marks: tuple[Mark, ...], colours: Palette) -> str:
    parts: list[str] = []
    end = 0
    for number, mark in enumerate(marks):
        parts.append(escape(words[end : mark.start]))
        value = escape(words[mark.start : mark.end])
        if mark.hidden:
            style = f"color:{colours.text_soft}; background-color:{colours.accent_soft}"
            placeholder = escape(mark.placeholder)
            inside = (
                f'<span style="text-decoration:line-through">{value}</span>'
                f'<span style="color:{colours.accent}; font-weight:600; text-decoration:none">'
                f"&nbsp;{placeholder}</span>"
            )
        else:
            style = (
                f"color:{colours.text}; background-color:{colours.warning_soft}; "
                "text-decoration:underline"
            )
            inside = value
        parts.append(f'<a href="{_SCHEME}:{number}" style="{style}">{inside}</a>')
        end = mark.end
    parts.append(escape(words[end:]))
    html = "".join(parts)
    return f'<div style="white-space:pre-wrap; line-height:135%">{html}</div>' if html else ""
