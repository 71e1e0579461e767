"""A reply from outside, below the answer it belongs to and clearly set apart from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.user_messages import UserMessage
from rag.text.verbatim import NO_WORDS, DocumentWords
from ui.chat.answer_text import AnswerView
from ui.chat.status_line import StatusLine
from ui.elided import ElidedLabel
from ui.escalation import wording
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, clear, frame, icon_button, label

if TYPE_CHECKING:
    from app.chats.outside_reply import OutsideReply
    from app.settings.store import CloudProvider


class ReplyView(QWidget):
    """Shows one reply, while it streams and afterwards. Passive, like a `TurnView`.

    Args:
        words_read: of the turn's documents; Markdown characters in them stay text.

    Signals:
        stopped: the user pressed Stop.
        again: the user wants to open the sheet again, after a failure.
    """

    stopped = Signal()
    again = Signal()

    def __init__(self, words_read: DocumentWords = NO_WORDS) -> None:
        super().__init__()
        self._words_read = words_read
        self.reply: OutsideReply | None = None
        self._sender = ElidedLabel("outside")
        self._status = StatusLine()
        self._stop = button(tr("Stop"), icon="stop", on_click=self._on_stop)
        self._stop.setAccessibleName(tr("Stop the reply from outside"))
        self._text = AnswerView(self)
        self._text.rest_on(words_read)
        self._note = label(role="warning", wrap=True)
        self._caution = label(
            tr(
                "From a larger model outside this computer. It is not checked against your "
                "documents."
            ),
            "caption",
            wrap=True,
        )
        self._problem = QVBoxLayout()
        self._summary = ElidedLabel("caption")
        self._copy = icon_button("copy", tr("Copy the reply from outside"), self._on_copy, size=16)
        box = frame("outside")
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.normal, SPACE.small)
        column.setSpacing(SPACE.tight)
        column.addLayout(self._head())
        for widget in (self._status, self._text, self._note):
            column.addWidget(widget)
        column.addLayout(self._problem)
        column.addWidget(self._caution)
        column.addLayout(self._foot())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, SPACE.tight, 0, 0)
        outer.addWidget(box)
        self._show_parts(running=False, text=False)

    def start(self, provider: CloudProvider) -> None:
        """Shows that the request was sent."""
        self._name(provider.model, provider.host)
        self._status.start(tr("Connecting to {0}…").format(provider.host))
        self._show_parts(running=True, text=False)

    def show_reached(self) -> None:
        """Shows that the server was reached."""
        self._status.start(tr("Waiting for the reply…"))

    def add_text(self, text: str) -> None:
        """Adds streamed text."""
        self._status.stop()
        self._show_parts(running=True, text=True)
        self._text.append_text(text)

    def finish(self, reply: OutsideReply) -> None:
        """Shows the whole reply, which replaces the streamed text."""
        self.reply = reply
        self._status.stop()
        self._name(reply.model, reply.host)
        self._text.show_text(reply.text, (), self._words_read)
        self._note.setText(wording.ending(reply))
        self._summary.show_words(wording.summary(reply))
        self._show_parts(running=False, text=True)

    def show_stopped(self) -> None:
        """Shows that it was stopped before anything arrived."""
        self._status.stop()
        self._note.setText(tr("Stopped before a reply came."))
        self._show_parts(running=False, text=False)

    def fail(self, message: UserMessage) -> None:
        """Shows an error in place. Sending again takes the sheet again."""
        self._status.stop()
        clear(self._problem)
        self._problem.addWidget(label(message.message, "danger", wrap=True))
        if message.advice:
            self._problem.addWidget(label(message.advice, wrap=True))
        row = QHBoxLayout()
        row.addWidget(button(tr("Review it again…"), on_click=self.again.emit))
        row.addStretch(1)
        holder = QWidget()
        holder.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        self._problem.addWidget(holder)
        self._show_parts(running=False, text=self.reply is not None)

    def _name(self, model: str, host: str) -> None:
        self._sender.show_words(tr("From outside: {0} at {1}").format(model, host))
        self.setAccessibleName(self._sender.whole)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("web", "outside", 16), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._sender, 1)
        row.addWidget(self._stop)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE.hair)
        row.addWidget(self._summary, 1)
        row.addWidget(self._copy)
        return row

    def _show_parts(self, *, running: bool, text: bool) -> None:
        self._stop.setVisible(running)
        self._stop.setEnabled(running)
        self._text.setVisible(text)
        self._caution.setVisible(text)
        self._note.setVisible(bool(self._note.text()))
        for widget in (self._copy, self._summary):
            widget.setVisible(self.reply is not None)

    def _on_stop(self) -> None:
        self._stop.setEnabled(False)
        self.stopped.emit()

    def _on_copy(self) -> None:
        if self.reply is not None:
            QGuiApplication.clipboard().setText(self.reply.text.strip())
