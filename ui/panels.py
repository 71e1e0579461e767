"""Arranges navigation, page and reader, and folds those without room.

With room for all three they share a splitter. With less, the navigation folds to a strip of
buttons, from which it opens over the page. With less still, the reader takes the page's place.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.navigation import Navigation
from ui.side_panel import SidePanel
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import icon_button

_PAGE_CHARACTERS = 62
"""Least width of a page in characters, so that it grows with the user's font."""
_SIDE_CHARACTERS = 36
_SIDE_SHARE = 0.46  # of the width beside the navigation
_SHADE = QColor(0, 0, 0, 90)


class Strip(QFrame):
    """The folded navigation: its buttons without text.

    Signals:
        open_wanted: the user wants the whole navigation.
    """

    open_wanted = Signal()

    def __init__(self, navigation: Navigation) -> None:
        super().__init__()
        self.setProperty("kind", "side")
        self._current = ""
        self.open = icon_button("menu", self.tr("Show the chats"), self.open_wanted.emit)
        self._pages = {
            "library": icon_button("library", self.tr("Library"), navigation.library.emit),
            "tables": icon_button("table", self.tr("Tables"), navigation.tables.emit),
            "privacy": icon_button("lock", self.tr("Privacy"), navigation.privacy.emit),
            "settings": icon_button("settings", self.tr("Settings"), navigation.settings.emit),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.hair, SPACE.normal, SPACE.hair, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addWidget(self.open)
        column.addWidget(icon_button("new-chat", self.tr("New chat"), navigation.new_chat.emit))
        column.addStretch(1)
        for name, page_button in self._pages.items():
            page_button.setCheckable(True)
            column.addWidget(page_button)
            page_button.clicked.connect(lambda _checked=False: self.show_page(self._current))
            page_button.setObjectName(name)

    def show_page(self, name: str) -> None:
        """Marks the page that is open."""
        self._current = name
        for page, page_button in self._pages.items():
            page_button.setChecked(page == name)


class _Shade(QWidget):
    """Dims the page behind the open navigation; a click closes the navigation."""

    pressed = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.pressed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), _SHADE)
        painter.end()


