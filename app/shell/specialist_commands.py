"""`studiolo specialists`: list, show, new, import, export, remove, propose, teach, apply."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from app.errors import (
    KNOWN_ERRORS,
    BatchUnreadable,
    Cancelled,
    SpecialistUnreadable,
)
from app.paths import Paths
from app.services import Services
from app.shell.console import Console, ErrorText
from app.shell.outputs import FailedLine
from app.shell.session import opened, stopping
from app.specialists.definition import Specialist, write_specialist
from app.specialists.export import export_specialist
from app.specialists.kept import KeptSpecialists, read_file
from app.specialists.ports import FilledRow
from app.specialists.proposals import specialist_of
from app.specialists.records import Cell, Quote
from app.specialists.service import Lesson
from app.specialists.sorting import Item, SortedItem
from app.user_messages import describe

_BATCH = 32
_LONGEST_LINE = 8 << 20


class SpecialistLine(Struct, frozen=True):
    """A specialist in `studiolo specialists list`."""

    name: str
    kind: str
    description: str
    template: bool


class SpecialistsOutput(Struct, frozen=True):
    """The output of `studiolo specialists list`."""

    specialists: tuple[SpecialistLine, ...]


class NamedOutput(Struct, frozen=True):
    """The output of a command that changed one specialist."""

    name: str
    kind: str


class TaughtOutput(Struct, frozen=True):
    """The output of `studiolo specialists teach`.

    Attributes:
        added: examples that are new or changed.
        examples: how many it has learned from.
        accuracy, macro_f1: of examples that were left out in turn.
        version: what was learned; 0 for nothing.
        used: whether it is in use now.
        note: why not.
        failed: lines that could not be used.
    """

    added: int
    examples: int
    accuracy: float
    macro_f1: float
    version: int
    used: bool
    note: str
    failed: tuple[FailedLine, ...]


class QuoteOutput(Struct, frozen=True):
    """Words of a document; `page` is null for formats without pages."""

    page: int | None
    quote: str


class CellOutput(Struct, frozen=True):
    """A cell of a table. `model`: the language model that filled it, with its adapter, or ""."""

    value: str
    state: str
    confidence: str
    by: str
    quotes: tuple[QuoteOutput, ...]
    model: str = ""


class LabelOutput(Struct, frozen=True):
    """The label of a line in `studiolo specialists apply`."""

    id: object
    label: str
    confidence: float
    unsure: bool
    evidence: tuple[QuoteOutput, ...]


class RowsOutput(Struct, frozen=True):
    """The rows of a line in `studiolo specialists apply`."""

    id: object
    rows: tuple[dict[str, CellOutput], ...]


class _Line(Struct, frozen=True):
    """A line of a file of examples, or of a batch."""

    id: object = None
    text: str = ""
    path: str = ""
    label: str = ""
    cells: dict[str, str] = {}


def list_all(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Lists the specialists and templates."""
    lines = tuple(
        SpecialistLine(each.name, each.kind, each.description, template)
        for each, template in KeptSpecialists(paths.specialists).all()
    )
    if console.as_json:
        console.result(SpecialistsOutput(lines))
    for line in lines:
        console.say(f"{line.name}  ({line.kind}{', template' if line.template else ''})")
        if line.description:
            console.say(f"    {line.description}")
    return 0


