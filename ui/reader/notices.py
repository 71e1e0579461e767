"""Notices above a document: the file changed or is missing, the quote was not found."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.user_messages import UserMessage
from ui.reader.documents import OpenDocument
from ui.remedies import Do, RemedyRow
from ui.text import tr
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, frame, label


class NoticeStrip(QWidget):
    """A line of sentences above the page; hidden when empty."""

    def __init__(self) -> None:
        super().__init__()
        self._words = label(wrap=True)
        box = frame("warning")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE.small, SPACE.tight, SPACE.small, SPACE.tight)
        outer.addWidget(box)
        row = QHBoxLayout(box)
        row.setContentsMargins(SPACE.small, SPACE.tight, SPACE.small, SPACE.tight)
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("info", "warning", SIZES.icon_small), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    @property
    def words(self) -> str:
        """The text that is shown."""
        return self._words.text()

    def say(self, *sentences: str) -> None:
        """Shows sentences; without any, hides the strip."""
        words = " ".join(sentence for sentence in sentences if sentence)
        self._words.setText(words)
        self.setAccessibleName(self._words.text())
        self.setVisible(bool(words))


def state_of(document: OpenDocument | None, *, as_pages: bool, not_found: bool) -> tuple[str, ...]:
    """Returns the notices about a document; none if all is well.

    Args:
        document: None while it is loading.
        as_pages: its pages are shown, not its text.
        not_found: the quoted words were not found on the page.
    """
    if document is None or (document.current and not document.missing and not not_found):
        return ()
    if document.missing:
        moved = tr("The file is no longer where it was.")
        return moved, tr("This is its text as it was indexed.")
    if document.current:
        return (tr("The quoted words could not be marked on this page."),)
    changed = tr("This file has changed since it was indexed.")
    if as_pages:
        return changed, tr("The quoted words may have moved.")
    return changed, tr("This is its text as it was then.")


class ReaderMessage(QWidget):
    """Takes the place of the page: nothing open, loading, or an error with its remedies.

    Args:
        do: carries out a remedy.
    """

    retry_pressed = Signal()

    def __init__(self, do: Do) -> None:
        super().__init__()
        self._remedies = RemedyRow(do)
        self._icon = IconLabel("book-open", "text_soft", SIZES.icon_hero)
        self._title = label(role="heading", wrap=True)
        self._advice = label(role="soft", wrap=True)
        self._retry = button(self.tr("Try again"), icon="refresh", on_click=self._on_retry)
        centre = Qt.AlignmentFlag.AlignHCenter
        for words in (self._title, self._advice):
            words.setAlignment(centre)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        column.setSpacing(SPACE.tight)
        column.addStretch(2)
        column.addWidget(self._icon, 0, centre)
        column.addWidget(self._title)
        column.addWidget(self._advice)
        column.addSpacing(SPACE.tight)
        column.addWidget(self._retry, 0, centre)
        column.addWidget(self._remedies, 0, centre)
        column.addStretch(3)
        self.show_nothing()

    def show_nothing(self) -> None:
        """Shows that nothing is open."""
        self._show(
            "book-open",
            "text_soft",
            self.tr("Nothing is open"),
            self.tr("Choose a source of an answer, or a document in the library."),
            retry=False,
        )

    def show_loading(self) -> None:
        """Shows that the document is loading."""
        self._show("book-open", "text_soft", self.tr("Opening…"), "", retry=False)

    def show_error(self, message: UserMessage) -> None:
        """Shows why the document cannot be shown."""
        self._show("warning", "warning", message.message, message.advice, retry=True)
        self._remedies.show_for(message)

    def _show(self, icon: str, role: str, title: str, advice: str, *, retry: bool) -> None:
        self._icon.show_icon(icon, role)
        self._title.setText(title)
        self._advice.setText(advice)
        self._retry.setVisible(retry)
        self._remedies.show_for(None)
        self.setAccessibleName(f"{self._title.text()} {self._advice.text()}".strip())

    def _on_retry(self) -> None:
        self.retry_pressed.emit()
