"""The cards of the first page: documents, models, and the first question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.library.examples import has_examples
from app.user_messages import UserMessage, describe
from models.catalog import ModelKind
from ui import text
from ui.chat.offers import OffersView
from ui.chat.suggestions import Suggestions
from ui.elided import ElidedLabel
from ui.remedies import Do, RemedyRow
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, clear, icon_button, label

if TYPE_CHECKING:
    from app.model_library.needed import NeededModels
    from models.catalog import CatalogEntry
    from ui.chat.readiness import Readiness

_WAITING_SHOWN = 4


class Step(QFrame):
    """A card with a number, a heading, text and controls; a finished one has a tick.

    Args:
        icon: of the step while it is open.
        title: of the step while it is open.
        done_title: its title once it is done.
    """

    def __init__(self, icon: str, title: str, done_title: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self._icon_name = icon
        self._titles = (title, done_title)
        self._icon = IconLabel(icon, "accent")
        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        head.addWidget(self._icon)
        self.title = label(title, "heading", wrap=True)
        head.addWidget(self.title, 1)
        self.words = label(role="soft", wrap=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(20, SPACE.normal, 20, SPACE.normal)
        self.column.setSpacing(SPACE.tight)
        self.column.addLayout(head)
        self.column.addWidget(self.words)

    def show_done(self, done: bool) -> None:
        """Shows the step as done, or as still to do."""
        title = self._titles[done]
        self.title.setText(title)
        self.setAccessibleName(title)
        self._icon.show_icon("check" if done else self._icon_name, "success" if done else "accent")

    def add_buttons(self, *buttons: QWidget) -> None:
        """Adds a row of buttons, which wraps where there is no room."""
        line = FlowLayout()
        for widget in buttons:
            line.addWidget(widget)
        self.column.addLayout(line)


class DocumentsStep(Step):
    """A folder, single files, or the example archive to begin with.

    Signals:
        add_folder, add_files, try_examples: a button was pressed.
        forget: carries a chosen file or folder that the user does not want read after all.
    """

    add_folder = Signal()
    add_files = Signal()
    try_examples = Signal()
    forget = Signal(str)

    def __init__(self) -> None:
        super().__init__("folder", tr("1. Add your documents"), tr("1. Documents"))
        self._waiting = QVBoxLayout()
        self._waiting.setSpacing(0)
        self.column.addLayout(self._waiting)
        self.folder = button(tr("Add a folder…"), "primary", "folder-plus", self.add_folder.emit)
        self.files = button(tr("Add files…"), on_click=self.add_files.emit)
        self.examples = button(
            tr("Try it with an example archive"), "link", on_click=self.try_examples.emit
        )
        self.examples.setVisible(has_examples())
        self.add_buttons(self.folder, self.files, self.examples)

    def show_needs(self, readiness: Readiness) -> None:
        """Shows what was chosen, or how many files are read."""
        count = readiness.documents or 0
        self.show_done(count > 0)
        self.words.setText(
            tr("%n file is in your library.|%n files are in your library.", count)
            if count
            else tr("PDF, Word, PowerPoint, Excel, web pages, Markdown, text, CSV and e-mail. "
                    "They stay where they are; you can also drop them here.")
        )  # fmt: skip
        self.examples.setVisible(has_examples() and not count)
        self._show_waiting(readiness.waiting, searches=readiness.searches)

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


class ModelsStep(Step):
    """The missing models, their sizes, and the ways to get them."""

    def __init__(self, do: Do) -> None:
        super().__init__("model", tr("2. Get the models"), tr("2. Models"))
        self.get = button(tr("Get them"), "primary", "download")
        self.own = button(tr("Add a model file…"))
        self.starter = button(tr("Get the starter model"))
        self.starter.hide()
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
        self.column.addLayout(self._parts)
        self.column.addWidget(self._offers)
        self.add_buttons(self.get, self.starter, self.own)
        self.column.addWidget(self.progress)
        self.column.addWidget(self._problem)
        self.column.addWidget(self._remedies)
        self.column.addWidget(self._offline)
        self.column.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)

    def show_needs(self, models: NeededModels) -> None:
        """Shows what is here, and what can be had."""
        if models == self._needed:
            return
        self._needed = models
        clear(self._parts)
        self.show_done(models.all_here)
        self.words.setText(_models_words(models))
        self._offers.show_offers(models.offers, models.answers, models.program)
        for entry in models.missing:
            if entry.kind is not ModelKind.CHAT or not self._offers.offered:
                self._parts.addWidget(label(f"•  {self._part(models, entry)}", wrap=True))
        self._show_size()
        self.get.setVisible(bool(models.missing) and self.progress.isHidden())
        if models.damaged is not None:
            self.show_problem(describe(models.damaged))
        self._offline.setText(self._offline_words(models))
        self._show_ways()

    @property
    def choice(self) -> str:
        """The id of the model to download; "" for the recommended one, or for none."""
        return self._offers.choice

    def _show_size(self) -> None:
        """Shows on the button how much is to be downloaded."""
        models = self._needed
        if models is None:
            return
        chosen = self._offers.chosen
        entries = [
            entry for entry in models.missing if chosen is None or entry.kind is not ModelKind.CHAT
        ]
        entries += [chosen] if chosen is not None else []
        total = text.size(sum(entry.bytes for entry in entries))
        offer = tr("Get it ({0})") if len(entries) == 1 else tr("Get them ({0})")
        self.get.setText(offer.format(total))
        self.get.setAccessibleName(self.get.text())

    def show_fetching(self, fetching: bool) -> None:
        """Shows the progress of a download in place of the ways to get models."""
        self._offers.setDisabled(fetching)
        self.progress.setVisible(fetching)
        self._show_ways()

    def show_problem(self, message: UserMessage | None) -> None:
        """Shows an error with its remedies; None takes it away."""
        if message is not None:
            self._problem.setText(message.words)
        self._problem.setVisible(message is not None)
        self._remedies.show_for(message)
        self._show_starter()

    def _show_starter(self) -> None:
        """Offers the model of the package index after a failure, unless it is what failed."""
        models, failed = self._needed, not self._problem.isHidden()
        starter = models.starter if models is not None else None
        if models is None or starter is None or models.answers or not failed:
            self.starter.hide()
            return
        wanted = self.choice or next(
            (entry.id for entry in models.missing if entry.kind is ModelKind.CHAT), ""
        )
        words = tr("Get {0} from the Python package index ({1})")
        self.starter.setText(words.format(starter.name, text.size(starter.bytes)))
        self.starter.setAccessibleName(self.starter.text())
        self.starter.setVisible(wanted != starter.id and self.progress.isHidden())

    def _show_ways(self) -> None:
        idle, models = self.progress.isHidden(), self._needed
        self.get.setVisible(idle and models is not None and bool(models.missing))
        self.own.setVisible(idle and models is not None and not models.answers)
        here = models is not None and models.all_here
        self.folder.setVisible(idle and not here)
        self._offline.setVisible(idle and not here)
        self._show_starter()

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
            if models.starter is not None:
                fallback = tr(
                    "If Hugging Face cannot be reached, {0} comes from the Python package index."
                )
                parts.append(fallback.format(models.starter.name))
        if not models.searches:
            parts.append(
                tr("The search model's folder can be copied into the models folder from a "
                   "computer that has it; this page sees it by itself.")
            )  # fmt: skip
        return " ".join(parts)


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


class QuestionStep(Step):
    """The first question, which waits in the question field until it can be asked."""

    def __init__(self) -> None:
        super().__init__(
            "search", tr("3. Ask your first question"), tr("3. Ask your first question")
        )
        self.suggestions = Suggestions()
        self.column.addWidget(self.suggestions)

    def show_needs(self, readiness: Readiness, *, examples: bool) -> None:
        """Suggests questions about what is in the library, or what is known of the examples."""
        if readiness.suggested:
            self.suggestions.show_for(readiness.suggested)
        else:
            self.suggestions.show_questions(_about_the_examples() if examples else ())
        self.words.setText(
            tr("Take one of these, or write your own below.")
            if readiness.ready
            else tr("Take one of these: it waits below until the steps before are done.")
            if not self.suggestions.isHidden()
            else tr("As soon as both are here, this page gives way to your first question. Ask for "
                    "what stands in your documents: a date, an amount, a rule, a name.")
        )  # fmt: skip


def _about_the_examples() -> tuple[str, ...]:
    """Returns questions that the example archive answers; it is in English."""
    return (
        tr("How many months' notice must I give to end the lease?"),
        tr("What does the warranty of the washing machine cover?"),
    )


def _models_words(models: NeededModels) -> str:
    if models.all_here:
        words = (
            tr("{0} writes answers; it is used where {1} keeps it.")
            if models.program
            else tr("{0} writes answers, on this computer.")
        )
        return words.format(models.answers, models.program)
    return tr(
        "Answers are written on this computer, by models that are downloaded once. Nothing about "
        "you or your documents is sent."
    )
