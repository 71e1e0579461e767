"""What the page has done in the background. All calls block: never on the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.specialists.definition import Specialist
from app.specialists.records import Cell, Example, Row, TableInfo, Version
from ui.tables.rows import TableContent, make_line

if TYPE_CHECKING:
    from app.library.service import LibraryService
    from app.specialists.service import Specialists
    from app.specialists.totals import Totals


@dataclass(frozen=True, slots=True)
class Overview:
    """All tables, oldest first, and all specialists, each with whether it is a template."""

    tables: tuple[TableInfo, ...]
    specialists: tuple[tuple[Specialist, bool], ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """What a specialist was taught, and the versions of what it learned."""

    examples: tuple[Example, ...]
    versions: tuple[Version, ...]


def overview(specialists: Specialists) -> Overview:
    """Lists tables and specialists. Raises as `Specialists.store` does."""
    return Overview(tuple(specialists.store.tables()), tuple(specialists.kept.all()))


def load(specialists: Specialists, name: str) -> TableContent:
    """Loads a table.

    Raises:
        NoSuchSpecialist: there is none of this name.
        SpecialistUnreadable: its definition is damaged.
    """
    from app.specialists.runs import TableRuns
    from app.specialists.service import columns_of

    store = specialists.store
    info = store.table(name)
    specialist = TableRuns(specialists).specialist_of(info)
    columns = columns_of(specialist)
    lines = tuple(make_line(row, columns, specialist) for row in store.rows(info.id))
    looked_at = store.looked_at(info.id)
    lacks_model = specialists.lacks_model(specialist)
    note = specialists.model_note(specialist)
    return TableContent(info, specialist, columns, lines, looked_at, lacks_model, note)


def search(library: LibraryService, words: str) -> tuple[str, ...]:
    """Returns the documents that a search finds, best first. Raises as `search` of it does."""
    from app.specialists.sources import MOST_HITS, documents_of

    return documents_of(library.search(words, MOST_HITS))


def behind(specialists: Specialists, folders: Sequence[str]) -> list[TableInfo]:
    """Returns the tables that are not in step with files in some folders."""
    from app.specialists.runs import TableRuns

    if not specialists.has_tables:
        return []
    names = TableRuns(specialists).behind(folders)
    return [specialists.store.table(name) for name in names]


def remove_row(specialists: Specialists, table: str, row: int) -> None:
    """Deletes a document's rows. Raises as `TableRuns.remove_row` does."""
    from app.specialists.runs import TableRuns

    TableRuns(specialists).remove_row(table, str(row))


def correct(
    specialists: Specialists, table: str, row: int, column: str, value: str
) -> tuple[Row, tuple[int, int]]:
    """Corrects or confirms a cell; returns its row, and `SpecialistStore.looked_at`.

    Raises as `TableRuns.correct` does.
    """
    from app.specialists.runs import TableRuns

    changed = TableRuns(specialists).correct(table, str(row), column, value)
    return changed, specialists.store.looked_at(specialists.store.table(table).id)


def summed(content: TableContent) -> tuple[str, ...]:
    """Returns the columns of a table that hold numbers; does not block."""
    from app.specialists.totals import summed_columns

    return summed_columns(content.specialist)


def totals(content: TableContent, column: str, by: str) -> Totals:
    """Computes totals of a loaded table. Raises as `totals_of` does."""
    from app.specialists.totals import totals_of

    rows = [line.row for line in content.lines]
    return totals_of(rows, content.specialist, content.columns, column, by)


def history(specialists: Specialists, row: int, column: str) -> list[Cell]:
    """Returns the earlier values of a cell, oldest first."""
    return specialists.store.history(row, column)


def export(specialists: Specialists, content: TableContent, target: Path) -> Path:
    """Writes a table to a file. Raises as `export_table` does."""
    from app.specialists.export import export_table

    rows: Sequence[Row] = specialists.store.rows(content.info.id)
    export_table(content.info.name, content.columns, rows, target)
    return target


def learned(specialists: Specialists, name: str) -> Learned:
    """Returns what a specialist was taught and learned."""
    examples = specialists.store.examples
    return Learned(tuple(examples.examples(name)), tuple(examples.versions(name)))


def forget_line(specialists: Specialists, name: str, line: int) -> Learned:
    """Deletes a line of what was taught. Raises as `Specialists.forget_example` does."""
    specialists.forget_example(name, line)
    return learned(specialists, name)


def use_version(specialists: Specialists, name: str, number: int) -> Learned:
    """Goes back to a version. Raises `NoSuchSpecialist` if there is none."""
    specialists.store.examples.use_version(name, number)
    return learned(specialists, name)


def export_specialist(specialist: Specialist, target: Path) -> Path:
    """Writes a specialist to a file. Raises as `app.specialists.export.export_specialist` does."""
    from app.specialists.export import export_specialist

    export_specialist(specialist, target)
    return target


def keep(specialists: Specialists, specialist: Specialist) -> None:
    """Checks and keeps a specialist. Raises `SpecialistUnreadable` if it cannot be used."""
    from app.specialists.definition import check

    check(specialist)
    specialists.kept.keep(specialist)
