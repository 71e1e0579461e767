"""The person's settings: typed, versioned, saved atomically and twice, never lost in silence."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.errors import DataFolderUnusable, SettingsNotSaved
from app.private_data import write_private
from app.settings.fields import Settings
from app.settings.file import (
    CHECKSUM,
    SettingsUnreadable,
    bytes_of,
    checksum_of,
    copy_of,
    object_of,
    read_settings,
    vouched,
)
from app.settings.recovery import Recovered, recover

log = logging.getLogger(__name__)


def load_settings(path: Path) -> Settings | None:
    """Reads the settings of a file; None when there is none.

    Raises:
        SettingsUnreadable: they are damaged.
        DataTooNew: a later version wrote them.
        DataFolderUnusable: the file cannot be read.
    """
    raw = bytes_of(path)
    return None if raw is None else read_settings(raw)


def read_or_recover(path: Path) -> tuple[Settings, Recovered | None]:
    """Returns the settings that hold, and how they were recovered if the file is not sound.

    Writes nothing.

    Raises:
        DataTooNew: a later version wrote the file.
        DataFolderUnusable: the file cannot be read.
    """
    raw, copy = bytes_of(path), None
    with contextlib.suppress(SettingsUnreadable):
        if raw is not None and vouched(object_of(raw)) is not False:
            return read_settings(raw), None
    with contextlib.suppress(DataFolderUnusable):
        copy = bytes_of(copy_of(path))
    if raw is None and copy is None:
        return Settings(), None
    recovered = recover(raw, copy)
    return recovered.settings, recovered


def write_settings(path: Path, settings: Settings) -> None:
    """Replaces a file of settings, so that a crash leaves either the old one or the new one.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    values = json.loads(settings.model_dump_json())
    values[CHECKSUM] = checksum_of(values)
    write_private(path, json.dumps(values, indent=2, ensure_ascii=False).encode())


class SettingsStore:
    """Reads and saves `Settings`, twice; what cannot be read is kept, never overwritten.

    Args:
        path: the JSON file; it need not exist.

    Attributes:
        recovered: what was done, where the file was not sound and the person should know;
            whoever opens the store first shows it.

    Raises:
        DataTooNew: the file was written by a later version.
        DataFolderUnusable: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Settings], None]] = []
        self.recovered: Recovered | None = None
        self._current = self._load()

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._current

    def change(self, **values: Any) -> Settings:
        """Checks, saves and announces new values.

        Raises:
            pydantic.ValidationError: a value is out of its range.
            SettingsNotSaved: the disk is full, or cannot be written; nothing was changed.
        """
        with self._lock:
            changed = Settings.model_validate({**self._current.model_dump(), **values})
            if changed != self._current:
                self._save(changed)
                self._copy()
                self._current = changed
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(changed)
        return changed

    def on_change(self, listener: Callable[[Settings], None]) -> None:
        """Calls back with the new settings after each change."""
        self._listeners.append(listener)

    def _save(self, settings: Settings) -> None:
        try:
            write_settings(self._path, settings)
        except OSError as error:
            raise SettingsNotSaved(
                f"The settings could not be saved: {error.strerror or 'disk error'}.",
                "Free some space, or see that you may write to the data folder.",
            ) from error

    def _load(self) -> Settings:
        settings, recovered = read_or_recover(self._path)
        if recovered is not None:
            return self._take(recovered)
        self._copy()
        return settings

    def _take(self, recovered: Recovered) -> Settings:
        """Saves what was recovered, once the file that was found is kept."""
        if recovered.needs_a_word:
            recovered = self.recovered = self._set_aside(recovered)
            log.info("settings: %s fields not read", len(recovered.unread))
            if self._path.exists() and not recovered.kept:
                return recovered.settings  # the disk is full: the next start tries it again
        with contextlib.suppress(OSError):
            write_settings(self._path, recovered.settings)
            self._copy()
        return recovered.settings

    def _set_aside(self, recovered: Recovered) -> Recovered:
        """Keeps the file as it is, byte for byte, beside those that were kept before."""
        kept = ""
        with contextlib.suppress(OSError):
            raw = self._path.read_bytes()
            for number in itertools.count(1):
                ending = ".unreadable.json" if number == 1 else f".unreadable-{number}.json"
                aside = self._path.with_suffix(ending)
                if not aside.exists():
                    write_private(aside, raw)
                elif aside.read_bytes() != raw:
                    continue
                kept = aside.name
                break
        return replace(recovered, kept=kept)

    def _copy(self) -> None:
        """Brings the copy to what the file is; where the disk is full, it stays as it was."""
        with contextlib.suppress(OSError):
            raw, copy = self._path.read_bytes(), copy_of(self._path)
            if not copy.exists() or copy.read_bytes() != raw:
                write_private(copy, raw)
