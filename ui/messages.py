"""Messages to the user: kept until a window can show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject

from app.remedies import Remedy
from app.user_messages import UserMessage


class Tone(StrEnum):
    """The severity of a message."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Notice:
    """A message in the window, with its remedies.

    Attributes:
        text: what happened.
        advice: what to do next; "" for none.
        action: text of the button; "" for no button.
        on_action: called when the button is pressed; the notice then closes.
        lasting: stays until it is closed; others close by themselves.
        remedies: a button for each; pressing one closes the notice.
    """

    text: str
    advice: str = ""
    tone: Tone = Tone.INFO
    action: str = ""
    on_action: Callable[[], None] | None = None
    lasting: bool = False
    remedies: tuple[Remedy, ...] = ()


class Messages(QObject):
    """Passes notices to the window's message bar, or keeps them until there is one."""

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
        """Shows all notices with `show` from now on, kept ones first.

        Args:
            show: shows a notice.
            withdraw: removes a notice that no longer applies.
        """
        self._show, self._withdraw = show, withdraw
        waiting, self._waiting = self._waiting, []
        for notice in waiting:
            show(notice)

    def detach(self) -> None:
        """Keeps notices again: the window is closed."""
        self._show = None
        self._withdraw = None
        self._do = None

    def on_remedy(self, do: Callable[[Remedy], None]) -> None:
        """Sets the function that carries out the remedies of errors."""
        self._do = do

    def do(self, remedy: Remedy) -> None:
        """Carries out a remedy whose button was pressed."""
        if self._do is not None:
            self._do(remedy)

    def post(self, notice: Notice) -> None:
        """Shows a notice, now or when a window exists."""
        if self._show is None:
            self._waiting.append(notice)
        else:
            self._show(notice)

    def withdraw(self, notice: Notice) -> None:
        """Removes a notice that no longer applies, if it is still there."""
        self._waiting = [waiting for waiting in self._waiting if waiting is not notice]
        if self._withdraw is not None:
            self._withdraw(notice)

    def info(
        self, text: str, action: str = "", on_action: Callable[[], None] | None = None
    ) -> Notice:
        """Reports that something was done, with an optional button (such as Undo)."""
        notice = Notice(text, action=action, on_action=on_action)
        self.post(notice)
        return notice

    def error(self, message: UserMessage) -> None:
        """Reports an error and what to do next."""
        self.post(
            Notice(
                message.message,
                message.advice,
                Tone.ERROR,
                lasting=True,
                remedies=message.remedies,
            )
        )
