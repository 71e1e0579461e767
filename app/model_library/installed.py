"""The chat models in the models folder: what each is, whether it is whole, and fit for answering.

A file is known by its hash, not by its name. Looking is quick: sizes, headers, what is on record.
Weights are read, and a model that Studiolo does not know is tried, when it is used first.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app import __version__
from app.model_library.names import same_name
from models.catalog import Catalog, CatalogEntry, ModelKind
from models.errors import (
    InferenceFailed,
    ModelDamaged,
    ModelError,
    ModelMissing,
    ModelTooLarge,
    ModelUnsupported,
)
from models.inspection import chat_file, part_names, whole_name
from models.record import Record, Verdict, sha256_of

SUFFIX = ".gguf"
# Resident memory of a model that we have not measured, from its file: weights, the rearranged
# copy that llama.cpp keeps of about two thirds of them, KV cache and working memory.
_MEMORY_FACTOR, _MEMORY_MB = 1.7, 250

Trial = Callable[[Path, int], None]
"""Tries the model of a file of so many bytes: `app.workers.model_trial.ModelTrial`."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A chat model in the models folder.

    Attributes:
        name: for people; the file's name when the catalogue does not know it.
        path: its file, or the first of several.
        bytes: size of all its files.
        memory_mb: resident memory at a context window of 4096 tokens, partly estimated.
        entry: what the catalogue knows about it, if anything.
        problem: why it cannot be used, in plain words; "" if nothing is known to be wrong.
        sha256: of the file, in hex; "" until it is used for the first time.
    """

    id: str
    name: str
    path: Path
    bytes: int
    memory_mb: int
    entry: CatalogEntry | None = None
    problem: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class _FileState:
    """A file as it is now: while nothing of this changes, neither does the file."""

    path: Path
    size: int
    mtime_ns: int


class InstalledModels:
    """Looks at the chat models in a folder.

    Args:
        folder: the models folder; it need not exist.
        catalog: known models.
        trial: tries a model that the catalogue does not know; None takes it as it is.
    """

    def __init__(self, folder: Path, catalog: Catalog, trial: Trial | None) -> None:
        self._folder = folder
        self._record = Record(folder)
        self._catalog = catalog
        self._trial = trial
        self._trying = threading.Lock()
        self._hashing = threading.Lock()
        # What is known without the record, which cannot be written in a folder of somebody else.
        self._hashes: dict[_FileState, str] = {}
        self._headers: dict[tuple[_FileState, ...], ModelError | None] = {}
        self._verdicts: dict[_FileState, ModelError | None] = {}

    def all(self) -> tuple[InstalledModel, ...]:
        """All that are here, by name, usable or not."""
        here = []
        for path in self._first_files():
            with contextlib.suppress(FileNotFoundError):  # it went a moment ago
                here.append(self.describe(path))
        return tuple(here)

    def find(self, model_id: str) -> InstalledModel | None:
        """The model called `model_id`, however its letters are written; None if it is not here.

        The id of the catalogue finds a model of its under any name.
        """
        named = next((path for path in self._first_files() if _id_of(path) == model_id), None)
        if named is not None:  # the usual case, without a look at all others
            model = self.describe(named)
            if self._catalog.find(model_id) in (None, model.entry):
                return model
        here = self.all()
        exact = [model for model in here if model.id == model_id]
        alike = [model for model in here if same_name(model.id) == same_name(model_id)]
        known = [model for model in here if model.entry and model.entry.id == model_id]
        return next(iter([*known, *exact, *alike]), None)

    def files(self, path: Path) -> tuple[Path, ...]:
        """The files of the model that begins at `path` that are here."""
        names = part_names(path.name) or (path.name,)
        return tuple(file for file in map(path.with_name, names) if file.is_file()) or (path,)

    def describe(self, path: Path) -> InstalledModel:
        """What is known of the model that begins at `path`. Does not read its weights."""
        size = sum(file.stat().st_size for file in self.files(path))
        entry = self._entry(path)
        fault = self._fault(path, entry)
        estimate = round(size / 1e6 * _MEMORY_FACTOR + _MEMORY_MB)
        return InstalledModel(
            id=_id_of(path),
            name=entry.name if entry else _text(whole_name(path)),
            path=path,
            bytes=size,
            memory_mb=entry.memory_mb if entry else estimate,
            entry=entry,
            problem=fault.message if fault else "",
            sha256=self._known_hash(path),
        )

    def usable(self, model: InstalledModel) -> InstalledModel:
        """The model, once it is known to be whole and fit for answering.

        Reads the weights if that was never done, and tries what the catalogue does not know.

        Raises:
            ModelDamaged: it is truncated or changed.
            ModelUnsupported: it is no chat model, or cannot be run.
            InferenceFailed: it ended the process that tried it.
        """
        try:
            self._raise_fault(model.path)
            for file in self.files(model.path):
                self._hash(file)
            self._raise_fault(model.path)  # its hash may have told that it is another one
            if self._entry(model.path) is None:
                self._try(model.path)
        except ModelError as error:
            error.model_id = error.model_id or model.id
            raise
        return self.describe(model.path)

    def try_out(self, path: Path) -> bool:
        """Tries a model that lies anywhere; what comes of it is not kept.

        Returns:
            Whether it was tried: there may be no memory for it now.

        Raises as `usable` does.
        """
        if self._trial is None:
            return False
        try:
            self._trial(path, sum(file.stat().st_size for file in self.files(path)))
        except ModelTooLarge:
            return False
        return True

    def remember(self, path: Path, digest: str, *, tried: bool) -> None:
        """Puts a model on record that was just taken in.

        Args:
            path: its file, or the first of several.
            digest: the hash of that file.
            tried: whether it was tried and found fit for answering.
        """
        self._record.remember(path.name, digest)
        for file in self.files(path):
            self._hash(file)
        self._verdicts.pop(_state(path), None)
        if tried:
            self._record.judge(path.name, Verdict(__version__))

    def _first_files(self) -> Iterator[Path]:
        """The file of each chat model; of one that comes in parts, the first that is here."""
        if not self._folder.is_dir():
            return
        others = {
            entry.files[0].name
            for entry in self._catalog.entries
            if entry.kind is not ModelKind.CHAT and not entry.is_folder
        }
        shown: set[str] = set()
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() != SUFFIX or path.name.startswith(".") or path.name in others:
                continue
            if path.name not in shown and path.is_file():
                shown.update(part_names(path.name))
                yield path

    def _entry(self, path: Path) -> CatalogEntry | None:
        """What the catalogue knows of a file: by its hash, or until that is known by its name."""
        named = self._catalog.find(path.stem)
        if named is not None and named.kind is not ModelKind.CHAT:
            named = None
        known = self._known_hash(path)
        if known:
            if named is not None and named.sha256 == known:
                return named
            return next((e for e in self._catalog.chat_models if e.sha256 == known), None)
        if named is None or self._size_fits(path, named):
            return named
        # Another one that is called alike is whole; a part of the right one is not.
        return named if isinstance(self._header_fault(path), ModelDamaged) else None

    def _size_fits(self, path: Path, entry: CatalogEntry) -> bool:
        file, size = entry.files[0], path.stat().st_size
        return size == file.bytes if file.exact else size <= file.bytes

    def _raise_fault(self, path: Path) -> None:
        fault = self._fault(path, self._entry(path))
        if fault is not None:
            # A new one: the traceback of one that is kept would grow.
            raise type(fault)(fault.message, fault.advice)

    def _fault(self, path: Path, entry: CatalogEntry | None) -> ModelError | None:
        """What is known to be wrong with a model, without reading its weights."""
        if entry is not None and self._size_fits(path, entry):
            return None
        if self._known_hash(path):
            recorded = self._record.get(path.name)
            verdict = recorded.verdict if recorded else None
            if verdict is not None and verdict.problem and verdict.version == __version__:
                return ModelUnsupported(verdict.problem, verdict.advice)
        return self._header_fault(path) or self._verdicts.get(_state(path))

    def _header_fault(self, path: Path) -> ModelError | None:
        states = tuple(_state(file) for file in self.files(path))
        if states not in self._headers:
            fault: ModelError | None = None
            try:
                chat_file(path)
            except ModelError as error:
                fault = error.with_traceback(None)
            self._headers[states] = fault
        return self._headers[states]

    def _known_hash(self, path: Path) -> str:
        return self._record.hash_of(path.name) or self._hashes.get(_state(path), "")

    def _hash(self, path: Path) -> str:
        """The hash of a file, which is read if it changed since it was last.

        Raises:
            ModelDamaged: it has the size that it had, and holds something else.
        """
        with self._hashing:  # a large file takes minutes: nobody else need read it as well
            return self._known_hash(path) or self._read_hash(path)

    def _read_hash(self, path: Path) -> str:
        state = _state(path)
        digest = hash_of(path)
        recorded = self._record.get(path.name)
        if recorded is not None and recorded.size == state.size and recorded.sha256 != digest:
            raise ModelDamaged(
                f"The model file {path.name} was changed or damaged since it was checked.",
                "Get the file again, or choose another model.",
            )
        self._hashes[state] = digest
        self._record.remember(path.name, digest)
        return digest

    def _try(self, path: Path) -> None:
        """Tries a model, unless that was done; puts on record what came of it.

        What may be otherwise another time, is kept in memory only.
        """
        with self._trying:
            state = _state(path)
            recorded = self._record.get(path.name)
            verdict = recorded.verdict if recorded else None
            tried = verdict is not None and (not verdict.problem or verdict.version == __version__)
            if tried or state in self._verdicts:
                self._raise_fault(path)
                return
            try:
                was_tried = self.try_out(path)
            except (ModelUnsupported, ModelDamaged) as error:
                self._record.judge(path.name, Verdict(__version__, error.message, error.advice))
                self._verdicts[state] = error.with_traceback(None)
                raise
            except InferenceFailed as error:
                self._verdicts[state] = error.with_traceback(None)
                raise
            self._verdicts[state] = None
            if was_tried:
                self._record.judge(path.name, Verdict(__version__))


def hash_of(path: Path) -> str:
    """The hash of a model's file, which is read to its end.

    Raises:
        ModelMissing: it cannot be read.
    """
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelMissing(
            f"The model file {path.name} cannot be read: {error.strerror or error}.",
            "Get the file again, or choose another model.",
        ) from error


def _id_of(path: Path) -> str:
    return _text(path.stem)


def _text(name: str) -> str:
    """A file's name as text; some systems have names that are none."""
    return name.encode("utf-8", "backslashreplace").decode()


def _state(path: Path) -> _FileState:
    stat = path.stat()
    return _FileState(path, stat.st_size, stat.st_mtime_ns)


def missing(model_id: str, catalog: Catalog) -> ModelMissing:
    """The error for a model that is not here."""
    entry = catalog.find(model_id)
    if entry is not None:
        return ModelMissing(f"{entry.name} is not on this machine.", model_id=model_id)
    return ModelMissing(
        f"The model '{model_id}' is not on this machine.",
        "Choose one of those that are here or can be had.",
    )
