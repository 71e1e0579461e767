"""The text of an answer: streamed, selectable, with clickable citation markers.

A long answer is split into sections, so that only the growing one is redrawn. Most answers are
one section.
"""

from __future__ import annotations

import time
from collections.abc import Collection

from PySide6.QtCore import QCoreApplication, QTimer, QUrl, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from rag.text.verbatim import NO_WORDS, DocumentWords
from ui.chat import markdown
from ui.fitted_text import FittedText
from ui.theme.theme import PaletteWatcher, palette
from ui.theme.tokens import TYPE

FRAME_SECONDS = 1 / 15
"""Shortest time between two drawings of a streamed answer."""
_SECTION_LENGTH = 2000  # characters, drawn in about 10 ms
_INDENT = 18  # pixels of a list's indentation
_NOTHING: tuple[str, frozenset[int], DocumentWords] = ("", frozenset(), NO_WORDS)
_SHARE = 8  # drawing a long answer takes at most one eighth of the GUI thread's time


class AnswerView(QWidget):
    """Shows a whole answer.

    Signals:
        cited: a marker was clicked; carries its number and the widget that holds it.
    """

    cited = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._numbers: frozenset[int] = frozenset()
        self._words = NO_WORDS
        self._sections: list[AnswerSection] = []
        self._cost = 0.0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._redraw_timer = QTimer(self, singleShot=True)
        self._redraw_timer.timeout.connect(self._draw_next)
        PaletteWatcher(self).changed.connect(self._draw_again)

    @property
    def text(self) -> str:
        """The Markdown that is shown, or will be with the next drawing."""
        return self._text

    def append_text(self, text: str) -> None:
        """Adds streamed text; it is drawn in a later turn of the event loop."""
        self._text += text
        if not self._redraw_timer.isActive():
            self._redraw_timer.start(int(1000 * max(FRAME_SECONDS, self._cost * _SHARE)))

    def show_text(
        self, text: str, numbers: Collection[int], words: DocumentWords = NO_WORDS
    ) -> None:
        """Replaces the text.

        Args:
            text: Markdown, of any origin.
            numbers: numbers of the citations that can be opened.
            words: of the documents it is based on; Markdown characters in them stay text.
        """
        self._text = text
        self._numbers = frozenset(numbers)
        self._words = words
        self._draw_next()

    def rest_on(self, words: DocumentWords) -> None:
        """Sets the documents' words in which Markdown characters stay text."""
        self._words = words

    def know(self, n: int) -> None:
        """Makes the marker `n` clickable."""
        self._numbers |= {n}

    def _draw_next(self) -> None:
        """Redraws one outdated section; the others follow in later turns of the event loop."""
        self._redraw_timer.stop()
        texts = sections(self._text)
        for extra in self._sections[len(texts) :]:
            extra.hide()
            extra.deleteLater()
        del self._sections[len(texts) :]
        while len(self._sections) < len(texts):
            self._sections.append(self._make_section())
        outdated = [
            (section, part)
            for section, part in zip(self._sections, texts, strict=True)
            if section.shown != (part, self._numbers, self._words)
        ]
        if outdated:
            section, part = outdated[0]
            began = time.perf_counter()
            section.show_text(part, self._numbers, self._words)
            self._cost = time.perf_counter() - began
        if outdated[1:]:
            self._redraw_timer.start(0)

    def _draw_again(self) -> None:
        for section in self._sections:
            section.shown = _NOTHING
        self._draw_next()

    def _make_section(self) -> AnswerSection:
        section = AnswerSection(self)
        section.cited.connect(lambda n: self.cited.emit(n, section))
        self._column.addWidget(section)
        return section


class AnswerSection(FittedText):
    """Shows Markdown."""

    cited = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(TYPE.reading, parent)
        self.shown = _NOTHING
        self.setAccessibleName(QCoreApplication.translate("AnswerSection", "Answer"))
        self.document().setIndentWidth(_INDENT)
        self.anchorClicked.connect(self._follow)

    def show_text(
        self, text: str, numbers: Collection[int], words: DocumentWords = NO_WORDS
    ) -> None:
        """Shows Markdown; the arguments are those of `AnswerView.show_text`."""
        self.shown = (text, frozenset(numbers), words)
        self.show_html(markdown.to_html(text, numbers, palette(), words) if text else "")

    def _follow(self, link: QUrl) -> None:
        if link.scheme() == markdown.SCHEME and link.path().isdigit():
            self.cited.emit(int(link.path()))


def sections(text: str) -> list[str]:
    """Cuts long Markdown between blocks, never inside a list item or a fence.

    Each section of a text of several lines ends with a line feed; one line stays as it is.
    """
    text = text.strip()
    if "\n" in text:
        text += "\n"
    finished: list[str] = []
    lines: list[str] = []
    length = 0
    in_fence = after_blank = False
    for line in text.splitlines(keepends=True):
        outside = not in_fence and after_blank and not line[:1].isspace()
        if outside and length >= _SECTION_LENGTH:
            finished.append("".join(lines))
            lines, length = [], 0
        lines.append(line)
        length += len(line)
        if line.lstrip().startswith(("```", "~~~")):
            in_fence = not in_fence
        after_blank = not line.strip()
    return [*finished, "".join(lines)] if lines else finished
