"""Works with the real window as a person does, from its first start to its end.

    python -m tests.e2e.offline_window DATA_FOLDER FOLDER QUESTION

A thread waits for the program to come up and puts the person onto the GUI thread; nothing of the
program is replaced.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_SECONDS = 100
_STEP_MS = 20

Step = Callable[[], bool]


def person(folder: str, question: str) -> Iterator[Step]:
    """What is done, step by step; each step is waited for."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from ui.main_window import MainWindow

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window = next(w for w in app.topLevelWidgets() if isinstance(w, MainWindow))
    yield lambda: window.readiness.model is not None
    window.add_to_library([folder])
    yield lambda: (window.readiness.documents or 0) > 0
    yield lambda: not window.library_page.busy
    window.show_page("chat")
    field = window.chat.composer.field
    field.setFocus()
    QTest.keyClicks(field, question)
    QTest.keyClick(field, Qt.Key.Key_Return)
    yield lambda: window.chat.transcript is not None and bool(window.chat.transcript.views)
    assert window.chat.transcript is not None
    view = window.chat.transcript.views[-1]
    yield lambda: view.answer is not None
    yield lambda: not window.chat.answering
    assert view.answer is not None
    source = (view.answer.citations or view.answer.nearest)[0]
    window.open_source(source, (source,))
    yield lambda: window.reader.isVisible()
    for page in ("library", "privacy", "settings"):
        window.show_page(page)
        for _ in range(20):
            yield lambda: True
    second = subprocess.Popen([*sys.orig_argv[:1], *_again()])
    yield lambda: second.poll() is not None
    assert second.returncode == 0  # it brought this window to the front, and ended
    print("the window has answered")
    window.quit()


def _again() -> list[str]:
    code = "import sys; sys.path[:] = sys.argv.pop(1).split(':'); from ui.main import main; main()"
    return ["-c", code, ":".join(filter(None, sys.path)), *sys.argv[1:]]


def _come_in(folder: str, question: str) -> None:
    """Waits for the application, on a thread; then works on its own thread."""
    deadline = time.monotonic() + _SECONDS
    while "PySide6.QtWidgets" not in sys.modules and time.monotonic() < deadline:
        time.sleep(0.05)
    from PySide6.QtCore import QCoreApplication, QTimer
    from PySide6.QtWidgets import QApplication

    app = None
    while app is None and time.monotonic() < deadline:
        time.sleep(0.05)
        app = QApplication.instance()
    assert app is not None
    there: QCoreApplication = app
    steps: list[Any] = []

    def turn() -> None:
        if not steps:
            if not any(w.isVisible() for w in QApplication.topLevelWidgets()):
                QTimer.singleShot(_STEP_MS, there, turn)
                return
            steps.append(person(folder, question))
            steps.append(next(steps[0]))
        if steps[1]():
            steps[1] = next(steps[0], None)
        if steps[1] is not None:
            QTimer.singleShot(_STEP_MS, there, turn)

    QTimer.singleShot(0, there, turn)


def main() -> int:
    """Runs the window with somebody in front of it."""
    from ui.main import main as studiolo

    data, folder, question = sys.argv[1:]
    sys.argv = ["studiolo", "--data-dir", data]
    threading.Thread(target=_come_in, args=(folder, question), daemon=True).start()
    return studiolo()


if __name__ == "__main__":
    sys.exit(main())
