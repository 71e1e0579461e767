"""Excel and OpenDocument workbooks: each sheet's tables, with the values that the cells show."""

from __future__ import annotations

import datetime
import io
import zipfile

from rag.parse.builder import DocumentBuilder
from rag.parse.containers import OLE, check_unlocked
from rag.parse.limits import check_archive
from rag.parse.problem import broken, encrypted
from rag.parse.source import Source
from rag.parse.table import add_sheet
from rag.parse.unlock import is_locked
from rag.types import DocumentKind, ParsedDocument

_WHAT = "a workbook"
_DECIMALS = 10  # binary fractions: 0.1 + 0.2 is shown as 0.3


def parse(source: Source) -> ParsedDocument:
    """Parses an XLSX, XLSB, XLS or ODS file.

    Raises:
        ParseProblem: it is damaged, locked, or all its sheets are empty.
    """
    head = source.read(len(OLE))
    kind = DocumentKind.XLS if head == OLE else DocumentKind.XLSX
    if kind is DocumentKind.XLSX:
        check_archive(source, _WHAT)
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            if "content.xml" in archive.namelist():
                kind = DocumentKind.ODS
                check_unlocked(archive)
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.read()))
    except calamine.PasswordError as error:
        raise encrypted() from error
    except calamine.CalamineError as error:
        locked = kind is DocumentKind.XLS and is_locked(source)
        raise (encrypted() if locked else broken(_WHAT)) from error
    builder = DocumentBuilder()
    for name in workbook.sheet_names:
        try:
            sheet = workbook.get_sheet_by_name(name)
        except calamine.CalamineError:
            builder.notes.append(f"The sheet “{name}” could not be read.")
            continue
        row, column = sheet.start or (0, 0)
        rows = [[_text(value) for value in line] for line in sheet.to_python(skip_empty_area=True)]
        builder.leave_sections()
        add_sheet(builder, rows, name, row + 1, column + 1)
    return builder.finish(kind, "", source)


def _text(value: object) -> str:
    """A cell's value as a person writes it."""
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
