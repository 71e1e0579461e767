"""Asks before something is taken away, without holding the window up."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from ui.legible import legible
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES


def confirm(
    parent: QWidget,
    question: str,
    explanation: str,
    *,
    do: str,
    keep: str,
    on_yes: Callable[[], None],
    icon: str = "trash",
) -> QMessageBox:
    """Opens a question. Enter and Esc both leave everything as it is.

    Args:
        parent: the question stands over its window.
        question: in a sentence.
        explanation: what will be, and what will not.
        do: the words on the button that does it.
        keep: the words on the button that does not.
        on_yes: called if it is to be done.
        icon: what it is about.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setIconPixmap(icons.pixmap(icon, palette().text_soft, SIZES.icon_hero))
    box.setText(legible(question, lines=False))
    box.setInformativeText(legible(explanation))
    box.setAccessibleName(box.text())
    yes = box.addButton(legible(do), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(keep, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    yes.clicked.connect(lambda _checked=False: on_yes())
    box.open()
    return box
