"""OpenDocument texts and slides: headings, paragraphs, lists, tables; a slide is a page."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.containers import check_unlocked
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.file_properties import add_properties
from rag.parse.limits import check_archive
from rag.parse.office.margins import says_more_than_page
from rag.parse.office.odf_controls import OdfControls
from rag.parse.office.odf_names import (
    DC,
    DRAW,
    META,
    OFFICE,
    PRESENTATION,
    STYLE,
    TEXT,
    between,
)
from rag.parse.office.odf_objects import OdfObjects, is_in_words
from rag.parse.office.odf_styles import OdfNumbers, OdfStyles
from rag.parse.office.odf_text import SPLIT_OFF, UNSEEN, OdfText, is_hidden, table_rows
from rag.parse.parse_problem import broken
from rag.parse.safe_xml import attributes, local, member, tree
from rag.parse.source import Source
from rag.parse.state_words import changes_note, comment, picture
from rag.text.tick_marks import signs_in_words

_FORMAT_NAME = "an OpenDocument file"
_BESIDE = (f"{TEXT}note", f"{OFFICE}annotation", f"{DRAW}frame", f"{DRAW}custom-shape")
_DEEPEST_HEADING = 6
_DEEPEST_LIST = 10
_OBJECT_BYTES = 20 << 20  # of an embedded chart or sheet
_DESCRIBING = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_MARGINS = {
    "header": ("header-first", "header", "header-left"),
    "footer": ("footer-first", "footer", "footer-left"),
}


def parse(source: Source) -> ParsedDocument:
    """Parses an ODT or ODP file.

    Raises:
        ParseProblem: it is damaged, protected by a password, or holds no text.
    """
    check_archive(source, _FORMAT_NAME)
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            return _parse(source, archive)
    except (KeyError, etree.LxmlError, zipfile.BadZipFile, EOFError) as error:
        raise broken(_FORMAT_NAME) from error


def _parse(source: Source, archive: zipfile.ZipFile) -> ParsedDocument:
    check_unlocked(archive)
    content = tree(member(archive, "content.xml"))
    styles = _optional(archive, "styles.xml")
    builder = DocumentBuilder()
    walk = _OdfWalk(builder, content, styles, lambda name: _optional(archive, name, _OBJECT_BYTES))
    slides = list(content.iter(f"{DRAW}page"))
    body = next(content.iter(f"{OFFICE}body"), None)
    if slides:
        unseen = _styles_of_hidden_slides(content)
        for number, slide in enumerate(slides, start=1):
            walk.slide(slide, number)
            if slide.get(f"{DRAW}style-name") in unseen:
                builder.add("This slide is hidden.", page=number)
    elif body is not None:
        walk.margins(styles, "header")
        walk.children(body)
        for part in body:
            walk.loose_controls(part)
    title, properties = _described(archive)
    add_properties(builder, properties, page=len(slides) or None)
    if not slides:
        builder.leave_sections()
        walk.margins(styles, "footer")
    inserted = sum(1 for _ in content.iter(f"{TEXT}insertion"))
    deleted = sum(1 for _ in content.iter(f"{TEXT}deletion"))
    if inserted or deleted:
        builder.notes.append(changes_note(inserted, deleted))
    if walk.has_pictures(content):
        builder.notes.append("Pictures in the document were not read.")
    if walk.objects.left_out:
        builder.notes.append("Only the first embedded objects were read: there are very many.")
    kind = DocumentKind.ODP if slides else DocumentKind.ODT
    return builder.finish(kind, title or walk.title, source, len(slides) or None)


def _optional(
    archive: zipfile.ZipFile, name: str, limit: int | None = None
) -> etree._Element | None:
    """Returns the root of a part of the file; None when it is missing or damaged."""
    try:
        return tree(member(archive, name, limit) if limit else member(archive, name))
    except (KeyError, etree.LxmlError):
        return None


def _described(archive: zipfile.ZipFile) -> tuple[str, dict[str, str]]:
    """Returns the title and the other properties of the file, by their names."""
    root = _optional(archive, "meta.xml")
    if root is None:
        return "", {}

    def stated(*names: str) -> str:
        for name in names:
            values = [(element.text or "").strip() for element in root.iter(name)]
            if any(values):
                return ", ".join(filter(None, values))
        return ""

    return stated(f"{DC}title"), {
        "Author": stated(f"{META}initial-creator", f"{DC}creator"),
        "Subject": stated(f"{DC}subject"),
        "Keywords": stated(f"{META}keyword"),
        "Description": stated(f"{DC}description"),
    }


def _styles_of_hidden_slides(content: etree._Element) -> set[str | None]:
    """Returns the names of the styles whose slides are not shown."""
    return {
        style.get(f"{STYLE}name")
        for style in content.iter(f"{STYLE}style")
        for properties in style.iterchildren(f"{STYLE}drawing-page-properties")
        if properties.get(f"{PRESENTATION}visibility") == "hidden"
    }


class _OdfWalk:
    """Walks a document in reading order.

    Args:
        builder: receives the text.
        content: the root of the content.
        styles: the root of the styles; None when they are missing.
        load: returns the root of another part of the file.
    """

    def __init__(
        self,
        builder: DocumentBuilder,
        content: etree._Element,
        styles: etree._Element | None,
        load: Callable[[str], etree._Element | None],
    ) -> None:
        self._builder = builder
        self._page: int | None = None
        self.title = ""
        roots = [content] if styles is None else [styles, content]
        self._styles = OdfStyles(roots)
        self._numbers = OdfNumbers(self._styles)
        self._controls = OdfControls(content, roots)
        self.objects = OdfObjects(load)
        self._inline = OdfText(self._styles, self._controls, self.objects, builder).of
        self._lists: list[str] = []  # styles of the open lists
        self._mark = ""  # of the next paragraph, if it begins an item of a list

    def margins(self, styles: etree._Element | None, which: str) -> None:
        """Adds the lines of all headers or all footers, each once."""
        seen: set[str] = set()
        for name in _MARGINS[which] if styles is not None else ():
            for margin in styles.iter(f"{STYLE}{name}") if styles is not None else ():
                for line in margin.iter(f"{TEXT}p", f"{TEXT}h"):
                    text = self._inline(line)
                    if text not in seen and says_more_than_page(text):
                        self._builder.add(text)
                    seen.add(text)

    def slide(self, slide: etree._Element, number: int) -> None:
        """Adds a slide: its title first, its notes last."""
        self._builder.leave_sections()
        self._page = number
        frames = [child for child in slide if local(child) != "notes"]
        for frame in frames:
            if frame.get(f"{PRESENTATION}class") == "title":
                text = " ".join(self._inline(p) for p in frame.iter(f"{TEXT}p", f"{TEXT}h"))
                self._builder.heading(text, 1, page=number)
                self.title = self.title or text
        for frame in frames:
            if frame.get(f"{PRESENTATION}class") != "title":
                self._item(frame)
        self.loose_controls(slide)
        for notes in slide.iterchildren():
            if local(notes) == "notes":
                lines = [self._inline(p) for p in notes.iter(f"{TEXT}p") if p.text or len(p)]
                text = "\n".join(line for line in lines if line.strip())
                self._builder.add(f"Notes: {text}" if text else "", page=number)

    def loose_controls(self, parent: etree._Element) -> None:
        """Adds the controls of the forms in an element that stand nowhere in the text."""
        for forms in parent.iterchildren(f"{OFFICE}forms"):
            for words in self._controls.loose(forms):
                self._add(signs_in_words(words))

    def has_pictures(self, content: etree._Element) -> bool:
        """Tells whether there are pictures; the one that a program keeps of a formula is none."""
        for image in content.iter(f"{DRAW}image"):
            frame = image.getparent()
            if frame is None or self.objects.equation(frame) is None:
                return True
        return False

    def children(self, parent: etree._Element) -> None:
        """Adds everything in an element."""
        for child in parent:
            self._item(child)

    def _item(self, item: etree._Element) -> None:
        name = local(item)
        if not name or name in UNSEEN:
            return
        if name == "section" and is_hidden(item):
            self._builder.hidden += bool("".join(map(str, item.itertext())).strip())
            return
        if name in ("p", "h"):
            self._paragraph(item, is_heading=name == "h" and self._page is None)
        elif name == "list":
            self._list(item)
        elif name == "table":
            rows = list(table_rows(item, self._cell_text))
            add_table(self._builder, rows, page=self._page)
            if next(item.iter(*_BESIDE), None) is not None:
                self._split_off(item)
        elif name == "annotation":
            self._annotation(item)
        elif name == "control":
            self._add(signs_in_words(self._controls.words(str(item.get(f"{DRAW}control", "")))))
        elif name == "object":
            self._object(item)
        elif name == "frame" and (equation := self.objects.equation(item)) is not None:
            self._add("" if is_in_words(item) else equation)  # its picture says no more
        elif item.tag in (f"{_DESCRIBING}title", f"{_DESCRIBING}desc"):
            words = item.text or ""
            self._add(picture(words))
        else:
            self.children(item)

    def _add(self, text: str) -> None:
        self._builder.add(text, page=self._page)

    def _cell_text(self, cell: etree._Element) -> str:
        """Returns the text of a cell on a line, with the numbers of lists, and tables in it."""
        parts: list[str] = []
        for child in cell:
            name = local(child)
            if name in ("p", "h"):
                parts.append(self._inline(child))
            elif name == "list":
                for mark, item in self._items(child):
                    text = self._cell_text(item)
                    parts.append(f"{mark} {text}" if mark and text else text)
            elif name == "table":
                rows = table_rows(child, self._cell_text)
                parts.append("; ".join(", ".join(filter(None, row)) for row in rows))
            elif name and name not in UNSEEN and name not in SPLIT_OFF:
                parts.append(self._cell_text(child))
        return " ".join(filter(None, parts))

    def _list(self, item: etree._Element) -> None:
        for mark, child in self._items(item):
            self._mark = mark
            self.children(child)
            self._mark = ""

    def _items(self, item: etree._Element) -> Iterator[tuple[str, etree._Element]]:
        """Yields the items of a list after their numbers; "" for one without a number."""
        outer = self._lists[-1] if self._lists else ""
        name = self._styles.list_of(item) or outer
        self._lists.append(name)
        depth = min(len(self._lists), _DEEPEST_LIST)
        goes_on = item.get(f"{TEXT}continue-numbering") == "true" or (
            item.get(f"{TEXT}continue-list") is not None
        )
        if not goes_on:
            self._numbers.begin_list(name, depth)
        for child in item:
            is_item = local(child) == "list-item" and _has_own_text(child)
            start = str(child.get(f"{TEXT}start-value", ""))
            yield self._numbers.item(name, depth, start) if is_item else "", child
        self._lists.pop()

    def _paragraph(self, item: etree._Element, *, is_heading: bool) -> None:
        text = self._inline(item).strip()
        mark, self._mark = self._mark, ""
        level = between(str(item.get(f"{TEXT}outline-level", "1")), 1, _DEEPEST_LIST)
        if is_heading:
            if mark in ("", "-") and item.get(f"{TEXT}is-list-header") != "true":
                start = str(item.get(f"{TEXT}start-value", ""))
                mark = self._numbers.heading(
                    level, start if item.get(f"{TEXT}restart-numbering") else ""
                )
            title = f"{mark} {text}" if mark not in ("", "-") and text else text
            self._builder.heading(title, min(level, _DEEPEST_HEADING))
            self.title = self.title or text
        elif self._lists and text:
            self._builder.add(f"{mark or '-'} {text}", BlockKind.LIST_ITEM, page=self._page)
        else:
            self._add(text)
        if len(item):
            self._split_off(item)

    def _split_off(self, item: etree._Element) -> None:
        """Adds the parts of a paragraph that are not its text: footnotes, comments, text boxes."""
        for child in item:
            if local(child) == "note":
                words = " ".join(self._inline(p) for p in child.iter(f"{TEXT}p"))
                self._add(f"Note: {words}" if words.strip() else "")
            elif local(child) == "annotation":
                self._annotation(child)
            elif local(child) in SPLIT_OFF:
                self._item(child)
            elif len(child):
                self._split_off(child)

    def _annotation(self, item: etree._Element) -> None:
        text = " ".join(self._inline(p) for p in item.iter(f"{TEXT}p"))
        if not text.strip():
            return
        values = {name.rpartition("}")[2]: value for name, value in attributes(item)}
        kind = "Reply" if values.get("parent-name") else "Comment"
        if values.get("resolved") == "true":
            kind = f"{kind} (resolved)"
        author, date = (item.findtext(f"{DC}{name}") or "" for name in ("creator", "date"))
        self._add(comment(text, author, date, kind=kind))

    def _object(self, item: etree._Element) -> None:
        """Adds the values of an embedded chart, or the tables of an embedded sheet."""
        root = self.objects.content(item)
        if root is None:
            return
        title = next(root.iter("{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}title"), None)
        words = " ".join(map(self._inline, title.iter(f"{TEXT}p"))) if title is not None else ""
        self._add(f"Chart: {words}" if words.strip() else "")
        for table in root.iter("{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table"):
            add_table(self._builder, list(table_rows(table, self._cell_text)), page=self._page)


def _has_own_text(item: etree._Element) -> bool:
    """Tells whether an item of a list begins with a paragraph, not with a list in it."""
    first = next((local(child) for child in item if local(child)), "")
    return first != "list"