def show(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows a specialist's file."""
    specialist = KeptSpecialists(paths.specialists).find(options.name)
    if console.as_json:
        console.result(specialist)
    for line in write_specialist(specialist).decode().splitlines():
        console.say(line)
    return 0


def new(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Makes a specialist from a file, under a name."""
    specialist = read_file(options.source)
    return _keep(msgspec.structs.replace(specialist, name=options.name), paths, console)


def take_in(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Takes in a specialist's file under its own name."""
    return _keep(read_file(options.file), paths, console)


def export(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Writes a specialist to a file, without the person's examples."""
    specialist = KeptSpecialists(paths.specialists).find(options.name)
    target: Path = options.file.absolute()
    export_specialist(specialist, target)
    return _print_name(specialist, console, f"Saved in {target}.")


def remove(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Deletes a specialist and what it was taught."""
    with opened(options, paths) as services:
        specialist = services.specialists.kept.find(options.name)
        services.specialists.remove(options.name)
    return _print_name(specialist, console, f"{specialist.name} was removed.")


def propose(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Proposes columns by what some documents share, and writes them to a file if asked to."""
    with opened(options, paths) as services, stopping(options) as token:
        proposals = services.specialists.propose(options.paths, token)
    if options.to is not None:
        export_specialist(
            specialist_of(options.to.stem, proposals.proposals), options.to.absolute()
        )
    if console.as_json:
        console.result(proposals)
    for each in proposals.proposals:
        shared = f"in {each.documents} of {len(proposals.paths)}"
        console.say(f"{each.column.name}  ({each.column.type}; {each.source}, {shared})")
        console.say(f"    {'; '.join(each.examples)[:160]}")
    if options.to is not None:
        console.say(f"Saved in {options.to}.")
    elif not proposals.proposals:
        console.say("The documents share nothing that could be a column.")
    return 0


def teach(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Adds the examples of a file, and learns from all that the specialist has."""
    lines = list(_lines(options.examples))
    readable = [(number, line) for number, line in lines if isinstance(line, _Line)]
    lessons = [Lesson(ln.text, ln.path, ln.label, ln.cells) for _, ln in readable]

    def progress(done: int, total: int) -> None:
        console.progress(f"Reading examples: {done} of {total}")

    with opened(options, paths) as services, stopping(options) as token:
        taught = services.specialists.teach(options.name, lessons, progress, token)
    failed = [_failed(number, line) for number, line in lines if isinstance(line, Exception)]
    failed += [_failed(readable[number][0], error) for number, error in taught.failed]
    version = taught.version
    output = TaughtOutput(
        taught.added,
        version.examples if version else 0,
        round(version.accuracy, 4) if version else 0.0,
        round(version.macro_f1, 4) if version else 0.0,
        version.number if version else 0,
        version.current if version else False,
        version.note if version else "",
        tuple(failed),
    )
    if console.as_json:
        console.result(output)
    console.say(f"{output.added} examples are new; it has learned from {output.examples}.")
    if version:
        console.say(f"Of examples that were left out in turn, {output.accuracy:.0%} were right.")
    for line in failed:
        console.say(f"Line {line.id}: {line.error.message} {line.error.advice}".rstrip())
    if output.note:
        console.say(f"It is not used: {output.note}")
    return 1 if failed else 0


def apply(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Applies a specialist to each line of a file, and prints a result for each, in order."""
    failed = 0
    with opened(options, paths) as services, stopping(options) as token:
        specialist = services.specialists.kept.find(options.name)
        lines = list(_lines(options.batch))
        if note := services.specialists.model_note(specialist):
            console.note(note)
        with services.specialists.running(specialist):
            for start in range(0, len(lines), _BATCH):
                token.raise_if_cancelled()
                console.progress(f"{start} of {len(lines)}")
                for result in _applied(services, specialist, lines[start : start + _BATCH]):
                    failed += isinstance(result, FailedLine)
                    console.result(result)
    return 1 if failed else 0


def _applied(
    services: Services, specialist: Specialist, lines: Sequence[tuple[int, _Line | Exception]]
) -> list[object]:
    """Returns the results of some lines, in order; texts to sort are sorted together."""
    sorter = services.specialists.sorter
    results = dict[int, object]()
    items = list[tuple[int, _Line, Item]]()
    for number, line in lines:
        try:
            if isinstance(line, Exception):
                raise line
            if not line.text and not line.path:
                raise SpecialistUnreadable("The line has no text and no path.")
            if specialist.kind == "classify" or (specialist.kind == "clauses" and line.text):
                item = Item(line.text) if line.text else sorter.item(Path(line.path))
                items.append((number, line, item))
            else:
                rows = services.specialists.fill_line(specialist, line.text, line.path)
                results[number] = RowsOutput(line.id, tuple(map(row_output, rows)))
        except Cancelled:
            raise
        except KNOWN_ERRORS as error:
            results[number] = _failed(number, error, line)
    labelled = sorter.sort(specialist, [item for _, _, item in items])
    for (number, line, _), done in zip(items, labelled, strict=True):
        results[number] = _label_output(line.id, done)
    return [results[number] for number, _ in lines]


def row_output(row: FilledRow) -> dict[str, CellOutput]:
    """Returns the cells of a row by column."""
    return {column: cell_output(cell) for column, cell in row.items()}


def cell_output(cell: Cell) -> CellOutput:
    """Returns a cell."""
    quotes = tuple(map(_quote_output, cell.quotes))
    return CellOutput(cell.value, cell.state, cell.confidence, cell.by, quotes, cell.model)


def _label_output(line_id: object, done: SortedItem) -> LabelOutput:
    prediction = done.prediction
    evidence = (_quote_output(done.quote),) if done.quote is not None else ()
    confidence = round(prediction.confidence, 4)
    return LabelOutput(line_id, prediction.label, confidence, prediction.unsure, evidence)


def _quote_output(quote: Quote) -> QuoteOutput:
    return QuoteOutput(quote.page, quote.text)


def _keep(specialist: Specialist, paths: Paths, console: Console) -> int:
    KeptSpecialists(paths.specialists).keep(specialist)
    return _print_name(specialist, console, f"{specialist.name} is ready.")


def _print_name(specialist: Specialist, console: Console, sentence: str) -> int:
    if console.as_json:
        console.result(NamedOutput(specialist.name, specialist.kind))
    console.say(sentence)
    return 0


def _failed(number: int, error: Exception, line: object = None) -> FailedLine:
    message = describe(error)
    line_id = line.id if isinstance(line, _Line) else number
    return FailedLine(line_id, ErrorText(message.message, message.shell_advice))


def _lines(file: Path) -> Iterator[tuple[int, _Line | BatchUnreadable]]:
    """Yields the lines of a file, counted from 1; one that cannot be read is an error.

    Paths are taken from the file's own folder.

    Raises:
        BatchUnreadable: the file cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BatchUnreadable(
            f"{file} could not be read: {reason}.", "Name a file of JSON lines."
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = msgspec.json.decode(line[:_LONGEST_LINE], type=_Line)
        except msgspec.DecodeError as error:
            yield number, BatchUnreadable(f"Line {number} cannot be used: {error}.")
            continue
        if fields.path:
            path = str((file.parent / fields.path).absolute())
            fields = msgspec.structs.replace(fields, path=path)
        yield number, fields
