"""Word documents: headings, paragraphs, lists, tables and notes, in the order of the text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.attachments import add_attachments
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.file_properties import add_properties, core_properties
from rag.parse.limits import check_archive
from rag.parse.office import drawings
from rag.parse.office.embedded import embedded_files
from rag.parse.office.margins import says_more_than_page
from rag.parse.office.strict_ooxml import main_part
from rag.parse.office.word_comments import WordComments
from rag.parse.office.word_links import external_targets
from rag.parse.office.word_names import W
from rag.parse.office.word_numbers import WordNumbers
from rag.parse.office.word_text import WordText
from rag.parse.office.word_xml import rows, settle, texts_of_notes
from rag.parse.parse_problem import broken
from rag.parse.safe_xml import tree
from rag.parse.source import Source
from rag.parse.state_words import changes_note, picture

_FORMAT_NAME = "a Word document"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_OTHERS = (  # python-docx itself refuses these; macros are not run here
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    f"{_MAIN}template.main+xml",
)
_HEADING = re.compile(r"heading ([1-6])", re.IGNORECASE)
_LEVELS = 6
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_NEWER_CHART = "{http://schemas.microsoft.com/office/drawing/2014/chartex}chart"
_BOX = f"{W}txbxContent"
_COMMENT = f"{W}commentReference"
_NOTES = {f"{W}{kind}Reference": kind for kind in ("footnote", "endnote")}
_PICTURES = {  # elements with a description, and the name of that attribute
    "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr": "descr",
    "{http://schemas.openxmlformats.org/drawingml/2006/picture}cNvPr": "descr",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}cNvPr": "descr",
    "{urn:schemas-microsoft-com:vml}shape": "alt",
}
_BESIDE = (_BOX, _CHART, _NEWER_CHART, _DIAGRAM, _COMMENT, *_NOTES, *_PICTURES)


def parse(source: Source) -> ParsedDocument:
    """Parses a DOCX file.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    check_archive(source, _FORMAT_NAME)
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = _open(source)
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise broken(_FORMAT_NAME) from error
    story = _Story(DocumentBuilder(), document)
    story.run()
    add_attachments(story.builder, source, embedded_files(source), title="Embedded files")
    title = story.title or document.core_properties.title or ""
    return story.builder.finish(DocumentKind.DOCX, title, source)


def _open(source: Source) -> Any:
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    PartFactory.part_type_for.update(dict.fromkeys(_OTHERS, DocumentPart))
    return main_part(source, Package, DocumentPart, _FORMAT_NAME).document


