"""An area that scrolls vertically, never horizontally."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_LOWEST = 96  # pixels


class Scrolling(QScrollArea):
    """Holds a widget as wide as the viewport, and never narrower than that widget's minimum.

    Args:
        inner: a widget with a layout.
    """

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        inner.setProperty("kind", "page")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inner)
        inner.installEventFilter(self)

    def sizeHint(self) -> QSize:
        """Returns the size of its widget."""
        return self.widget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Returns the widget's minimum width with a scroll bar, and a low height."""
        minimum = self.widget().minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(minimum.width() + bar, min(_LOWEST, minimum.height()))

    def height_at(self, width: int) -> int:
        """Returns the pixels it takes to show everything at this width."""
        layout = self.widget().layout()
        assert layout is not None
        minimum = layout.totalMinimumSize().height()
        return (
            max(minimum, layout.totalHeightForWidth(width))
            if layout.hasHeightForWidth()
            else minimum
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Adapts when its widget needs more width."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
