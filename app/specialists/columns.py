"""Specialists that fill columns: taught by corrected cells, applied to documents.

Works from the first document on, by rules; what is learned from corrections is taken into use only
where it is no worse on what the person confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from app.errors import KNOWN_ERRORS, Cancelled
from app.jobs import CancelToken
from app.specialists.classify.types import Choice, Fitted
from app.specialists.definition import CellExample, Column, Specialist
from app.specialists.examples import ExampleStore
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.specialists.ports import Extractor, FileReader, ReadDocument
from app.specialists.reading import read_document
from app.specialists.records import Example, Filled, Version

EMBEDDER = "columns"
"""Stands in for an embedder in the versions of columns: they hold for each."""
_NO_CHOICE = Choice(0, 0, 0, 0)
_SHOWN = 3
"""Examples of a column that a model is shown."""


class Columns:
    """Teaches and applies specialists of the kind "extract".

    Args:
        examples: what was taught and learned.
        extractor: fills and learns.
        reader: reads documents.
    """

    def __init__(self, examples: ExampleStore, extractor: Extractor, reader: FileReader) -> None:
        self._examples = examples
        self._extractor = extractor
        self._reader = reader

    def fill(
        self,
        specialist: Specialist,
        read: ReadDocument,
        done: Collection[tuple[int, str]] = (),
        token: CancelToken | None = None,
    ) -> Iterator[Filled]:
        """Yields the cells of a document as they are filled. Raises as `Extractor.fill` does."""
        learned, examples = self.learned(specialist.name), self._shown(specialist)
        for row, column, cell in self._extractor.fill(
            read.document, specialist, learned, examples, done, token
        ):
            yield Filled(row, column, msgspec.structs.replace(cell, path=read.path))

    def learned(self, specialist: str) -> dict[str, LearnedColumn]:
        """Returns what is in use of a specialist, by column."""
        current = self._examples.current(specialist, EMBEDDER)
        if current is None:
            return {}
        columns = msgspec.msgpack.decode(current[0], type=tuple[LearnedColumn, ...])
        return {column.column: column for column in columns}

    def learn(
        self,
        specialist: Specialist,
        token: CancelToken | None = None,
        places: Mapping[str, Mapping[str, tuple[int, int]]] | None = None,
        *,
        afresh: bool = False,
    ) -> Version | None:
        """Learns from all examples of a specialist; None if that changes nothing.

        Args:
            specialist: of the kind "extract".
            token: stops it.
            places: of the words that the person selected, by path and column.
            afresh: also gives up what cannot be learned any more, as examples were deleted.

        Raises:
            WorkerDied: a process ended in the middle.
            Cancelled: `token` was cancelled; what was learned before stays in use.
        """
        taught = self._taught(specialist, token or CancelToken(), places or {})
        columns = [column for column in specialist.columns if column.name in taught]
        current = self.learned(specialist.name)
        before = [None if afresh else current.get(column.name) for column in columns]
        cells = [taught[column.name] for column in columns]
        better = self._extractor.learn(columns, cells, before, token) if columns else ()
        learned = tuple(each for each in better if each is not None)
        if {each.column: each for each in learned} == current:
            return None
        documents = sum(each.documents for each in learned)
        fitted = Fitted(
            msgspec.msgpack.encode(learned),
            _NO_CHOICE,
            len(self._documents(specialist.name)),
            sum(each.right for each in learned) / documents if documents else 0.0,
            sum(each.f1 for each in learned) / len(learned) if learned else 0.0,
        )
        return self._examples.add_version(specialist.name, EMBEDDER, fitted, use=True)

    def _documents(self, specialist: str) -> list[Example]:
        return [example for example in self._examples.examples(specialist) if example.cells]

    def _taught(
        self,
        specialist: Specialist,
        token: CancelToken,
        places: Mapping[str, Mapping[str, tuple[int, int]]],
    ) -> dict[str, list[TaughtCell]]:
        """Returns the taught cells by column, oldest first; documents are read only once.

        A document that is gone or has changed teaches what was kept of it before.
        """
        columns = {column.name: column for column in specialist.columns}
        kept = self._examples.lessons(specialist.name)
        taught = dict[str, list[TaughtCell]]()
        for example in self._documents(specialist.name):
            token.raise_if_cancelled()
            own = [columns[name] for name in example.cells if name in columns]
            missing = [c for c in own if kept.get((example.id, c.name), (b"",))[0] != _mark(c)]
            for cell in self._new(example, missing, places.get(example.path, {})):
                mark = _mark(columns[cell.column])
                kept[example.id, cell.column] = mark, msgspec.msgpack.encode(cell)
                self._examples.keep_lesson(example.id, cell.column, *kept[example.id, cell.column])
            for column in own:
                if (lesson := kept.get((example.id, column.name))) is not None:
                    cell = msgspec.msgpack.decode(lesson[1], type=TaughtCell)
                    taught.setdefault(column.name, []).append(cell)
        return taught

    def _new(
        self,
        example: Example,
        columns: Sequence[Column],
        places: Mapping[str, tuple[int, int]],
    ) -> list[TaughtCell]:
        if not columns:
            return []
        try:
            read = read_document(self._reader, Path(example.path))
        except Cancelled:
            raise
        except KNOWN_ERRORS:
            return []
        if read.content_hash != example.content_hash:
            return []
        return self._extractor.taught(read.document, columns, example.cells, places)

    def _shown(self, specialist: Specialist) -> dict[str, list[CellExample]]:
        """Returns the last examples of each column, to show to a model."""
        shown = dict[str, list[CellExample]]()
        lessons = self._examples.lessons(specialist.name)
        for (_, name), (_, lesson) in sorted(lessons.items(), reverse=True):
            cell = msgspec.msgpack.decode(lesson, type=TaughtCell)
            of_column = shown.setdefault(name, [])
            if cell.quote and len(of_column) < _SHOWN:
                of_column.append(CellExample(cell.quote, cell.value))
        return shown


def _mark(column: Column) -> bytes:
    """Returns what a column is known by: a changed column is taught again."""
    return msgspec.msgpack.encode(column)
