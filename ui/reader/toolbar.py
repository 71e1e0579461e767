"""The reader's toolbar: the open document, the place in it, and the controls."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from rag.formats import DocumentKind
from rag.text.describe_locator import SLIDES
from ui import text
from ui.elided import ElidedLabel
from ui.inert import plain
from ui.legible import named
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, icon_button, label


class ReaderToolbar(QFrame):
    """Names the document. Controls that do not apply are hidden."""

    page_step = Signal(int)
    zoom_step = Signal(int)
    fit_pressed = Signal()
    text_toggled = Signal(bool)
    external_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._icon = IconLabel("document", "text_soft", SIZES.icon)
        self._title = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        self._place = ElidedLabel("caption")
        self._external = button(self.tr("Open file"), "link", on_click=self.external_pressed.emit)
        self._external.setAccessibleName(self.tr("Open the file in its own program"))
        self._back = icon_button(
            "chevron-left", self.tr("Previous page"), lambda: self.page_step.emit(-1)
        )
        self._page = label(role="soft")
        self._next = icon_button(
            "chevron-right", self.tr("Next page"), lambda: self.page_step.emit(1)
        )
        self._as_text = button(self.tr("Text"), "quiet")
        self._as_text.setCheckable(True)
        self._as_text.setAccessibleName(self.tr("Show the page's text instead of its picture"))
        self._as_text.setToolTip(plain(self._as_text.accessibleName()))
        self._as_text.toggled.connect(self.text_toggled)
        self._smaller = icon_button("minus", self.tr("Smaller"), lambda: self.zoom_step.emit(-1))
        self._fit = button("", "quiet", on_click=self.fit_pressed.emit)
        self._larger = icon_button("plus", self.tr("Larger"), lambda: self.zoom_step.emit(1))
        self._pager = (self._back, self._page, self._next)
        self._lay_out()
        self.show_zoom(1.0, True)

    @property
    def place(self) -> str:
        """The text about the place."""
        return self._place.whole

    def show_document(self, path: str, title: str, kind: DocumentKind | None, place: str) -> None:
        """Names the document and the place in it.

        Args:
            path: its path.
            title: its own title, or the file's name.
            kind: its format, if it is known.
            place: the place of the quote; may be empty.
        """
        self._icon.show_icon(text.kind_icon(kind), "text_soft")
        name = text.file_name(path)
        if name.rpartition(".")[0] == title:  # the document has no title of its own
            title = name
        self._title.show_words(named(title))
        parts = [named(name) if name != title else "", place]
        self._place.show_words("  ·  ".join(part for part in parts if part))
        self._place.setVisible(bool(self._place.whole))
        self._external.setToolTip(plain(named(path)))
        self.setAccessibleName(f"{self._title.whole}, {self._place.whole}")

    def show_page(self, page: int, count: int, kind: DocumentKind | None) -> None:
        """Shows the number of the page or slide; a count of 0 hides the pager."""
        for widget in self._pager:
            widget.setVisible(count > 0)
        words = self.tr("Slide {0} of {1}") if kind in SLIDES else self.tr("{0} of {1}")
        self._page.setText(words.format(page, count))
        self._page.setAccessibleName(self.tr("Page {0} of {1}").format(page, count))
        self._back.setEnabled(page > 1)
        self._next.setEnabled(page < count)

    def show_zoom(self, zoom: float, fits: bool) -> None:
        """Shows the zoom; `fits`: 1 is the width of the view."""
        percent = f"{round(zoom * 100)} %"
        self._fit.setText(self.tr("Fit") if fits and zoom == 1 else percent)
        name = self.tr("Fit the width") if fits else self.tr("Normal size")
        self._fit.setAccessibleName(name)
        self._fit.setToolTip(plain(name))

    def show_as_text(self, offered: bool, chosen: bool) -> None:
        """Offers to show a page's text instead of its picture."""
        self._as_text.setVisible(offered)
        self._as_text.blockSignals(True)
        self._as_text.setChecked(chosen)
        self._as_text.blockSignals(False)

    def show_controls(self, shown: bool) -> None:
        """Shows or hides all controls; without a document there is nothing to move in."""
        for widget in (self._smaller, self._fit, self._larger):
            widget.setEnabled(shown)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        head.addWidget(self._external)
        tools = FlowLayout()
        for group in (self._pager, (self._as_text,), (self._smaller, self._fit, self._larger)):
            tools.addWidget(_together(group))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.hair)
        column.setSpacing(SPACE.hair)
        column.addLayout(head)
        column.addWidget(self._place)
        column.addLayout(tools)


def _together(widgets: Sequence[QWidget]) -> QWidget:
    """Groups controls that must stay on one line."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for widget in widgets:
        row.addWidget(widget)
    return group
