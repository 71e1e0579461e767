"""An area that scrolls down, and never sideways."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_LOWEST = 96  # pixels


class Scrolling(QScrollArea):
    """Holds a widget that is as wide as what is seen of it, and never narrower than it may be.

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
        """As large as what it holds."""
        return self.widget().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As narrow as may be with a scroll bar, and rather low."""
        least = self.widget().minimumSizeHint()
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(least.width() + bar, min(_LOWEST, least.height()))

    def height_at(self, width: int) -> int:
        """Pixels that it takes to show everything at this width."""
        layout = self.widget().layout()
        assert layout is not None
        least = layout.totalMinimumSize().height()
        return (
            max(least, layout.totalHeightForWidth(width)) if layout.hasHeightForWidth() else least
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What it holds may need more width than before."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
