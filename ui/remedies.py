"""A button for each remedy of an error."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

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
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.widgets import ButtonKind, button, clear

Do = Callable[[Remedy], None]


def label_of(remedy: Remedy) -> str:
    """Returns the text of a remedy's button."""
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
    """Makes the button of a remedy."""
    return button(label_of(remedy), kind, on_click=partial(do, remedy))


class RemedyRow(QWidget):
    """The buttons below an error's text; takes no room without any.

    Args:
        do: carries out a remedy.
        kind: the look of the first button, the most helpful one.
    """

    def __init__(self, do: Do, kind: ButtonKind = "normal") -> None:
        super().__init__()
        self._do = do
        self._kind = kind
        self._row = FlowLayout()
        self.setLayout(self._row)
        self.hide()

    def show_for(self, message: UserMessage | None) -> None:
        """Shows the remedies of an error; None hides them."""
        clear(self._row)
        for n, remedy in enumerate(message.remedies if message is not None else ()):
            self._row.addWidget(remedy_button(remedy, self._do, "normal" if n else self._kind))
        self.setVisible(self._row.count() > 0)
