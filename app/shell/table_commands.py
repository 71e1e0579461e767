"""`studiolo table`: list, run, follow, show, total, correct, export, learned, remove."""

from __future__ import annotations

import argparse
from pathlib import Path

from msgspec import Struct

from app.errors import SpecialistUnreadable
from app.paths import Paths
from app.services import Services
from app.shell.answer_printer import duration
from app.shell.console import Console
from app.shell.session import opened, stopping
from app.shell.specialist_commands import CellOutput, row_output
from app.specialists.definition import read_specialist
from app.specialists.export import export_table
from app.specialists.records import Row, TableInfo
from app.specialists.runs import RunProgress, RunReport, TableRuns
from app.specialists.service import Specialists, columns_of
from app.specialists.sources import MOST_HITS, documents_of
from app.specialists.totals import totals_of


class TableLine(Struct, frozen=True):
    """A table in `studiolo table list`."""

    name: str
    specialist: str
    paths: tuple[str, ...]


class TablesOutput(Struct, frozen=True):
    """The output of `studiolo table list`."""

    tables: tuple[TableLine, ...]


class RowFailure(Struct, frozen=True):
    """A document that could not be read."""

    path: str
    reason: str


class RunOutput(Struct, frozen=True):
    """The output of `studiolo table run`: how many documents were filled, and which failed.

    Attributes:
        removed: rows that went, as their documents are no longer there.
        gone: such documents whose rows stay, as they have cells of the person.
        changed: documents to look at again.
        note: what else there is to know, or "".
    """

    table: str
    filled: int
    unchanged: int
    failed: tuple[RowFailure, ...]
    removed: int
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    note: str


class RowOutput(Struct, frozen=True):
    """A row of a table."""

    row: int
    path: str
    state: str
    reason: str
    cells: dict[str, CellOutput]


class TableOutput(Struct, frozen=True):
    """The output of `studiolo table show`."""

    table: str
    specialist: str
    columns: tuple[str, ...]
    rows: tuple[RowOutput, ...]


class ExportOutput(Struct, frozen=True):
    """The output of `studiolo table export`."""

    table: str
    file: str
    rows: int


class ExampleLine(Struct, frozen=True):
    """Something that was learned; `line` deletes it again."""

    line: int
    source: str
    path: str
    text: str
    label: str
    cells: dict[str, str]


class VersionLine(Struct, frozen=True):
    """What was learned at a time, and how good it was on examples that were left out."""

    version: int
    examples: int
    accuracy: float
    macro_f1: float
    used: bool
    note: str


class LearnedOutput(Struct, frozen=True):
    """The output of `studiolo table learned`.

    Attributes:
        checked: cells of high confidence that the person looked at.
        right: how many of them were right.
    """

    table: str
    examples: tuple[ExampleLine, ...]
    versions: tuple[VersionLine, ...]
    checked: int
    right: int


