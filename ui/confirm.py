"""Asks before something is removed, without blocking the window."""

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
        parent: widget whose window the question belongs to.
        question: one sentence.
        explanation: what will happen, and what will not.
        do: text of the confirming button.
        keep: text of the other button.
        on_yes: called when the user confirms.
        icon: name of the icon.
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
