"""The notice above the list of chats when the saved chats cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.user_messages import describe
from ui.inert import plain
from ui.remedies import Do, remedy_button
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import frame, label

if TYPE_CHECKING:
    from app.chats.opening import OpenedChats


def chats_notice(opened: OpenedChats, do: Do) -> QFrame:
    """Makes the notice: the problem, what happens to new chats, and the remedies.

    Args:
        opened: the chats, with the error that was found.
        do: carries out a remedy.
    """
    assert opened.fault is not None
    message = describe(opened.fault)
    new = (
        tr("New chats are saved separately, and join the others once those can be read again.")
        if opened.lasting
        else tr("New chats cannot be saved now. Studiolo tries again when you close it.")
    )
    box = frame("warning")
    box.setAccessibleName(tr("Your earlier chats cannot be shown."))
    box.setAccessibleDescription(f"{message.message} {message.advice} {new}".strip())
    column = QVBoxLayout(box)
    column.setContentsMargins(SPACE.small, SPACE.small, SPACE.small, SPACE.small)
    column.setSpacing(SPACE.tight)
    column.addWidget(label(tr("Your earlier chats cannot be shown."), "strong", wrap=True))
    reason = label(message.message, "soft", wrap=True)
    reason.setToolTip(plain(message.advice))
    column.addWidget(reason)
    column.addWidget(label(new, "soft", wrap=True))
    for remedy in message.remedies:
        column.addWidget(remedy_button(remedy, do))
    return box
