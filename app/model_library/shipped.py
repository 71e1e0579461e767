"""Models that come with the program: a package with models inside has them in a folder beside it.

They are read where they lie and never changed or copied. The folder may be read-only; what has been
checked of them is recorded in the person's models folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from app.model_library.elsewhere import FoundModel
from models.catalog import Catalog, CatalogEntry
from models.errors import ModelError

FOLDER = "shipped-models"
PROGRAM = "Studiolo"
"""The program that such a model belongs to: this one, whose removal removes it."""


def shipped_folder(executable: Path | None = None) -> Path:
    """Returns the folder of models that come with the program; it need not exist.

    Args:
        executable: of the program; this process's by default.
    """
    beside = (executable or Path(sys.executable)).parent
    # A macOS bundle may have only code beside its executable.
    return (beside.parent / "Resources" if sys.platform == "darwin" else beside) / FOLDER


def holds(folder: Path, entry: CatalogEntry) -> bool:
    """Tells whether a folder has all files of a model, without reading them."""
    return all((folder / entry.path_of(file)).is_file() for file in entry.files)


def shipped_chat_models(folder: Path, catalog: Catalog) -> Iterator[FoundModel]:
    """Yields the chat models of the catalogue that come with the program."""
    for entry in catalog.chat_models:
        if holds(folder, entry):
            path = folder / entry.path_of(entry.files[0])
            yield FoundModel(entry.id, entry.name, path, PROGRAM)


def belongs_to_program(name: str) -> ModelError:
    """Returns the error for the removal of a model that comes with the program.

    Args:
        name: of the model, for people.
    """
    return ModelError(
        f"{name} comes with Studiolo, and is removed together with it.",
        "Choose another model, and this one is not used.",
    )
