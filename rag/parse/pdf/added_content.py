"""Brings what lies beside the text of PDF pages into it: fields, marks, links, comments, files.

Fields, tick marks, struck-out words and the targets of links become words of the lines in which
they stand. Comments follow their page; attached files are parts of the document.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rag.parse.attachments import add_attachments
from rag.parse.builder import DocumentBuilder
from rag.parse.pdf.annotations import (
    MOST_ANNOTATIONS,
    Annotation,
    Quad,
    as_text,
    read_annotation,
)
from rag.parse.pdf.embedded_files import embedded_files, has_files
from rag.parse.pdf.form_fields import MOST_FIELDS, Form, FormField, with_fields
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.links import PageLink, link_targets, read_link
from rag.parse.pdf.marked_words import drawn_strokes, marked_words
from rag.parse.pdf.page_characters import PageCharacters
from rag.parse.pdf.page_objects import PageObjects
from rag.parse.pdf.signatures import signatures
from rag.parse.source import Source
from rag.text.tick_marks import begins_with_mark, has_mark, in_words

_MOST_COMMENT_CHARACTERS = 2_000_000  # of one file
_MOST_QUOTED = 2_000  # marked lines of one file whose words are looked up
_MOST_LINKS = 5_000  # of one file that are looked at
_HANGS = 0.5  # of a line's height, by which the further lines of a label stand to the right
_NEXT_LINE = 0.8  # of a line's height, that lines of one label are apart at most
_NO_FORM, _PLAIN_FORM = 0, 1


class AddedContent:
    """Collects what lies beside the text of a document's pages, page by page."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._is_xfa = document.get_formtype() > _PLAIN_FORM
        self._form = Form(document) if document.get_formtype() != _NO_FORM else None
        self._fields_left = MOST_FIELDS
        self._annotations_left = MOST_ANNOTATIONS
        self._quads_left = _MOST_QUOTED
        self._links_left = _MOST_LINKS
        self._characters_left = _MOST_COMMENT_CHARACTERS
        self._comments: dict[int, list[str]] = {}
        self._pages_with_files: list[int] = []
        self._drawings = 0
        self._has_attachments = has_files(document)

    def close(self) -> None:
        """Ends the reading; to be called before the document is closed."""
        if self._form is not None:
            self._form.close()

    def lines(
        self,
        page: Any,
        text_page: Any,
        lines: list[PageLine],
        number: int,
        objects: PageObjects,
    ) -> list[PageLine]:
        """Returns a page's lines with what was filled in, ticked and struck out; keeps comments.

        Args:
            page: pypdfium2's page.
            text_page: its text.
            lines: of the page, in reading order.
            number: of the page, 1-based.
            objects: what is drawn on it.
        """
        from pypdfium2 import raw

        count = raw.FPDFPage_GetAnnotCount(page.raw)
        strokes = drawn_strokes([path.box for path in objects.paths], lines)
        if count > 0 or strokes:
            lines = self._with_annotations(page, text_page, lines, number, count, strokes)
        if any(has_mark(line.text) for line in lines):
            lines = _with_tick_words(lines)
        return lines

    def add_comments(self, builder: DocumentBuilder, number: int) -> None:
        """Adds the comments on a page (1-based) to the text."""
        for comment in self._comments.get(number, ()):
            builder.add(comment, page=number)

    @property
    def has_comments(self) -> bool:
        """True if there are comments on any page."""
        return bool(self._comments)

    @property
    def has_files(self) -> bool:
        """True if files are attached."""
        return bool(self._pages_with_files) or self._has_attachments

    def add_files(self, builder: DocumentBuilder, source: Source) -> None:
        """Adds attached files, values and signatures, and notes what was not read."""
        if self.has_files and source.options.without_files:
            builder.notes.append("Its attached files take too much memory and were left out.")
        elif self.has_files:
            files = embedded_files(self._document, self._pages_with_files)
            add_attachments(builder, source, files, page=len(self._document))
        if self._is_xfa:
            self._add_xfa(builder)
        for line in signatures(self._document):
            builder.add(line, page=len(self._document))
        if self._drawings:
            builder.notes.append("Drawings by hand (ink) on its pages were not read.")
        if self._fields_left < 0:
            builder.notes.append(f"The first {MOST_FIELDS:,} fields of its form were read.")
        if min(self._annotations_left, self._characters_left, self._quads_left) < 0:
            builder.notes.append("The file holds very many comments: not all of them were read.")

    def _add_xfa(self, builder: DocumentBuilder) -> None:
        """Adds the values of a form in Adobe's XFA format that the pages do not show."""
        from rag.parse.pdf.xfa import only_waits, without_shown, xfa_values  # loads lxml

        shown = builder.text
        values = without_shown(xfa_values(self._document), shown)
        builder.add("\n".join(values), page=len(self._document))
        if only_waits(shown):
            builder.notes.append(
                "Its pages only say that the form cannot be shown here: it is in Adobe's XFA "
                "format. Its values were read; open it in Adobe Reader, print it to PDF and add "
                "that for the rest."
            )
        elif not values:
            builder.notes.append(
                "The file holds a form in Adobe's XFA format: what is filled into it may be "
                "missing here. Open it in Adobe Reader, print it to PDF and add that."
            )

    def _with_annotations(
        self,
        page: Any,
        text_page: Any,
        lines: list[PageLine],
        number: int,
        count: int,
        strokes: list[Quad],
    ) -> list[PageLine]:
        from pypdfium2 import raw

        fields: list[FormField | None] = []
        annotations: list[Annotation | None] = []
        links: list[PageLink] = []
        for index in range(count):
            handle = raw.FPDFPage_GetAnnot(page.raw, index)
            if not handle:
                continue
            try:
                kind = raw.FPDFAnnot_GetSubtype(handle)
                if kind == raw.FPDF_ANNOT_WIDGET:
                    self._fields_left -= 1
                    if self._form is not None and self._fields_left >= 0:
                        self._form.open(number, count)
                        fields.append(self._form.field(handle))
                elif kind == raw.FPDF_ANNOT_LINK:
                    links += self._link(handle)
                elif kind != raw.FPDF_ANNOT_POPUP:
                    self._annotations_left -= 1
                    self._note_kind(kind, number)
                    if self._annotations_left >= 0:
                        annotations.append(read_annotation(handle))
                if self._fields_left < 0 and self._annotations_left < 0:
                    break
            finally:
                raw.FPDFPage_CloseAnnot(handle)
        shown = [field for field in fields if field is not None]
        marks = [annotation for annotation in annotations if annotation is not None]
        with_words = []
        for mark in marks:
            self._quads_left -= len(mark.quads)
            if self._quads_left >= 0:
                with_words.append(mark)
            self._keep_comment(as_text(mark, text_page if self._quads_left >= 0 else None), number)
        has_quads = any(mark.quads for mark in with_words)
        if not shown and not strokes and not links and not has_quads:
            return lines
        characters = PageCharacters(text_page, lines)
        insertions = marked_words(with_words, strokes, lines, characters)
        insertions += link_targets(links, lines, characters)
        return with_fields(lines, shown, characters, insertions)

    def _note_kind(self, kind: int, number: int) -> None:
        """Counts drawings, and keeps which pages have attached files."""
        from pypdfium2 import raw

        self._drawings += kind == raw.FPDF_ANNOT_INK
        if kind == raw.FPDF_ANNOT_FILEATTACHMENT and number not in self._pages_with_files:
            self._pages_with_files.append(number)

    def _link(self, annotation: Any) -> list[PageLink]:
        self._links_left -= 1
        link = read_link(self._document, annotation) if self._links_left >= 0 else None
        return [link] if link is not None else []

    def _keep_comment(self, text: str, number: int) -> None:
        self._characters_left -= len(text)
        if text and self._characters_left >= 0:
            self._comments.setdefault(number, []).append(text)


def _with_tick_words(lines: Sequence[PageLine]) -> list[PageLine]:
    groups: list[list[PageLine]] = []
    for line in lines:
        if groups and _continues(groups[-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    worded = in_words([[line.text for line in group] for group in groups])
    return [
        line if text == line.text else replace(line, text=text)
        for line, texts in zip(itertools.chain(*groups), itertools.chain(*worded), strict=True)
        for text in texts
    ]


def _continues(group: Sequence[PageLine], line: PageLine) -> bool:
    """Tells whether a line goes on with the label of a tick box that began in a group."""
    first, last = group[0], group[-1]
    if not begins_with_mark(first.text) or has_mark(line.text) or first.is_row or line.is_row:
        return False
    gap = last.bottom - line.top
    if not -last.height < gap < _NEXT_LINE * last.height:
        return False
    return line.left > first.left + _HANGS * first.height or line.text[0].islower()