class Panels(QWidget):
    """The middle of the window.

    Args:
        navigation: the widget on the left.
        pages: the pages, one of which is shown.

    Signals:
        changed: something was folded or unfolded.
    """

    changed = Signal()

    def __init__(self, navigation: Navigation, pages: QStackedWidget) -> None:
        super().__init__()
        self._navigation = navigation
        self._pages = pages
        self._page: QWidget | None = None
        self._side: SidePanel | None = None
        self._side_wanted = False
        self._left = SIZES.navigation
        self._put_away = False
        self._open = False
        self.strip = Strip(navigation)
        self.strip.open_wanted.connect(self.open_navigation)
        self.strip.hide()
        self._shade = _Shade(self)
        self._shade.pressed.connect(self.close_navigation)
        self._shade.hide()
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(navigation)
        self.splitter.addWidget(pages)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.splitterMoved.connect(self._on_moved)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.strip)
        row.addWidget(self.splitter, 1)
        QApplication.instance().focusChanged.connect(self._on_focus)  # type: ignore[union-attr]
        for leads_on in (
            navigation.new_chat,
            navigation.library,
            navigation.tables,
            navigation.privacy,
            navigation.settings,
            navigation.chats.chosen,
        ):
            leads_on.connect(self.close_navigation)

    @property
    def navigation_width(self) -> int:
        """The width of the navigation in pixels when there is room for it."""
        return self._left

    @property
    def put_away(self) -> bool:
        """Whether the user has folded the navigation, room or not."""
        return self._put_away

    @property
    def folded(self) -> bool:
        """Whether the navigation is folded."""
        return self._navigation.parentWidget() is not self.splitter

    @property
    def navigation_open(self) -> bool:
        """Whether the folded navigation is open over the page."""
        return self._open

    @property
    def side_alone(self) -> bool:
        """Whether the reader has taken the page's place."""
        return self._side is not None and self._pages.indexOf(self._side) >= 0

    def restore(self, navigation_width: int, *, put_away: bool) -> None:
        """Restores the saved layout."""
        self._left, self._put_away = max(1, navigation_width), put_away
        self._arrange()

    def show_page(self, page: QWidget, name: str) -> None:
        """Shows a page; where there is room for one only, the reader is hidden."""
        self._page = page
        self.strip.show_page(name)
        self._pages.setCurrentWidget(page)

    def set_side(self, side: SidePanel) -> None:
        """Adds the reader, still hidden."""
        self._side = side
        side.setMinimumWidth(self._least_side())
        side.hide()

    def show_side(self, wanted: bool) -> None:
        """Shows or hides the reader."""
        self._side_wanted = wanted
        self._arrange()

    def toggle_navigation(self) -> None:
        """Folds or unfolds the navigation; without room for it, opens or closes it."""
        if self._open:
            self.close_navigation()
        elif self.folded and not self._put_away:
            self.open_navigation()
        else:
            self._put_away = not self._put_away
            self._arrange()

    def open_navigation(self) -> None:
        """Opens the folded navigation over the page."""
        if not self.folded or self._open:
            return
        self._open = True
        self._lift()
        self._shade.show()
        self._navigation.show()
        self._navigation.chats.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_navigation(self) -> None:
        """Closes it again. Does nothing if it is not open over the page."""
        if not self._open:
            return
        self._open = False
        within = self._navigation.isAncestorOf(QApplication.focusWidget() or self)
        self._navigation.hide()
        self._shade.hide()
        if within:
            self.strip.open.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Folds panels that no longer have room, and unfolds those that do again."""
        super().resizeEvent(event)
        self._arrange()

    def _least_page(self) -> int:
        return self.fontMetrics().averageCharWidth() * _PAGE_CHARACTERS

    def _least_side(self) -> int:
        return self.fontMetrics().averageCharWidth() * _SIDE_CHARACTERS

    def _arrange(self) -> None:
        """Arranges the panels by the width alone, so that all pages look alike."""
        width, page, side = self.width(), self._least_page(), self._least_side()
        least_navigation = self._navigation.minimumSizeHint().width()
        least_navigation = max(least_navigation, self._navigation.minimumWidth())
        strip = self.strip.sizeHint().width()
        wanted = self._side is not None and self._side_wanted
        beside = wanted and width >= strip + page + side
        folded = self._put_away or width < least_navigation + page + (side if beside else 0)
        previous = (self.folded, self.side_alone)
        was_beside = self._is_beside()
        self._pages.setMinimumWidth(min(page, max(1, width - strip)))
        self._fold(folded)
        self._place_side(wanted, beside)
        # Before it is shown its width is meaningless.
        if previous != (folded, self.side_alone) or was_beside != beside or not self.isVisible():
            self._share(folded, beside)
            self.changed.emit()
        if self._open:
            self._lift()

    def _is_beside(self) -> bool:
        side = self._side
        return side is not None and self.splitter.indexOf(side) >= 0 and not side.isHidden()

    def _fold(self, folded: bool) -> None:
        if folded == self.folded:
            return
        self.close_navigation()
        if folded:
            self._navigation.setParent(self)
            self._navigation.setProperty("floats", True)
            self._navigation.hide()
        else:
            self._navigation.setProperty("floats", False)
            self.splitter.insertWidget(0, self._navigation)
            self.splitter.setStretchFactor(1, 1)
            self._navigation.show()
        self.strip.setVisible(folded)

    def _place_side(self, wanted: bool, beside: bool) -> None:
        side = self._side
        if side is None:
            return
        alone = wanted and not beside
        focus = QApplication.focusWidget()
        if alone and not self.side_alone:
            self._pages.addWidget(side)
        elif not alone and self.splitter.indexOf(side) < 0:
            if self.side_alone:
                self._pages.removeWidget(side)
            self.splitter.addWidget(side)
        side.show_way_back(alone)
        if alone:
            self._pages.setCurrentWidget(side)
        else:
            if self._page is not None:
                self._pages.setCurrentWidget(self._page)
            side.setVisible(beside)
        if focus is not None and side.isAncestorOf(focus) and side.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _share(self, folded: bool, beside: bool) -> None:
        """Sets the width of each panel."""
        width = self.width() - (self.strip.sizeHint().width() if folded else 0)
        sizes = [] if folded else [self._left]
        remaining = width - sum(sizes)
        if beside:
            side = max(SIZES.side, int(remaining * _SIDE_SHARE))
            side = max(self._least_side(), min(side, remaining - self._least_page()))
            sizes += [remaining - side, side]
        else:
            sizes += [remaining]
        self.splitter.setSizes(sizes)

    def _lift(self) -> None:
        """Raises the open navigation above the page."""
        width = min(max(self._left, self._navigation.minimumSizeHint().width()), self.width())
        self._shade.setGeometry(self.rect())
        self._shade.raise_()
        self._navigation.setGeometry(QRect(0, 0, width, self.height()))
        self._navigation.raise_()

    def _on_moved(self, _at: int, _index: int) -> None:
        if not self.folded:
            self._left = self._navigation.width()

    def _on_focus(self, _before: QWidget | None, focused: QWidget | None) -> None:
        """Closes the open navigation when it loses the focus."""
        if not self._open or focused is None or focused.window() is not self.window():
            return
        if focused is not self._navigation and not self._navigation.isAncestorOf(focused):
            self.close_navigation()
