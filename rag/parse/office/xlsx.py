"""Excel and OpenDocument workbooks: each sheet's tables, with the values that the cells show."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.containers import OLE, check_unlocked
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.limits import check_archive
from rag.parse.office.sheet_extent import too_sparse
from rag.parse.parse_problem import ParseProblem, broken, encrypted
from rag.parse.safe_xml import member
from rag.parse.source import Source
from rag.parse.table import add_sheet
from rag.parse.unlock import is_locked

_FORMAT_NAME = "a workbook"
_MOST_CELLS = 8_000_000  # of a sheet's grid, if the number of filled cells is unknown
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="[0-9]{4,}"')
_DECIMALS = 10  # binary fractions: 0.1 + 0.2 is shown as 0.3


def parse(source: Source) -> ParsedDocument:
    """Parses an XLSX, XLSB, XLS or ODS file.

    Raises:
        ParseProblem: it is damaged, locked, or all its sheets are empty.
    """
    head = source.read(len(OLE))
    kind = DocumentKind.XLS if head == OLE else DocumentKind.XLSX
    apart: dict[str, int] = {}
    if kind is DocumentKind.XLSX:
        check_archive(source, _FORMAT_NAME)
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            if "content.xml" in archive.namelist():
                kind = DocumentKind.ODS
                check_unlocked(archive)
            else:
                apart = too_sparse(archive)
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.read()))
    except calamine.PasswordError as error:
        raise encrypted() from error
    except calamine.CalamineError as error:
        if kind is DocumentKind.ODS and _repeats_much(source):  # the library does not say why
            raise _too_large() from error
        locked = kind is DocumentKind.XLS and is_locked(source)
        raise (encrypted() if locked else broken(_FORMAT_NAME)) from error
    builder = DocumentBuilder()
    for name in workbook.sheet_names:
        if name in apart:
            builder.notes.append(_left_out(name, apart[name]))
            continue
        try:
            sheet = workbook.get_sheet_by_name(name)
        except calamine.CalamineError:
            builder.notes.append(f"The sheet “{name}” could not be read.")
            continue
        if kind is not DocumentKind.XLSX and sheet.height * sheet.width > _MOST_CELLS:
            builder.notes.append(_left_out(name, sheet.height * sheet.width))
            continue
        row, column = sheet.start or (0, 0)
        rows = [[_text(value) for value in line] for line in sheet.to_python(skip_empty_area=True)]
        builder.leave_sections()
        add_sheet(builder, rows, name, row + 1, column + 1)
    if builder.empty and any("far apart" in note for note in builder.notes):
        raise _too_large()
    return builder.finish(kind, "", source)


def _repeats_much(source: Source) -> bool:
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        return _REPEATED.search(member(archive, "content.xml")) is not None


def _left_out(sheet: str, area: int) -> str:
    return f"The sheet “{sheet}” was left out: its cells lie too far apart, in a grid of {area:,}."


def _too_large() -> ParseProblem:
    return ParseProblem(
        FailureReason.TOO_LARGE,
        f"The cells of its sheets lie too far apart, in grids of more than {_MOST_CELLS:,} cells. "
        "Delete what stands far from the table, and save it again.",
    )


def _text(value: object) -> str:
    """Returns a cell's value as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        rounded = round(value, _DECIMALS)
        return str(int(rounded)) if rounded.is_integer() else repr(rounded)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "minutes")
    return str(value)
