"""The turns of a chat below each other. Stays at the end while an answer grows, unless scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.chat.turn_view import TurnView
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import button, line

if TYPE_CHECKING:
    from app.chats.store import Turn

_SHOWN = 30  # turns at a time
_NEAR_END = 48  # pixels from the end that count as being at the end


class _Page(QWidget):
    """Never wider than what is seen of it: its margins give way, and long lines are cut."""

    def minimumSizeHint(self) -> QSize:
        """As tall as the turns, as narrow as may be."""
        return QSize(0, super().minimumSizeHint().height())


@dataclass(frozen=True, slots=True)
class _Held:
    """A place that stays where it is seen while what is around it changes.

    Attributes:
        place: pixels below the top of the turn; None if it is gone.
        wanted: pixels below the top of what is seen.
    """

    view: TurnView
    place: Callable[[], int | None]
    wanted: int


class Transcript(QScrollArea):
    """Shows a chat: its last turns, and earlier ones when the person asks for them.

    Kept turns are built one a turn of the event loop, the newest first, so nothing stalls.

    Signals:
        added: a `TurnView` was built and wants its signals connected.
    """

    added = Signal(object)

    def __init__(self, chat_id: int | None = None) -> None:
        super().__init__()
        self.chat_id = chat_id
        self.views: list[TurnView] = []
        self._unbuilt: list[Turn] = []  # those before the first view, oldest first
        self._wanted = 0  # of these, how many are to be built
        self._follows = True
        self._held: _Held | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Conversation"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._earlier = button(
            self.tr("Show earlier questions"), "quiet", on_click=self._show_earlier
        )
        self._earlier.hide()
        page = _Page()
        page.setProperty("kind", "page")
        self._column = QVBoxLayout(page)
        self._column.setSpacing(0)
        self._column.addWidget(self._earlier, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(1)
        self.setWidget(page)
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_next)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_scroll)
        bar.actionTriggered.connect(self._let_go)  # by the person's hand only

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Shows kept turns, soon."""
        shown = {view.turn.id for view in self.views if view.turn is not None}
        self._unbuilt = [turn for turn in turns if turn.id not in shown]
        self._build(_SHOWN)

    def add(self, question: str) -> TurnView:
        """Adds a turn at the end and shows it."""
        self._let_go()
        self._follows = True
        at = self._column.count() - 1
        view = TurnView(question)
        if self.views:
            self._column.insertWidget(at, line())
        self._column.insertWidget(self._column.count() - 1, view)
        self.views.append(view)
        self._announce(view)
        return view

    def answered(self, before: TurnView | None = None) -> list[Turn]:
        """The turns that have an answer, up to but without `before`."""
        at = self.views.index(before) if before is not None else len(self.views)
        turns = [*self._unbuilt, *(view.turn for view in self.views[:at])]
        return [turn for turn in turns if turn is not None and turn.answer is not None]

    def unsaved(self) -> list[str]:
        """Questions that could not be saved: they are on the screen only."""
        return [view.question for view in self.views if view.turn is None]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the column of prose readable: never wider than a page."""
        super().resizeEvent(event)
        side = max(SPACE.wide, (self.viewport().width() - SIZES.reading) // 2)
        self._column.setContentsMargins(side, SPACE.tight, side, SPACE.wide)
        self._column.activate()
        self._keep_held()  # words may have moved to another line, and no turn be taller

    def _show_earlier(self) -> None:
        self._hold(self.views[0], lambda: 0)
        self._build(_SHOWN)

    def _build(self, count: int) -> None:
        self._wanted = min(count, len(self._unbuilt))
        self._earlier.hide()
        self._builder.start()

    def _build_next(self) -> None:
        if self._wanted:
            self._wanted -= 1
            self._prepend(self._unbuilt.pop())
        if not self._wanted:
            self._builder.stop()
            self._earlier.setVisible(bool(self._unbuilt))

    def _prepend(self, turn: Turn) -> None:
        view = TurnView(turn.question)
        view.turn = turn
        if self.views:
            self._column.insertWidget(1, line())
        self._column.insertWidget(1, view)
        self.views.insert(0, view)
        self._announce(view)
        if turn.answer is None:
            view.show_unanswered()
        else:
            view.finish(turn.answer)

    def _announce(self, view: TurnView) -> None:
        # Connected first: the window then makes room for the reader.
        view.opened.connect(lambda _source: self._hold(view, view.opened_at))
        self.added.emit(view)

    def _hold(self, view: TurnView, place: Callable[[], int | None]) -> None:
        """Keeps a place in a turn where it is seen, until the person scrolls."""
        held = _Held(view, place, 0)
        self._held = replace(held, wanted=self._seen_at(held) or 0)

    def _let_go(self, _action: int = 0) -> None:
        self._held = None

    def _seen_at(self, held: _Held) -> int | None:
        """Pixels below the top of what is seen; None if the place is gone."""
        at = held.place()
        return None if at is None else held.view.mapTo(self.viewport(), QPoint(0, at)).y()

    def _keep_held(self) -> bool:
        """Scrolls the held place to where it was seen; False if there is none."""
        if self._held is None or (seen := self._seen_at(self._held)) is None:
            return False
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + seen - self._held.wanted)
        return True

    def _on_range(self, _low: int, high: int) -> None:
        if not self._keep_held() and self._follows:
            self.verticalScrollBar().setValue(high)

    def _on_scroll(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _NEAR_END
