"""The right side: the numbered sources of an answer, and the reader."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from rag.types import Citation, Hit
from ui import text
from ui.inert import plain
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, clear, icon_button, label, line

Source = Citation | Hit


class SidePanel(QFrame):
    """Frames the reader, and steps through the sources of an answer.

    Signals:
        chosen: carries the source to read.
        closed: the panel is to be hidden.
    """

    chosen = Signal(object)
    closed = Signal()

    def __init__(self, reader: QWidget) -> None:
        super().__init__()
        self.setProperty("kind", "surface")
        self._by_source: dict[Source, QPushButton] = {}
        self._buttons = FlowLayout(SPACE.hair)
        self._back = button(self.tr("Back"), "quiet", "chevron-left", self.closed.emit)
        self._back.setAccessibleName(self.tr("Back to the page"))
        self._back.hide()
        head = QHBoxLayout()
        head.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.tight)
        self._title = label(role="heading")
        head.addWidget(self._back)
        head.addWidget(self._title)
        head.addSpacing(SPACE.tight)
        head.addLayout(self._buttons, 1)
        self._close = icon_button("close", self.tr("Close the reader"), self.closed.emit)
        head.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(line())
        column.addWidget(reader, 1)

    def show_sources(self, sources: Sequence[Source], current: Source | None = None) -> None:
        """Lists these sources, with `current` marked; without sources it shows a document."""
        self._title.setText(self.tr("Sources") if sources else self.tr("Document"))
        clear(self._buttons)
        self._by_source = {source: self._button(source) for source in sources}
        for source_button in self._by_source.values():
            self._buttons.addWidget(source_button)
        self.mark(current)

    def show_way_back(self, shown: bool) -> None:
        """Shows or hides Back, for when the panel has taken the page's place."""
        self._back.setVisible(shown)

    def mark(self, current: Source | None) -> None:
        """Marks the current source."""
        for source, source_button in self._by_source.items():
            source_button.setChecked(source == current)

    def _button(self, source: Source) -> QPushButton:
        number = source.n if isinstance(source, Citation) else source.rank
        source_button = button(str(number), "quiet")
        source_button.setCheckable(True)
        source_button.setToolTip(plain(text.where(source)))
        source_button.setAccessibleName(
            self.tr("Source {0}: {1}").format(number, text.where(source))
        )
        source_button.clicked.connect(lambda _checked=False: self.chosen.emit(source))
        return source_button
