"""The models on this machine: listed, added, downloaded, removed, and chosen."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from app.jobs import CancelToken
from app.model_library.adapters import Adapters, is_adapter_file
from app.model_library.installed import (
    SUFFIX,
    Elsewhere,
    InstalledModel,
    InstalledModels,
    Trial,
    hash_of,
    missing,
)
from app.model_library.names import model_id_for, same_name
from app.model_library.recommended import SHARE_OF_MEMORY, Offer, offers
from app.model_library.shipped import (
    PROGRAM,
    belongs_to_program,
    holds,
    shipped_chat_models,
    shipped_folder,
)
from app.privacy.egress.port import EgressGate
from models.catalog import Catalog, CatalogEntry, ModelKind, load_catalog, name_of
from models.download import discard
from models.errors import (
    DownloadFailed,
    ModelDamaged,
    ModelError,
    ModelMissing,
    SourcesFailed,
)
from models.hardware import detect
from models.inspection import chat_file, part_name, whole_name
from models.record import Record, check

__all__ = ["NO_RERANKER", "InstalledModel", "ModelLibrary"]

NO_RERANKER = "none"
"""Chooses no reranker, whereas "" chooses the installed one."""

_DIGITS = 8  # of the hash, to make a name unique


class ModelLibrary:
    """The models folder. Quick: weights are hashed when they arrive, not at start.

    Args:
        folder: where models lie; it need not exist.
        catalog: known models; the bundled catalogue by default.
        gate: access to the network; without one, nothing can be downloaded.
        trial: tries out a model that is not in the catalogue; without one, it is accepted untried.
        elsewhere: finds the models of other programs; without it, there are none.
        shipped: the folder of models that come with the program, which is only read.

    Attributes:
        adapters: the LoRA adapters that the person added.
    """

    def __init__(
        self,
        folder: Path,
        catalog: Catalog | None = None,
        gate: EgressGate | None = None,
        trial: Trial | None = None,
        elsewhere: Elsewhere = tuple,
        shipped: Path | None = None,
    ) -> None:
        self._folder = folder
        self.adapters = Adapters(folder)
        self._gate = gate
        self._catalog = catalog or load_catalog()
        self._shipped = shipped or shipped_folder()
        self._models = InstalledModels(
            folder,
            self._catalog,
            trial,
            lambda: (*shipped_chat_models(self._shipped, self._catalog), *elsewhere()),
        )

    @property
    def folder(self) -> Path:
        """The models folder."""
        return self._folder

    @property
    def catalog(self) -> Catalog:
        """The models that can be downloaded."""
        return self._catalog

    def offers(self) -> tuple[Offer, ...]:
        """Returns the chat models to choose from on this machine, the quickest first."""
        return offers(self._catalog, detect())

    def recommended(self) -> CatalogEntry:
        """Returns the chat model to get when in doubt: the best that this machine runs well."""
        return next(offer.entry for offer in self.offers() if offer.recommended)

    def installed(self) -> tuple[InstalledModel, ...]:
        """Returns the installed chat models, by name, usable or not; other programs' come last."""
        return self._models.all()

    def installed_embedders(self) -> tuple[CatalogEntry, ...]:
        """Returns the installed embedding models, without reading their weights."""
        return tuple(entry for entry in self._catalog.embedders if self.is_installed(entry.id))

    def installed_rerankers(self) -> tuple[CatalogEntry, ...]:
        """Returns the installed rerankers, without reading their weights."""
        return tuple(entry for entry in self._catalog.rerankers if self.is_installed(entry.id))

    def reranker(self, choice: str = "") -> CatalogEntry | None:
        """Returns the reranker to use, without reading its weights; None for none.

        Args:
            choice: the id of one, `NO_RERANKER`, or "" for the installed one.
        """
        here = self.installed_rerankers()
        return next((entry for entry in here if choice in ("", entry.id)), None)

    def is_installed(self, model_id: str) -> bool:
        """Tells whether a model of any kind is here, without reading its weights."""
        entry = self._catalog.find(model_id)
        if entry is None:
            return self._models.find(model_id) is not None
        if entry.kind is ModelKind.CHAT:  # by hash: another model may have its name
            return any(model.entry is entry for model in self.installed())
        return self._place_of(entry) is not None

    def resolve(self, model_id: str = "") -> InstalledModel:
        """Returns the chat model to use. Tries out a model that is not in the catalogue once.

        Args:
            model_id: the model that the person chose. "" means: the recommended model; without it
                the largest that fits this machine, those made for something else last; else the
                smallest. Skips models that cannot be used.

        Raises:
            ModelMissing: it is not here, or no model here can be used.
            ModelDamaged: it is truncated, or changed.
            ModelUnsupported: it is no chat model, or cannot be run.
        """
        if model_id:
            model = self._models.find(model_id)
            if model is None:
                raise missing(model_id, self._catalog)
            return self._models.usable(model)
        here = self.installed()
        errors: list[ModelError] = []
        for model in self._by_preference(here):
            try:
                return self._models.usable(model)
            except ModelError as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        raise ModelMissing(
            "None of the language models on this machine can be used."
            if here
            else "There is no language model on this machine yet.",
            "Get the recommended model.",
            model_id=self.recommended().id,
        )

    def embedder_folder(self, model_id: str = "") -> Path:
        """Returns the folder of an embedding model, or its file if it is in GGUF format.

        Args:
            model_id: its id; "" means the default embedding model.

        Raises:
            ModelMissing: it is not here, or not in the catalogue.
            ModelDamaged: its files are truncated, changed, or have the wrong hash.
        """
        entry = self._catalog.get(model_id) if model_id else self._catalog.embedder
        return self._checked(entry, "embedding model")

    def reranker_file(self, model_id: str) -> Path:
        """Returns the file of a reranker. Raises as `embedder_folder` does."""
        return self._checked(self._catalog.get(model_id), "reranker")

    def add(self, path: Path) -> InstalledModel:
        """Adds a GGUF file that the person has. On the same disk a model takes no extra space.

        An embedding model or reranker has to be in the catalogue, and a LoRA adapter (`adapters`)
        has to be for a model that is here. A chat model that is not in the
        catalogue is tried out first, which takes seconds.

        Args:
            path: the file; for a model in parts any of them, with the others beside it.

        Raises:
            ModelMissing: there is no such file, or it cannot be read.
            ModelDamaged: it is truncated, not in GGUF format, or a part is missing.
            ModelUnsupported: it is no chat model, or cannot be run.
            InferenceFailed: it crashed the process that tried it.
            ModelError: it cannot be copied.
        """
        source = path.expanduser().absolute()
        other_entry = self._other_entry(source)
        if other_entry is not None:
            return self._add_other(source, other_entry)
        if is_adapter_file(source):
            return self.adapters.add(source, self.installed())
        parts = chat_file(source).parts
        digest = hash_of(parts[0])
        installed = next(iter(self._with_hash(digest)), None)
        if installed is not None and not installed.problem:
            return self._models.usable(installed)
        entry = next((e for e in self._catalog.chat_models if e.sha256 == digest), None)
        verdict = self._models.try_out(parts[0]) if entry is None else None
        if installed is not None:
            target = installed.path
        elif source.parent == self._folder.absolute():
            target = self._folder / parts[0].name
        else:
            if entry is not None:
                self._free_path_of(entry)
            model_id = entry.id if entry else self._free_id(whole_name(parts[0]), digest)
            target = self._add_files(parts, model_id)
        self._models.remember(target, digest, verdict)
        return self._models.describe(target)

    def remove(self, model_id: str) -> None:
        """Deletes a model of any kind from the models folder, or an adapter if no model is meant.

        Raises:
            ModelMissing: there is no such model.
            ModelError: it cannot be deleted.
        """
        entry = self._catalog.find(model_id)
        if entry is not None and entry.kind is not ModelKind.CHAT:
            if self._place_of(entry) == self._shipped:
                raise belongs_to_program(entry.name)
            files = [self._path_in(self._folder, entry)]
        else:
            model = self._models.find(model_id)
            if model is not None and model.program == PROGRAM:
                raise belongs_to_program(model.name)
            if model is not None and model.program:
                raise ModelError(
                    f"{model.name} belongs to {model.program}, and is only used from there.",
                    f"Remove it in {model.program}.",
                )
            files = list(self._models.files(model.path)) if model else []
        if not files or not files[0].exists():
            if self.adapters.remove(model_id):
                return
            raise missing(model_id, self._catalog)
        for file in files:
            self._delete(file, model_id)

    def fetch(
        self,
        model_id: str,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        token: CancelToken | None = None,
    ) -> Path:
        """Downloads a model of the catalogue through the gate. Blocks until it has arrived.

        Args:
            model_id: a model of any kind.
            on_progress: called with the bytes that have arrived and the bytes in total.
            token: stops it; what arrived is kept, and the next call resumes from there.

        Returns:
            The model's file, or its folder.

        Raises:
            ModelMissing: it is not in the catalogue.
            DownloadFailed: it did not arrive.
            Cancelled: `token` was cancelled.
        """
        entry = self._catalog.get(model_id)
        if self._place_of(entry) == self._shipped:
            return self._path_in(self._shipped, entry)
        if self._gate is None:
            raise DownloadFailed(
                f"{entry.name} cannot be downloaded from here.",
                "Download it where Studiolo has network access.",
                model_id=model_id,
            )
        if entry.kind is ModelKind.CHAT:
            for model in self._with_hash(entry.sha256):
                if model.path.name != entry.files[0].name and not model.problem:
                    return model.path  # it is here, under another name
            self._free_path_of(entry)
        try:
            return self._gate.download(entry, self._folder, on_progress, token or CancelToken())
        except SourcesFailed as error:
            starter = self._catalog.starter
            if entry.kind is not ModelKind.CHAT or entry is starter:
                raise
            advice = f"{error.advice} Or get {starter.name}, {starter.id}: {starter.purpose}."
            raise SourcesFailed(error.message, advice, model_id=error.model_id) from error

    def discard(self, model_id: str) -> None:
        """Deletes what arrived of a model whose download did not end."""
        discard(self._catalog.get(model_id), self._folder)

    def _checked(self, entry: CatalogEntry, description: str) -> Path:
        """Returns the folder or file of a model of the catalogue, after checking its integrity."""
        place = self._place_of(entry)
        if place is None:
            raise ModelMissing(f"The {description} is not on this machine yet.", model_id=entry.id)
        if not check(entry, place, Record(self._folder)):
            raise ModelDamaged(f"The {description} is incomplete or damaged.", model_id=entry.id)
        return self._path_in(place, entry)

    def _place_of(self, entry: CatalogEntry) -> Path | None:
        """Returns the folder that has a model's files: the person's, else the program's."""
        return next((f for f in (self._folder, self._shipped) if holds(f, entry)), None)

    @staticmethod
    def _path_in(folder: Path, entry: CatalogEntry) -> Path:
        return folder / (entry.id if entry.is_folder else entry.files[0].name)

    def _other_entry(self, source: Path) -> CatalogEntry | None:
        """Returns the catalogue entry of a file that is an embedding model or a reranker."""
        try:
            if not source.is_file():
                return None
            size = source.stat().st_size
        except OSError:  # reading its header will give the error
            return None
        candidates = [
            entry
            for entry in (*self._catalog.embedders, *self._catalog.rerankers)
            if not entry.is_folder and (size == entry.bytes or not entry.files[0].exact)
        ]
        likely = [entry for entry in candidates if size <= entry.bytes]
        if not likely:
            return None
        digest = hash_of(source)
        return next((entry for entry in likely if entry.sha256 == digest), None)

    def _add_other(self, source: Path, entry: CatalogEntry) -> InstalledModel:
        target = self._folder / entry.files[0].name
        if source.parent != self._folder.absolute():
            self._add_file(source.resolve(), target)
        Record(self._folder).remember(target.name, entry.sha256)
        return InstalledModel(
            entry.id, entry.name, target, target.stat().st_size, entry.memory_mb, entry
        )

    def _by_preference(self, models: Sequence[InstalledModel]) -> list[InstalledModel]:
        """Sorts: the recommended model, those that fit this machine, largest first, the others."""
        room = detect().ram_bytes * SHARE_OF_MEMORY / 1e6
        recommended = self.recommended()

        def rank(model: InstalledModel) -> tuple[bool, bool, bool, bool, bool, int]:
            large, entry = model.memory_mb > room, model.entry
            size = model.memory_mb if large else -model.memory_mb
            other = entry is not None and (entry.fallback or entry.specialist)
            foreign = bool(model.program)
            return bool(model.problem), entry is not recommended, large, other, foreign, size

        return sorted(models, key=rank)

    def _with_hash(self, digest: str) -> list[InstalledModel]:
        """Returns the installed models with this hash, as far as their hashes are known."""
        return [model for model in self.installed() if model.sha256 == digest]

    def _free_path_of(self, entry: CatalogEntry) -> None:
        """Renames another model that lies where a catalogue model belongs."""
        path = self._folder / entry.files[0].name
        if not path.is_file():
            return
        model = self._models.describe(path)
        if model.entry is entry and not model.problem:
            with contextlib.suppress(ModelError):
                self._models.usable(model)  # computes its hash, which decides
        if self._models.describe(path).entry is not entry:
            self._set_aside(path)

    def _set_aside(self, path: Path) -> None:
        own = path.with_name(f"{self._free_id(path.stem, hash_of(path))}{SUFFIX}")
        path.rename(own)
        Record(self._folder).rename(path.name, own.name)

    def _free_id(self, stem: str, digest: str) -> str:
        """Returns a unique id for a model that is not in the catalogue."""
        wanted = model_id_for(stem)
        taken = {same_name(entry.id) for entry in self._catalog.entries}
        if self._folder.is_dir():
            files = list(self._folder.iterdir())
            taken |= {same_name(file.stem) for file in files}
            taken |= {same_name(whole_name(file)) for file in files}
        if same_name(wanted) not in taken:
            return wanted
        return f"{wanted}-{digest[:_DIGITS]}"

    def _add_files(self, parts: Sequence[Path], model_id: str) -> Path:
        """Adds all files of a model, or none; returns the first."""
        names = (
            [f"{model_id}{SUFFIX}"]
            if len(parts) == 1
            else [part_name(model_id, number, len(parts)) for number in range(len(parts))]
        )
        taken: list[Path] = []
        try:
            for source, name in zip(parts, names, strict=True):
                self._add_file(source.resolve(), self._folder / name)
                taken.append(self._folder / name)
        except ModelError:
            for target in taken:
                with contextlib.suppress(OSError):
                    target.unlink()
            raise
        return taken[0]

    def _delete(self, target: Path, model_id: str) -> None:
        try:
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink()
        except OSError as error:
            raise ModelError(
                f"{name_of(model_id)} cannot be removed: {error.strerror or error}.",
                "Close what uses it, and try again.",
            ) from error
        Record(self._folder).forget(target.name)

    def _add_file(self, source: Path, target: Path) -> None:
        """Links or copies `source` to `target`, atomically."""
        part = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            try:
                os.link(source, part)
            except OSError:  # another disk, or a file system without links
                shutil.copyfile(source, part)
            part.replace(target)
        except OSError as error:
            raise ModelError(
                f"{source.name} cannot be copied to {self._folder}: {error.strerror or error}.",
                "Free some space or correct the folder's permissions, and try again.",
            ) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
