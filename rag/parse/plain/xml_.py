"""Parses XML: the text of its elements under headings that name the path to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table, row_text
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken
from rag.parse.plain.camt import take_entries
from rag.parse.plain.chat_pages import short_messages
from rag.parse.plain.diagrams import add_drawing
from rag.parse.plain.html import add_html, declared_encoding
from rag.parse.plain.json_ import add_values
from rag.parse.plain.places import unfold_fields
from rag.parse.plain.property_list import BINARY, TooMany, property_list
from rag.parse.plain.text import decode
from rag.parse.plain.xml_tables import add_text_table, is_text_table
from rag.parse.safe_xml import MOST_ATTRIBUTES, attributes, local, tree
from rag.parse.source import Source

_FORMAT_NAME = "an XML file"
_DEEPEST_HEADING = 6
_FEWEST_ROWS = 2
_MOST_COLUMNS = 60
_GROUP_LENGTH = 900
_LONGEST_PROSE = 4000  # characters of a paragraph with marked words in it
_LONGEST_TITLE = 120
_SHORTEST_DATA = 400  # characters
_BASE64 = re.compile(r"\s*(?:[A-Za-z0-9+/]{40,}\s*)+[A-Za-z0-9+/]*={0,2}\s*")
_SMALL = 600  # characters of an element that is not worth a section
_PARAGRAPHS = frozenset(("p", "para", "simpara", "paragraph", "text", "body"))
_MARKUP = re.compile(
    r"</(?:a|b|i|u|p|em|strong|span|div|font|table|tr|td|ul|ol|li|h[1-6])>|<(?:br|p|img)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_BREAKS = frozenset(("lb", "br", "pb", "cb", "gb", "linebreak", "line-break"))
_TITLES = ("title", "name", "label", "heading", "head", "caption")


def parse(source: Source) -> ParsedDocument:
    """Parses an XML file. Nothing is fetched, and its entities are not expanded.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    data = source.read()
    builder = DocumentBuilder()
    if data.startswith(BINARY):
        _add_properties(builder, data)
        return builder.finish(DocumentKind.XML, "", source)
    text = decode(data, declared_encoding(data))
    try:
        root = _root(builder, text)
    except etree.LxmlError as error:
        raise broken(_FORMAT_NAME) from error
    folded = next(root.iter(etree.Entity), None) is not None
    if folded:
        etree.strip_elements(root, etree.Entity, with_tail=False)
        builder.notes.append("Text that the file defines elsewhere (entities) was left out.")
    if any(len(element.attrib) > MOST_ATTRIBUTES for element in root.iter(etree.Element)):
        builder.notes.append(
            f"Of elements with more than {MOST_ATTRIBUTES:,} attributes, the first were read."
        )
    if messages := short_messages(root):
        for message in messages:
            builder.add(message.line())
        return builder.finish(DocumentKind.XML, "", source)
    if add_drawing(builder, root):
        return builder.finish(DocumentKind.XML, "", source)
    if local(root) == "plist" and _add_properties(builder, data):
        return builder.finish(DocumentKind.XML, "", source)
    _remove_data(builder, root)
    _read_markup(root)
    _part_lines(root)
    unfold_fields(root)
    entries = take_entries(root)
    walk = _XmlWalk(builder, root)
    walk.element(root, 1)
    walk.flush()
    add_table(builder, entries)
    if folded and builder.empty:
        raise ParseProblem(
            FailureReason.NO_TEXT,
            "All text of the file is defined elsewhere (entities), which is not unfolded.",
        )
    title = next((_words(e) for e in root.iter() if local(e) == "title" and _words(e)), "")
    return builder.finish(DocumentKind.XML, title[:_LONGEST_TITLE], source)


