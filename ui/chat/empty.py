"""The first page, which sets Studiolo up, and the empty chat with suggested questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.user_messages import UserMessage
from rag.store.files import FileRecord
from ui.chat.steps import DocumentsStep, ModelsStep, QuestionStep
from ui.chat.suggestions import Suggestions
from ui.remedies import Do
from ui.text import tr
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, frame, label

if TYPE_CHECKING:
    from ui.chat.readiness import Readiness

_COLUMN = 560  # pixels


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
    """The first page: what will happen, and its three steps.

    Signals:
        add_folder, add_files, try_examples, get_models, get_starter, add_model, open_folder,
        cancel_fetch: a button was pressed.
        forget: carries a chosen file or folder that the user does not want read after all.
        suggested: carries the first question that was chosen.
        left: the user wants to see the chat instead.

    Args:
        do: carries out the remedy of an error's button.
    """

    add_folder = Signal()
    add_files = Signal()
    try_examples = Signal()
    get_models = Signal()
    get_starter = Signal()
    add_model = Signal()
    open_folder = Signal()
    cancel_fetch = Signal()
    forget = Signal(str)
    suggested = Signal(str)
    left = Signal()

    def __init__(self, do: Do) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(tr("First steps"))
        page = Centred()
        page.setProperty("kind", "page")
        page.heading(
            "logo",
            tr("A private study for your documents"),
            tr("Choose documents and get the models, in any order. Studiolo reads the documents on "
               "this computer; then ask in plain words, and every answer shows its sources."),
        )  # fmt: skip
        self._documents = DocumentsStep()
        self._models = ModelsStep(do)
        self._question = QuestionStep()
        self._leave = button(tr("Skip for now"), "link", on_click=self.left.emit)
        self._documents.add_folder.connect(self.add_folder)
        self._documents.add_files.connect(self.add_files)
        self._documents.try_examples.connect(self.try_examples)
        self._documents.forget.connect(self.forget)
        self._models.get.clicked.connect(lambda _checked=False: self.get_models.emit())
        self._models.starter.clicked.connect(lambda _checked=False: self.get_starter.emit())
        self._models.own.clicked.connect(lambda _checked=False: self.add_model.emit())
        self._models.folder.clicked.connect(lambda _checked=False: self.open_folder.emit())
        self._models.progress.cancel.clicked.connect(
            lambda _checked=False: self.cancel_fetch.emit()
        )
        self._question.suggestions.chosen.connect(self.suggested)
        for step in (self._documents, self._models, self._question):
            page.column.addWidget(step)
        page.column.addWidget(self._leave, 0, Qt.AlignmentFlag.AlignHCenter)
        page.column.addWidget(_promise())
        self.setWidget(page)

    @property
    def choice(self) -> str:
        """The id of the chat model that was chosen; "" for the recommended one."""
        return self._models.choice

    def show_needs(self, readiness: Readiness, *, examples: bool = False) -> None:
        """Shows the steps, done and open.

        Args:
            readiness: what is here.
            examples: the example archive was chosen.
        """
        self._documents.show_needs(readiness)
        if readiness.models is not None:
            self._models.show_needs(readiness.models)
        self._question.show_needs(readiness, examples=examples)
        ready = readiness.ready
        self._leave.setText(tr("Close these steps") if ready else tr("Skip for now"))
        self._leave.setAccessibleName(self._leave.text())

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


class NewChatView(Centred):
    """A new chat with suggested questions, or with the way to what is still missing.

    Signals:
        suggested: carries the question that was chosen.
        set_up_wanted: the user wants to see the first steps again.
    """

    suggested = Signal(str)
    set_up_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.heading(
            "logo",
            tr("What would you like to know?"),
            tr("Answers come from your documents, with the words they are based on."),
        )
        self._suggestions = Suggestions()
        self._suggestions.chosen.connect(self.suggested)
        self._set_up = button(tr("Go on setting up…"), "primary", on_click=self.set_up_wanted.emit)
        self.column.addWidget(self._suggestions)
        self.column.addWidget(self._set_up, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_suggestions(self, files: Sequence[FileRecord], *, ready: bool = True) -> None:
        """Suggests questions about these files; offers the first steps if something is missing."""
        self._suggestions.show_for(files if ready else ())
        self._set_up.setVisible(not ready)


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
