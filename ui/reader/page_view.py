"""A PDF page as a picture, with the quoted words marked as with a marker pen."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from rag.pages.page_image import Box
from ui.theme.theme import palette
from ui.theme.tokens import LIGHT, SPACE

_MARGIN = SPACE.small
_RESIZE_PAUSE_MS = 120
_WHEEL_PAUSE_SECONDS = 0.25
_WIDEST = 4000  # pixels; a page of that width takes 68 MB
_BLEED = 1.5  # pixels by which the marker goes over the letters
_LINE_STEP = 40


class PageView(QAbstractScrollArea):
    """Shows one page, at a zoom relative to the width of the view.

    Signals:
        width_wanted: the page should be drawn with this width in pixels of the screen.
        turned: the person went over the end (1) or the beginning (-1) of the page.
    """

    width_wanted = Signal(int)
    turned = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._image = QImage()
        self._highlights: tuple[Box, ...] = ()
        self._zoom = 1.0
        self._wheeled_at = 0.0
        self._resized = QTimer(self, singleShot=True, interval=_RESIZE_PAUSE_MS)
        self._resized.timeout.connect(self._ask)

    @property
    def wanted_px(self) -> int:
        """The width in pixels of the screen at which the page is sharp."""
        return max(64, min(_WIDEST, round(self._page_width() * self.devicePixelRatioF())))

    @property
    def zoom(self) -> float:
        """1 fits the width."""
        return self._zoom

    @property
    def image(self) -> QImage:
        """The page as it was drawn; null before that."""
        return self._image

    def set_zoom(self, zoom: float) -> None:
        """Shows the page larger or smaller; what is in the middle stays there."""
        bar = self.verticalScrollBar()
        middle = (bar.value() + bar.pageStep() / 2) / max(1, bar.maximum() + bar.pageStep())
        self._zoom = zoom
        self._arrange()
        bar.setValue(round(middle * (bar.maximum() + bar.pageStep()) - bar.pageStep() / 2))
        self._resized.start()

    def show_page(self, image: QImage, highlights: Sequence[Box], *, keep_place: bool) -> None:
        """Shows a page.

        Args:
            image: the page.
            highlights: the words to mark.
            keep_place: stays where the person scrolled to; otherwise the first marked words, or
                the top of the page, come into view.
        """
        self._image, self._highlights = image, tuple(highlights)
        self._arrange()
        if not keep_place:
            self._bring_into_view()
        self.viewport().update()

    def page_rect(self) -> QRectF:
        """Where the page stands in the view, in device-independent pixels."""
        width = self._page_width()
        left = max(float(_MARGIN), (self.viewport().width() - width) / 2)
        left -= self.horizontalScrollBar().value()
        top = _MARGIN - self.verticalScrollBar().value()
        return QRectF(left, top, width, self._page_height())

    def highlight_rects(self) -> list[QRectF]:
        """Where the marked words stand in the view."""
        page = self.page_rect()
        return [
            QRectF(
                page.left() + box.left * page.width() - _BLEED,
                page.top() + box.top * page.height() - _BLEED,
                (box.right - box.left) * page.width() + 2 * _BLEED,
                (box.bottom - box.top) * page.height() + 2 * _BLEED,
            )
            for box in self._highlights
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the page on a quiet ground, then the marker over it."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(palette().sunken))
        if not self._image.isNull():
            page = self.page_rect()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(page, self._image)
            painter.setPen(QPen(QColor(palette().border)))
            painter.drawRect(page.adjusted(-0.5, -0.5, 0, 0))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            # As ink does: paper takes the colour, letters stay black. Paper is white in the dark.
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            painter.fillPath(self._marker(), QColor(LIGHT.mark))
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette().focus), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scales what there is, and has the page drawn sharply a moment later."""
        super().resizeEvent(event)
        self._arrange()
        self._resized.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """A page that nobody sees is not drawn."""
        self._resized.stop()
        super().hideEvent(event)

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Paints anew: the page is one picture."""
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Down at the end of the page turns it."""
        bar = self.verticalScrollBar()
        step = bar.pageStep() - _LINE_STEP
        moves = {
            Qt.Key.Key_Down: _LINE_STEP,
            Qt.Key.Key_Up: -_LINE_STEP,
            Qt.Key.Key_PageDown: step,
            Qt.Key.Key_PageUp: -step,
            Qt.Key.Key_Space: step,
            Qt.Key.Key_Home: -bar.maximum(),
            Qt.Key.Key_End: bar.maximum(),
        }
        key = Qt.Key(event.key())
        move = moves.get(key)
        if move is None:
            super().keyPressEvent(event)
            return
        before = bar.value()
        bar.setValue(before + move)
        turns = (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp, Qt.Key.Key_Space)
        if bar.value() == before and key in turns:
            self.turned.emit(1 if move > 0 else -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turns the page when the wheel goes on after a pause at its end."""
        bar = self.verticalScrollBar()
        before, move = bar.value(), event.angleDelta().y()
        paused = time.monotonic() - self._wheeled_at > _WHEEL_PAUSE_SECONDS
        self._wheeled_at = time.monotonic()
        super().wheelEvent(event)
        if bar.value() == before and move and paused and not event.modifiers():
            self.turned.emit(1 if move < 0 else -1)
        event.accept()

    def show_end(self) -> None:
        """Scrolls to the end of the page: one came from the page after it."""
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _marker(self) -> QPainterPath:
        """One shape, so that boxes that overlap are not painted twice."""
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        for rect in self.highlight_rects():
            path.addRoundedRect(rect, 2, 2)
        return path.simplified()

    def _page_width(self) -> float:
        return max(64.0, (self.viewport().width() - 2 * _MARGIN) * self._zoom)

    def _page_height(self) -> float:
        if self._image.isNull():
            return 0.0
        return self._page_width() * self._image.height() / self._image.width()

    def _arrange(self) -> None:
        view = self.viewport().size()
        for bar, content, shown in (
            (self.verticalScrollBar(), self._page_height(), view.height()),
            (self.horizontalScrollBar(), self._page_width(), view.width()),
        ):
            bar.setRange(0, max(0, round(content) + 2 * _MARGIN - shown))
            bar.setPageStep(shown)
            bar.setSingleStep(_LINE_STEP // 2)
        self.viewport().update()

    def _ask(self) -> None:
        self.width_wanted.emit(self.wanted_px)

    def _bring_into_view(self) -> None:
        bars = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        rects = self.highlight_rects()
        if not rects:
            self.verticalScrollBar().setValue(0)
            return
        first = min(rects, key=lambda rect: rect.top())
        view = self.viewport().size()
        self.verticalScrollBar().setValue(round(first.top() + bars.y() - view.height() / 4))
        if first.right() > view.width() or first.left() < 0:
            self.horizontalScrollBar().setValue(round(first.left() + bars.x() - _MARGIN))
