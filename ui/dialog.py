"""The frame of every dialog: within its screen, with its buttons in view; the rest scrolls."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLayout, QVBoxLayout, QWidget

from ui.drops import files_go_on
from ui.screens import bound, room_for
from ui.tab_order import move_focus
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SPACE


class Dialog(QDialog):
    """A dialog with a title, a body that scrolls, and what must stay in view below it.

    Args:
        parent: the dialog stands over its window.
        title: of the window, and its name for a screen reader.
    """

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._body: Scrolling | None = None
        self._wanted = QSize()
        self._fits = False

    def lay_out(self, body: QLayout, ends: QLayout, *, width: int, height: int = 0) -> None:
        """Puts it together.

        Args:
            body: what scrolls where there is no room.
            ends: stays below it: the buttons, and what is wrong.
            width: pixels that it gets if the screen has them.
            height: the same; 0 for as tall as the body is.
        """
        body.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.tight)
        page = QWidget()
        page.setLayout(body)
        self._body = Scrolling(page)
        self._wanted = QSize(width, height)
        ends.setContentsMargins(SPACE.wide, SPACE.tight, SPACE.wide, SPACE.normal)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._body, 1)
        column.addLayout(ends)

    def fit(self) -> None:
        """Takes the size that it wants, as far as the screen has it."""
        body, layout = self._body, self.layout()
        if body is None or layout is None:
            return
        self.ensurePolished()
        layout.activate()  # which also says how small it may become
        room = room_for(self)
        width = min(max(self._wanted.width(), layout.totalMinimumSize().width()), room.width())
        ends = layout.itemAt(1)
        assert ends is not None
        below = ends.heightForWidth(width) if ends.hasHeightForWidth() else ends.sizeHint().height()
        height = self._wanted.height() or body.height_at(width) + below
        self.resize(QSize(width, height).boundedTo(room))

    def measure_again(self) -> None:
        """Forgets how much room its parts need, for use when that has just changed."""
        body = self._body
        inside = body.widget().layout() if body is not None else None
        if body is not None and inside is not None:
            inside.invalidate()
            body.updateGeometry()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Tab goes through what is seen, in its order."""
        return move_focus(self, forward=next)

    def setVisible(self, visible: bool) -> None:
        """Takes its size before it is seen."""
        if visible and not self._fits:
            self._fits = True
            files_go_on(self)
            self.fit()
        super().setVisible(visible)

    def showEvent(self, event: QShowEvent) -> None:
        """Stays on the screen, also where the window that it stands over does not."""
        super().showEvent(event)
        bound(self)
