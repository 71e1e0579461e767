"""The turns of a chat below each other. Stays at the end while an answer grows, unless scrolled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.chat.turn_view import TurnView
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import line

if TYPE_CHECKING:
    from app.chats import Turn

_NEAR_END = 48  # pixels from the end that count as being at the end


class _Page(QWidget):
    """Never wider than what is seen of it: its margins give way, and long lines are cut."""

    def minimumSizeHint(self) -> QSize:
        """As tall as the turns, as narrow as may be."""
        return QSize(0, super().minimumSizeHint().height())


class Transcript(QScrollArea):
    """Shows a chat. Old turns are built one a turn of the event loop, so nothing stalls.

    Signals:
        added: a `TurnView` was built and wants its signals connected.
    """

    added = Signal(object)

    def __init__(self, chat_id: int | None = None) -> None:
        super().__init__()
        self.chat_id = chat_id
        self.views: list[TurnView] = []
        self._waiting: list[Turn] = []
        self._follows = True
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Conversation"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = _Page()
        page.setProperty("kind", "page")
        self._column = QVBoxLayout(page)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(page)
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_next)
        self.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll)

    @property
    def complete(self) -> bool:
        """Whether all turns that were kept are shown."""
        return not self._waiting

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Shows kept turns, soon."""
        self._waiting += turns
        self._builder.start()

    def finish_building(self) -> None:
        """Builds what is still waiting, at once: a new turn must come after it."""
        while self._waiting:
            self._build_next()

    def add(self, question: str) -> TurnView:
        """Adds a turn at the end and shows it."""
        self.finish_building()
        self._follows = True
        return self._append(question)

    def answered(self, before: TurnView | None = None) -> list[Turn]:
        """The turns that have an answer, up to but without `before`."""
        turns = []
        for view in self.views:
            if view is before:
                break
            if view.turn is not None and view.turn.answer is not None:
                turns.append(view.turn)
        return turns

    def scroll_by_page(self, direction: int) -> None:
        """Scrolls a page up (-1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + direction * bar.pageStep())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the column of prose readable: never wider than a page."""
        super().resizeEvent(event)
        side = max(SPACE.wide, (self.viewport().width() - SIZES.reading) // 2)
        self._column.setContentsMargins(side, SPACE.tight, side, SPACE.wide)

    def _append(self, question: str) -> TurnView:
        view = TurnView(question)
        if self.views:
            self._column.insertWidget(self._column.count() - 1, line())
        self._column.insertWidget(self._column.count() - 1, view)
        self.views.append(view)
        self.added.emit(view)
        return view

    def _build_next(self) -> None:
        if self._waiting:
            turn = self._waiting.pop(0)
            view = self._append(turn.question)
            view.turn = turn
            if turn.answer is None:
                view.show_unanswered()
            else:
                view.finish(turn.answer)
        if not self._waiting:
            self._builder.stop()

    def _on_range(self, _low: int, high: int) -> None:
        if self._follows:
            self.verticalScrollBar().setValue(high)

    def _on_scroll(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _NEAR_END
