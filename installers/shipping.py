"""Puts models into the frozen program, so that it answers where there is no network."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from app.model_library.shipped import holds, shipped_folder
from app.paths import Paths
from models.catalog import Catalog, CatalogEntry, load_catalog
from models.record import Record, check


def ship(frozen: Path, ids: Sequence[str] = (), source: Path | None = None) -> Path:
    """Copies models of the catalogue into the frozen program, and nothing else.

    Args:
        frozen: the folder with the program.
        ids: of the models; the starter by default. The embedding model always comes as well.
        source: the models folder to take them from; that of this account by default.

    Returns:
        The folder in the program.

    Raises:
        SystemExit: a model is not in the models folder, or is damaged.
    """
    source = source or Paths.resolve().models
    entries = _entries(load_catalog(), ids)
    for entry in entries:
        if not holds(source, entry) or not check(entry, source, Record(source)):
            sys.exit(f"{entry.id} is not in {source}, or damaged: studiolo models get {entry.id}")
    unship(frozen)
    target = _folder(frozen)
    for entry in entries:
        for file in entry.files:
            path = target / entry.path_of(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / entry.path_of(file), path)
    return target


def unship(frozen: Path) -> None:
    """Takes the models out of the frozen program."""
    shutil.rmtree(_folder(frozen), ignore_errors=True)


def _folder(frozen: Path) -> Path:
    bundle = frozen.parent / "Studiolo.app" / "Contents" / "MacOS"
    return shipped_folder((bundle if sys.platform == "darwin" else frozen) / "studiolo")


def _entries(catalog: Catalog, ids: Sequence[str]) -> list[CatalogEntry]:
    chosen = [catalog.get(model_id) for model_id in ids] or [catalog.starter]
    return list(dict.fromkeys([*chosen, catalog.embedder]))
