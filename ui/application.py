"""Starts the window, handles failures at the start, repairs, restarts and shuts down."""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from app import logs
from app.jobs import CancelToken
from app.paths import Paths, leave_lost_folder
from app.user_messages import UserMessage, describe
from rag.text.visible import visible
from ui.bridge import Bridge
from ui.garbage import GarbageCollector
from ui.interrupt import Interrupt
from ui.main_window import MainWindow
from ui.messages import Notice, Tone
from ui.no_screen import refusals_told
from ui.outside import Outside
from ui.shell_server import ShellServer
from ui.single import Other, Single, bring_to_front
from ui.starting import Again, ask_how_to_go_on, do_while_closed
from ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.privacy.egress.client import Launcher
    from app.remedies import Remedy
    from app.services import Services

log = logging.getLogger(__name__)

_APP_ICON = Path(__file__).parent / "theme" / "app-icon.svg"
_TRANSLATIONS = Path(__file__).parent / "translations"
_HEADLESS = ("offscreen", "minimal")


def run(
    paths: Paths,
    single: Single,
    launcher: Launcher | None = None,
    *,
    exit_when_ready: bool = False,
    to_add: Sequence[str] = (),
) -> int:
    """Opens the window and stays until it is closed. Returns the exit status.

    Args:
        paths: the folders to work on; created if missing.
        single: lets a second start find this window; closed at the end.
        launcher: makes the connections that the user asks for; closed at the end.
        exit_when_ready: prints how long the start took, and ends; for measuring.
        to_add: files and folders that the window adds to the library once it is ready.
    """
    app = make_application()
    if single.listen() is Other.RAISED:
        return 0  # another start won the race
    garbage = GarbageCollector(app)
    outside = Outside(launcher) if launcher is not None else None
    try:
        while True:
            app.setQuitOnLastWindowClosed(True)
            ended = _open(app, paths, single, launcher, exit_when_ready, to_add)
            to_add = ()  # only once
            app.setQuitOnLastWindowClosed(False)  # dialogs have no window now
            again = _go_on(ended, paths)
            if again is None:
                return 1 if ended.failure is not None else 0
            if again.paths != paths:
                single.close()
                paths, single = again.paths, Single(again.paths.data)
                if single.listen() is Other.RAISED:
                    return 0  # a window is open on that folder
    finally:
        single.close()
        if outside is not None:
            outside.close()
        if launcher is not None:
            launcher.close()
        garbage.stop()


@dataclass(frozen=True, slots=True)
class WindowEnd:
    """Why the window closed.

    Attributes:
        failure: the error that kept it from opening, or closed it.
        wish: the action it was closed for; None to end the program.
    """

    failure: UserMessage | None = None
    wish: Remedy | None = None


def _open(
    app: QApplication,
    paths: Paths,
    single: Single,
    launcher: Launcher | None,
    exit_when_ready: bool,
    to_add: Sequence[str],
) -> WindowEnd:
    """Opens the window on a data folder; returns when it is closed and all work has ended."""
    try:
        paths.ensure()
        leave_lost_folder(paths.data)
        end_log = logs.start(paths.logs)
    except Exception as error:  # noqa: BLE001  # any error is shown to the user
        return WindowEnd(_described(error))
    try:
        services = _build(paths, launcher)
    except Exception as error:  # noqa: BLE001  # any error is shown to the user
        failed_start = WindowEnd(_described(error))
        end_log()
        return failed_start
    bridge = Bridge()
    failure: list[UserMessage] = []
    window: MainWindow | None = None
    try:
        _tell_recovered(services, bridge)
        theme = Theme(app, services.settings)
        window = MainWindow(services, bridge)
        raised = single.raised.connect(partial(bring_to_front, window))
        shells = ShellServer(single, services, bridge, window)
        shells.library_changed.connect(window.show_library_anew)
        interrupt = Interrupt(window.quit)
        ready = partial(_on_ready, services, bridge, window, failure, exit_when_ready, to_add)
        FirstPaint(window, ready)
        window.show()
        app.exec()
        interrupt.close()
        shells.close()
        single.raised.disconnect(raised)
        theme.deleteLater()
    except Exception as error:  # noqa: BLE001  # any error is shown to the user
        failure.append(_described(error))
    finally:
        bridge.cancel()
        services.close(launcher=launcher is None)
        bridge.close()
        end_log()
    wish = None
    if window is not None:
        wish = window.remedies.wish
        window.deleteLater()
    return WindowEnd(failure[0] if failure else None, wish)


