"""Everything that is done with specialists: kept, taught, applied, run over files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import KNOWN_ERRORS, Cancelled, SpecialistUnreadable
from app.jobs import CancelToken
from app.paths import Paths
from app.specialists import clauses
from app.specialists.columns import Columns
from app.specialists.definition import Specialist
from app.specialists.kept import KeptSpecialists
from app.specialists.ports import (
    Extractor,
    FileReader,
    FilledRow,
    Learner,
    ReadDocument,
    TextEmbedder,
)
from app.specialists.proposals import Proposals
from app.specialists.reading import document_of, first_words, read_document
from app.specialists.records import Cell, Confidence, Example, Filled, Quote, Version
from app.specialists.sorting import Sorter
from app.specialists.sources import files_of
from app.specialists.store import SpecialistStore
from rag.parse.document import ParsedDocument

_PROPOSED_FROM = 3
"""Documents that columns are proposed from."""
_MOST_TRIED = 12
LABEL = "label"
"""The column of a table that sorts."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """An example as the person gives it: a text or the path of a document, and what is right."""

    text: str = ""
    path: str = ""
    label: str = ""
    cells: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taught:
    """A finished lesson.

    Attributes:
        added: how many examples are new or changed.
        failed: the number of each lesson that could not be used, from 0, with its error.
        version: what was learned; None if there is nothing to learn from.
    """

    added: int
    failed: tuple[tuple[int, Exception], ...]
    version: Version | None


class Specialists:
    """The specialists of a data folder. Calls block, and may come from any thread.

    Args:
        paths: the data folder; its tables are opened when they are first needed.
        embedder: embeds texts.
        learner: learns and sorts.
        reader: reads documents.
        extractor: fills columns; None where that is not there.
    """

    def __init__(
        self,
        paths: Paths,
        embedder: TextEmbedder,
        learner: Learner,
        reader: FileReader,
        extractor: Extractor | None = None,
    ) -> None:
        self.kept = KeptSpecialists(paths.specialists)
        self._path = paths.tables
        self._embedder = embedder
        self._learner = learner
        self._reader = reader
        self._extractor = extractor
        self._lock = threading.Lock()
        self._store: SpecialistStore | None = None

    @property
    def store(self) -> SpecialistStore:
        """The examples and tables.

        Raises:
            DataTooNew, TablesDamaged, DataFolderUnusable: they cannot be opened.
        """
        with self._lock:
            if self._store is None:
                self._store = SpecialistStore(self._path)
            return self._store

    @property
    def has_tables(self) -> bool:
        """Whether there may be tables; opens nothing."""
        return self._store is not None or self._path.exists()

    @property
    def sorter(self) -> Sorter:
        """What teaches and applies specialists that sort."""
        return Sorter(self.store.examples, self._embedder, self._learner, self._reader)

    @property
    def columns(self) -> Columns:
        """What teaches and applies specialists that fill columns.

        Raises:
            SpecialistUnreadable: columns cannot be filled here.
        """
        return Columns(self.store.examples, self._columns_filled_by(), self._reader)

    def _columns_filled_by(self) -> Extractor:
        if self._extractor is None:
            raise SpecialistUnreadable("Columns cannot be filled here.")
        return self._extractor

    def lacks_model(self, specialist: Specialist) -> bool:
        """Tells whether the cells of a specialist would gain from a larger language model.

        The one that is installed is too small to be asked.
        """
        if self._extractor is None or specialist.kind != "extract":
            return False
        return self._extractor.lacks_model(specialist)

    def model_note(self, specialist: Specialist) -> str:
        """Says why another language model fills the cells than the one that is wanted, or ""."""
        if self._extractor is None or specialist.kind != "extract":
            return ""
        return self._extractor.model_note(specialist)

    def running(self, specialist: Specialist) -> AbstractContextManager[None]:
        """Keeps what only this specialist needs loaded while the block runs."""
        if self._extractor is None or specialist.kind != "extract":
            return nullcontext()
        return self._extractor.running(specialist)

    def close(self) -> None:
        """Closes the tables."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None

    def remove(self, name: str) -> None:
        """Deletes a specialist with what it was taught; its tables stay. Raises as `kept` does."""
        specialist = self.kept.find(name)
        self.kept.remove(name)
        self.store.examples.forget(specialist.name)

    def forget_documents(self, root: str) -> None:
        """Deletes what is kept of documents at or under a path: rows, quotes, examples.

        Raises:
            SpecialistError: it cannot be saved.
        """
        if self.has_tables:
            self.store.remove_documents(root)

    def teach(
        self,
        name: str,
        lessons: Sequence[Lesson],
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        token: CancelToken | None = None,
    ) -> Taught:
        """Adds examples, then learns from all that the specialist has.

        Args:
            name: of the specialist.
            lessons: any number; one that cannot be used leaves the others.
            on_progress: called with how many are read, and how many there are.
            token: stops it; examples that were read are kept.

        Raises:
            NoSuchSpecialist, SpecialistUnreadable: there is none, or it cannot be used.
            ModelError, WorkerDied: what was taught is kept and learned next time.
        """
        specialist = self.kept.find(name)
        token = token or CancelToken()
        examples, failed = list[Example](), list[tuple[int, Exception]]()
        try:
            for number, lesson in enumerate(lessons):
                token.raise_if_cancelled()
                on_progress(number, len(lessons))
                try:
                    examples.append(self._example(specialist, lesson))
                except Cancelled:
                    raise
                except KNOWN_ERRORS as error:
                    failed.append((number, error))
        finally:
            added = self.store.examples.add(specialist.name, examples)
        version = self.learn(specialist, token)
        return Taught(added, tuple(failed), version)

    def propose(self, paths: Sequence[Path], token: CancelToken | None = None) -> Proposals:
        """Proposes columns by what a few documents share.

        Args:
            paths: files and folders; of many documents, three are read.
            token: stops it.

        Raises:
            SpecialistUnreadable: none of the documents can be read.
            Cancelled: `token` was cancelled.
        """
        from app.specialists.extract.proposing import propose

        token = token or CancelToken()
        documents, read_paths = list[ParsedDocument](), list[str]()
        fault = SpecialistUnreadable("There is no document.", "Choose files, or a folder.")
        for path in _spread(list(files_of(paths)))[:_MOST_TRIED]:
            token.raise_if_cancelled()
            try:
                documents.append(self.read(path).document)
                read_paths.append(str(path))
            except SpecialistUnreadable as error:
                fault = error
            if len(documents) == _PROPOSED_FROM:
                break
        if not documents:
            raise fault
        return Proposals(tuple(propose(documents)), tuple(read_paths))

    def learn(
        self,
        specialist: Specialist,
        token: CancelToken | None = None,
        places: Mapping[str, Mapping[str, tuple[int, int]]] | None = None,
        *,
        afresh: bool = False,
    ) -> Version | None:
        """Learns from all examples of a specialist; the next run of its tables looks again.

        Args:
            specialist: what learns.
            token: stops it; what was learned before stays in use.
            places: of words that the person selected, by path and column; only of columns.
            afresh: gives up what was learned from examples that were deleted.

        Returns:
            What was learned; None for nothing.

        Raises:
            ModelError, WorkerDied: what is needed cannot be used.
            Cancelled: `token` was cancelled.
        """
        if specialist.kind != "extract":
            version = self.sorter.learn(specialist, token)
            if version is not None and version.current:
                self.store.look_again(specialist.name, columns_of(specialist))
            return version
        if self._extractor is None:
            return None
        columns = self.columns
        before = columns.learned(specialist.name)
        version = columns.learn(specialist, token, places, afresh=afresh)
        after = columns.learned(specialist.name)
        changed = [n for n in columns_of(specialist) if before.get(n) != after.get(n)]
        self.store.look_again(specialist.name, changed)
        return version

    def forget_example(self, name: str, example: int) -> None:
        """Deletes an example of a specialist with what was learned from it, and learns again.

        Raises:
            NoSuchSpecialist: there is no such specialist or example.
            ModelError, WorkerDied: the example is deleted, and it learns again next time.
        """
        self.store.examples.remove(name, example)
        self.learn(self.kept.find(name), afresh=True)

    def read_value(
        self,
        specialist: Specialist,
        column: str,
        words: str,
        path: Path,
        place: tuple[int, int] | None = None,
    ) -> tuple[str, tuple[Quote, ...]]:
        """Returns the value that the person gave of a column, and where it stands in a document.

        Args:
            specialist: of the kind "extract".
            column: of the specialist.
            words: a value, or words that hold one; "" says that there is none.
            path: of the document; one that cannot be read gives no quotes.
            place: offsets of the words that the person selected.

        Raises:
            SpecialistUnreadable: the words cannot be a value of the column.
        """
        extractor = self._columns_filled_by()
        (own,) = (each for each in specialist.columns if each.name == column)
        try:
            document = self.read(path).document
        except KNOWN_ERRORS:  # it is gone: the correction counts all the same
            document = None
        return extractor.read_value(document, own, words, place)

    def fill(
        self, specialist: Specialist, path: Path, token: CancelToken | None = None
    ) -> tuple[str, Sequence[FilledRow]]:
        """Returns the content hash of a document and all rows that a specialist fills of it.

        Raises as `cells` does.
        """
        content_hash, cells = self.cells(specialist, path, (), token)
        return content_hash, _rows(cells)

    def cells(
        self,
        specialist: Specialist,
        path: Path,
        done: Collection[tuple[int, str]] = (),
        token: CancelToken | None = None,
    ) -> tuple[str, Iterator[Filled]]:
        """Returns the content hash of a document and its cells, as they are filled.

        Args:
            specialist: fills them.
            path: of the document.
            done: numbers of rows and columns that need not be filled.
            token: stops it between cells.

        Raises:
            SpecialistUnreadable: the document cannot be read, or columns cannot be filled.
            ModelError, WorkerDied: what is needed cannot be used.
            Cancelled: `token` was cancelled.
        """
        if specialist.kind == "classify":
            item = self.sorter.item(path)
            assert item.document is not None
            (sorted_item,) = self.sorter.sort(specialist, [item], token)
            label = sorted_item.prediction
            quotes = (sorted_item.quote or first_words(item.document),)
            taught = bool(self.store.examples.versions(specialist.name))
            confidence: Confidence = "high" if taught and not label.unsure else "check"
            cell = Cell(
                label.label, "found", confidence, "examples", quotes, path=item.document.path
            )
            return item.document.content_hash, iter([Filled(0, LABEL, cell)])
        read = read_document(self._reader, path)
        if specialist.kind == "clauses":
            spans = clauses.passages(read)
            items = self.sorter.sort(specialist, clauses.items_of(read, spans), token)
            cells = clauses.cells_of(specialist, read, spans, items)
            return read.content_hash, (Filled(0, name, each) for name, each in cells.items())
        return read.content_hash, self.columns.fill(specialist, read, done, token)

    def read(self, path: Path) -> ReadDocument:
        """Reads a document. Raises `SpecialistUnreadable` if it cannot be read."""
        return read_document(self._reader, path)

    def fill_line(self, specialist: Specialist, text: str, path: str) -> Sequence[FilledRow]:
        """Returns the rows of a document, or of a text that stands for one. Raises as `fill`."""
        if path:
            return self.fill(specialist, Path(path))[1]
        return _rows(self.columns.fill(specialist, document_of(text)))

    def example_of(self, specialist: Specialist, path: str, label: str) -> Example:
        """Returns a document as a corrected example of a label. Raises as `fill` does."""
        return self._example(specialist, Lesson(path=path, label=label))

    def _example(self, specialist: Specialist, lesson: Lesson) -> Example:
        if lesson.cells:
            _check_names(lesson.cells, {column.name for column in specialist.columns}, "column")
            read = read_document(self._reader, Path(lesson.path))
            return Example("", read.path, read.content_hash, cells=lesson.cells)
        _check_names([lesson.label], {label.name for label in specialist.labels}, "label")
        if lesson.path:
            return self.sorter.example_of(Path(lesson.path), lesson.label)
        if not lesson.text.strip():
            raise SpecialistUnreadable("The example has no text.")
        return Example(lesson.text, label=lesson.label)


def _spread(files: list[Path]) -> list[Path]:
    """Returns files in an order in which the first three lie far apart."""
    if len(files) <= _PROPOSED_FROM:
        return files
    first = [files[0], files[len(files) // 2], files[-1]]
    return first + [file for file in files if file not in first]


def _rows(cells: Iterable[Filled]) -> list[FilledRow]:
    """Returns cells as rows, in the order of the rows."""
    rows = dict[int, dict[str, Cell]]()
    for row, column, cell in cells:
        rows.setdefault(row, {})[column] = cell
    return [rows[number] for number in sorted(rows)]


def columns_of(specialist: Specialist) -> tuple[str, ...]:
    """Returns the columns of a specialist's table, in order."""
    if specialist.kind == "classify":
        return (LABEL,)
    entries = specialist.labels if specialist.kind == "clauses" else specialist.columns
    return tuple(entry.name for entry in entries)


def _check_names(names: Iterable[str], known: set[str], noun: str) -> None:
    for name in names:
        if name not in known:
            raise SpecialistUnreadable(f"The specialist has no {noun} “{name}”.")
