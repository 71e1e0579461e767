"""The life of the window: start, failures at the start, Ctrl-C, the end."""

from __future__ import annotations

import gc
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from PySide6.QtCore import QEvent, QLocale, QObject, Qt, QTimer, QTranslator
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from app import logs
from app.errors import UserMessage, describe
from app.jobs import CancelToken
from app.paths import Paths, leave_lost_folder
from rag.plain import visible
from ui.bridge import Bridge
from ui.garbage import GarbageCollector
from ui.interrupt import Interrupt
from ui.main_window import MainWindow
from ui.messages import Notice, Tone
from ui.outside import Outside
from ui.screen import refusals_told
from ui.single import Other, Single, bring_to_front
from ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.privacy.egress.client import Launcher
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
        leave_lost_folder(paths.data)
        end_log = logs.start(paths.logs)
        services = _build(paths, launcher)
    except Exception as error:  # noqa: BLE001  # whatever it is, the person is told
        single.close()
        return refuse(error)
    bridge = Bridge()
    garbage = GarbageCollector(app)
    failure: list[UserMessage] = []
    try:
        _tell_recovered(services, bridge)
        theme = Theme(app, services.settings)
        window = MainWindow(services, bridge)
        single.raised.connect(lambda: bring_to_front(window))
        interrupt = Interrupt(window.quit)
        outside = Outside(launcher) if launcher is not None else None
        FirstPaint(window, lambda: _on_ready(services, bridge, window, failure, exit_when_ready))
        window.show()
        app.exec()
        interrupt.close()
        if outside is not None:
            outside.close()
        theme.deleteLater()
    except Exception as error:  # noqa: BLE001  # whatever it is, the person is told
        log.error("the window failed\n%s", logs.without_content(error))  # noqa: TRY400
        failure.append(describe(error))
    finally:
        single.close()
        bridge.cancel()
        services.close()
        bridge.close()
        garbage.stop()
        end_log()
    return _say(failure[0], dialog=True) if failure else 0


def refuse(error: Exception) -> int:
    """Says why Studiolo cannot start, in the terminal and on the screen. Returns the status."""
    make_application()
    message = describe(error)
    if message.is_bug:
        log.error("the start failed\n%s", logs.without_content(error))
        print(logs.without_content(error), file=sys.stderr)  # there may be no log yet
    return _say(message, dialog=True)


def _tell_recovered(services: Services, bridge: Bridge) -> None:
    """Shows what became of settings that were damaged, until it is closed."""
    if (recovered := services.settings.recovered) is not None:
        told = recovered.told
        bridge.messages.post(Notice(told.message, told.advice, Tone.WARNING, lasting=True))


def make_application() -> QApplication:
    """The Qt application, named, with its icon and the person's language."""
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

    def warm(_token: CancelToken, _send: Callable[[object], None]) -> UserMessage | None:
        from app.errors import AlreadyOpen, DataFolderUnusable, DataTooNew
        from rag.errors import StoreTooNew

        try:
            services.warm()
        except (AlreadyOpen, DataFolderUnusable, DataTooNew, StoreTooNew) as error:
            return describe(error)
        return None

    def warmed(message: UserMessage | None) -> None:
        gc.collect()
        gc.freeze()  # what a start makes stays: later collections need not look at it
        if message is not None:
            failure.append(message)
            window.quit()
        else:
            window.library_page.start_rescan()

    bridge.run("start", warm, warmed)


def _say(message: UserMessage, *, dialog: bool = False) -> int:
    """Says why there is no window, in the terminal and, where there is one, on the screen."""
    print(visible(f"{message.message} {message.advice}".strip()), file=sys.stderr)
    if dialog and QGuiApplication.platformName() not in _HEADLESS:
        words = "\n\n".join(map(visible, (message.message, message.advice)))
        box = QMessageBox(QMessageBox.Icon.Critical, "Studiolo", words.strip())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
    return 1
