"""The card that says that chosen documents wait for a model, and gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.remedies import GetModel
from app.user_messages import UserMessage
from ui import text
from ui.remedies import Do, RemedyRow
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import label

_SHOWN = 3


class WaitingCard(QFrame):
    """Takes the place of the progress panel while documents cannot be read.

    Args:
        do: carries out a remedy.
    """

    def __init__(self, do: Do) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._need_label = label(role="strong", wrap=True)
        self._paths_label = label(role="soft", wrap=True)
        self._remedies = RemedyRow(do, "primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.normal, SPACE.small)
        column.setSpacing(SPACE.tight)
        for widget in (self._need_label, self._paths_label, self._remedies):
            column.addWidget(widget)
        self.hide()

    @property
    def needed(self) -> bool:
        """Whether something waits for a model."""
        return not self.isHidden()

    def show_need(self, message: UserMessage | None) -> None:
        """Shows the missing model that ended a run; None hides the card."""
        self.setVisible(message is not None)
        if message is None:
            return
        fetches = tuple(remedy for remedy in message.remedies if isinstance(remedy, GetModel))
        self._remedies.show_for(replace(message, remedies=fetches))
        names = text.listed([text.model_name(remedy.model_id) for remedy in fetches])
        self._need_label.setText(
            tr("Documents cannot be read yet: the search model, {0}, is not installed.").format(
                names
            )
        )
        self.setAccessibleName(f"{self._need_label.text()} {self._paths_label.text()}".strip())

    def show_paths(self, paths: Sequence[str]) -> None:
        """Lists the waiting documents."""
        promise = tr("Your choice is kept, and read once the model is installed: {0}.")
        names = text.listed([text.shown_name(path) for path in paths], _SHOWN)
        self._paths_label.setText(promise.format(names))
        self._paths_label.setVisible(bool(paths))
