"""The models on this machine: listed, added, fetched, removed, and chosen."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.jobs import CancelToken
from app.privacy.egress.port import EgressGate
from models.catalog import Catalog, CatalogEntry, ModelKind, load_catalog, name_of
from models.errors import DownloadFailed, ModelDamaged, ModelError, ModelMissing
from models.hardware import detect
from models.record import Record, check, sha256_of

NO_RERANKER = "none"
"""The choice of none, where "" chooses the one that is here."""

_SUFFIX = ".gguf"
_UNSAFE = re.compile(r"[^a-z0-9._-]+")
# Resident memory of a model that we have not measured, from its file: weights, the rearranged
# copy that llama.cpp keeps of about two thirds of them, KV cache and working memory.
_MEMORY_FACTOR, _MEMORY_MB = 1.7, 250
_SHARE_OF_MEMORY = 0.6  # what a model may take of the machine, beside everything else


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A chat model in the models folder.

    Attributes:
        name: for people; the file's name when the catalogue does not know it.
        bytes: size of the file.
        memory_mb: resident memory at a context window of 4096 tokens, partly estimated.
        entry: what the catalogue knows about it, if anything.
        problem: why it cannot be used, in plain words; "" if nothing is known to be wrong.
    """

    id: str
    name: str
    path: Path
    bytes: int
    memory_mb: int
    entry: CatalogEntry | None = None
    problem: str = ""


