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
    said: list[str] = []

    def hear(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
        said.append(text)
        if kind == QtMsgType.QtFatalMsg:
            print(visible(why_not(" ".join(said))), file=sys.stderr, flush=True)
            os._exit(1)  # Qt would abort, and leave a core dump

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        for text in said:
            print(visible(text), file=sys.stderr)


def why_not(said: str) -> str:
    """Explains Qt's refusal to start.

    Args:
        said: all messages of Qt.
    """
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if "could not connect to display" in said or "Failed to create wl_display" in said:
        screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY", "")
        return (
            f"The screen “{screen}” does not answer, or does not let this account in. "
            f"Start Studiolo from a terminal of the desktop that you are signed in to. {_INSTEAD}"
        )
    if chosen and "Could not find the Qt platform plugin" in said:
        return (
            f"Qt has no platform plugin “{chosen}”, which the variable QT_QPA_PLATFORM asks for. "
            f"Start Studiolo without that variable. {_INSTEAD}"
        )
    return (
        "Qt cannot open a window here; most often a system library is missing. "
        f"Run the set-up again: it says what to install. {_INSTEAD}"
    )