class _Story:
    """Walks a document and adds its text.

    Attributes:
        builder: receives the text.
        title: the text in the style for titles, if there is any.
    """

    def __init__(self, builder: DocumentBuilder, document: Any) -> None:
        from docx.enum.style import WD_STYLE_TYPE

        self.builder = builder
        self.title = ""
        self._document = document
        self._part = document.part
        self._note_counts = {"footnote": 0, "endnote": 0}
        self._endnotes: list[str] = []
        self._comments = WordComments(
            _read(self._related("/comments")), _read(self._related("/commentsExtended"))
        )
        self._levels: dict[str, int] = {}
        styles = document.styles
        self._by_id = {style.styleId: style for style in reversed(styles.element.style_lst)}
        self._text = WordText(self._by_id, builder).of
        self._notes = {
            kind: texts_of_notes(
                self._related(f"/{kind}s"), kind, self._text, self._targets(f"/{kind}s")
            )
            for kind in ("footnote", "endnote")
        }
        self._numbers = WordNumbers(self._related("/numbering"), self._by_id)
        self._usual_style = styles.default(WD_STYLE_TYPE.PARAGRAPH)

    def run(self) -> None:
        """Adds headers first and footers last, each once, and the text between them."""
        body = self._part.element.body
        self._margins(body, "header")
        changes = settle(body, external_targets(self._part))
        if changes.total():
            self.builder.notes.append(changes_note(changes["inserted"], changes["deleted"]))
        self._add(body)
        add_properties(self.builder, core_properties(self._document.core_properties))
        self.builder.leave_sections()
        for text in self._endnotes:
            self.builder.add(text)
        self._margins(body, "footer")

    def _related(self, ending: str) -> bytes:
        """Returns the part of the package with this relation; empty when there is none."""
        for relation in self._part.rels.values():
            if not relation.is_external and relation.reltype.endswith(ending):
                return bytes(relation.target_part.blob)
        return b""

    def _targets(self, ending: str) -> dict[str, str]:
        """Returns the addresses that the part with this relation refers to."""
        for relation in self._part.rels.values():
            if not relation.is_external and relation.reltype.endswith(ending):
                return external_targets(relation.target_part)
        return {}

    def _margins(self, body: Any, which: str) -> None:
        texts: set[str] = set()
        for reference in body.iter(f"{W}{which}Reference"):
            part = self._part.related_parts.get(reference.get(f"{_R}id"))
            element = getattr(part, "element", None)
            if element is None:
                continue
            settle(element, external_targets(part))
            for paragraph in element.iter(f"{W}p"):
                text = self._text(paragraph)
                if text not in texts and says_more_than_page(text):
                    self.builder.add(text)
                texts.add(text)

    def _add(self, parent: Any) -> None:
        for element in parent:
            if element.tag == f"{W}p":
                self._add_paragraph(element)
            elif element.tag == f"{W}tbl":
                add_table(self.builder, rows(element, self._text_in_cell))
            else:
                continue
            self._add_beside(element)

    def _add_paragraph(self, element: Any) -> None:
        text = self._text(element)
        mark = self._numbers.label(element)
        style = self._style(element)
        name = (style.name if style is not None else "") or ""
        level = self._level(element, style)
        if name == "Title":
            self.title = self.title or text.strip()
            self.builder.heading(_numbered(text, mark), 1)
        elif level:
            self.builder.heading(_numbered(text, mark), level)
        elif mark is not None or name.startswith("List"):
            self.builder.add(_numbered(text, mark or "-"), BlockKind.LIST_ITEM)
        else:
            self.builder.add(text)

    def _text_in_cell(self, element: Any) -> str:
        return _numbered(self._text(element), self._numbers.label(element))

    def _style(self, element: Any) -> Any:
        """Returns the paragraph's style; python-docx itself searches all styles each time."""
        from docx.enum.style import WD_STYLE_TYPE
        from docx.styles.style import StyleFactory

        style = self._by_id.get(element.style or "")
        if style is None or style.type != WD_STYLE_TYPE.PARAGRAPH:
            return self._usual_style
        return StyleFactory(style)

    def _level(self, element: Any, style: Any) -> int:
        """Returns 1-6 for a heading, by its style, the style's base, or its outline level."""
        outline = element.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None:
            return _outline_level(outline)
        if style is None:
            return 0
        if style.style_id not in self._levels:
            self._levels[style.style_id] = _style_level(style.element, self._by_id)
        return self._levels[style.style_id]

    def _add_beside(self, element: Any) -> None:
        """Adds what is anchored in a paragraph or table: drawings, then notes, then comments."""
        marks = list(_own_elements(element, _BESIDE))
        if not marks:
            return
        described: set[str] = set()
        for mark in marks:
            if mark.tag in _PICTURES:
                words = mark.get(_PICTURES[mark.tag], "")
                if words not in described:
                    self.builder.add(picture(words))
                described.add(words)
            else:
                self._add_drawing(mark)
        for mark in marks:
            if mark.tag in _NOTES:
                self._add_note(mark, _NOTES[mark.tag])
        for mark in marks:
            if mark.tag == _COMMENT:
                self.builder.add(self._comments.at(mark))

    def _add_drawing(self, mark: Any) -> None:
        if mark.tag == _BOX:
            self._add(mark)
        elif mark.tag == _CHART:
            title, values = drawings.chart(self._blob(mark.get(f"{_R}id")))
            self.builder.add(f"Chart: {title}" if title else "")
            add_table(self.builder, values)
            if not values:
                self._note_once("A chart without stored values was not read.")
        elif mark.tag == _NEWER_CHART:
            self._note_once("A chart of a newer kind was not read.")
        elif mark.tag == _DIAGRAM:
            texts = drawings.diagram(self._blob(mark.get(f"{_R}dm")))
            for text in texts:
                self.builder.add(f"- {text}", BlockKind.LIST_ITEM)
            if not texts:
                self._note_once("A diagram (SmartArt) was not read.")

    def _note_once(self, note: str) -> None:
        if note not in self.builder.notes:
            self.builder.notes.append(note)

    def _blob(self, relation: str | None) -> bytes:
        part = self._part.related_parts.get(relation or "")
        return bytes(part.blob) if part is not None else b""

    def _add_note(self, mark: Any, kind: str) -> None:
        self._note_counts[kind] += 1
        text = self._notes[kind].get(mark.get(f"{W}id"), "")
        line = f"{kind.capitalize()} {self._note_counts[kind]}: {text}"
        if text and kind == "endnote":
            self._endnotes.append(line)
        elif text:
            self.builder.add(line)


def _own_elements(element: Any, tags: tuple[str, ...]) -> Iterator[Any]:
    """Yields the elements in a paragraph or table that are in none of its text boxes."""
    for child in element.iter(*tags):
        outer = next((e for e in child.iterancestors() if e is element or e.tag == _BOX), None)
        if outer is element:
            yield child


def _numbered(text: str, mark: str | None) -> str:
    """Returns a paragraph after its number or bullet; "" for one without text."""
    return f"{mark} {text}" if mark and text.strip() else text


def _read(data: bytes) -> Any:
    """Returns the root of a part of the document; None when it is missing or damaged."""
    try:
        root = tree(data) if data else None
    except etree.LxmlError:
        return None
    return root


def _style_level(style: Any, by_id: Mapping[str, Any]) -> int:
    from docx.styles import BabelFish

    for _ in range(_LEVELS * 2):  # a damaged file may have styles that are based on each other
        if style is None:
            return 0
        named = _HEADING.match(BabelFish.internal2ui(style.name_val or ""))
        if named:
            return int(named.group(1))
        outline = style.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None:
            return _outline_level(outline)
        based_on = style.find(f"{W}basedOn")
        style = by_id.get(based_on.get(f"{W}val", "")) if based_on is not None else None
    return 0


def _outline_level(outline: etree._Element) -> int:
    value = outline.get(f"{W}val", "")
    level = int(value) + 1 if value.isascii() and value.isdigit() else 0
    return level if level <= _LEVELS else 0
