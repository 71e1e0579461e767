"""The words and marks of cells, kinds and columns."""

from __future__ import annotations

from dataclasses import dataclass

from app.specialists.definition import ColumnType, Kind, Specialist
from app.specialists.records import Cell, Row
from ui.legible import legible
from ui.text import tr


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state is told.

    Attributes:
        words: the state in words.
        icon: the name of its icon.
        role: the colour of icon and words, a field of `ui.theme.tokens.Palette`.
    """

    words: str
    icon: str
    role: str


def mark_of(cell: Cell | None) -> Mark:
    """Returns the mark of a cell; None stands for one that is not filled yet."""
    if cell is None:
        return Mark(tr("Not filled yet"), "", "text_soft")
    check = cell.confidence == "check"
    match cell.state:
        case "found":
            if check:
                return Mark(tr("Found, check"), "warning", "warning")
            return Mark(tr("Found"), "check", "success")
        case "disagree":
            return Mark(tr("Sources disagree"), "warning", "warning")
        case "absent":
            words = tr("Not in the document, check") if check else tr("Not in the document")
            return Mark(words, "minus", "text_soft")
        case "unreadable":
            return Mark(tr("Not readable"), "not-found", "warning")
        case "not applicable":
            return Mark(tr("Does not apply"), "minus", "text_soft")
        case "corrected":
            return Mark(tr("Corrected by you"), "pencil", "accent")
        case "confirmed":
            return Mark(tr("Confirmed by you"), "check", "accent")


def mark_of_row(row: Row) -> Mark:
    """Returns the mark of a row's document."""
    match row.state:
        case "done":
            return Mark(tr("Read"), "check", "text_soft")
        case "waiting":
            return Mark(tr("Not finished"), "", "text_soft")
        case "changed":
            return Mark(tr("Document changed, look again"), "refresh", "warning")
        case "gone":
            return Mark(tr("The document is no longer there"), "not-found", "warning")
        case "failed":
            return Mark(tr("Could not be read"), "not-found", "danger")


def filled_by(cell: Cell) -> str:
    """Says who filled a cell; "" if nobody had to."""
    match cell.by:
        case "rule":
            return tr("Filled by a rule")
        case "examples":
            return tr("Filled by what was learned from examples")
        case "search":
            return tr("Filled by searching the document")
        case "model":
            if not cell.model:
                return tr("Filled by the language model")
            return tr("Filled by the language model {0}").format(legible(cell.model, lines=False))
        case "person":
            return tr("Filled by you")
        case "":
            return ""


def kind(value: Kind) -> str:
    """Names a kind of specialist."""
    match value:
        case "extract":
            return tr("Fills columns")
        case "classify":
            return tr("Sorts documents")
        case "clauses":
            return tr("Finds clauses")


def column_type(value: ColumnType) -> str:
    """Names the type of a column."""
    match value:
        case "text":
            return tr("Text")
        case "verbatim":
            return tr("Exact words")
        case "date":
            return tr("Date")
        case "money":
            return tr("Money")
        case "number":
            return tr("Number")
        case "yes/no":
            return tr("Yes or no")
        case "one of":
            return tr("One of a list")
        case "several of":
            return tr("Several of a list")
        case "party":
            return tr("Person or company")


def column_name(specialist: Specialist, column: str) -> str:
    """Returns the heading of a column; that of a table that sorts has no name of its own."""
    return tr("Label") if specialist.kind == "classify" else column


def contents(specialist: Specialist) -> str:
    """Describes all that a specialist holds, as plain text of several lines."""
    lines = [specialist.name, kind(specialist.kind)]
    lines += [part for part in (specialist.description, specialist.notes) if part]
    lines.append("")
    for column in specialist.columns:
        parts = [column.name, column_type(column.type)]
        parts += [part for part in (column.unit, ", ".join(column.choices)) if part]
        parts += [tr("required")] * column.required
        lines.append("• " + " · ".join(parts))
        lines += [f"    {column.question}"] * bool(column.question)
        lines += [
            "    " + tr("Example: “{0}” gives “{1}”").format(example.quote, example.value)
            for example in column.examples
        ]
    for label in specialist.labels:
        lines.append(f"• {label.name}")
        lines += [f"    {label.description}"] * bool(label.description)
    for name, value in ((tr("Model"), specialist.model), (tr("Adapter"), specialist.adapter)):
        lines += [f"{name}: {value}"] * bool(value)
    return "\n".join(lines)
