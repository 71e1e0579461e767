"""What is sent with the question: a tick box for each excerpt and each earlier exchange."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.escalation.review import question_key, source_key
from ui import text
from ui.chat.source_card import QuoteText as Beginning
from ui.choices import CheckBox
from ui.escalation.marked_text import MarkedText
from ui.escalation.wording import why_not
from ui.inert import plain
from ui.legible import legible, named
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, label

if TYPE_CHECKING:
    from app.escalation.draft import Draft, Excerpt, Exchange
    from app.escalation.review import Review
    from app.library.local_only import Bar

T = TypeVar("T")
_TITLE_LENGTH = 90
_LEFT = 26  # pixels: indents the text below a tick box to the box's label


class TickRow(QFrame):
    """A tick box with the text it would send below it.

    Args:
        key: its key in the draft.
        title: describes it.
        texts: the texts it would send, by the key of their pieces; the first one is in the title.
            While it is not ticked, only the beginning of the last one is shown.
        bar: why it must never leave this computer: it cannot be ticked, and says so.

    Signals:
        ticked: carries the key and whether the box is ticked.
        toggled: a mark was toggled; see `MarkedText`.
    """

    ticked = Signal(str, bool)
    toggled = Signal(str, bool)

    def __init__(
        self,
        key: str,
        title: str,
        texts: Sequence[tuple[str, str]],
        *,
        bar: Bar,
    ) -> None:
        super().__init__()
        self.key = key
        self.setProperty("kind", "card")
        title = legible(title)
        self.box = CheckBox(text.one_line(title, _TITLE_LENGTH).replace("&", "&&"))
        self.box.setToolTip(plain(title))
        self.box.setAccessibleName(tr("Send: {0}").format(text.one_line(title, _TITLE_LENGTH)))
        self.box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.box.setEnabled(not bar)
        self.box.toggled.connect(self._on_tick)
        self.texts: dict[str, MarkedText] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.small, SPACE.tight, SPACE.small, SPACE.small)
        column.setSpacing(SPACE.hair)
        column.addWidget(self.box)
        if bar:
            self._say_why(column, why_not(bar))
        self._body = QWidget()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(_LEFT, 0, 0, 0)
        inside.setSpacing(SPACE.hair)
        for piece_key, words in texts:
            marked = MarkedText(self.box.accessibleName())
            marked.show_plain(words)
            marked.toggled.connect(self.toggled)
            inside.addWidget(marked)
            self.texts[piece_key] = marked
        self._beginning = Beginning(texts[-1][1])
        indented = QHBoxLayout()
        indented.setContentsMargins(_LEFT, 0, 0, 0)
        indented.addWidget(self._beginning)
        column.addLayout(indented)
        column.addWidget(self._body)
        self._source.hide()
        self._fold()

    @property
    def _source(self) -> MarkedText:
        return next(iter(self.texts.values()))

    def show_state(self, draft: Draft, review: Review) -> None:
        """Updates the tick and the marks."""
        self.box.blockSignals(True)
        self.box.setChecked(self.key in draft.ticked)
        self.box.blockSignals(False)
        self._fold()
        for piece_key, marked in self.texts.items():
            if piece_key in review.pieces:
                marked.show_piece(review.pieces[piece_key])
        self._source.setVisible(bool(self._source.marks))  # without marks, the title says it

    def _say_why(self, column: QVBoxLayout, reason: str) -> None:
        self.box.setAccessibleDescription(reason)
        row = QHBoxLayout()
        row.setContentsMargins(_LEFT, 0, 0, 0)
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("lock", "warning", 14))
        row.addWidget(label(reason, "warning", wrap=True), 1)
        column.addLayout(row)

    def _on_tick(self, on: bool) -> None:
        self._fold()
        self.ticked.emit(self.key, on)

    def _fold(self) -> None:
        self._body.setVisible(self.box.isChecked())
        self._beginning.setVisible(not self.box.isChecked())


class Choices(QWidget):
    """The choices of a draft: excerpts, then earlier exchanges.

    Rows are built and updated one per turn of the event loop, so that nothing stalls.

    Signals: see `TickRow`.
    """

    ticked = Signal(str, bool)
    toggled = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[TickRow] = []
        self._state: tuple[Draft, Review] | None = None
        self._todo: deque[Callable[[], None]] = deque()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._do_next)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.tight)

    @property
    def settled(self) -> bool:
        """Whether all rows are built and up to date."""
        return not self._todo

    def show_draft(self, draft: Draft) -> None:
        """Builds the rows, in later turns of the event loop."""
        self._column.addWidget(label(tr("Excerpts from your documents"), "heading"))
        none = tr("Only the question is sent, unless you tick an excerpt.")
        empty = tr("There is no passage to choose from: only the question is sent.")
        self._column.addWidget(label(none if draft.excerpts else empty, "soft", wrap=True))
        self._todo += [partial(self._add, _excerpt_row, excerpt) for excerpt in draft.excerpts]
        if draft.history:
            self._todo.append(self._add_heading)
            self._todo += [partial(self._add, _exchange_row, past) for past in draft.history]
        self._timer.start()

    def show_state(self, draft: Draft, review: Review) -> None:
        """Updates the ticks and the marks, in later turns of the event loop."""
        self._state = (draft, review)
        self._todo += [partial(self._bring_up, row) for row in self.rows]
        self._timer.start()

    def _do_next(self) -> None:
        if self._todo:
            self._todo.popleft()()
        if not self._todo:
            self._timer.stop()

    def _add_heading(self) -> None:
        self._column.addSpacing(SPACE.tight)
        self._column.addWidget(label(tr("Earlier in this chat"), "heading"))

    def _add(self, make: Callable[[T], TickRow], item: T) -> None:
        row = make(item)
        row.ticked.connect(self.ticked)
        row.toggled.connect(self.toggled)
        self.rows.append(row)
        self._column.addWidget(row)
        self._bring_up(row)

    def _bring_up(self, row: TickRow) -> None:
        if self._state is not None:
            row.show_state(*self._state)


def _excerpt_row(excerpt: Excerpt) -> TickRow:
    title = "  ·  ".join(named(part) for part in (excerpt.title, excerpt.place) if part)
    texts = [(source_key(excerpt.key), ""), (excerpt.key, excerpt.text)]
    return TickRow(excerpt.key, title, texts, bar=excerpt.bar)


def _exchange_row(exchange: Exchange) -> TickRow:
    texts = [(question_key(exchange.key), exchange.question), (exchange.key, exchange.answer)]
    return TickRow(exchange.key, exchange.question, texts, bar=exchange.bar)
