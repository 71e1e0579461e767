"""What a conversation shows before there is one: what to do first, or what could be asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from rag.types import DocumentKind, FileRecord
from ui import text
from ui.elided import ElidedButton
from ui.legible import legible
from ui.theme.flow import FlowLayout
from ui.theme.scrolling import Scrolling
from ui.theme.theme import set_icon
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, card, clear, frame, label

_COLUMN = 560  # pixels


def tr(words: str) -> str:
    """The person's language."""
    return QCoreApplication.translate("Empty", words)


class Centred(QWidget):
    """A column in the middle, a little above the centre."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        page = QWidget()
        inner = QWidget()
        inner.setMaximumWidth(_COLUMN)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.column = QVBoxLayout(inner)
        self.column.setSpacing(SPACE.normal)
        self.column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.wide)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        middle = QVBoxLayout(page)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addStretch(2)
        middle.addLayout(row)
        middle.addStretch(3)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Scrolling(page))

    def heading(self, icon: str, title: str, words: str) -> None:
        """The icon, the large line, and a sentence below it, centred."""
        self.column.addWidget(
            IconLabel(icon, "accent", SIZES.icon_hero), 0, Qt.AlignmentFlag.AlignHCenter
        )
        for widget in (label(title, "display", wrap=True), label(words, "soft", wrap=True)):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.column.addWidget(widget)
        self.column.addSpacing(SPACE.tight)


class SetUpView(Centred):
    """For a newcomer: add documents, get a model. What is done is not asked for again.

    Signals:
        add_folder, add_files, get_model, add_model, cancel_fetch: a button was pressed.
    """

    add_folder = Signal()
    add_files = Signal()
    get_model = Signal()
    add_model = Signal()
    cancel_fetch = Signal()

    def __init__(self, starter_name: str, starter_bytes: int) -> None:
        super().__init__()
        self.heading(
            "logo",
            tr("A private study for your documents"),
            tr("Ask your own files in plain words. Every answer shows where it was found."),
        )
        self._documents = _step(
            "folder",
            tr("Add your documents"),
            tr("PDF, Word, PowerPoint, Excel, web pages, Markdown, text, CSV and e-mail. "
               "They stay where they are; you can also drop them here."),
            button(tr("Add a folder…"), "primary", "folder-plus", self.add_folder.emit),
            button(tr("Add files…"), on_click=self.add_files.emit),
        )  # fmt: skip
        self._get = button(tr("Get the starter model"), "primary", "download", self.get_model.emit)
        self._own = button(tr("Add a GGUF file…"), on_click=self.add_model.emit)
        self._progress = _FetchProgress(self.cancel_fetch.emit)
        self._model = _step(
            "model",
            tr("Get a language model"),
            tr("It writes the answers, on this computer. The starter model, {0}, is a download of "
               "{1}, once.").format(starter_name, text.size(starter_bytes)),
            self._get,
            self._own,
        )  # fmt: skip
        layout = self._model.layout()
        assert layout is not None
        layout.addWidget(self._progress)
        self.column.addWidget(self._documents)
        self.column.addWidget(self._model)
        self.column.addWidget(_promise())

    def show_needs(self, *, documents: bool, model: bool) -> None:
        """Shows the steps that are still to be done."""
        self._documents.setVisible(documents)
        self._model.setVisible(model)

    def show_fetch(self, done: int, total: int) -> None:
        """Shows how far the download is, in bytes."""
        self._get.hide()
        self._own.hide()
        self._progress.show_bytes(done, total)

    def end_fetch(self) -> None:
        """The download ended, well or not."""
        self._get.show()
        self._own.show()
        self._progress.hide()


class NewChatView(Centred):
    """For a new chat: a few things that could be asked.

    Signals:
        suggested: a question was chosen.
    """

    suggested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.heading(
            "logo",
            tr("What would you like to know?"),
            tr("Answers come from your documents, with the words they rest on."),
        )
        self._suggestions = QVBoxLayout()
        self._suggestions.setSpacing(SPACE.tight)
        self.column.addLayout(self._suggestions)

    def show_suggestions(self, files: Sequence[FileRecord]) -> None:
        """Suggests questions about these files."""
        clear(self._suggestions)
        for number, file in enumerate(files):
            questions = _questions(file.kind)
            words = questions[number % len(questions)].format(text.file_name(file.path))
            made = ElidedButton(text.one_line(words, 70))
            made.setProperty("kind", "card")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.setAutoDefault(False)
            set_icon(made, text.kind_icon(file.kind))
            made.setAccessibleName(legible(tr("Ask: {0}").format(words)))
            made.clicked.connect(lambda _checked=False, words=words: self.suggested.emit(words))
            self._suggestions.addWidget(made)


class _FetchProgress(QWidget):
    """A bar, the bytes, and a way out."""

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Download"))
        self._words = label(role="soft")
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(button(tr("Cancel"), "quiet", on_click=on_cancel))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.tight, 0, 0)
        column.addWidget(self._bar)
        column.addLayout(row)
        self.hide()

    def show_bytes(self, done: int, total: int) -> None:
        self._bar.setValue(int(1000 * done / total) if total else 0)
        got = tr("{0} of {1}").format(text.size(done), text.size(total))
        self._words.setText(got if total else tr("Beginning…"))
        self.show()


def _step(icon: str, title: str, words: str, *buttons: QWidget) -> QWidget:
    head = QWidget()
    row = QHBoxLayout(head)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE.tight)
    row.addWidget(IconLabel(icon, "accent"))
    row.addWidget(label(title, "heading"), 1)
    actions = QWidget()
    line = FlowLayout()
    line.setContentsMargins(0, SPACE.hair, 0, 0)
    actions.setLayout(line)
    for made in buttons:
        line.addWidget(made)
    return card(head, label(words, "soft", wrap=True), actions, margin=20)


def _promise() -> QWidget:
    box = frame("plain")
    row = QHBoxLayout(box)
    row.setContentsMargins(0, SPACE.tight, 0, 0)
    row.setSpacing(SPACE.tight)
    row.addStretch(1)
    row.addWidget(IconLabel("lock", "text_soft", SIZES.icon_small))
    row.addWidget(label(tr("Nothing leaves this computer."), "soft"))
    row.addStretch(1)
    return box


def _questions(kind: DocumentKind | None) -> tuple[str, ...]:
    if kind in (DocumentKind.XLSX, DocumentKind.CSV):
        return (tr("Which amounts are in {0}?"),)
    if kind is DocumentKind.EMAIL:
        return (tr("What is the mail {0} about?"),)
    return (
        tr("What is the main point of {0}?"),
        tr("Which dates and deadlines are in {0}?"),
        tr("Who is named in {0}, and why?"),
    )
