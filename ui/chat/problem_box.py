"""Shows an error in place of an answer, with everything that can be done about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.user_messages import UserMessage
from ui.legible import legible
from ui.remedies import Do, remedy_button
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, label


class ProblemBox(QFrame):
    """An error with its buttons. The question can always be asked again, or changed.

    Args:
        message: the error.
        again: asks the same question again.
        restart: restarts the model first; None if that would not help.
        edit: brings the question back into the field.
        do: carries out a remedy.
    """

    def __init__(
        self,
        message: UserMessage,
        *,
        again: Callable[[], None],
        restart: Callable[[], None] | None,
        edit: Callable[[], None],
        do: Do,
    ) -> None:
        super().__init__()
        self.setProperty("kind", "error")
        self.setAccessibleName(legible(message.words))
        action_buttons: list[QWidget] = [remedy_button(remedy, do) for remedy in message.remedies]
        if restart is not None:
            first = button(self.tr("Restart"), "primary", on_click=restart)
            first.setAccessibleName(self.tr("Restart the model and ask again"))
            action_buttons.append(first)
        else:
            action_buttons.append(button(self.tr("Ask again"), icon="refresh", on_click=again))
        action_buttons.append(button(self.tr("Edit the question"), "quiet", "pencil", edit))
        words = QVBoxLayout()
        words.setSpacing(SPACE.tight)
        words.addWidget(label(message.message, "strong", wrap=True))
        if message.advice:
            words.addWidget(label(message.advice, wrap=True))
        actions = QWidget()
        line = FlowLayout()
        actions.setLayout(line)
        for action_button in action_buttons:
            line.addWidget(action_button)
        words.addWidget(actions)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.normal, SPACE.small, SPACE.normal, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(IconLabel("warning", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