def _add_properties(builder: DocumentBuilder, data: bytes) -> bool:
    """Adds the keys and values of a property list; tells whether it is sound.

    Raises:
        ParseProblem: it is too large, or a binary one that is damaged.
    """
    try:
        value = property_list(data)
    except TooMany as error:
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            "The property list holds more values than can be read. Save it in parts.",
        ) from error
    if value is None and data.startswith(BINARY):
        raise broken("a property list")
    if value is not None:
        add_values(builder, value)
    return value is not None


def _root(builder: DocumentBuilder, text: str) -> etree._Element:
    data = text.lstrip("\ufeff \n\t").encode()
    try:
        return tree(data, encoding="utf-8")
    except etree.LxmlError:
        root = tree(data, recover=True, encoding="utf-8")
        builder.notes.append("The file is not sound XML: what could be made out was read.")
        return root


def _remove_data(builder: DocumentBuilder, root: etree._Element) -> None:
    """Removes pictures and other files that are written as text (Base64), and notes it."""
    count = 0
    for element in root.iter(etree.Element):
        text = element.text or ""
        if len(text) >= _SHORTEST_DATA and not len(element) and _BASE64.fullmatch(text):
            element.text = None
            count += 1
    if count:
        noun = "file that is" if count == 1 else "files that are"
        builder.notes.append(f"{count:,} {noun} stored in the text was left out.")


def _read_markup(root: etree._Element) -> None:
    """Replaces HTML in the text of elements, as in maps and feeds, by what a reader sees of it."""
    for element in root.iter(etree.Element):
        text = element.text or ""
        if not len(element) and _MARKUP.search(text):
            inner = DocumentBuilder()
            add_html(inner, text)
            element.text = inner.text


def _part_lines(root: etree._Element) -> None:
    """Puts a blank where a line, a column or a page begins, as the words on both sides are two."""
    for element in root.iter(etree.Element):
        if local(element) in _BREAKS and not len(element):
            element.tail = f" {element.tail or ''}"


class _XmlWalk:
    """Walks a document; lxml itself bounds its depth."""

    def __init__(self, builder: DocumentBuilder, root: etree._Element) -> None:
        self._builder = builder
        self._sizes: dict[etree._Element, int] = {}  # characters in an element
        for element in reversed(list(root.iter())):
            own = len(element.text or "") + sum(len(child.tail or "") for child in element)
            self._sizes[element] = own + sum(self._sizes[child] for child in element)
        filled = {element.tag for element in root.iter(etree.Element) if _holds(element)}
        self._flags = {e.tag for e in root.iter(etree.Element)} - filled  # never hold anything
        self._lines: list[str] = []
        self._length = 0

    def element(self, element: etree._Element, level: int, prefix: str = "") -> None:
        """Adds an element: as a line when it is plain, as a section when it has children."""
        children = [child for child in element if local(child)]
        if is_text_table(element):
            self.flush()
            add_text_table(self._builder, element)
            return
        if not children or _is_prose(element):
            self._plain(element, prefix)
            return
        heading, named = _heading(element, children)
        rows = _table(children, self._flags)
        if level > 1 and not rows and named is None and self._sizes[element] <= _SMALL:
            own = "; ".join(filter(None, (_flat(element.text), _attributes(element))))
            self._line(f"{prefix}{local(element)}: {own}" if own else "")
            for child in children:
                self.element(child, level + 1, f"{prefix}{local(element)}.")
                self._line(_flat(child.tail))
            return
        self.flush()
        level = min(level, _DEEPEST_HEADING)
        self._builder.heading(heading, level)
        self._line(_attributes(element))
        self._line(_flat(element.text))
        if rows:
            self.flush()
            lines = [row_text(row) for row in rows]
            self._builder.add("\n".join(lines), BlockKind.TABLE, header=lines[0])
        else:
            for child in children:
                if child is not named:
                    self.element(child, level + 1)
                self._line(_flat(child.tail))
        self.flush()
        self._builder.leave_sections(level)

    def _plain(self, element: etree._Element, prefix: str) -> None:
        words = _words(element)
        if local(element).lower() in _PARAGRAPHS:
            self.flush()
            self._builder.add(words)
            return
        content = "; ".join(part for part in (words, _attributes(element)) if part)
        if not content and element.tag in self._flags:
            content = "(no content)"
        self._line(f"{prefix}{local(element)}: {content}" if content else "")

    def _line(self, line: str) -> None:
        if self._length + len(line) > _GROUP_LENGTH:
            self.flush()
        if line:
            self._lines.append(line)
            self._length += len(line)

    def flush(self) -> None:
        """Ends a block of lines."""
        self._builder.add("\n".join(self._lines))
        self._lines.clear()
        self._length = 0