class ModelLibrary:
    """The models folder, seen as models. Quick: weights are hashed when they arrive, not at start.

    Args:
        folder: where models lie; it need not exist.
        catalog: known models; the one that comes with Studiolo by default.
        gate: the way to the network; without one, nothing can be fetched.
    """

    def __init__(
        self, folder: Path, catalog: Catalog | None = None, gate: EgressGate | None = None
    ) -> None:
        self._folder = folder
        self._gate = gate
        self._catalog = catalog or load_catalog()

    @property
    def folder(self) -> Path:
        """Where models lie."""
        return self._folder

    @property
    def catalog(self) -> Catalog:
        """The models that can be fetched."""
        return self._catalog

    def installed(self) -> tuple[InstalledModel, ...]:
        """The chat models that are here, by name, usable or not."""
        if not self._folder.is_dir():
            return ()
        files = sorted(self._folder.glob(f"*{_SUFFIX}"))
        others = {entry.id for entry in self._catalog.entries if entry.kind is not ModelKind.CHAT}
        chat = (path for path in files if path.is_file() and path.stem not in others)
        return tuple(self._describe(path) for path in chat)

    def installed_embedders(self) -> tuple[CatalogEntry, ...]:
        """The embedding models that are here. Does not read their weights."""
        return tuple(entry for entry in self._catalog.embedders if self.is_installed(entry.id))

    def installed_rerankers(self) -> tuple[CatalogEntry, ...]:
        """The rerankers that are here. Does not read their weights."""
        return tuple(entry for entry in self._catalog.rerankers if self.is_installed(entry.id))

    def reranker(self, choice: str = "") -> CatalogEntry | None:
        """The reranker to use. Does not read its weights.

        Args:
            choice: the id of one, `NO_RERANKER`, or "" for the one that is here.
        """
        here = self.installed_rerankers()
        return next((entry for entry in here if choice in ("", entry.id)), None)

    def is_installed(self, model_id: str) -> bool:
        """Whether the model `model_id`, of any kind, is here. Does not read its weights."""
        entry = self._catalog.find(model_id)
        if entry is not None and entry.is_folder:
            return all((self._folder / entry.path_of(file)).is_file() for file in entry.files)
        return self._path(model_id).is_file()

    def resolve(self, model_id: str = "") -> InstalledModel:
        """The chat model to use.

        Args:
            model_id: the one that the person chose. "" means: the starter model; without it the
                largest that fits this machine; else the smallest.

        Raises:
            ModelMissing: it is not here, or no model is.
            ModelDamaged: it is truncated, changed, or has the wrong hash.
        """
        if model_id:
            return self._usable(model_id)
        models = [model for model in self.installed() if not model.problem]
        if not models:
            raise ModelMissing(
                "There is no language model on this machine yet.",
                "Get the one to start with.",
                model_id=self._catalog.starter.id,
            )
        by_size = sorted(models, key=lambda model: model.memory_mb)
        room = detect().ram_bytes * _SHARE_OF_MEMORY / 1e6
        fitting = [model for model in by_size if model.memory_mb <= room]
        starter = [model for model in models if model.id == self._catalog.starter.id]
        chosen = (starter or fitting[-1:] or by_size[:1])[0]
        return self._usable(chosen.id)

    def embedder_folder(self, model_id: str = "") -> Path:
        """The folder of an embedding model, or its file if it is in GGUF format.

        Args:
            model_id: the id of one; "" means the one that comes with Studiolo.

        Raises:
            ModelMissing: it is not here, or not in the catalogue.
            ModelDamaged: its files are truncated, changed, or have the wrong hash.
        """
        entry = self._catalog.get(model_id) if model_id else self._catalog.embedder
        return self._checked(entry, "embedding model")

    def reranker_file(self, model_id: str) -> Path:
        """The file of a reranker. Raises as `embedder_folder` does."""
        return self._checked(self._catalog.get(model_id), "reranker")

    def add(self, path: Path) -> InstalledModel:
        """Takes in a GGUF file that the person has. On the same disk it takes no extra room.

        Raises:
            ModelMissing: there is no such file, or it cannot be read.
            ModelDamaged: it is truncated, or not a chat model in GGUF format.
            ModelError: a different model of that name is here, or it cannot be copied.
        """
        from models.gguf import check_complete

        source = path.expanduser().resolve()
        if not check_complete(source).has_chat_template:
            raise ModelDamaged(
                f"{source.name} is not a chat model: it has no chat template.",
                "Choose a model whose name says 'instruct' or 'chat'.",
            )
        digest = sha256_of(source)
        known = next((e for e in self._catalog.chat_models if e.sha256 == digest), None)
        model_id = known.id if known else _UNSAFE.sub("-", source.stem.lower()).strip("-.")
        target = self._path(model_id)
        if target.exists() and sha256_of(target) != digest:
            raise ModelError(
                f"A different model called {model_id} is here already.",
                "Remove that one, or rename your file.",
            )
        if not target.exists():
            self._take_in(source, target)
        Record(self._folder).remember(target.name, digest)
        return self._describe(target)

    def remove(self, model_id: str) -> None:
        """Deletes a model of any kind from the models folder.

        Raises:
            ModelMissing: there is none of that name.
            ModelError: it cannot be deleted.
        """
        entry = self._catalog.find(model_id)
        folder = entry is not None and entry.is_folder
        target = self._folder / model_id if folder else self._path(model_id)
        if not target.exists():
            raise self._missing(model_id)
        try:
            if folder:
                shutil.rmtree(target)
            else:
                target.unlink()
        except OSError as error:
            raise ModelError(
                f"{name_of(model_id)} cannot be removed: {error.strerror or error}.",
                "Close what uses it, and try again.",
            ) from error
        Record(self._folder).forget(target.name)

    def fetch(
        self,
        model_id: str,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        token: CancelToken | None = None,
    ) -> Path:
        """Downloads a model of the catalogue through the gate. Blocks until it is here.

        Args:
            model_id: a model of any kind.
            on_progress: called with the bytes that are here and the bytes in all.
            token: stops it; what arrived is kept, and the next call goes on from there.

        Returns:
            The model's file, or its folder.

        Raises:
            ModelMissing: the catalogue has none of that name.
            DownloadFailed: it did not arrive.
            Cancelled: `token` was cancelled.
        """
        entry = self._catalog.get(model_id)
        if self._gate is None:
            raise DownloadFailed(
                f"{entry.name} cannot be downloaded from here.",
                "Get it where Studiolo may connect.",
                model_id=model_id,
            )
        return self._gate.download(entry, self._folder, on_progress, token or CancelToken())

    def _checked(self, entry: CatalogEntry, what: str) -> Path:
        """The folder or file of a model of the catalogue, once it is known to be whole."""
        if not self.is_installed(entry.id):
            raise ModelMissing(f"The {what} is not on this machine yet.", model_id=entry.id)
        if not check(entry, self._folder):
            raise ModelDamaged(f"The {what} is incomplete or damaged.", model_id=entry.id)
        return self._folder / (entry.id if entry.is_folder else entry.files[0].name)

    def _usable(self, model_id: str) -> InstalledModel:
        """The model, once its file is known to be whole. Hashes it if that was never done."""
        path = self._path(model_id)
        if not path.is_file():
            raise self._missing(model_id)
        model = self._describe(path)
        if model.problem or not self._intact(model):
            raise ModelDamaged(
                f"{model.name} is truncated or damaged: its file is not what it should be.",
                "Remove it and get it again.",
                model_id=model_id,
            )
        return model

    def _intact(self, model: InstalledModel) -> bool:
        """Whether the file is what it was when it came; read again only if it was touched."""
        if model.entry is not None:
            return check(model.entry, self._folder)
        record = Record(self._folder)
        recorded = record.get(model.path.name)
        if recorded is None or record.hash_of(model.path.name) is not None:
            return True  # put here by hand, or not touched
        if sha256_of(model.path) != recorded.sha256:
            return False
        record.remember(model.path.name, recorded.sha256)
        return True

    def _describe(self, path: Path) -> InstalledModel:
        entry = self._catalog.find(path.stem)
        if entry is not None and entry.kind is not ModelKind.CHAT:
            entry = None
        size = path.stat().st_size
        recorded = Record(self._folder).get(path.name)
        expected = entry.bytes if entry else recorded.size if recorded else size
        estimate = round(size / 1e6 * _MEMORY_FACTOR + _MEMORY_MB)
        return InstalledModel(
            id=path.stem,
            name=entry.name if entry else path.stem,
            path=path,
            bytes=size,
            memory_mb=entry.memory_mb if entry else estimate,
            entry=entry,
            problem="" if size == expected else "The file is truncated or damaged.",
        )

    def _path(self, model_id: str) -> Path:
        if not model_id or Path(model_id).name != model_id:
            raise self._missing(model_id)
        return self._folder / f"{model_id}{_SUFFIX}"

    def _missing(self, model_id: str) -> ModelMissing:
        entry = self._catalog.find(model_id)
        if entry is not None:
            return ModelMissing(f"{entry.name} is not on this machine.", model_id=model_id)
        return ModelMissing(
            f"The model '{model_id}' is not on this machine.",
            "Choose one of those that are here or can be had.",
        )

    def _take_in(self, source: Path, target: Path) -> None:
        """Links or copies `source` to `target`, so that a crash leaves no half file there."""
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:  # another disk, or a file system without links
                shutil.copyfile(source, part)
                part.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise ModelError(
                f"{source.name} cannot be copied to {self._folder}: {error.strerror or error}.",
                "Free some space or mend the folder's permissions, and try again.",
            ) from error
