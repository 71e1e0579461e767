"""The first page and the empty chat: the steps of setting up, or suggested questions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.user_messages import UserMessage, describe
from models.catalog import ModelKind
from rag.formats import DocumentKind
from rag.store.files import FileRecord
from ui import text
from ui.chat.offers import OffersView
from ui.elided import ElidedButton, ElidedLabel
from ui.legible import legible
from ui.remedies import Do, RemedyRow
from ui.text import tr
from ui.theme.scrolling import Scrolling
from ui.theme.theme import set_icon
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, clear, frame, icon_button, label

if TYPE_CHECKING:
    from app.model_library.needed import NeededModels
    from models.catalog import CatalogEntry
    from ui.chat.readiness import Readiness

_COLUMN = 560  # pixels
_WAITING_SHOWN = 4


class Centred(QWidget):
    """A column in the middle of the page, a little above the centre."""

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
        """Adds the icon, the large line, and a sentence below it, centred."""
        self.column.addWidget(
            IconLabel(icon, "accent", SIZES.icon_hero), 0, Qt.AlignmentFlag.AlignHCenter
        )
        for widget in (label(title, "display", wrap=True), label(words, "soft", wrap=True)):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self.column.addWidget(widget)
        self.column.addSpacing(SPACE.tight)


class SetUpView(QScrollArea):
    """The set-up steps still open: choose documents, get the models.

    Signals:
        add_folder, add_files, get_models, add_model, open_folder, cancel_fetch: a button was
            pressed.
        forget: carries a chosen file or folder that the user does not want read after all.

    Args:
        do: carries out the remedy of an error's button.
    """

    add_folder = Signal()
    add_files = Signal()
    get_models = Signal()
    add_model = Signal()
    open_folder = Signal()
    cancel_fetch = Signal()
    forget = Signal(str)

    def __init__(self, do: Do) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = Centred()
        page.setProperty("kind", "page")
        page.heading(
            "logo",
            tr("A private study for your documents"),
            tr("Ask your own files in plain words. Every answer shows its sources."),
        )
        self._documents = _Step("folder", tr("Add your documents"))
        self._models = _ModelsStep(do)
        self._build_documents()
        self._models.get.clicked.connect(lambda _checked=False: self.get_models.emit())
        self._models.own.clicked.connect(lambda _checked=False: self.add_model.emit())
        self._models.folder.clicked.connect(lambda _checked=False: self.open_folder.emit())
        self._models.progress.cancel.clicked.connect(
            lambda _checked=False: self.cancel_fetch.emit()
        )
        page.column.addWidget(self._documents)
        page.column.addWidget(self._models)
        page.column.addWidget(_promise())
        self.setWidget(page)

    @property
    def choice(self) -> str:
        """The id of the chat model that was chosen; "" for the recommended one."""
        return self._models.choice

    def show_needs(self, readiness: Readiness) -> None:
        """Shows the steps that are still open."""
        self._documents.setVisible(readiness.documents == 0)
        self._show_waiting(readiness.waiting, searches=readiness.searches)
        models = readiness.models
        self._models.setVisible(models is not None and not models.all_here)
        if models is not None:
            self._models.show_needs(models)

    def show_fetch(self, done: int, total: int) -> None:
        """Shows the progress of the download, in bytes."""
        self._models.show_problem(None)
        self._models.show_fetching(True)
        self._models.progress.show_bytes(done, total)

    def end_fetch(self) -> None:
        """Hides the progress: the download has ended or failed."""
        self._models.show_fetching(False)

    def show_interrupted(self) -> None:
        """Offers to resume the download: what arrived so far is kept."""
        self._models.get.setText(tr("Resume the download"))
        self._models.get.setAccessibleName(self._models.get.text())

    def show_adding(self, name: str) -> None:
        """Shows that a file is being added; "" when that has ended."""
        self._models.show_problem(None)
        self._models.own.setEnabled(not name)
        words = tr("Adding {0}…").format(name) if name else tr("Add a model file…")
        self._models.own.setText(words)

    def show_problem(self, message: UserMessage) -> None:
        """Shows an error, with its remedies."""
        self._models.show_problem(message)

    def _build_documents(self) -> None:
        step = self._documents
        step.words.setText(
            tr("PDF, Word, PowerPoint, Excel, web pages, Markdown, text, CSV and e-mail. "
               "They stay where they are; you can also drop them here.")
        )  # fmt: skip
        self._waiting = QVBoxLayout()
        self._waiting.setSpacing(0)
        step.column.addLayout(self._waiting)
        step.add_buttons(
            button(tr("Add a folder…"), "primary", "folder-plus", self.add_folder.emit),
            button(tr("Add files…"), on_click=self.add_files.emit),
        )

    def _show_waiting(self, paths: Sequence[str], *, searches: bool) -> None:
        """Lists what was chosen already."""
        clear(self._waiting)
        for path in paths[:_WAITING_SHOWN]:
            self._waiting.addWidget(self._waiting_row(path))
        if not paths:
            return
        more = len(paths) - _WAITING_SHOWN
        notes = [tr("and %n more|and %n more", more)] if more > 0 else []
        notes.append(
            tr("Being read now.")
            if searches
            else tr(
                "Kept, even if you close Studiolo, and read once the search model is installed."
            )
        )
        for words in notes:
            self._waiting.addWidget(label(words, "soft", wrap=True))

    def _waiting_row(self, path: str) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("check", "success", SIZES.icon_small))
        path_label = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        path_label.show_words(text.from_home(path))
        row.addWidget(path_label, 1)
        name = tr("Do not read {0}").format(text.shown_name(path))
        row.addWidget(icon_button("close", name, partial(self.forget.emit, path), size=16))
        return holder


class _Step(QFrame):
    """A card with a heading, text and controls."""

    def __init__(self, icon: str, title: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(IconLabel(icon, "accent"))
        self.title = label(title, "heading", wrap=True)
        head.addWidget(self.title, 1)
        self.words = label(role="soft", wrap=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, 20, 20, 20)
        self.column.setSpacing(SPACE.tight)
        self.column.addLayout(head)
        self.column.addWidget(self.words)

    def add_buttons(self, *buttons: QWidget) -> None:
        """Adds a row of buttons at the bottom."""
        line = QHBoxLayout()
        line.setContentsMargins(0, SPACE.hair, 0, 0)
        line.setSpacing(SPACE.tight)
        for widget in buttons:
            line.addWidget(widget)
        line.addStretch(1)
        self.column.addLayout(line)


class _ModelsStep(_Step):
    """The missing models, their sizes, and the ways to get them."""

    def __init__(self, do: Do) -> None:
        super().__init__("model", tr("Get the models"))
        self.get = button(tr("Get them"), "primary", "download")
        self.own = button(tr("Add a model file…"))
        self.folder = button(tr("Open the models folder…"), "link", "folder")
        self.progress = _FetchProgress()
        self._parts = QVBoxLayout()
        self._parts.setSpacing(SPACE.hair)
        self._offers = OffersView()
        self._offers.changed.connect(self._show_size)
        self._problem = label(role="warning", wrap=True)
        self._problem.hide()
        self._remedies = RemedyRow(do)
        self._offline = label(role="caption", wrap=True)
        self._needed: NeededModels | None = None
        self.words.setText(
            tr("Answers are written on this computer, by models that are downloaded once. Nothing "
               "about you or your documents is sent.")
        )  # fmt: skip
        self.column.addLayout(self._parts)
        self.column.addWidget(self._offers)
        self.add_buttons(self.get, self.own)
        self.column.addWidget(self.progress)
        self.column.addWidget(self._problem)
        self.column.addWidget(self._remedies)
        self.column.addWidget(self._offline)
        self.column.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)

    def show_needs(self, models: NeededModels) -> None:
        if models == self._needed:
            return
        self._needed = models
        clear(self._parts)
        self._offers.show_offers(models.offers)
        for entry in models.missing:
            if entry.kind is not ModelKind.CHAT or len(models.offers) < 2:
                self._parts.addWidget(label(f"•  {self._part(models, entry)}", wrap=True))
        self._show_size()
        self.get.setVisible(bool(models.missing) and self.progress.isHidden())
        if models.damaged is not None:
            self.show_problem(describe(models.damaged))
        self._offline.setText(self._offline_words(models))
        self._show_ways()

    @property
    def choice(self) -> str:
        return self._offers.choice

    def _show_size(self) -> None:
        """Shows on the button how much is to be downloaded."""
        models = self._needed
        if models is None:
            return
        chosen = self._offers.chosen
        entries = [
            chosen if chosen is not None and entry.kind is ModelKind.CHAT else entry
            for entry in models.missing
        ]
        total = text.size(sum(entry.bytes for entry in entries))
        offer = tr("Get it ({0})") if len(entries) == 1 else tr("Get them ({0})")
        self.get.setText(offer.format(total))
        self.get.setAccessibleName(self.get.text())

    def show_fetching(self, fetching: bool) -> None:
        self._offers.setDisabled(fetching)
        self.progress.setVisible(fetching)
        self._show_ways()

    def show_problem(self, message: UserMessage | None) -> None:
        if message is not None:
            self._problem.setText(message.words)
        self._problem.setVisible(message is not None)
        self._remedies.show_for(message)

    def _show_ways(self) -> None:
        idle, models = self.progress.isHidden(), self._needed
        self.get.setVisible(idle and models is not None and bool(models.missing))
        self.own.setVisible(idle and models is not None and not models.answers)
        self.folder.setVisible(idle)
        self._offline.setVisible(idle)

    def _part(self, models: NeededModels, entry: CatalogEntry) -> str:
        finds = not models.searches and entry is models.missing[0]
        words = (
            tr("Search model {0} (finds passages): {1}")
            if finds
            else tr("Language model {0} (writes answers): {1}")
        )
        return words.format(entry.name, text.size(entry.bytes))

    def _offline_words(self, models: NeededModels) -> str:
        parts = [tr("Without internet:")]
        if not models.answers:
            parts.append(tr("add a language model that you have, a file in GGUF format."))
        if not models.searches:
            parts.append(
                tr("The search model's folder can be copied into the models folder from a "
                   "computer that has it; this page sees it by itself.")
            )  # fmt: skip
        return " ".join(parts)


class NewChatView(Centred):
    """A new chat with suggested questions.

    Signals:
        suggested: carries the question that was chosen.
    """

    suggested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.heading(
            "logo",
            tr("What would you like to know?"),
            tr("Answers come from your documents, with the words they are based on."),
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
            suggestion = ElidedButton(text.one_line(words, 70))
            suggestion.setProperty("kind", "card")
            suggestion.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            suggestion.setCursor(Qt.CursorShape.PointingHandCursor)
            suggestion.setAutoDefault(False)
            set_icon(suggestion, text.kind_icon(file.kind))
            suggestion.setAccessibleName(legible(tr("Ask: {0}").format(words)))
            suggestion.clicked.connect(
                lambda _checked=False, words=words: self.suggested.emit(words)
            )
            self._suggestions.addWidget(suggestion)


class _FetchProgress(QWidget):
    """A progress bar, the bytes, and Cancel."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Download"))
        self._words = label(role="soft")
        self.cancel = button(tr("Cancel"), "quiet")
        self.cancel.setAccessibleName(tr("Cancel the download"))
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.tight, 0, 0)
        column.addWidget(self._bar)
        column.addLayout(row)
        self.hide()

    def show_bytes(self, done: int, total: int) -> None:
        self._bar.setValue(int(1000 * done / total) if total else 0)
        progress = tr("{0} of {1}").format(text.size(done), text.size(total))
        self._words.setText(progress if total else tr("Starting…"))


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
