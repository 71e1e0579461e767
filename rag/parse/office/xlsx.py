"""Excel and OpenDocument workbooks: each sheet's tables, with the values that the cells show."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.containers import OLE, check_unlocked
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.limits import TEXT_BYTES, check_archive, check_size
from rag.parse.office.sheet_extent import too_sparse
from rag.parse.office.sheet_text import SheetText, add_remarks
from rag.parse.office.sheet_xml import Grid, SheetXml, WorkbookXml
from rag.parse.parse_problem import ParseProblem, broken, encrypted
from rag.parse.safe_xml import member, tree
from rag.parse.source import Source
from rag.parse.table import add_sheet
from rag.parse.table_header import Merge
from rag.parse.unlock import is_locked

if TYPE_CHECKING:
    import python_calamine

    from rag.parse.office.formulas import Place, SheetCells, WorkbookResults
    from rag.parse.office.ods import OdsSheet
    from rag.parse.office.xls_records import WorkbookRecords

_FORMAT_NAME = "a workbook"
_MOST_CELLS = 8_000_000  # of a sheet's grid, if the number of filled cells is unknown
_MOST_ODS_BYTES = 40 << 20  # of a larger one, only the values are read: a tree takes ten times that
_BINARY = "xl/workbook.bin"  # the part that makes a workbook a binary one
_REPEATED = re.compile(rb'number-(?:columns|rows)-repeated="[0-9]{4,}"')


def parse(source: Source) -> ParsedDocument:
    """Parses an XLSX, XLSB, XLS or ODS file.

    Raises:
        ParseProblem: it is damaged, locked, or all its sheets are empty.
    """
    head = source.read(len(OLE))
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or b"\0<" in head or b"<\0" in head:
        return _xml_of_2003(source)
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
    if kind is DocumentKind.ODS and (content := _ods_content(source)) is not None:
        builder = DocumentBuilder()
        _add_ods(builder, content, source)
        if not builder.empty or any("far apart" in note for note in builder.notes):
            return _finished(builder, kind, source)
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
    if kind is DocumentKind.XLSX:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            _add_sheets(builder, workbook, kind, apart, _details(archive))
        _add_embedded(builder, source, workbook)
    elif kind is DocumentKind.XLS:
        from rag.parse.office.xls_records import WorkbookRecords

        _add_sheets(builder, workbook, kind, apart, WorkbookRecords(_records(source)))
    else:
        _add_sheets(builder, workbook, kind, apart, None)
    return _finished(builder, kind, source)


def _details(archive: zipfile.ZipFile) -> WorkbookXml:
    if _BINARY not in archive.namelist():
        return WorkbookXml(archive)
    from rag.parse.office.xlsb_records import WorkbookBinary

    return WorkbookBinary(archive)


def _add_embedded(
    builder: DocumentBuilder, source: Source, workbook: python_calamine.CalamineWorkbook
) -> None:
    from rag.parse.office.embedded import embedded_files

    files = embedded_files(source)
    first = next(files, None)
    if first is None:
        return
    from rag.parse.attachments import add_attachments  # most workbooks do without

    last = next(reversed(workbook.sheet_names), None)
    add_attachments(
        builder, source, itertools.chain([first], files), title="Embedded files", sheet=last
    )


def _xml_of_2003(source: Source) -> ParsedDocument:
    from rag.parse.office.spreadsheet_xml import add_workbook

    check_size(source.size, TEXT_BYTES)
    builder = DocumentBuilder()
    try:
        add_workbook(builder, tree(source.read()))
    except etree.LxmlError as error:
        raise broken(_FORMAT_NAME) from error
    return _finished(builder, DocumentKind.XLS, source)


def _finished(builder: DocumentBuilder, kind: DocumentKind, source: Source) -> ParsedDocument:
    if builder.empty and any("far apart" in note for note in builder.notes):
        raise _too_large()
    return builder.finish(kind, "", source)


def _records(source: Source) -> bytes:
    """Returns the records of an XLS workbook; b"" if they cannot be found."""
    import olefile  # type: ignore[import-untyped]

    try:
        with source.open() as stream, olefile.OleFileIO(stream) as file:
            return bytes(file.openstream("Workbook").read())
    except (OSError, ValueError, IndexError, KeyError):
        return b""


def _ods_content(source: Source) -> etree._Element | None:
    """Returns the content of an OpenDocument workbook; None if it is damaged or very large."""
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        if archive.getinfo("content.xml").file_size > _MOST_ODS_BYTES:
            return None
        try:
            return tree(member(archive, "content.xml"))
        except (etree.LxmlError, zipfile.BadZipFile, EOFError, NotImplementedError):
            return None


def _add_ods(builder: DocumentBuilder, content: etree._Element, source: Source) -> None:
    from rag.parse.office.ods import lacks_results, ods_sheets
    from rag.parse.office.ods_shapes import objects

    sheets: Iterable[OdsSheet] = ods_sheets(content)
    results: Mapping[str, Collection[Place]] = {}
    if lacks_results(content) and (kept := _small(sheets)) is not None:
        sheets, results = kept, _ods_results(kept, source)
    else:
        sheets = ods_sheets(content)  # one after the other: each may be large
    for sheet in sheets:
        if sheet.area > _MOST_CELLS:
            builder.notes.append(_left_out(sheet.name, sheet.area))
            continue
        if sheet.hidden:
            builder.notes.append(_hidden(sheet.name))
        builder.leave_sections()
        add_sheet(builder, sheet.rows, sheet.name, merges=sheet.merges, exact=sheet.exact)
        places = results.get(sheet.name, ())
        add_remarks(
            *(builder, sheet.name, sheet.details, sheet.rows, (1, 1), places),
            is_hidden=sheet.hidden,
        )
    builder.notes += objects(content)


def _small(sheets: Iterable[OdsSheet]) -> list[OdsSheet] | None:
    """Returns the sheets of a workbook whose formulas can be computed; None if it is too large."""
    from rag.parse.office.formulas import MOST_COMPUTED

    kept: list[OdsSheet] = []
    room = MOST_COMPUTED
    for sheet in sheets:
        room -= sheet.area
        if room < 0:
            return None
        kept.append(sheet)
    return kept


def _ods_results(sheets: Sequence[OdsSheet], source: Source) -> Mapping[str, Collection[Place]]:
    """Writes results of formulas that have none into the rows, and returns their places."""
    from rag.parse.office.formulas import SheetCells
    from rag.parse.office.ods_formulas import put_results

    if _repeats_much(source):
        return {}
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(source.read()))
        values = []
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            row, column = sheet.start or (0, 0)
            rows = sheet.to_python(skip_empty_area=True)
            values.append(SheetCells(name, (row + 1, column + 1), rows, {}))
    except calamine.CalamineError:
        return {}
    return put_results(sheets, values)


def _add_sheets(
    builder: DocumentBuilder,
    workbook: python_calamine.CalamineWorkbook,
    kind: DocumentKind,
    apart: dict[str, int],
    details: WorkbookXml | WorkbookRecords | None,
) -> None:
    import python_calamine as calamine

    @cache
    def results() -> WorkbookResults:
        from rag.parse.office.formulas import WorkbookResults  # most workbooks hold all results

        return WorkbookResults(partial(_cells, workbook, apart, details))

    for facts in workbook.sheets_metadata:
        name = facts.name
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
        is_hidden = facts.visible is not calamine.SheetVisibleEnum.Visible
        if is_hidden:
            is_listed = facts.visible is not calamine.SheetVisibleEnum.VeryHidden
            builder.notes.append(_hidden(name, is_listed=is_listed))
        _add_sheet(builder, sheet, details, results, is_hidden=is_hidden)
    if details is not None:
        builder.notes += details.objects()


def _add_sheet(
    builder: DocumentBuilder,
    sheet: python_calamine.CalamineSheet,
    details: WorkbookXml | WorkbookRecords | None,
    workbook_results: Callable[[], WorkbookResults],
    *,
    is_hidden: bool,
) -> None:
    row, column = sheet.start or (0, 0)
    grid = Grid(row, column, sheet.height, sheet.width)
    own = details.sheet(sheet.name, grid) if details is not None else SheetXml()
    results = workbook_results().of(sheet.name) if own.formulas or own.stale else {}
    text = SheetText(own, grid, details.formats if details is not None else [], results)
    rows = text.rows(sheet.to_python(skip_empty_area=True))
    merges = [
        Merge(top - row, left - column, bottom - row, right - column)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if top >= row and left >= column
    ]
    builder.leave_sections()
    first_row, first_column = text.first
    add_sheet(
        builder,
        rows,
        sheet.name,
        first_row,
        first_column,
        merges=merges,
        exact=text.exact,
    )
    add_remarks(builder, sheet.name, own, rows, text.first, results, is_hidden=is_hidden)


def _cells(
    workbook: python_calamine.CalamineWorkbook,
    apart: Collection[str],
    details: WorkbookXml | WorkbookRecords | None,
) -> list[SheetCells]:
    """Returns the values and formulas of all sheets that are read."""
    from rag.parse.office.formulas import SheetCells

    sheets: list[SheetCells] = []
    for name in workbook.sheet_names:
        if name in apart or details is None:
            continue
        sheet = workbook.get_sheet_by_name(name)
        row, column = sheet.start or (0, 0)
        own = details.sheet(name, Grid(row, column, sheet.height, sheet.width))
        values = sheet.to_python(skip_empty_area=True)
        sheets.append(SheetCells(name, (row + 1, column + 1), values, own.stale | own.formulas))
    return sheets


def _repeats_much(source: Source) -> bool:
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        return _REPEATED.search(member(archive, "content.xml")) is not None


def _hidden(sheet: str, *, is_listed: bool = True) -> str:
    """Says that a sheet is hidden; Excel itself lists all but the very hidden ones."""
    unlisted = "" if is_listed else ", and Excel does not list it among the hidden sheets"
    return f"The sheet “{sheet}” is hidden in the workbook{unlisted}."


def _left_out(sheet: str, area: int) -> str:
    return f"The sheet “{sheet}” was left out: its cells lie too far apart, in a grid of {area:,}."


def _too_large() -> ParseProblem:
    return ParseProblem(
        FailureReason.TOO_LARGE,
        f"The cells of its sheets lie too far apart, in grids of more than {_MOST_CELLS:,} cells. "
        "Delete what stands far from the table, and save it again.",
    )
