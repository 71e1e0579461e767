"""The example archive: a household's papers, to try Studiolo with."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.paths import Paths, unusable
from rag.store.environment_faults import environment_fault_of

SOURCE = Path(__file__).resolve().parents[2] / "examples" / "home"
"""In a checkout and in a frozen program; an installation by pip has no examples."""


def has_examples() -> bool:
    """Tells whether this installation has the example archive."""
    return SOURCE.is_dir()


def copy_examples(paths: Paths) -> Path:
    """Copies the example archive into the data folder, and returns its folder.

    The program's own folder may be a mount that goes when the program ends, or be replaced by an
    update, so the library must not point there. Files that are there already stay as they are.

    Raises:
        DataFolderUnusable: it cannot be copied.
    """
    try:
        paths.examples.mkdir(exist_ok=True, mode=0o700)
        for source in sorted(SOURCE.iterdir()):
            target = paths.examples / source.name
            part = target.with_name(f".{source.name}.part")
            if not target.exists():
                shutil.copyfile(source, part)
                part.replace(target)  # so that no file is ever half there
    except OSError as error:
        raise unusable(paths.data, environment_fault_of(error, paths.data)) from error
    return paths.examples
