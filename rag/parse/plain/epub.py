"""Parses electronic books: the chapters in the order of the book, under their titles."""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.file_properties import add_properties
from rag.parse.limits import UNPACKED_BYTES, check_archive
from rag.parse.parse_problem import ParseProblem, broken
from rag.parse.plain.html import add_html, declared_encoding
from rag.parse.plain.html_styles import relevant
from rag.parse.plain.text import decode
from rag.parse.safe_xml import attributes, local, member, tree
from rag.parse.source import Source

_FORMAT_NAME = "an electronic book"
_MOST_PARTS = 50_000
_CHAPTER_BYTES = 50 << 20
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_DEEPEST = 6
_MOST_SHEETS = 20
_SHEET_BYTES = 1 << 20
_MOST_RULES = 20_000  # characters of style sheets, which are parsed for each chapter
_DUBLIN_CORE = {
    "creator": "Author",
    "contributor": "Contributor",
    "publisher": "Publisher",
    "date": "Date",
    "language": "Language",
    "subject": "Subject",
    "description": "Description",
}


def parse(source: Source) -> ParsedDocument:
    """Parses an EPUB file.

    Raises:
        ParseProblem: it is damaged, protected (DRM), or holds no text.
    """
    check_archive(source, _FORMAT_NAME, _MOST_PARTS)
    builder = DocumentBuilder()
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            _refuse_protected(archive)
            book = _book(archive)
            _add_chapters(builder, archive, book)
        builder.leave_sections()
        add_properties(builder, book.properties)
    except (KeyError, StopIteration, etree.LxmlError, zipfile.BadZipFile, EOFError) as error:
        raise broken(_FORMAT_NAME) from error
    return builder.finish(DocumentKind.EPUB, book.title, source)


@dataclass(frozen=True, slots=True)
class _Book:
    """A book's title, its files in reading order, and its table of contents.

    Attributes:
        contents: for a file, the titles that begin in it, each with its level from 1.
        properties: by their names.
        sheets: rules of the book's style sheets.
    """

    title: str
    spine: list[str]
    contents: dict[str, list[tuple[int, str]]]
    properties: dict[str, str]
    sheets: str


def _refuse_protected(archive: zipfile.ZipFile) -> None:
    try:
        encryption = tree(member(archive, "META-INF/encryption.xml"))
    except (KeyError, etree.LxmlError):
        return
    methods = [e.get("Algorithm") for e in encryption.iter() if local(e) == "EncryptionMethod"]
    if any(method not in _FONTS for method in methods):
        raise ParseProblem(
            FailureReason.UNSUPPORTED,
            "The book is protected by its seller, and can only be read in the seller's program.",
        )


def _book(archive: zipfile.ZipFile) -> _Book:
    container = tree(member(archive, "META-INF/container.xml"))
    name = next(e.get("full-path", "") for e in container.iter() if local(e) == "rootfile")
    package = tree(member(archive, name))
    folder = posixpath.dirname(name)
    items = {e.get("id", ""): e for e in package.iter() if local(e) == "item"}
    spine = []
    for entry in package.iter():
        item = items.get(entry.get("idref", "")) if local(entry) == "itemref" else None
        if item is not None and item.get("media-type") in _PAGES:
            spine.append(_resolve(folder, item.get("href", "")))
    title = next((e.text or "" for e in package.iter() if local(e) == "title"), "")
    return _Book(
        title,
        list(dict.fromkeys(spine)),
        _contents(archive, folder, items),
        _properties(package),
        _sheets(archive, folder, items),
    )


def _properties(package: etree._Element) -> dict[str, str]:
    """Returns what a book's package says about it (Dublin Core)."""
    values: dict[str, list[str]] = {}
    metadata = next((e for e in package if local(e) == "metadata"), None)
    for element in metadata.iter() if metadata is not None else ():
        label = _DUBLIN_CORE.get(local(element))
        words = _words(element) if label else ""
        if label and words and words not in values.setdefault(label, []):
            values[label].append(words)
    return {label: "; ".join(values[label]) for label in _DUBLIN_CORE.values() if label in values}


