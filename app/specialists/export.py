"""Writes a table as CSV, JSON, XLSX or HTML, with the evidence of each cell.

Values come from documents, so a spreadsheet must not take one for a formula: in XLSX every cell is
a string, and in CSV one that begins like a formula gets an apostrophe in front, as OWASP advises
("CSV Injection").
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.errors import SpecialistError, SpecialistUnreadable
from app.specialists.definition import Specialist, write_specialist
from app.specialists.records import Cell, Quote, Row
from rag.store.new_file import new_file

FORMATS = (".csv", ".json", ".xlsx", ".html")
_FORMULA = re.compile(r"[=+\-@\t\r\n]")
_MOST_CHARACTERS = 32_000
"""A cell of a spreadsheet holds 32,767."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_EVIDENCE = ("file", "column", "value", "state", "confidence", "by", "page", "quote", "model")
_STYLE = """
body { font: 10pt sans-serif; margin: 2em; color: #111; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #999; padding: .3em .5em; text-align: left; vertical-align: top }
thead { display: table-header-group }
tr { break-inside: avoid }
q { color: #444; font-size: 9pt; display: block }
.check::after { content: " (check)"; color: #944 }
"""


def export_table(title: str, columns: Sequence[str], rows: Sequence[Row], target: Path) -> None:
    """Writes a table to a file; its ending decides the format.

    Raises:
        SpecialistUnreadable: the ending is none of `FORMATS`.
        SpecialistError: the file cannot be written; one that was there is unchanged.
    """
    writers = {".csv": _csv, ".json": _json, ".xlsx": _xlsx, ".html": _html}
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise SpecialistUnreadable(
            f"{target.name} is in none of the formats {', '.join(FORMATS)}.", "Choose one of them."
        )
    _save(target, writer(title, columns, rows))


def export_specialist(specialist: Specialist, target: Path) -> None:
    """Writes a specialist to a file, without the person's examples.

    Raises:
        SpecialistError: the file cannot be written; one that was there is unchanged.
    """
    _save(target, write_specialist(specialist))


def _save(target: Path, content: bytes) -> None:
    try:
        with new_file(target, ".part") as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise SpecialistError(
            f"{target} could not be written: {error.strerror}.", "Choose another place."
        ) from error


def defused(value: str) -> str:
    """Returns a value that no spreadsheet program takes for a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def _csv(_: str, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(defused, ("file", *columns, "state")))
    for row in rows:
        values = (row.cells[name].value if name in row.cells else "" for name in columns)
        writer.writerow(map(defused, (row.path, *values, row.state)))
    return text.getvalue().encode("utf-8-sig", "replace")


def _json(title: str, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    table = {"table": title, "columns": list(columns), "rows": msgspec.to_builtins(rows)}
    return msgspec.json.format(msgspec.json.encode(table), indent=1)


def _xlsx(_: str, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    from xlsxwriter import Workbook

    file = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(file, safe) as book:
        head = book.add_format({"bold": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        values, evidence = book.add_worksheet("Table"), book.add_worksheet("Evidence")
        for sheet, names in ((values, ("file", *columns, "state")), (evidence, _EVIDENCE)):
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, len(names) - 1, 24, wrapped)
            _write(sheet, 0, names, head)
        for number, row in enumerate(rows, start=1):
            texts = (row.cells[name].value if name in row.cells else "" for name in columns)
            _write(values, number, (row.path, *texts, row.state))
        for number, line in enumerate(_evidence(columns, rows), start=1):
            _write(evidence, number, line)
    return file.getvalue()


def _write(sheet: Any, row: int, texts: Sequence[str], style: Any = None) -> None:
    for column, text in enumerate(texts):
        clean = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:_MOST_CHARACTERS]
        sheet.write_string(row, column, clean, style)


def _evidence(columns: Sequence[str], rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """Yields a line for each quote, and one for each cell without any."""
    for row in rows:
        for name in columns:
            if (cell := row.cells.get(name)) is None:
                continue
            for quote in cell.quotes or (None,):
                yield row.path, name, *_of_cell(cell), *_of_quote(quote), cell.model


def _of_cell(cell: Cell) -> tuple[str, str, str, str]:
    return cell.value, cell.state, cell.confidence, cell.by


def _of_quote(quote: Quote | None) -> tuple[str, str]:
    if quote is None:
        return "", ""
    return str(quote.page or ""), quote.text


def _html(title: str, columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("File", *columns))
    body = "\n".join(
        f"<tr><td>{html.escape(Path(row.path).name)}</td>"
        + "".join(_html_cell(row.cells.get(name)) for name in columns)
        + "</tr>"
        for row in rows
    )
    name = html.escape(title)
    page = (
        f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{name}</h1>\n"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _html_cell(cell: Cell | None) -> str:
    if cell is None:
        return "<td></td>"
    value = cell.value or f"({cell.state})"
    quotes = "".join(
        f"<q>{html.escape(quote.text)}{f' (page {quote.page})' if quote.page else ''}</q>"
        for quote in cell.quotes
        if quote.text != cell.value
    )
    return f'<td><span class="{cell.confidence}">{html.escape(value)}</span>{quotes}</td>'
