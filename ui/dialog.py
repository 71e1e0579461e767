"""The base of every dialog: it fits the screen, its buttons stay in view, the rest scrolls."""

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
    """A dialog with a title, a body that scrolls, and a foot that stays in view.

    Args:
        parent: widget whose window the dialog belongs to.
        title: window title and accessible name.
    """

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self._body: Scrolling | None = None
        self._preferred = QSize()
        self._fits = False

    def lay_out(self, body: QLayout, foot: QLayout, *, width: int, height: int = 0) -> None:
        """Sets the contents and the size.

        Args:
            body: scrolls where there is no room.
            foot: stays below it: the buttons and errors.
            width: pixels, if the screen has them.
            height: the same; 0 for the height of the body.
        """
        body.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.tight)
        page = QWidget()
        page.setLayout(body)
        self._body = Scrolling(page)
        self._preferred = QSize(width, height)
        foot.setContentsMargins(SPACE.wide, SPACE.tight, SPACE.wide, SPACE.normal)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._body, 1)
        column.addLayout(foot)

    def fit(self) -> None:
        """Resizes to the preferred size, as far as the screen allows."""
        body, layout = self._body, self.layout()
        if body is None or layout is None:
            return
        self.ensurePolished()
        layout.activate()  # which also says how small it may become
        room = room_for(self)
        width = min(max(self._preferred.width(), layout.totalMinimumSize().width()), room.width())
        foot = layout.itemAt(1)
        assert foot is not None
        foot_height = (
            foot.heightForWidth(width) if foot.hasHeightForWidth() else foot.sizeHint().height()
        )
        height = self._preferred.height() or body.height_at(width) + foot_height
        self.resize(QSize(width, height).boundedTo(room))

    def measure_again(self) -> None:
        """Discards cached size hints after the contents have changed."""
        body = self._body
        inside = body.widget().layout() if body is not None else None
        if body is not None and inside is not None:
            inside.invalidate()
            body.updateGeometry()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Moves the focus through the visible widgets, in visual order."""
        return move_focus(self, forward=next)

    def setVisible(self, visible: bool) -> None:
        """Resizes before it is shown."""
        if visible and not self._fits:
            self._fits = True
            files_go_on(self)
            self.fit()
        super().setVisible(visible)

    def showEvent(self, event: QShowEvent) -> None:
        """Stays on the screen, even where its parent window does not."""
        super().showEvent(event)
        bound(self)