def _go_on(ended: WindowEnd, paths: Paths) -> Again | None:
    """Shows why the window closed, or does what it was closed for. None ends the program."""
    if ended.failure is not None:
        print(_line(ended.failure), file=sys.stderr)
        has_screen = QGuiApplication.platformName() not in _HEADLESS
        return ask_how_to_go_on(ended.failure, paths) if has_screen else None
    return do_while_closed(ended.wish, paths) if ended.wish is not None else None


def refuse(error: Exception) -> int:
    """Reports a failed start, in the terminal and on the screen. Returns the exit status."""
    make_application()
    message = _described(error)
    print(_line(message), file=sys.stderr)
    if QGuiApplication.platformName() not in _HEADLESS:
        words = "\n\n".join(map(visible, (message.message, message.advice)))
        box = QMessageBox(QMessageBox.Icon.Critical, "Studiolo", words.strip())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
    return 1


def _described(error: Exception) -> UserMessage:
    """Puts an error into words. Logs and prints a bug's details: there may be no log."""
    message = describe(error)
    if message.is_bug:
        details = logs.without_content(error)
        log.error("the window failed\n%s", details)
        print(details, file=sys.stderr)
    return message


def _tell_recovered(services: Services, bridge: Bridge) -> None:
    """Shows what happened to damaged settings, until the user closes the notice."""
    if (recovered := services.settings.recovered) is not None:
        message = recovered.message
        bridge.messages.post(Notice(message.message, message.advice, Tone.WARNING, lasting=True))


def make_application() -> QApplication:
    """Creates the Qt application, with its name, icon and translation."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        app = existing
    else:
        with refusals_told():
            app = QApplication(sys.argv[:1])
    app.setApplicationName("studiolo")
    app.setApplicationDisplayName("Studiolo")
    app.setDesktopFileName("studiolo")
    app.setWindowIcon(QIcon(str(_APP_ICON)))
    translator = QTranslator(app)
    if translator.load(QLocale(), "studiolo", "_", str(_TRANSLATIONS)):
        app.installTranslator(translator)
    return app


class FirstPaint(QObject):
    """Calls back once the window has been painted and control is back in the event loop."""

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
    to_add: Sequence[str] = (),
) -> None:
    """Starts the slower work once the window is shown, or ends a measurement."""
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
        from app.shell.turns import WAITING, in_turn
        from rag.errors import StoreTooNew

        try:
            in_turn(services.paths, services.warm, lambda: send(WAITING), token)
        except (AlreadyOpen, DataFolderUnusable, DataTooNew, StoreTooNew) as error:
            return describe(error)
        return None

    waiting_for: list[object] = []

    def wait(event: object) -> None:
        if not waiting_for:
            waiting_for.append(event)
            bridge.messages.post(
                Notice(
                    QCoreApplication.translate(
                        "Application", "A command in a terminal is using your library."
                    ),
                    QCoreApplication.translate(
                        "Application", "The library is available here once it ends."
                    ),
                    Tone.INFO,
                )
            )

    def warmed(message: UserMessage | None) -> None:
        gc.collect()
        gc.freeze()  # objects of the start stay: later collections can skip them
        if message is not None:
            failure.append(message)
            window.quit()
        else:
            window.library_page.start_rescan()
            if to_add:
                window.add_to_library(to_add)

    bridge.run("start", warm, warmed, on_event=wait)


def _line(message: UserMessage) -> str:
    """Formats a start failure for the terminal, with the commands that help."""
    return visible(message.shell_words)
