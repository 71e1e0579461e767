"""The life of the window: start, failures at the start, Ctrl-C, the end."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from app import logs
from app.errors import KNOWN_ERRORS, UserMessage, describe
from app.jobs import CancelToken
from app.paths import Paths
from rag.plain import visible
from ui.bridge import Bridge
from ui.garbage import GarbageCollector
from ui.interrupt import Interrupt
from ui.main_window import MainWindow
from ui.messages import Notice, Tone
from ui.outside import Outside
from ui.shell_server import ShellServer
from ui.single import Other, Single, bring_to_front
from ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.privacy.egress.client import Launcher
    from app.services import Services

_APP_ICON = Path(__file__).parent / "theme" / "app-icon.svg"
_TRANSLATIONS = Path(__file__).parent / "translations"
_SHELL_SECONDS = 0.5  # between looks whether a shell command has ended
_HEADLESS = ("offscreen", "minimal")


def run(
    paths: Paths,
    single: Single,
    launcher: Launcher | None = None,
    *,
    exit_when_ready: bool = False,
) -> int:
    """Opens the window and stays until it is closed. Returns the exit status.

    Args:
        paths: the folders to work on; made if they are not there.
        single: is found by a second start from now on; closed at the end.
        launcher: makes the connections that the person asks for; closed at the end.
        exit_when_ready: print how long the start took, and end; for measuring.
    """
    app = make_application()
    if single.listen() is Other.RAISED:
        return 0  # another start was quicker by a moment
    try:
        paths.ensure()
        end_log = logs.start(paths.logs)
        services = _build(paths, launcher)
    except KNOWN_ERRORS as error:
        single.close()
        return _say(describe(error), dialog=True)
    bridge = Bridge()
    garbage = GarbageCollector(app)
    failure: list[UserMessage] = []
    try:
        theme = Theme(app, services.settings)
        window = MainWindow(services, bridge)
        single.raised.connect(lambda: bring_to_front(window))
        shells = ShellServer(single, services, bridge, window)
        shells.library_changed.connect(window.show_library_anew)
        interrupt = Interrupt(window.quit)
        outside = Outside(launcher) if launcher is not None else None
        FirstPaint(window, lambda: _on_ready(services, bridge, window, failure, exit_when_ready))
        window.show()
        app.exec()
        interrupt.close()
        if outside is not None:
            outside.close()
        theme.deleteLater()
    finally:
        single.close()
        bridge.cancel()
        services.close()
        bridge.close()
        garbage.stop()
        end_log()
    return _say(failure[0], dialog=True) if failure else 0


def make_application() -> QApplication:
    """The Qt application, named, with its icon and the person's language."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("studiolo")
    app.setApplicationDisplayName("Studiolo")
    app.setDesktopFileName("studiolo")
    app.setWindowIcon(QIcon(str(_APP_ICON)))
    translator = QTranslator(app)
    if translator.load(QLocale(), "studiolo", "_", str(_TRANSLATIONS)):
        app.installTranslator(translator)
    return app


class FirstPaint(QObject):
    """Calls back once the window was painted and the event loop has come round again."""

    def __init__(self, window: MainWindow, callback: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._callback = callback
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Waits for the first paint."""
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._callback)
        return super().eventFilter(watched, event)


def _build(paths: Paths, launcher: Launcher | None) -> Services:
    from app.services import build_services

    return build_services(paths, launcher=launcher)


def _on_ready(
    services: Services,
    bridge: Bridge,
    window: MainWindow,
    failure: list[UserMessage],
    exit_when_ready: bool,
) -> None:
    """The window is there: measures, or starts what takes longer."""
    if exit_when_ready:
        process = psutil.Process()
        figures = {
            "interactive_s": round(time.time() - process.create_time(), 3),
            "rss_mb": round(process.memory_info().rss / 1e6, 1),
        }
        print(json.dumps(figures), flush=True)
        window.quit()
        return

    def warm(token: CancelToken, send: Callable[[object], None]) -> UserMessage | None:
        from app.errors import AlreadyOpen, DataFolderUnusable, DataTooNew
        from app.shell_turns import is_taken
        from rag.errors import StoreTooNew

        while True:
            try:
                services.warm()
            except AlreadyOpen as error:
                if not is_taken(services.paths):
                    return describe(error)
                send("a shell command works on the library")
                time.sleep(_SHELL_SECONDS)
                token.raise_if_cancelled()
            except (DataFolderUnusable, DataTooNew, StoreTooNew) as error:
                return describe(error)
            else:
                return None

    waiting: list[object] = []

    def wait(event: object) -> None:
        if not waiting:
            waiting.append(event)
            bridge.messages.post(
                Notice(
                    QCoreApplication.translate(
                        "Application", "A command in a terminal works on your library."
                    ),
                    QCoreApplication.translate(
                        "Application", "It is ready here as soon as that has ended."
                    ),
                    Tone.INFO,
                )
            )

    def warmed(message: UserMessage | None) -> None:
        gc.collect()
        gc.freeze()  # what a start makes stays: later collections need not look at it
        if message is not None:
            failure.append(message)
            window.quit()
        else:
            window.library_page.start_rescan()

    bridge.run("start", warm, warmed, on_event=wait)


def _say(message: UserMessage, *, dialog: bool = False) -> int:
    """Says why there is no window, in the terminal and, where there is one, on the screen."""
    print(visible(f"{message.message} {message.advice}".strip()), file=sys.stderr)
    if dialog and QGuiApplication.platformName() not in _HEADLESS:
        words = "\n\n".join(map(visible, (message.message, message.advice)))
        box = QMessageBox(QMessageBox.Icon.Critical, "Studiolo", words.strip())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
    return 1
