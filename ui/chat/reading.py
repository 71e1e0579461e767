"""Shows in the conversation that documents are still being indexed, and which a question names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject

from app.user_messages import UserMessage
from ui.chat.still_reading import Mention, MissingFile, missing_files, reading_line

if TYPE_CHECKING:
    from app.services import Services
    from rag.indexing.report import IndexProgress, IndexReport
    from ui.bridge import Bridge
    from ui.chat.composer import Composer
    from ui.chat.turn_view import TurnView
    from ui.library.page import LibraryPage
    from ui.library.runs import Run

LANE = "named-files"


class ReadingNotes(QObject):
    """Follows the library's indexing runs.

    Args:
        services: give access to the library.
        bridge: queries it in the background.
        composer: shows the line.
        parent: owns this.
    """

    def __init__(
        self, services: Services, bridge: Bridge, composer: Composer, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._bridge = bridge
        self._composer = composer
        self._library: LibraryPage | None = None
        self._progress: IndexProgress | None = None

    def follow(self, library: LibraryPage) -> None:
        """Follows the runs of this page, after the page itself."""
        self._library = library
        library.runs.started.connect(self._on_started)
        library.runs.progressed.connect(self._on_progress)
        library.runs.finished.connect(self._on_finished)
        library.panel.pause_pressed.connect(self._show)

    def look(self, view: TurnView) -> None:
        """Finds the files that a question names and no answer can use, and lists them."""
        question = view.question
        if not Mention(question).possible:
            return
        library, rules = self._services.library, self._services.settings.current.rules
        reading = self._library is not None and self._library.busy

        def found(missing: tuple[MissingFile, ...]) -> None:
            if shiboken6.isValid(view):
                view.tell_missing([file.words for file in missing])

        def not_found(_message: UserMessage) -> None:
            """Shows nothing: the answer itself reports an error of the library."""

        self._bridge.run(
            LANE,
            lambda _token, _send: missing_files(question, library, rules, reading=reading),
            found,
            not_found,
        )

    def _on_started(self, _run: Run) -> None:
        self._progress = None
        self._show()

    def _on_progress(self, progress: IndexProgress) -> None:
        self._progress = progress
        self._show()

    def _on_finished(self, _run: Run, _report: IndexReport | None) -> None:
        self._show()

    def _show(self) -> None:
        library = self._library
        line = ""
        # A quiet run is mentioned only once it has found something to read.
        if library is not None and library.busy and not library.panel.quiet:
            line = reading_line(self._progress, paused=library.runs.paused)
        self._composer.set_remark(line)
