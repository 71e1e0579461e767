"""A question and its answer, in every state of the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from app.events import (
    Answer,
    AnswerDone,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
    Summarising,
)
from app.presentation import NEAREST, READING, SOURCES, PresentedAnswer, present, words_read
from app.user_messages import UserMessage
from rag.types import Citation, Hit
from ui import text
from ui.chat import markdown
from ui.chat.answer_text import AnswerView
from ui.chat.problem_box import ProblemBox
from ui.chat.source_card import SourceCard
from ui.chat.status_line import StatusLine
from ui.elided import ElidedLabel
from ui.legible import named
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.theme import palette, restyle
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, clear, frame, icon_button, label

if TYPE_CHECKING:
    from app.chats.store import Turn

_SHOWN_QUESTION = 2000  # characters; nobody reads a whole pasted book here
_PASSAGES_SHOWN = 3  # while the model reads; `app.presentation` chooses the nearest ones


class TurnView(QWidget):
    """Shows one turn. Passive: its methods (`on_event`, `finish`, `fail`) update it.

    Signals:
        opened: a source was chosen; carries the `Citation` or `Hit`.
        again: the user wants a new answer to this question.
        restart: the user wants the model restarted, then a new answer.
        edit: the user wants to change the question.
        remedy_wanted: carries a `Remedy` of the error that is shown.
        outside_wanted: the user wants to ask a larger model.
    """

    opened = Signal(object)
    again = Signal()
    restart = Signal()
    edit = Signal()
    remedy_wanted = Signal(object)
    outside_wanted = Signal()

    def __init__(self, question: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question = question
        self.turn: Turn | None = None
        self.answer: Answer | None = None
        self._told: PresentedAnswer | None = None
        self._citations: dict[int, Citation] = {}
        self._opened_from: QWidget | None = None

        self._status = StatusLine()
        self._abstained = self._abstention()
        self._browser = AnswerView(self)
        self._browser.cited.connect(self._open_citation)
        self._missing = QVBoxLayout()
        self._missing.setSpacing(SPACE.hair)
        self._notice = QVBoxLayout()
        self._sources_title = label(role="overline")
        self._sources = QVBoxLayout()
        self._sources.setSpacing(SPACE.tight)
        self._doubt_words = label(role="soft", wrap=True)
        self._doubt = self._doubtful()
        self._outside = button(
            self.tr("Ask a larger model…"), "link", "web", self.outside_wanted.emit
        )
        self._outside.hide()
        self._replies = QVBoxLayout()
        self._replies.setSpacing(SPACE.tight)
        self._footer_words = ElidedLabel("caption")
        self._footer = self._make_footer()

        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.wide, 0, SPACE.wide)
        column.setSpacing(SPACE.small)
        column.addWidget(_question_label(question))
        column.addLayout(self._missing)
        column.addWidget(self._status)
        column.addWidget(self._abstained)
        column.addWidget(self._browser)
        column.addLayout(self._notice)
        column.addWidget(self._sources_title)
        column.addLayout(self._sources)
        column.addWidget(self._doubt)
        column.addWidget(self._footer)
        column.addLayout(self._replies)
        self._reset()

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The sources shown, by number."""
        return tuple(self._citations[n] for n in sorted(self._citations))

    def start(self) -> None:
        """Shows that the question was sent."""
        self._reset()
        self._status.start(self.tr("Waiting for the model…"))

    def on_event(self, event: object) -> None:
        """Shows the next event of the answer."""
        match event:
            case Searching():
                self._status.start(self.tr("Searching your documents…"))
            case Summarising():
                self._status.say(_summarising(event))
            case PassagesFound(hits=hits):
                self._status.start(_reading(len(hits)))
                self._show_passages(tr(READING), hits[:_PASSAGES_SHOWN])
                self._browser.rest_on(words_read(hits))
            case EvidenceFound(citation=citation):
                self._forget_passages()
                self._add_citation(citation)
                self._sources_title.setText(tr(READING))  # it may still abstain
                self._status.say(self.tr("Writing the answer…"))
            case AnswerText(text=words):
                self._status.stop()
                self._browser.show()
                self._browser.append_text(words)
            case AnswerDone(answer=answer):
                self.finish(answer)

    def finish(self, answer: Answer) -> None:
        """Shows the finished answer, which replaces the streamed text."""
        if answer is self.answer:
            return
        self._status.stop()
        self._forget_passages()
        self.answer, self._told = answer, (view := present(answer))
        if view.citations != self.citations:
            self._clear_sources()
            for citation in view.citations:
                self._add_citation(citation)
        self._abstained.setVisible(view.verdict is not None)
        self._verdict.setText(text.sentence(view.verdict))
        self._advice.setText(text.sentence(view.advice))
        if self._citations:
            self._sources_title.setText(tr(SOURCES))
        else:
            self._show_passages(tr(NEAREST), view.nearest)
        self._browser.setVisible(bool(view.text))
        self._browser.show_text(view.text, self._citations, view.words)
        self._show_doubts()
        remarks = " ".join(map(text.sentence, view.remarks))
        self._footer_words.show_words(_summary(answer), remarks)
        self._footer.show()

    def offer_outside(self, allowed: bool) -> None:
        """Shows or hides the button for a larger model; hidden unless the user turned it on."""
        self._outside.setVisible(allowed)

    def add_reply(self, reply: QWidget) -> None:
        """Shows a reply from outside, below the answer."""
        self._replies.addWidget(reply)

    def keep(self, answer: Answer) -> None:
        """Shows the finished answer of a saved turn."""
        self.finish(answer)
        if self.turn is not None:
            self.turn = replace(self.turn, answer=answer)

    def show_stopped(self) -> None:
        """Shows that the user stopped before there was an answer."""
        self._take_back()
        self._say(label(self.tr("Stopped."), "soft"), self._again_button(self.tr("Ask again")))

    def show_unanswered(self) -> None:
        """Shows a saved question without an answer: the program ended before it was written."""
        self._say(
            label(self.tr("This question was not answered."), "soft"),
            self._again_button(self.tr("Ask again")),
        )

    def tell_missing(self, sentences: Sequence[str]) -> None:
        """Lists files that the question names and no answer can use yet."""
        clear(self._missing)
        for words in sentences:
            self._missing.addWidget(label(words, "warning", wrap=True))

    def fail(self, message: UserMessage, *, restartable: bool = False) -> None:
        """Shows an error in place of the answer, with its remedies."""
        self._take_back()
        self._notice.addWidget(
            ProblemBox(
                message,
                again=self.again.emit,
                restart=self.restart.emit if restartable else None,
                edit=self.edit.emit,
                do=self.remedy_wanted.emit,
            )
        )

    def _again_button(self, words: str) -> QWidget:
        return button(words, icon="refresh", on_click=self.again.emit)

    def _say(self, *widgets: QWidget) -> None:
        row_widget = frame("plain")
        row = FlowLayout()
        row_widget.setLayout(row)
        for widget in widgets:
            row.addWidget(widget)
        self._notice.addWidget(row_widget)

    def _take_back(self) -> None:
        """Removes an unfinished answer, since nothing of it is saved."""
        self._status.stop()
        if self.answer is None:
            self._clear_sources()
            self._browser.hide()
            self._browser.show_text("", ())

    def _reset(self) -> None:
        self.answer = self._told = None
        self._clear_sources()
        clear(self._missing)
        clear(self._notice)
        self._abstained.hide()
        self._doubt.hide()
        self._browser.hide()
        self._browser.show_text("", ())
        self._footer.hide()

    def _clear_sources(self) -> None:
        self._citations.clear()
        self._sources_title.hide()
        clear(self._sources)

    def _add_citation(self, citation: Citation) -> None:
        if citation.n in self._citations:
            return
        self._citations[citation.n] = citation
        self._browser.know(citation.n)
        self._sources_title.show()
        self._add_card(citation)

    def _show_passages(self, title: str, hits: Sequence[Hit]) -> None:
        """Shows passages that no answer cites: being read by the model, or the nearest ones."""
        self._clear_sources()
        self._sources_title.setText(title)
        self._sources_title.setVisible(bool(hits))
        for hit in hits:
            self._add_card(hit)

    def _forget_passages(self) -> None:
        if not self._citations:
            self._clear_sources()

    def opened_at(self) -> int | None:
        """Returns the pixels from the top of this turn to the last opened marker or card."""
        widget = self._opened_from
        if widget is None or not shiboken6.isValid(widget):
            return None
        return widget.mapTo(self, _followed(widget)).y()

    def _add_card(self, source: Citation | Hit) -> None:
        card = SourceCard(source, lambda source: self._open(card, source))
        self._sources.addWidget(card)

    def _open_citation(self, n: int, section: QWidget) -> None:
        if n in self._citations:
            self._open(section, self._citations[n])

    def _open(self, widget: QWidget, source: Citation | Hit) -> None:
        self._opened_from = widget
        self.opened.emit(source)

    def _abstention(self) -> QWidget:
        box = frame("info")
        row = QHBoxLayout(box)
        row.setContentsMargins(SPACE.normal, SPACE.small, SPACE.normal, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(IconLabel("not-found", "accent"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(SPACE.hair)
        self._verdict = label("", "strong")
        words.addWidget(self._verdict)
        self._advice = label("", "soft", wrap=True)
        words.addWidget(self._advice)
        row.addLayout(words, 1)
        return box

    def _show_doubts(self) -> None:
        doubts: list[str] = []
        if self.answer is not None and self._told is not None:
            doubts = [text.sentence(caution) for caution in self._told.cautions]
        self._doubt_words.setText(" ".join(doubts))
        self._doubt.setVisible(bool(doubts))

    def _doubtful(self) -> QWidget:
        """Makes the place for cautions: fixed words that no document or model can change."""
        row_widget = frame("plain")
        row = QHBoxLayout(row_widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("info", "warning", 16), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._doubt_words, 1)
        return row_widget

    def _make_footer(self) -> QWidget:
        footer = frame("plain")
        row = QHBoxLayout(footer)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(_small("copy", self.tr("Copy the answer"), self._copy))
        row.addWidget(_small("refresh", self.tr("Regenerate the answer"), self.again.emit))
        row.addSpacing(SPACE.hair)
        row.addWidget(self._footer_words, 1)
        row.addWidget(self._outside)
        return footer

    def _copy(self) -> None:
        if (present := self._told) is not None:
            from ui.rich_copy import copied

            words = present.text or text.sentence(present.verdict)
            html = markdown.to_html(words, self._citations, palette(), present.words)
            data = copied(_for_clipboard(present), html, _sources(present))
            QGuiApplication.clipboard().setMimeData(data)


def _followed(widget: QWidget) -> QPoint:
    """Returns the point of a card, or of a clicked marker in a text, that the user looks at."""
    return widget.cursorRect().topLeft() if isinstance(widget, QTextEdit) else QPoint()


def _small(icon: str, name: str, on_click: Callable[[], None]) -> QWidget:
    return icon_button(icon, name, on_click, size=16)


def _question_label(question: str) -> QWidget:
    words = question.strip()
    if len(words) > _SHOWN_QUESTION:
        words = f"{words[:_SHOWN_QUESTION].rstrip()}…"
    heading = label(words, "title", wrap=True)
    heading.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    heading.setAccessibleName(tr("Question: {0}").format(text.one_line(heading.text(), 300)))
    restyle(heading, question=True)
    return heading


def _reading(passages: int) -> str:
    return tr("Reading %n passage…|Reading %n passages…", passages)


def _summarising(event: Summarising) -> str:
    """Describes how far a summary is, and how long it will take."""
    if not event.title:
        return tr("Summing up…")
    words = tr("Summarising {0}, part {1} of {2}…").format(
        named(text.one_line(event.title, 60)), event.done + 1, event.total
    )
    if event.seconds_left is None:
        return words
    left = text.seconds(event.seconds_left, whole=True)
    return f"{words} {tr('About {0} left.').format(left)}"


def _summary(answer: Answer) -> str:
    """Describes the answer: the model, the time, and whether it was stopped."""
    parts = [text.model_name(answer.model)] if answer.model else []
    if answer.timings.total_s > 0:
        parts.append(text.seconds(answer.timings.total_s))
    if answer.stopped:
        parts.append(tr("stopped"))
    return " · ".join(parts)


def _for_clipboard(present: PresentedAnswer) -> str:
    lines = [present.text or text.sentence(present.verdict)]
    if present.citations:
        lines.append("")
    return "\n".join([*lines, *_sources(present)])


def _sources(present: PresentedAnswer) -> list[str]:
    return [f"[{c.n}] {text.where(c)}: “{c.quote.strip()}”" for c in present.citations]
