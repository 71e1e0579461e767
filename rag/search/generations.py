"""Folders, of which one is the current generation. A crash leaves the old one or the new one."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from rag.store.new_file import new_file

_PREFIX = "gen-"


class _Current(msgspec.Struct, frozen=True):
    generation: str
    made_for: str


class Generations:
    """Keeps track of the current generation in `folder`.

    Args:
        folder: created when missing.
        made_for: what a generation must have been built for to be current.
    """

    def __init__(self, folder: Path, made_for: str) -> None:
        self._folder = folder
        self._made_for = made_for
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def current(self) -> Path | None:
        """The folder of the current generation; None when there is none.

        Raises:
            OSError: the disk does not say which one it is.
        """
        try:
            found = msgspec.json.decode((self._folder / "current").read_bytes(), type=_Current)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        path = self._folder / found.generation
        if found.made_for != self._made_for or path.parent != self._folder or not path.is_dir():
            return None
        return path

    def begin(self) -> Path:
        """A new, empty folder, not current yet. Chroma remembers paths: none is used twice."""
        path = self._folder / f"{_PREFIX}{secrets.token_hex(4)}"
        path.mkdir()
        return path

    def publish(self, path: Path) -> None:
        """Makes `path` the current generation, in one atomic step."""
        content = msgspec.json.encode(_Current(path.name, self._made_for))
        with new_file(self._folder / "current", ".new") as draft:
            draft.write_bytes(content)

    def sweep(self) -> None:
        """Removes every generation that is not current. What is still in use stays until later.

        Raises:
            OSError: the disk does not say which one it is; none was removed.
        """
        current = self.current()
        for path in self._folder.glob(f"{_PREFIX}*"):
            if path != current:
                shutil.rmtree(path, ignore_errors=True)

    def forget(self) -> None:
        """Removes every generation: there is no current one any more.

        Raises:
            OSError: that cannot be done.
        """
        (self._folder / "current").unlink(missing_ok=True)
        self.sweep()

    def crashed_while_opening(self, path: Path) -> bool:
        """Whether the process died the last time that it opened `path`."""
        return self._mark(path).exists()

    @contextlib.contextmanager
    def opening(self, path: Path) -> Iterator[None]:
        """Leaves a mark that outlives a crash, for as long as `path` is being opened."""
        mark = self._mark(path)
        mark.touch()
        yield
        mark.unlink(missing_ok=True)

    def _mark(self, path: Path) -> Path:
        return path / "opening"
