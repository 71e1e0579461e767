"""Measures how far the cells of a workbook's sheets lie apart, before they are loaded into memory.

The library that reads workbooks makes a grid of all cells between the outermost ones: two cells in
opposite corners of a sheet would take 400 GB.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass

from lxml import etree

from rag.parse.safe_xml import local, member, tree

_MOST_CELLS = 8_000_000  # of a grid, regardless of how many are filled
_FILLED = 10  # in a larger grid, at least one cell in this many is filled
_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 64  # longest beginning of a cell's element with its reference
_REFERENCE = re.compile(rb"""\sr\s{0,9}=\s{0,9}["']([A-Za-z]{1,3})([0-9]{1,7})["']""")


@dataclass(slots=True)
class _Extent:
    """The outermost cells seen, and how many there are."""

    cells: int = 0
    left: int = 1 << 30
    right: int = 0
    top: int = 1 << 30
    bottom: int = 0

    @property
    def area(self) -> int:
        """Cells of the grid."""
        return max(self.right - self.left + 1, 0) * max(self.bottom - self.top + 1, 0)

    @property
    def too_sparse(self) -> bool:
        """True if the grid would be large, and nearly all of it empty."""
        return self.area > max(_MOST_CELLS, _FILLED * self.cells)

    def take(self, references: list[tuple[bytes, bytes]]) -> None:
        """Adds references to cells, each as its letters and its digits."""
        if not references:
            return
        columns = {_number(letters) for letters in {letters for letters, _ in references}}
        rows = {int(digits) for digits in {digits for _, digits in references}}
        self.cells += len(references)
        self.left, self.right = min(self.left, *columns), max(self.right, *columns)
        self.top, self.bottom = min(self.top, *rows), max(self.bottom, *rows)


def too_sparse(archive: zipfile.ZipFile) -> dict[str, int]:
    """Returns the sheets whose cells lie too far apart, with the size of their grid in cells.

    A sheet without a name in the workbook is named by its part in the archive.
    """
    areas: dict[str, int] = {}
    for info in archive.infolist():
        if info.filename.endswith(".xml") and "/worksheets/" in f"/{info.filename}".lower():
            extent = _extent(archive, info)
            if extent.too_sparse:
                areas[info.filename] = extent.area
    if not areas:
        return {}
    names = _names(archive)
    return {names.get(part, part): area for part, area in areas.items()}


def _extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Extent:
    extent = _Extent()
    overlap = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            data = overlap + chunk
            end = 0
            references = []
            for match in _REFERENCE.finditer(data):
                references.append((match[1], match[2]))
                end = match.end()
            extent.take(references)
            overlap = data[max(end, len(data) - _OVERLAP_BYTES) :]
    return extent


def _names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Returns the names of sheets by their parts; none if the workbook cannot be understood."""
    try:
        workbook = tree(member(archive, "xl/workbook.xml"))
        relations = tree(member(archive, "xl/_rels/workbook.xml.rels"))
    except (KeyError, etree.LxmlError):
        return {}
    targets = {
        item.get("Id", ""): posixpath.normpath(posixpath.join("/xl", item.get("Target", "")))
        for item in relations
        if local(item) == "Relationship"
    }
    names: dict[str, str] = {}
    for sheet in workbook.iter():
        if local(sheet) == "sheet":
            ids = [str(value) for name, value in sheet.attrib.items() if str(name).endswith("}id")]
            target = targets.get(ids[0], "") if ids else ""
            names[target.lstrip("/")] = str(sheet.get("name", ""))
    return names


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
