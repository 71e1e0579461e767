"""The LoRA adapters that a person added: in a folder of their own beside the models."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.model_library.installed import SUFFIX, InstalledModel, hash_of
from app.model_library.names import model_id_for, same_name
from models.adapter import adapter_header, check_fits, is_adapter
from models.errors import ModelDamaged, ModelError, ModelMissing, ModelUnsupported
from models.gguf import read_header
from models.new_file import new_file
from models.record import Record

FOLDER = "adapters"
_DIGITS = 8  # of the hash, to make a name unique


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that is here.

    Attributes:
        id: its file's name without the ending.
        sha256: of the file, in hex, when it was added.
    """

    id: str
    path: Path
    bytes: int
    sha256: str


class Adapters:
    """Adds, finds and removes adapters.

    Args:
        models: the models folder; it need not exist.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._folder = models / FOLDER

    def all(self) -> tuple[Adapter, ...]:
        """Returns all adapters, by name."""
        if not self._folder.is_dir():
            return ()
        record = Record(self._models)
        adapters = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            kept = record.get(record.name_of(path))
            digest = kept.sha256 if kept is not None else ""
            adapters.append(Adapter(path.stem, path, path.stat().st_size, digest))
        return tuple(adapters)

    def find(self, name: str, sha256: str = "") -> Adapter:
        """Returns an adapter, after making sure that its file is the one that was added.

        Args:
            name: its id, or the name of its file.
            sha256: the hash that it has to have; "" for any.

        Raises:
            ModelMissing: it is not here.
            ModelDamaged: its file was changed, or is another than the one with this hash.
        """
        wanted = same_name(name.removesuffix(SUFFIX))
        adapter = next((each for each in self.all() if same_name(each.id) == wanted), None)
        if adapter is None:
            raise ModelMissing(
                f"The adapter '{name[:80]}' is not on this machine.",
                "Add its file as you add a model.",
            )
        record = Record(self._models)
        known = record.name_of(adapter.path)
        digest = record.hash_of(known) or hash_of(adapter.path)
        if digest != (adapter.sha256 or digest) or digest != (sha256.lower() or digest):
            raise ModelDamaged(
                f"The file of the adapter '{adapter.id}' is not the one that is wanted.",
                "Get the file again.",
            )
        record.remember(known, digest)
        return adapter

    def add(self, source: Path, models: Sequence[InstalledModel]) -> InstalledModel:
        """Copies an adapter's file into the folder, and keeps its hash.

        Args:
            source: the file.
            models: those that are here; it has to be for one of them.

        Raises:
            ModelDamaged: it is cut off.
            ModelUnsupported: it is for none of the models. The message says why.
            ModelError: it cannot be copied.
        """
        header = adapter_header(source)
        usable = [model for model in models if not model.problem]
        faults = [_why_not(source, model) for model in usable]
        if all(faults):
            near = [model for model in usable if _kind(model) == header.architecture]
            fault = _why_not(source, near[0]) if near else None
            raise fault or _for_none(source, header.architecture)
        digest = hash_of(source)
        adapter = next((each for each in self.all() if each.sha256 == digest), None)
        target = adapter.path if adapter else self._copied(source, digest)
        size = target.stat().st_size
        return InstalledModel(target.stem, target.stem, target, size, size >> 20, sha256=digest)

    def remove(self, name: str) -> bool:
        """Deletes an adapter; returns False if there is none of this name.

        Raises:
            ModelError: it cannot be deleted.
        """
        adapter = next((each for each in self.all() if each.id == name), None)
        if adapter is None:
            return False
        try:
            adapter.path.unlink()
        except OSError as error:
            raise ModelError(
                f"The adapter '{name}' cannot be removed: {error.strerror or error}.",
                "Close what uses it, and try again.",
            ) from error
        record = Record(self._models)
        record.forget(record.name_of(adapter.path))
        return True

    def _copied(self, source: Path, digest: str) -> Path:
        name = model_id_for(source.stem)
        if any(same_name(each.id) == same_name(name) for each in self.all()):
            name = f"{name}-{digest[:_DIGITS]}"
        target = self._folder / f"{name}{SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as file, new_file(target, durable=True) as copy:
                shutil.copyfileobj(file, copy)
        except OSError as error:
            raise ModelError(
                f"{source.name} cannot be copied to {self._folder}: {error.strerror or error}.",
                "Free some space or correct the folder's permissions, and try again.",
            ) from error
        record = Record(self._models)
        record.remember(record.name_of(target), digest)
        return target


def is_adapter_file(path: Path) -> bool:
    """Tells whether a file is a LoRA adapter; False for one that cannot be read."""
    with contextlib.suppress(ModelError):
        return is_adapter(read_header(path))
    return False


def _why_not(source: Path, model: InstalledModel) -> ModelError | None:
    """Returns why an adapter is not for a model; None if it is."""
    try:
        check_fits(source, model.path)
    except ModelError as error:
        return error
    return None


def _kind(model: InstalledModel) -> str:
    with contextlib.suppress(ModelError):
        return read_header(model.path).architecture
    return ""


def _for_none(source: Path, architecture: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"The adapter {source.name} changes models of the kind {architecture[:40]!r}, and none on "
        "this machine is of that kind.",
        "Add the model that it was made for first.",
    )
