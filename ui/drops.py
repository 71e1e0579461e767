"""Files dropped anywhere on the window go to the library; what cannot go there is told."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QMimeData


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped: paths on this computer, and names of what is not."""

    paths: tuple[str, ...]
    refused: tuple[str, ...]


def dropped(data: QMimeData) -> Dropped:
    """Sorts what was dropped."""
    urls = data.urls() if data.hasUrls() else []
    local = tuple(url.toLocalFile() for url in urls if url.isLocalFile() and not url.host())
    others = tuple(url.toDisplayString() for url in urls if not url.isLocalFile() or url.host())
    return Dropped(local, others)


def can_drop(data: QMimeData) -> bool:
    """Whether there is anything to say about a drop: files, or something like files."""
    return data.hasUrls() or data.hasText()
