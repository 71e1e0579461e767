"""OpenDocument texts and slides: headings, paragraphs, lists, tables; a slide is a page."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.containers import check_unlocked
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.limits import check_archive
from rag.parse.parse_problem import broken
from rag.parse.safe_xml import local, member, tree
from rag.parse.source import Source

_FORMAT_NAME = "an OpenDocument file"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_TEXT = f"{{{_ODF}:text:1.0}}"
_TABLE = f"{{{_ODF}:table:1.0}}"
_CLASS = f"{{{_ODF}:presentation:1.0}}class"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_MOST_REPEATED = 64  # most repetitions of a cell or row
_MOST_MADE_UP = 20_000  # most cells of a table that come from repetition
_LONGEST_FIGURE = 9
_DEEPEST_HEADING = 6

# Not the document's own words: deleted text, generated lists, fields for printing, remarks.
_UNSEEN = frozenset(
    (
        *("tracked-changes", "table-of-content", "alphabetical-index", "illustration-index"),
        *("table-index", "user-index", "object-index", "bibliography", "annotation-end"),
        *("sequence-decls", "variable-decls", "user-field-decls", "forms", "settings", "header"),
        *("footer", "page-number", "ruby-text", "soft-page-break", "plugin", "script"),
    )
)
_SPLIT_OFF = frozenset(("note", "frame", "annotation", "custom-shape"))


def parse(source: Source) -> ParsedDocument:
    """Parses an ODT or ODP file.

    Raises:
        ParseProblem: it is damaged, protected by a password, or holds no text.
    """
    check_archive(source, _FORMAT_NAME)
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            content, title = _content(archive), _title(archive)
    except (KeyError, etree.LxmlError, zipfile.BadZipFile, EOFError) as error:
        raise broken(_FORMAT_NAME) from error
    builder = DocumentBuilder()
    walk = _OdfWalk(builder)
    slides = list(content.iter(f"{{{_ODF}:drawing:1.0}}page"))
    body = next(content.iter(f"{{{_ODF}:office:1.0}}body"), None)
    if slides:
        for number, slide in enumerate(slides, start=1):
            walk.slide(slide, number)
    elif body is not None:
        walk.children(body)
    if next(content.iter(f"{{{_ODF}:drawing:1.0}}image"), None) is not None:
        builder.notes.append("Pictures in the document were not read.")
    kind = DocumentKind.ODP if slides else DocumentKind.ODT
    return builder.finish(kind, title or walk.title, source, len(slides) or None)


def _content(archive: zipfile.ZipFile) -> etree._Element:
    check_unlocked(archive)
    return tree(member(archive, "content.xml"))


def _title(archive: zipfile.ZipFile) -> str:
    try:
        title = next(tree(member(archive, "meta.xml")).iter(_TITLE), None)
    except (KeyError, etree.LxmlError):
        return ""
    return (title.text or "").strip() if title is not None else ""


class _OdfWalk:
    """Walks a document in reading order."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._page: int | None = None
        self.title = ""

    def slide(self, slide: etree._Element, number: int) -> None:
        """Adds a slide: its title first, its notes last."""
        self._builder.leave_sections()
        self._page = number
        frames = [child for child in slide if local(child) != "notes"]
        for frame in frames:
            if frame.get(_CLASS) == "title":
                text = " ".join(_inline(p) for p in frame.iter(f"{_TEXT}p", f"{_TEXT}h"))
                self._builder.heading(text, 1, page=number)
                self.title = self.title or text
        for frame in frames:
            if frame.get(_CLASS) != "title":
                self._item(frame)
        for notes in slide.iterchildren():
            if local(notes) == "notes":
                lines = [_inline(p) for p in notes.iter(f"{_TEXT}p") if p.text or len(p)]
                text = "\n".join(line for line in lines if line.strip())
                self._builder.add(f"Notes: {text}" if text else "", page=number)

    def children(self, parent: etree._Element, *, in_list: bool = False) -> None:
        """Adds everything in an element."""
        for child in parent:
            self._item(child, in_list=in_list)

    def _item(self, item: etree._Element, *, in_list: bool = False) -> None:
        name = local(item)
        if not name or name in _UNSEEN:
            return
        if name == "h" and self._page is None:
            text = _inline(item)
            level = item.get(f"{_TEXT}outline-level", "1")
            self._builder.heading(text, _between(level, 1, _DEEPEST_HEADING))
            self.title = self.title or text
            self._split_off(item)
        elif name in ("p", "h"):
            self._paragraph(item, in_list=in_list)
        elif name in ("list", "list-item", "list-header"):
            self.children(item, in_list=True)
        elif name == "table":
            add_table(self._builder, list(_rows(item)), page=self._page)
        elif name != "object":
            self.children(item, in_list=in_list)

    def _paragraph(self, item: etree._Element, *, in_list: bool) -> None:
        text = _inline(item).strip()
        if in_list and text:
            self._builder.add(f"- {text}", BlockKind.LIST_ITEM, page=self._page)
        else:
            self._builder.add(text, page=self._page)
        self._split_off(item)

    def _split_off(self, item: etree._Element) -> None:
        """Adds the parts of a paragraph that are not its text: footnotes, remarks, text boxes."""
        for child in item:
            if local(child) == "note":
                words = " ".join(_inline(p) for p in child.iter(f"{_TEXT}p"))
                self._builder.add(f"Note: {words}" if words.strip() else "", page=self._page)
            elif local(child) in _SPLIT_OFF:
                self.children(child)
            elif len(child):
                self._split_off(child)


def _inline(item: etree._Element) -> str:
    """Returns the text of a paragraph, without what is split off from it."""
    parts = [item.text or ""]
    for child in item:
        name = local(child)
        if name == "s":
            parts.append(" " * _between(child.get(f"{_TEXT}c", "1"), 1, _MOST_REPEATED))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name and name not in _UNSEEN and name not in _SPLIT_OFF:
            parts.append(_inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _rows(table: etree._Element) -> Iterator[list[str]]:
    """Yields the cells of each row; a merged cell counts once."""
    room = _MOST_MADE_UP
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table"), None) is not table:
            continue  # of a table in a cell, which is that cell's text
        cells: list[str] = []
        for cell in row.iterchildren(f"{_TABLE}table-cell"):
            words = " ".join(_inline(p) for p in cell.iter(f"{_TEXT}p", f"{_TEXT}h"))
            times = cell.get(f"{_TABLE}number-columns-repeated", "1")
            again = min(_between(times, 1, _MOST_REPEATED) - 1, room)
            cells += [words] * (again + 1)
            room -= again
        times = row.get(f"{_TABLE}number-rows-repeated", "1")
        again = _between(times, 1, _MOST_REPEATED) - 1 if any(cells) else 0
        again = min(again, room // max(len(cells), 1))
        room -= again * len(cells)
        yield from [cells] * (again + 1)


def _between(figure: str, least: int, most: int) -> int:
    if not figure.isascii() or not figure.isdecimal():
        return least
    return min(max(int(figure), least), most) if len(figure) <= _LONGEST_FIGURE else most
