"""The chat models in the models folder: identity, integrity, and whether they can answer.

A file is identified by its hash, not by its name. Listing is quick: it uses sizes, headers and
recorded results. Before a model's first use its weights are hashed, and a model that is not in the
catalogue is tried out.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app import __version__
from app.model_library.elsewhere import FoundModel
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
from models.fit import memory_need
from models.inspection import chat_file, part_names, whole_name
from models.record import Record, Verdict, sha256_of
from models.template import PLAIN_NOTE

SUFFIX = ".gguf"
_CONTEXT_TOKENS = 4096  # for which memory is estimated
# Estimates the resident memory of a model whose header cannot be read, from its size.
_MEMORY_FACTOR, _MEMORY_MB = 1.7, 250

_LOOK_AGAIN_SECONDS = 10.0

Elsewhere = Callable[[], Sequence[FoundModel]]
"""Finds the models of other programs: `app.model_library.elsewhere.found_elsewhere`."""
Trial = Callable[[Path, int], str]
"""Tries out a model, given its file and size in bytes, and returns a note about it or "": such as
`app.workers.model_trial.ModelTrial`."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A chat model in the models folder.

    Attributes:
        name: for people; the file's name if it is not in the catalogue.
        path: its file, or the first of several.
        bytes: size of all its files.
        memory_mb: resident memory at a context window of 4096 tokens, partly estimated.
        entry: its catalogue entry, if any.
        problem: why it cannot be used, in plain words; "" if no problem is known.
        sha256: of the file, in hex; "" until its first use.
        program: the other program whose file it is; "" for a model of ours.
        note: what a person should know of it although it can be used; "" for nothing.
    """

    id: str
    name: str
    path: Path
    bytes: int
    memory_mb: int
    entry: CatalogEntry | None = None
    problem: str = ""
    sha256: str = ""
    program: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _FileState:
    """Path, size and modification time; while these are unchanged, so is the content."""

    path: Path
    size: int
    mtime_ns: int


class InstalledModels:
    """Inspects the chat models in a folder.

    Args:
        folder: the models folder; it need not exist.
        catalog: known models.
        trial: tries out a model that is not in the catalogue; None accepts it untried.
        elsewhere: finds the models of other programs.
    """

    def __init__(
        self, folder: Path, catalog: Catalog, trial: Trial | None, elsewhere: Elsewhere
    ) -> None:
        self._folder = folder
        self._record = Record(folder)
        self._catalog = catalog
        self._trial = trial
        self._look_elsewhere = elsewhere
        self._elsewhere: dict[Path, FoundModel] = {}
        self._looked_at = float("-inf")
        self._trying = threading.Lock()
        self._hashing = threading.Lock()
        # Caches for when the record cannot be written, in another person's folder.
        self._hashes: dict[_FileState, str] = {}
        self._headers: dict[tuple[_FileState, ...], tuple[ModelError | None, int]] = {}
        self._verdicts: dict[_FileState, ModelError | None] = {}

    def all(self) -> tuple[InstalledModel, ...]:
        """Returns all models in the folder, by name, usable or not; then those of other programs.

        Of another program's files only those that are chat models, as far as is known.
        """
        here = []
        for path in self._first_files():
            with contextlib.suppress(FileNotFoundError):  # deleted a moment ago
                here.append(self.describe(path))
        own = {model.sha256 for model in here}
        ids = {model.id for model in here}
        for path in self._found_elsewhere():
            with contextlib.suppress(OSError):
                model = self.describe(path)
                here_too = model.sha256 in own if model.sha256 else model.id in ids
                if not model.problem and not here_too:
                    here.append(model)
        return tuple(here)

    def find(self, model_id: str) -> InstalledModel | None:
        """Finds a model by id, ignoring case and Unicode form; returns None if it is not here.

        A catalogue id finds the model under any file name.
        """
        path = next((path for path in self._first_files() if _id_of(path) == model_id), None)
        if path is not None:  # the usual case, without inspecting the others
            with contextlib.suppress(FileNotFoundError):  # it has just been removed
                model = self.describe(path)
                if self._catalog.find(model_id) in (None, model.entry):
                    return model
        models = self.all()
        exact = [model for model in models if model.id == model_id]
        similar = [model for model in models if same_name(model.id) == same_name(model_id)]
        by_entry = [model for model in models if model.entry and model.entry.id == model_id]
        return next(iter([*by_entry, *exact, *similar]), None)

    def files(self, path: Path) -> tuple[Path, ...]:
        """Returns the existing files of the model that begins at `path`."""
        names = part_names(path.name) or (path.name,)
        return tuple(file for file in map(path.with_name, names) if file.is_file()) or (path,)

    def describe(self, path: Path) -> InstalledModel:
        """Describes the model that begins at `path`, without reading its weights."""
        size = sum(file.stat().st_size for file in self.files(path))
        entry = self._entry(path)
        fault = self._fault(path, entry)
        rough = round(size / 1e6 * _MEMORY_FACTOR + _MEMORY_MB)
        estimate = 0 if entry else self._header(path)[1] or rough
        other = self._elsewhere.get(path)
        own_name = other.name if other else _text(whole_name(path))
        return InstalledModel(
            id=other.id if other else _id_of(path),
            name=entry.name if entry else own_name,
            path=path,
            bytes=size,
            memory_mb=entry.memory_mb if entry else estimate,
            entry=entry,
            problem=fault.message if fault else "",
            sha256=self._known_hash(path),
            program=other.program if other else "",
            note="" if fault or entry else self._note(path),
        )

    def usable(self, model: InstalledModel) -> InstalledModel:
        """Returns the model after making sure that it is intact and can answer.

        Hashes the weights, and tries out a model that is not in the catalogue, if not done before.

        Raises:
            ModelDamaged: it is truncated or changed.
            ModelUnsupported: it is no chat model, or cannot be run.
            InferenceFailed: it crashed the process that tried it.
        """
        try:
            self._raise_fault(model.path)
            for file in self.files(model.path):
                self._hash(file)
            self._raise_fault(model.path)  # by its hash it may be another model
            if self._entry(model.path) is None:
                self._try(model.path)
        except ModelError as error:
            error.model_id = error.model_id or model.id
            raise
        return self.describe(model.path)

    def try_out(self, path: Path) -> Verdict | None:
        """Tries out a model in any folder; does not record the result.

        Returns:
            What came of it; None if it was not tried: there may not be enough memory now.

        Raises as `usable` does.
        """
        if self._trial is None:
            return None
        try:
            note = self._trial(path, sum(file.stat().st_size for file in self.files(path)))
        except ModelTooLarge:
            return None
        return Verdict(__version__, note=note)

    def remember(self, path: Path, digest: str, verdict: Verdict | None) -> None:
        """Records a model that was just added.

        Args:
            path: its file, or the first of several.
            digest: the hash of that file.
            verdict: what came of trying it out; None if it was not tried.
        """
        self._record.remember(self._key(path), digest)
        for file in self.files(path):
            self._hash(file)
        self._verdicts.pop(_state(path), None)
        if verdict is not None:
            self._record.judge(self._key(path), verdict)

    def _note(self, path: Path) -> str:
        """Returns the note of the model's trial; before it, what the header shows."""
        recorded = self._record.get(self._key(path))
        if recorded and recorded.verdict and self._known_hash(path):
            return recorded.verdict.note
        with contextlib.suppress(ModelError):
            return "" if chat_file(path).header.has_chat_template else PLAIN_NOTE
        return ""

    def _found_elsewhere(self) -> dict[Path, FoundModel]:
        """Returns the models of other programs by file; looks again after some seconds."""
        now = time.monotonic()
        if now - self._looked_at > _LOOK_AGAIN_SECONDS:
            self._elsewhere = {model.path: model for model in self._look_elsewhere()}
            self._looked_at = now
        return self._elsewhere

    def _key(self, path: Path) -> str:
        """Returns what a file is recorded as: its name, or its path if it lies elsewhere."""
        return _text(str(path)) if path in self._elsewhere else path.name

    def _first_files(self) -> Iterator[Path]:
        """Yields the file of each chat model; for a model in parts, the first existing one."""
        if not self._folder.is_dir():
            return
        excluded = {
            entry.files[0].name
            for entry in self._catalog.entries
            if entry.kind is not ModelKind.CHAT and not entry.is_folder
        }
        seen: set[str] = set()
        for path in sorted(self._folder.iterdir()):
            if path.suffix.lower() != SUFFIX or path.name.startswith(".") or path.name in excluded:
                continue
            if path.name not in seen and path.is_file():
                seen.update(part_names(path.name))
                yield path

    def _entry(self, path: Path) -> CatalogEntry | None:
        """Returns a file's catalogue entry: by its hash, or by its name while it has no hash."""
        by_name = self._catalog.find(path.stem)
        if by_name is not None and by_name.kind is not ModelKind.CHAT:
            by_name = None
        digest = self._known_hash(path)
        if digest:
            if by_name is not None and by_name.sha256 == digest:
                return by_name
            return next((e for e in self._catalog.chat_models if e.sha256 == digest), None)
        if by_name is None or self._size_fits(path, by_name):
            return by_name
        # Of another size: an intact file is another model of that name, a damaged one this model.
        return by_name if isinstance(self._header_fault(path), ModelDamaged) else None

    def _size_fits(self, path: Path, entry: CatalogEntry) -> bool:
        file, size = entry.files[0], path.stat().st_size
        return size == file.bytes if file.exact else size <= file.bytes

    def _raise_fault(self, path: Path) -> None:
        fault = self._fault(path, self._entry(path))
        if fault is not None:
            # A copy: the traceback of a cached exception would grow.
            raise type(fault)(fault.message, fault.advice)

    def _fault(self, path: Path, entry: CatalogEntry | None) -> ModelError | None:
        """Returns what is known to be wrong with a model, without reading its weights."""
        if entry is not None and self._size_fits(path, entry):
            return None
        if self._known_hash(path):
            recorded = self._record.get(self._key(path))
            verdict = recorded.verdict if recorded else None
            if verdict is not None and verdict.problem and verdict.version == __version__:
                return ModelUnsupported(verdict.problem, verdict.advice)
        return self._header_fault(path) or self._verdicts.get(_state(path))

    def _header_fault(self, path: Path) -> ModelError | None:
        return self._header(path)[0]

    def _header(self, path: Path) -> tuple[ModelError | None, int]:
        """Returns what a header shows to be wrong, else the megabytes of memory that it needs."""
        states = tuple(_state(file) for file in self.files(path))
        if states not in self._headers:
            fault: ModelError | None = None
            megabytes = 0
            try:
                need = memory_need(chat_file(path), _CONTEXT_TOKENS)
                megabytes = round(need.resident / 1e6)
            except ModelError as error:
                fault = error.with_traceback(None)
            self._headers[states] = fault, megabytes
        return self._headers[states]

    def _known_hash(self, path: Path) -> str:
        return self._record.hash_of(self._key(path)) or self._hashes.get(_state(path), "")

    def _hash(self, path: Path) -> str:
        """Returns a file's hash; reads the file if it changed since the last time.

        Raises:
            ModelDamaged: its content changed though its size did not.
        """
        with self._hashing:  # a large file takes minutes: read it only once
            return self._known_hash(path) or self._read_hash(path)

    def _read_hash(self, path: Path) -> str:
        state = _state(path)
        digest = hash_of(path)
        recorded = self._record.get(self._key(path))
        if recorded is not None and recorded.size == state.size and recorded.sha256 != digest:
            raise ModelDamaged(
                f"The model file {path.name} was changed or damaged since it was checked.",
                "Get the file again, or choose another model.",
            )
        self._hashes[state] = digest
        self._record.remember(self._key(path), digest)
        return digest

    def _try(self, path: Path) -> None:
        """Tries out a model, unless that was done, and records the result.

        A failure that may not recur is kept in memory only.
        """
        with self._trying:
            state = _state(path)
            recorded = self._record.get(self._key(path))
            verdict = recorded.verdict if recorded else None
            tried = verdict is not None and (not verdict.problem or verdict.version == __version__)
            if tried or state in self._verdicts:
                self._raise_fault(path)
                return
            try:
                came_of_it = self.try_out(path)
            except (ModelUnsupported, ModelDamaged) as error:
                self._record.judge(
                    self._key(path), Verdict(__version__, error.message, error.advice)
                )
                self._verdicts[state] = error.with_traceback(None)
                raise
            except InferenceFailed as error:
                self._verdicts[state] = error.with_traceback(None)
                raise
            self._verdicts[state] = None
            if came_of_it is not None:
                self._record.judge(self._key(path), came_of_it)


def hash_of(path: Path) -> str:
    """Returns the hash of a model's file, which is read completely.

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
    """Returns a file's name as text; some systems have names that are not valid Unicode."""
    return name.encode("utf-8", "backslashreplace").decode()


def _state(path: Path) -> _FileState:
    stat = path.stat()
    return _FileState(path, stat.st_size, stat.st_mtime_ns)


def missing(model_id: str, catalog: Catalog) -> ModelMissing:
    """Returns the error for a model that is not here."""
    entry = catalog.find(model_id)
    if entry is not None:
        return ModelMissing(f"{entry.name} is not on this machine.", model_id=model_id)
    return ModelMissing(
        f"The model '{model_id}' is not on this machine.",
        "Choose a model that is here or can be downloaded.",
    )