def _is_prose(element: etree._Element) -> bool:
    """Tells whether text stands between the element's children, such as bold words."""
    return _has_text_beside(element) and len(_words(element)) <= _LONGEST_PROSE


def _table(records: list[etree._Element], flags: Collection[str]) -> list[list[str]]:
    """Returns the rows of a table, its header first, when elements are records; else none.

    Records have the same name and plain fields, either of much the same names, or all of one name.

    Args:
        records: the elements.
        flags: names of elements that say something by being there: they never hold anything.
    """
    if len(records) < _FEWEST_ROWS or len({record.tag for record in records}) > 1:
        return []
    if any(_is_prose(r) or any(len(field) for field in r) for r in records):
        return []
    tags = {field.tag for record in records for field in record}
    if len(tags) == 1 and all(len(record) > 1 for record in records):
        return [[*map(_cell, record), *filter(None, (_attributes(record),))] for record in records]
    if any(len({field.tag for field in record}) < len(record) for record in records):
        return []
    counts = Counter(field.tag for record in records for field in record)
    flags = {tag for tag in flags if 0 < counts[tag] < len(records)}  # not in all: it matters
    rows = [_record(record, flags) for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    sparse = sum(map(len, rows)) * 2 < len(names) * len(rows)
    if sparse or not 1 < len(names) <= _MOST_COLUMNS:
        return []
    return [names, *([row.get(name, "") for name in names] for row in rows)]


def _holds(element: etree._Element) -> bool:
    """Tells whether an element has text, attributes or elements in it."""
    return bool(len(element) or element.attrib or (element.text or "").strip())


def _record(record: etree._Element, flags: Collection[str]) -> dict[str, str]:
    fields = {_local_name(name): value for name, value in attributes(record)}
    fields.update(
        {
            local(field): "yes" if field.tag in flags else _cell(field)
            for field in record
            if local(field)
        }
    )
    return fields


def _cell(field: etree._Element) -> str:
    """Returns a field's text with its attributes, such as a currency, behind it."""
    words, beside = _words(field), _attributes(field)
    return f"{words} ({beside})" if words and beside else words or beside


def _heading(
    element: etree._Element, children: list[etree._Element]
) -> tuple[str, etree._Element | None]:
    """Returns the element's name with its title, and the child that holds the title."""
    for child in children:
        if local(child).lower() in _TITLES:
            words = _words(child)
            if 0 < len(words) <= _LONGEST_TITLE:
                return f"{local(element)}: {words}", child
    title = str(element.get("name") or element.get("title") or "")
    return (f"{local(element)}: {title[:_LONGEST_TITLE]}" if title else local(element)), None


def _attributes(element: etree._Element) -> str:
    """Returns attributes as text, without those that only concern programs."""
    return ", ".join(
        f"{_local_name(name)} = {value}"
        for name, value in attributes(element)
        if value and not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}")
    )


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _words(element: etree._Element) -> str:
    """Returns the text of an element; blanks part the fields of one without text of its own."""
    children = [child for child in element if local(child)]
    if children and not _has_text_beside(element):
        return " ".join(filter(None, map(_words, children)))
    return " ".join("".join(str(text) for text in element.itertext()).split())


def _has_text_beside(element: etree._Element) -> bool:
    """Tells whether there is text before, between or behind the children of an element."""
    beside = (element.text, *(child.tail for child in element))
    return any(text and text.strip() for text in beside)
