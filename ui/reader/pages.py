"""Draws pages in the background: the requested one first, then its neighbours; caches a few."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.jobs import Job
from app.user_messages import UserMessage
from rag.pages.page_image import Box, PageImage
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.library.reader import ReaderService

LANE = "reader-pages"
_KEPT = 6


@dataclass(frozen=True)
class DrawnPage:
    """A page, ready to be painted. `width_px` is the requested width."""

    page: int
    page_count: int
    width_px: int
    image: QImage
    highlights: tuple[Box, ...]


class Pages(QObject):
    """The pages of one document at a time.

    Signals:
        ready: carries the `DrawnPage` that was requested last.
        failed: carries a `UserMessage`: it cannot be drawn.
    """

    ready = Signal(object)
    failed = Signal(object)

    def __init__(self, reader: ReaderService, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._reader = reader
        self._bridge = bridge
        self._cache: OrderedDict[tuple[int, int], DrawnPage] = OrderedDict()
        self._jobs: dict[tuple[int, int], Job[DrawnPage]] = {}
        self._path = ""
        self._quote = ""
        self._requested: tuple[int, int] | None = None
        self._generation = 0

    def open(self, path: str, quote: str) -> None:
        """Switches to a document, and to the quote to find on its pages."""
        if (path, quote) == (self._path, self._quote):
            return
        self.close()
        self._path, self._quote = path, quote

    def close(self) -> None:
        """Drops everything; pages that are still being drawn are ignored."""
        self._generation += 1
        self._cancel_waiting_jobs()
        self._jobs.clear()
        self._cache.clear()
        self._path = self._quote = ""
        self._requested = None

    def ask(self, page: int, width_px: int) -> None:
        """Requests a page (1-based) at a width; a cached page is ready at once."""
        self._requested = key = (page, width_px)
        drawn = self._cache.get(key)
        if drawn is not None:
            self._cache.move_to_end(key)
            self.ready.emit(drawn)
            self._fetch_neighbours(drawn)
        elif key not in self._jobs:
            self._cancel_waiting_jobs()
            self._draw(key)

    def _draw(self, key: tuple[int, int]) -> None:
        reader, path, quote = self._reader, self._path, self._quote
        page, width = key
        generation = self._generation

        def work(_token: object, _send: object) -> DrawnPage:
            return _drawn(reader.page(path, page, width, quote), width)

        def done(drawn: DrawnPage) -> None:
            if generation == self._generation:
                self._keep(key, drawn)

        def fail(message: UserMessage) -> None:
            if generation == self._generation:
                self._jobs.pop(key, None)
                if key == self._requested:
                    self.failed.emit(message)

        self._jobs[key] = self._bridge.run(LANE, work, done, fail)

    def _keep(self, key: tuple[int, int], drawn: DrawnPage) -> None:
        self._jobs.pop(key, None)
        self._cache[key] = drawn
        while len(self._cache) > _KEPT:
            self._cache.popitem(last=False)
        if key == self._requested:
            self.ready.emit(drawn)
            self._fetch_neighbours(drawn)

    def _fetch_neighbours(self, drawn: DrawnPage) -> None:
        for page in (drawn.page + 1, drawn.page - 1):
            key = (page, drawn.width_px)
            exists = 1 <= page <= drawn.page_count
            if exists and key not in self._cache and key not in self._jobs:
                self._draw(key)

    def _cancel_waiting_jobs(self) -> None:
        """Cancels the jobs that have not begun; the one that has is worth its result."""
        for key, job in list(self._jobs.items()):
            if not job.begun:
                job.cancel()
                del self._jobs[key]


def _drawn(page: PageImage, width_px: int) -> DrawnPage:
    """Converts pixels into an image. Takes milliseconds: runs on the lane's thread."""
    rgb = QImage(page.pixels, page.width, page.height, 3 * page.width, QImage.Format.Format_RGB888)
    image = rgb.convertToFormat(QImage.Format.Format_RGB32)  # a copy, which paints faster
    return DrawnPage(page.page, page.page_count, width_px, image, page.highlights)