def list_all(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Lists the tables."""
    with opened(options, paths) as services:
        tables = services.specialists.store.tables()
    if console.as_json:
        lines = (TableLine(table.name, table.specialist, table.paths) for table in tables)
        console.result(TablesOutput(tuple(lines)))
    for table in tables:
        console.say(f"{table.name}  ({table.specialist})")
    return 0


def run(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Runs a specialist over files and folders."""

    def show_progress(progress: RunProgress) -> None:
        _print_progress(progress, console)

    with opened(options, paths) as services, stopping(options) as token:
        sources = [*options.paths, *_sources(options, services)]
        report = TableRuns(services.specialists).run(
            options.name, sources, options.table or "", show_progress, token
        )
        note = _note(services.specialists, report.table)
    return _print_report(report, note, console)


def _sources(options: argparse.Namespace, services: Services) -> list[Path]:
    """Returns the documents of a search and the folders of a collection, as they were asked for.

    Raises:
        SpecialistUnreadable: there are none.
    """
    current, wanted = services.settings.current, list[str]()
    if options.collection and not current.folders_of(options.collection):
        raise SpecialistUnreadable(f"There is no collection “{options.collection}”.")
    if options.search:
        hits = services.library.search(options.search, MOST_HITS, options.collection or "")
        wanted += documents_of(hits)
    elif options.collection:
        wanted += current.folders_of(options.collection)
    if (options.search or options.collection) and not wanted:
        raise SpecialistUnreadable("No document was found for the table.")
    return [Path(path) for path in wanted]


def follow(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Brings a table in step with the disk."""

    def show_progress(progress: RunProgress) -> None:
        _print_progress(progress, console)

    with opened(options, paths) as services, stopping(options) as token:
        runs = TableRuns(services.specialists)
        report = runs.catch_up(options.table, None, show_progress, token)
        note = _note(services.specialists, report.table)
    return _print_report(report, note, console)


def _print_progress(progress: RunProgress, console: Console) -> None:
    left = ""
    if progress.seconds_left is not None:
        left = f", about {duration(progress.seconds_left)} left"
    console.progress(f"{progress.done} of {progress.total}{left}: {progress.current}")


def _note(specialists: Specialists, table: TableInfo) -> str:
    """Returns sentences about how the table was filled, or ""."""
    specialist = read_specialist(table.definition)
    note = specialists.model_note(specialist)
    if specialists.lacks_model(specialist):
        note = f"{note} Filled without a language model: the one installed is too small.".strip()
    return note


def _print_report(report: RunReport, note: str, console: Console) -> int:
    """Prints a finished run; returns 1 if a document could not be read, else 0."""
    if console.as_json:
        failed = tuple(RowFailure(path, reason) for path, reason in report.failed)
        counts = (report.filled, report.unchanged, failed, report.removed)
        console.result(RunOutput(report.table.name, *counts, report.gone, report.changed, note))
    console.say(f"{report.table.name}: {report.filled} filled, {report.unchanged} unchanged.")
    if note:
        console.say(note)
    if report.removed:
        console.say(f"Rows removed, as their documents are no longer there: {report.removed}")
    for path in report.gone:
        console.say(f"No longer there, kept for your corrections: {path}")
    for path in report.changed:
        console.say(f"Document changed, look again: {path}")
    for path, reason in report.failed:
        console.say(f"Not read: {path}")
        console.say(f"    {reason}")
    return 1 if report.failed else 0


def show(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows a table."""
    with opened(options, paths) as services:
        runs = TableRuns(services.specialists)
        table = services.specialists.store.table(options.table)
        columns = columns_of(runs.specialist_of(table))
        rows = services.specialists.store.rows(table.id)
    if console.as_json:
        lines = tuple(map(_row, rows))
        console.result(TableOutput(table.name, table.specialist, columns, lines))
    for row in rows:
        console.say(f"{row.id}. {row.path}  ({row.state}{': ' + row.reason if row.reason else ''})")
        for name in columns:
            if (cell := row.cells.get(name)) is not None:
                value = cell.value or cell.state
                check = "  (check)" if cell.confidence == "check" else ""
                console.say(f"    {name}: {' '.join(value.split())[:200]}{check}")
    return 0


def correct(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Corrects or confirms a cell, and learns from that."""
    with opened(options, paths) as services:
        runs = TableRuns(services.specialists)
        row = runs.correct(options.table, options.row, options.column, options.value)
    if console.as_json:
        console.result(_row(row))
    console.say(f"{options.column}: {options.value or 'not in the document'}")
    return 0


def total(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Counts rows or sums a column, by the values of another column."""
    with opened(options, paths) as services:
        table = services.specialists.store.table(options.table)
        specialist = read_specialist(table.definition)
        rows = services.specialists.store.rows(table.id)
    columns = columns_of(specialist)
    totals = totals_of(rows, specialist, columns, options.of or "", options.by or "")
    if console.as_json:
        console.result(totals)
    for each in totals.totals:
        name = f"{each.group or '(none)'}: " if totals.by else ""
        unit = f" {each.unit}" if each.unit else ""
        amount = f", sum {each.sum}{unit}, mean {each.mean}{unit}" if each.sum else ""
        console.say(f"{name}{each.count}{amount}")
    if totals.left_out:
        console.say(f"Rows without a number: {totals.left_out}")
    return 0


def export(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Writes a table to a file; its ending decides the format."""
    target = options.file.absolute()
    with opened(options, paths) as services:
        table = services.specialists.store.table(options.table)
        columns = columns_of(TableRuns(services.specialists).specialist_of(table))
        rows = services.specialists.store.rows(table.id)
    export_table(table.name, columns, rows, target)
    if console.as_json:
        console.result(ExportOutput(table.name, str(target), len(rows)))
    console.say(f"Saved in {target}.")
    return 0


def learned(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows what a table's specialist learned; deletes a line, or goes back to a version."""
    with opened(options, paths) as services:
        store = services.specialists.store
        table = store.table(options.table)
        if options.forget is not None:
            services.specialists.forget_example(table.specialist, options.forget)
        if options.use is not None:
            store.examples.use_version(table.specialist, options.use)
        examples = store.examples.examples(table.specialist)
        versions = store.examples.versions(table.specialist)
        checked, right = store.looked_at(table.id)
    output = LearnedOutput(
        table.name,
        tuple(ExampleLine(e.id, e.source, e.path, e.text, e.label, e.cells) for e in examples),
        tuple(
            VersionLine(v.number, v.examples, v.accuracy, v.macro_f1, v.current, v.note)
            for v in versions
        ),
        checked,
        right,
    )
    if console.as_json:
        console.result(output)
    for line in output.examples:
        what = line.label or ", ".join(f"{key}: {value}" for key, value in line.cells.items())
        console.say(f"{line.line}. {what}  ({line.source})  {line.path}")
        if line.text:
            console.say(f"    {' '.join(line.text.split())[:160]}")
    if checked:
        console.say(f"Of {checked} high cells that you looked at, {right} were right.")
    return 0


def remove(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Deletes a table, or only a document's rows with what was learned from it."""
    with opened(options, paths) as services:
        table = services.specialists.store.table(options.table)
        if options.row:
            TableRuns(services.specialists).remove_row(options.table, options.row)
        else:
            services.specialists.store.remove_table(options.table)
    if console.as_json:
        console.result(TableLine(table.name, table.specialist, table.paths))
    console.say(f"{options.row or options.table} was removed.")
    return 0


def _row(row: Row) -> RowOutput:
    return RowOutput(row.id, row.path, row.state, row.reason, row_output(row.cells))
