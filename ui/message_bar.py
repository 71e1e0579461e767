"""The bar near the bottom of the window that shows notices, one at a time."""

from __future__ import annotations

from collections import deque
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.remedies import Remedy
from ui.legible import legible
from ui.messages import Notice, Tone
from ui.remedies import Do, remedy_button
from ui.theme.theme import restyle
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, clear, icon_button, label

SHOWN_SECONDS = 7.0
"""A notice that is not lasting closes after this time."""
_LOOKS = {
    Tone.INFO: ("info", "info", "accent"),
    Tone.WARNING: ("warning", "warning", "warning"),
    Tone.ERROR: ("error", "warning", "danger"),
}
_WIDEST = 640  # pixels
_LIFT = 120  # pixels above the bottom: the question field stays visible


class MessageBar(QFrame):
    """Floats over its parent, near the bottom. New notices wait while a lasting one is shown.

    Args:
        parent: the widget it floats over.
        do: carries out a remedy.
    """

    def __init__(self, parent: QWidget, do: Do = lambda _remedy: None) -> None:
        super().__init__(parent)
        self._do = do
        self._covered = parent
        self._clear: QWidget | None = None
        self._queue: deque[Notice] = deque()
        self._notice: Notice | None = None
        self._icon = IconLabel("info")
        self._text: QLabel = label(wrap=True)
        self._action = button("", "link", on_click=self._act)
        self._action.setAccessibleName(self.tr("Nothing to do"))
        close = icon_button("close", self.tr("Close this message"), self.dismiss, size=16)
        # Below the text: model names and other languages need the width.
        self._remedies = QHBoxLayout()
        self._remedies.setSpacing(SPACE.tight)
        self._remedies.setAlignment(Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.tight, SPACE.tight, SPACE.tight)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(self._remedies)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        parent.installEventFilter(self)
        self.hide()

    @property
    def words(self) -> str:
        """The text that is shown; "" for none."""
        return self._text.text() if self._notice else ""

    def post(self, notice: Notice) -> None:
        """Shows a notice, now or after the lasting one."""
        if notice in self._queue or notice == self._notice:
            return
        self._queue.append(notice)
        if self._notice is None or not self._notice.lasting:
            self._next()

    def settle(self, remedy: Remedy) -> None:
        """Removes the notices that offered a remedy which is now done."""
        self._queue = deque(queued for queued in self._queue if remedy not in queued.remedies)
        if self._notice is not None and remedy in self._notice.remedies:
            self.dismiss()

    def withdraw(self, notice: Notice) -> None:
        """Removes a notice that no longer applies, shown or waiting."""
        self._queue = deque(queued for queued in self._queue if queued is not notice)
        if self._notice is notice:
            self.dismiss()

    def keep_clear(self, widget: QWidget) -> None:
        """Stays above `widget`, which is at the bottom of its parent."""
        self._clear = widget

    def dismiss(self) -> None:
        """Closes the notice and shows the next."""
        self._notice = None
        self._next()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays near the bottom of its parent."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _next(self) -> None:
        self._timer.stop()
        if not self._queue:
            self.hide()
            return
        notice = self._notice = self._queue.popleft()
        kind, icon, role = _LOOKS[notice.tone]
        restyle(self, kind=kind)
        self._icon.show_icon(icon, role)
        self._text.setText(legible(f"{notice.text} {notice.advice}".strip(), lines=False))
        self.setAccessibleName(self._text.text())
        self._action.setText(notice.action)
        self._action.setAccessibleName(notice.action or self.tr("Nothing to do"))
        self._action.setVisible(bool(notice.action))
        clear(self._remedies)
        for remedy in notice.remedies:
            self._remedies.addWidget(remedy_button(remedy, self._on_remedy, "link"))
        self.show()
        self.raise_()
        self._place()
        if not notice.lasting:
            self._timer.start(int(SHOWN_SECONDS * 1000))

    def _act(self) -> None:
        notice = self._notice
        self.dismiss()
        if notice is not None and notice.on_action is not None:
            notice.on_action()

    def _on_remedy(self, remedy: Remedy) -> None:
        self.dismiss()
        # After the pressed button has been removed.
        QTimer.singleShot(0, self, partial(self._do, remedy))

    def _place(self) -> None:
        over = self._covered
        width = min(_WIDEST, over.width() - 2 * SPACE.wide)
        column = self.layout()
        assert column is not None
        height = max(column.heightForWidth(width), column.minimumSize().height())
        left = (over.width() - width) // 2
        lift = _LIFT
        if self._clear is not None and self._clear.isVisible():
            lift = max(lift, self._clear.height() + SPACE.tight)
        self.setGeometry(left, over.height() - height - lift, width, height)
