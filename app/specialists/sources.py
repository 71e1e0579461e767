"""Lists the files that a table is made from: of folders, or of a search's results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.errors import SpecialistUnreadable
from rag.parse.part_paths import file_of
from rag.types import Hit

MOST_HITS = 60
"""Passages of a search whose documents a table is made from."""
_MOST_FILES = 20_000


def documents_of(hits: Iterable[Hit]) -> tuple[str, ...]:
    """Returns the files that passages are from, each once, the best first."""
    return tuple(dict.fromkeys(file_of(hit.path) for hit in hits))


def files_of(paths: Iterator[Path] | Sequence[Path]) -> Iterator[Path]:
    """Yields the files of paths, each once, folders in order of names; hidden ones are left out.

    Raises:
        SpecialistUnreadable: there are too many.
    """
    seen = set[str]()
    for path in paths:
        for file in _walk(path):
            if str(file) in seen:
                continue
            seen.add(str(file))
            if len(seen) > _MOST_FILES:
                raise SpecialistUnreadable(
                    f"There are more than {_MOST_FILES:,} files.", "Name a folder with fewer."
                )
            yield file


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file
