"""Buttons that do what an error advises: one for each of its remedies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton, QWidget

from app.remedies import (
    ChooseDataFolder,
    ChooseModel,
    GetModel,
    Remedy,
    RepairData,
    ReplaceModel,
)
from app.user_messages import UserMessage
from ui import text
from ui.theme.flow import FlowLayout
from ui.theme.widgets import ButtonKind, button, clear

Do = Callable[[Remedy], None]


def tr(words: str) -> str:
    """The person's language."""
    return QCoreApplication.translate("Remedies", words)


def label_of(remedy: Remedy) -> str:
    """The words on the button."""
    match remedy:
        case GetModel(model_id):
            return tr("Get {0}").format(text.model_name(model_id))
        case ReplaceModel(model_id):
            return tr("Replace {0}…").format(text.model_name(model_id))
        case ChooseModel():
            return tr("Choose a model")
        case RepairData():
            return tr("Repair and start again…")
        case ChooseDataFolder():
            return tr("Choose another data folder…")


def remedy_button(remedy: Remedy, do: Do, kind: ButtonKind = "normal") -> QPushButton:
    """The button for one remedy."""
    return button(label_of(remedy), kind, on_click=partial(do, remedy))


class RemedyRow(QWidget):
    """Stands below the words of an error; takes no room while there is nothing to be done.

    Args:
        do: does what the button says.
        kind: how the first button looks, the most helpful one.
    """

    def __init__(self, do: Do, kind: ButtonKind = "normal") -> None:
        super().__init__()
        self._do = do
        self._kind = kind
        self._row = FlowLayout()
        self.setLayout(self._row)
        self.hide()

    def show_for(self, message: UserMessage | None) -> None:
        """Shows what can be done about an error; None takes the buttons away."""
        clear(self._row)
        for n, remedy in enumerate(message.remedies if message is not None else ()):
            self._row.addWidget(remedy_button(remedy, self._do, "normal" if n else self._kind))
        self.setVisible(self._row.count() > 0)
