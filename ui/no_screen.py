"""Explains why Qt cannot open a window; Qt itself would abort the program.

Qt does so while the application is created, with a fatal message that cannot be caught.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from rag.text.plain import visible

_INSTEAD = "Or use the commands: studiolo index FOLDER, then studiolo ask QUESTION."


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turns a fatal message of Qt into a sentence and exit status 1, while it is active."""
    messages: list[str] = []

    def hear(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
        messages.append(text)
        if kind == QtMsgType.QtFatalMsg:
            print(visible(why_not(" ".join(messages))), file=sys.stderr, flush=True)
            os._exit(1)  # Qt would abort, and leave a core dump

    previous = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
        for text in messages:
            print(visible(text), file=sys.stderr)


def why_not(messages: str) -> str:
    """Explains Qt's refusal to start.

    Args:
        messages: all messages of Qt.
    """
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if "could not connect to display" in messages or "Failed to create wl_display" in messages:
        screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY", "")
        return (
            f"The screen “{screen}” does not answer, or does not let this account in. "
            f"Start Studiolo from a terminal of the desktop that you are signed in to. {_INSTEAD}"
        )
    if chosen and "Could not find the Qt platform plugin" in messages:
        return (
            f"Qt has no platform plugin “{chosen}”, which the variable QT_QPA_PLATFORM asks for. "
            f"Start Studiolo without that variable. {_INSTEAD}"
        )
    return (
        "Qt cannot open a window here; most often a system library is missing. "
        f"Run the set-up again: it says what to install. {_INSTEAD}"
    )
