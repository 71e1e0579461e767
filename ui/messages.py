"""One path for messages to the person: kept until a window is there to show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject

from app.remedies import Remedy
from app.user_messages import UserMessage


class Tone(StrEnum):
    """How a message is meant."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Notice:
    """A message in the window, with what can be done about it.

    Attributes:
        text: what happened.
        advice: what to do next; may be empty.
        action: the words on the button; empty for no button.
        on_action: called when the button is pressed; the notice then goes away.
        lasting: stays until it is closed; others go away by themselves.
        remedies: a button for each; the notice then goes away.
    """

    text: str
    advice: str = ""
    tone: Tone = Tone.INFO
    action: str = ""
    on_action: Callable[[], None] | None = None
    lasting: bool = False
    remedies: tuple[Remedy, ...] = ()


class Messages(QObject):
    """Hands notices to the window's message bar, or keeps them until there is one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Notice] = []
        self._show: Callable[[Notice], None] | None = None
        self._withdraw: Callable[[Notice], None] | None = None
        self._do: Callable[[Remedy], None] | None = None

    def attach(
        self,
        show: Callable[[Notice], None],
        withdraw: Callable[[Notice], None] | None = None,
    ) -> None:
        """Shows all notices with `show` from now on, those that waited first.

        Args:
            show: shows one.
            withdraw: takes one away that is not true any more.
        """
        self._show, self._withdraw = show, withdraw
        waiting, self._waiting = self._waiting, []
        for notice in waiting:
            show(notice)

    def detach(self) -> None:
        """Keeps notices again: the window is gone."""
        self._show = None
        self._withdraw = None
        self._do = None

    def on_remedy(self, do: Callable[[Remedy], None]) -> None:
        """Has `do` do what the buttons of errors say, from now on."""
        self._do = do

    def do(self, remedy: Remedy) -> None:
        """Does what can be done about an error: a button of it was pressed."""
        if self._do is not None:
            self._do(remedy)

    def post(self, notice: Notice) -> None:
        """Shows a notice, now or when a window exists."""
        if self._show is None:
            self._waiting.append(notice)
        else:
            self._show(notice)

    def withdraw(self, notice: Notice) -> None:
        """Takes a notice away, if it is still there: it is not true any more."""
        self._waiting = [other for other in self._waiting if other is not notice]
        if self._withdraw is not None:
            self._withdraw(notice)

    def info(
        self, text: str, action: str = "", on_action: Callable[[], None] | None = None
    ) -> Notice:
        """Says that something was done, with an optional button (such as Undo)."""
        notice = Notice(text, action=action, on_action=on_action)
        self.post(notice)
        return notice

    def error(self, message: UserMessage) -> None:
        """Says that something went wrong and what to do next."""
        self.post(
            Notice(
                message.message,
                message.advice,
                Tone.ERROR,
                lasting=True,
                remedies=message.remedies,
            )
        )