def _sheets(archive: zipfile.ZipFile, folder: str, items: dict[str, etree._Element]) -> str:
    """Returns the rules of the book's style sheets that say something about its text."""
    sheets: list[str] = []
    for item in items.values():
        if item.get("media-type") == "text/css" and len(sheets) < _MOST_SHEETS:
            try:
                data = member(archive, _resolve(folder, item.get("href", "")), _SHEET_BYTES)
            except (KeyError, RuntimeError, zipfile.BadZipFile, ParseProblem):
                continue
            sheets.append(relevant(decode(data)))
    return "\n".join(sheets)[:_MOST_RULES]


def _contents(
    archive: zipfile.ZipFile, folder: str, items: dict[str, etree._Element]
) -> dict[str, list[tuple[int, str]]]:
    """Returns the book's table of contents, of either kind."""
    contents: dict[str, list[tuple[int, str]]] = {}
    for item in items.values():
        newer = "nav" in item.get("properties", "").split()
        if not newer and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        name = _resolve(folder, item.get("href", ""))
        try:
            root = tree(member(archive, name), recover=True)
        except (KeyError, etree.LxmlError):
            continue
        entries = _nav_entries(root) if newer else _ncx_entries(root)
        for level, title, target in entries:
            place = _resolve(posixpath.dirname(name), target)
            contents.setdefault(place, []).append((min(level, _DEEPEST), title))
        if contents:
            break
    return contents


def _nav_entries(root: etree._Element) -> list[tuple[int, str, str]]:
    """Returns level, title and target of each entry of an EPUB 3 contents page."""
    navs = [e for e in root.iter() if local(e) == "nav"]
    chosen = next((nav for nav in navs if any("toc" in v for _, v in attributes(nav))), None)
    if chosen is None:
        return []
    return [
        (sum(local(a) == "ol" for a in link.iterancestors()), _words(link), link.get("href", ""))
        for link in chosen.iter()
        if local(link) == "a"
    ]


def _ncx_entries(root: etree._Element) -> list[tuple[int, str, str]]:
    """Returns level, title and target of each entry of an EPUB 2 contents file."""
    entries = []
    for point in (e for e in root.iter() if local(e) == "navPoint"):
        level = 1 + sum(local(a) == "navPoint" for a in point.iterancestors())
        label = next((_words(e) for e in point if local(e) == "navLabel"), "")
        target = next((e.get("src", "") for e in point if local(e) == "content"), "")
        entries.append((level, label, target))
    return entries


def _add_chapters(builder: DocumentBuilder, archive: zipfile.ZipFile, book: _Book) -> None:
    unpacked = missing = 0
    for name in book.spine:
        try:
            data = member(archive, name, _CHAPTER_BYTES)
        except (KeyError, RuntimeError, zipfile.BadZipFile):
            missing += 1
            continue
        unpacked += len(data)
        if unpacked > UNPACKED_BYTES:
            raise ParseProblem(
                FailureReason.TOO_LARGE,
                f"Unpacked, the book takes more than {UNPACKED_BYTES >> 20} MB, "
                "which is not safe to open.",
            )
        page = decode(data, declared_encoding(data))
        _add_chapter(builder, page, book.contents.get(name, []), book.sheets)
    if missing:
        builder.notes.append(f"Parts of the book that are not in the file: {missing}.")


def _add_chapter(
    builder: DocumentBuilder, page: str, contents: list[tuple[int, str]], sheets: str
) -> None:
    """Adds a file of the book; one without a title in the contents continues the last chapter."""
    if contents:
        level, title = contents[0]
        builder.leave_sections(level)
        own = DocumentBuilder()
        add_html(own, page, sheets=sheets)
        if not _begins_with(own, title):
            builder.heading(title, level)
    add_html(builder, page, sheets=sheets)


def _begins_with(chapter: DocumentBuilder, title: str) -> bool:
    """Tells whether a chapter already has a heading of this title."""
    try:
        document = chapter.finish(DocumentKind.EPUB, "", Source("chapter"))
    except ParseProblem:
        return True
    headings = [
        document.text[block.locator.start : block.locator.end].casefold()
        for block in document.blocks
        if block.kind is BlockKind.HEADING
    ]
    wanted = " ".join(title.casefold().split())
    return not wanted or any(wanted in heading or heading in wanted for heading in headings)


def _words(element: etree._Element) -> str:
    return " ".join("".join(str(text) for text in element.itertext()).split())


def _resolve(folder: str, target: str) -> str:
    """Returns the archive name of a link's target."""
    return posixpath.normpath(posixpath.join(folder, unquote(target.partition("#")[0])))
