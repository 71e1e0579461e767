"""Word documents of 97 to 2003: paragraphs, tables, notes and comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.link_targets import target_in_words
from rag.parse.office.doc_file import MOST_CHARACTERS, DocFile, Run
from rag.parse.office.margins import says_more_than_page
from rag.parse.office.word_text import symbol
from rag.parse.parse_problem import ParseProblem, broken
from rag.parse.source import Source
from rag.parse.state_words import changes_note, comment
from rag.parse.text_marks import Mark, hidden_places, in_words, without_marks
from rag.parse.unread_formats import WORD
from rag.text.tick_marks import signs_in_words

_MOST_BYTES = 64 << 20  # of a stream
_BEGIN, _RESULT, _END = "\x13", "\x14", "\x15"  # of a field
_FIELD_SIGN = re.compile("[\x13\x14\x15]")
_ENDS = re.compile("[\r\x07\x0c]")  # of paragraphs, cells and pages
_CELL = "\x07"
_PLAIN = str.maketrans(
    {"\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x1f": None, "\xa0": " ", "\0": None}
    | dict.fromkeys(map(chr, (1, 2, 3, 4, 5, 6, 8, 0x13, 0x14, 0x15)), None)
)
_LINK = re.compile(r'\s*HYPERLINK\s+"([^"]{1,2000})"')
_OLD_FIELD = re.compile(r"\s*FORM(?:CHECKBOX|DROPDOWN)\b")
_DEEPEST = 10  # fields within each other
# Single properties ([MS-DOC] 2.6.1 and 2.6.2), and the values that switch a look on.
_IN_TABLE, _ROW_END, _LIST, _OUTLINE = 0x2416, 0x2417, 0x460B, 0x2640
_DELETED, _INSERTED, _SYMBOL = 0x0800, 0x0801, 0x6A09
_LOOKS = {
    (0x0837, 1): Mark.STRUCK,
    (0x2A53, 1): Mark.STRUCK,
    (0x083C, 1): Mark.HIDDEN,
    (0x2A48, 1): Mark.RAISED,
    (0x2A48, 2): Mark.LOWERED,
}
_HIGHLIGHT, _NO_COLOURS = 0x2A0C, (0, 8)  # none, white
_HEADINGS = 9  # the styles with these numbers are headings of that level
_LEVELS = 6
_SYMBOL_FONTS = ("wingdings", "wingdings 2", "webdings")


def parse(source: Source) -> ParsedDocument:
    """Parses a DOC file.

    Raises:
        ParseProblem: it is damaged, locked, of Word 95 or older, or holds no text.
    """
    main, *tables = streams(source, "WordDocument", "0Table", "1Table")
    try:
        file = DocFile(main, (tables[0], tables[1]))
    except LookupError as error:
        raise ParseProblem(FailureReason.UNSUPPORTED, WORD.sentences) from error
    story = _Story(DocumentBuilder(), file)
    story.run()
    return story.builder.finish(DocumentKind.DOC, "", source)


def streams(source: Source, *names: str) -> list[bytes]:
    """Returns streams of an OLE container; b"" for a missing one.

    Raises:
        ParseProblem: it is damaged.
    """
    import olefile  # type: ignore[import-untyped]

    contents = []
    try:
        with source.open() as stream, olefile.OleFileIO(stream) as container:
            for name in names:
                data = b""
                if container.exists(name):
                    data = bytes(container.openstream(name).read(_MOST_BYTES))
                contents.append(data)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise broken("an Office document") from error
    return contents


class _Story:
    """Adds the text of a document.

    Attributes:
        builder: receives the text.
    """

    def __init__(self, builder: DocumentBuilder, file: DocFile) -> None:
        self.builder = builder
        self._file = file
        self._signs = list(without_marks(file.text))
        if len(self._signs) != len(file.text):  # it holds signs that stand for marks here
            self._signs = [sign if without_marks(sign) else " " for sign in file.text]
        self._has_numbers = self._has_old_fields = False

    def run(self) -> None:
        """Adds headers first, then the text, notes, comments, text boxes and footers."""
        changes = self._mark()
        self._take_fields()
        self._margins()
        self._body(*self._file.stories["text"])
        for name, label in (("footnotes", "Footnote"), ("endnotes", "Endnote")):
            for number, words in enumerate(self._lines(name), start=1):
                self.builder.add(f"{label} {number}: {words}")
        for words in self._lines("comments"):
            self.builder.add(comment(words, "", ""))
        for words in self._lines("boxes"):
            self.builder.add(words)
        notes = self.builder.notes
        if changes.total():
            notes.append(changes_note(changes["inserted"], changes["deleted"]))
        if self._has_numbers:
            notes.append("The numbers of its lists were not read. Save it as .docx for them.")
        if self._has_old_fields:
            notes.append(
                "Whether its check boxes are ticked was not read. Save it as .docx for that."
            )
        if self._file.is_cut:
            notes.append(f"The first {MOST_CHARACTERS:,} characters were read.")

    def _mark(self) -> Counter[str]:
        """Stands marks around text with a look, and takes deleted text out."""
        signs, changes = self._signs, Counter[str]()
        for first, end, properties in self._file.characters():
            if properties.get(_DELETED, b"\0")[:1] == b"\1":
                changes["deleted"] += 1
                for index in range(first, end):
                    if not _ENDS.match(signs[index]):
                        signs[index] = ""
                continue
            changes["inserted"] += properties.get(_INSERTED, b"\0")[:1] == b"\1"
            if end - first == 1 and len(font := properties.get(_SYMBOL, b"")) == 4:
                signs[first] = _symbol(int.from_bytes(font[2:], "little"))
            for mark in _marks(properties):
                self._put(mark, first, end)
        return changes

    def _put(self, mark: Mark, first: int, end: int) -> None:
        """Stands a mark around text; not over the ends of paragraphs, which are read one by one."""
        start = first
        for index in range(first, end + 1):
            if index == end or _ENDS.match(self._file.text[index]):
                if start < index:
                    self._signs[start] = mark.start + self._signs[start]
                    self._signs[index - 1] += mark.end
                start = index + 1

    def _take_fields(self) -> None:
        """Takes out the codes of fields, and writes the targets of links behind their words."""
        text = self._file.text
        waiting: list[list[int]] = []  # where fields begin, and where their results do
        for match in _FIELD_SIGN.finditer(text):
            if match[0] == _BEGIN:
                waiting.append([match.start(), 0])
                del waiting[:-_DEEPEST]
            elif match[0] == _RESULT and waiting:
                waiting[-1][1] = match.start()
            elif match[0] == _END and waiting:
                begin, result = waiting.pop()
                stop = result or match.start()
                code = text[begin + 1 : stop]
                if _OLD_FIELD.match(code):
                    self._has_old_fields = True
                for index in range(begin, stop):
                    if not _ENDS.match(text[index]):
                        self._signs[index] = ""
                if result and (link := _LINK.match(code)):
                    words = "".join(self._signs[result + 1 : match.start()])
                    self._signs[match.start()] = target_in_words(words, link[1])

    def _body(self, first: int, end: int) -> None:
        rows: list[list[str]] = []
        cells: list[str] = []
        parts: list[str] = []
        for start, stop, sign in self._paragraphs(first, end):
            run = self._file.paragraph(stop)
            properties = run.properties if run is not None else {}
            words = self._words(start, stop)
            if sign != _CELL and properties.get(_IN_TABLE, b"\0")[:1] != b"\1":
                if cells or parts or rows:
                    add_table(self.builder, [*rows, [*cells, *parts]] if cells or parts else rows)
                    rows, cells, parts = [], [], []
                self._add(words, run)
                continue
            if properties.get(_ROW_END, b"\0")[:1] == b"\1":
                rows.append(cells)
                cells, parts = [], []
                continue
            parts += [words] if words else []
            if sign == _CELL:
                cells.append(" ".join(parts))
                parts = []
        if cells or parts or rows:
            add_table(self.builder, [*rows, [*cells, *parts]] if cells or parts else rows)

    def _add(self, words: str, run: Run | None) -> None:
        properties = run.properties if run is not None else {}
        outline = properties.get(_OUTLINE, b"\x09")[:1]
        style = run.style if run is not None else 0
        if words and (0 < style <= _HEADINGS or outline < b"\x09"):
            level = style if 0 < style <= _HEADINGS else outline[0] + 1
            self.builder.heading(words, min(level, _LEVELS))
        elif words and properties.get(_LIST, b"\0\0") != b"\0\0":
            self._has_numbers = True
            self.builder.add(f"- {words}", BlockKind.LIST_ITEM)
        else:
            self.builder.add(words)

    def _margins(self) -> None:
        """Adds the headers and footers of pages, each once."""
        for words in dict.fromkeys(self._lines("headers")):
            if says_more_than_page(words):
                self.builder.add(words)

    def _lines(self, story: str) -> Iterator[str]:
        for start, stop, _ in self._paragraphs(*self._file.stories[story]):
            words = self._words(start, stop)
            if words:
                yield words

    def _paragraphs(self, first: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yields the first and the last index of paragraphs, and the sign that ends each."""
        start = first
        for match in _ENDS.finditer(self._file.text, first, end):
            yield start, match.start(), match[0]
            start = match.end()
        if start < end:
            yield start, end, ""

    def _words(self, start: int, stop: int) -> str:
        text = "".join(self._signs[start:stop])
        self.builder.hidden += hidden_places(text)
        return signs_in_words(in_words(text.translate(_PLAIN))).strip()


def _marks(properties: dict[int, bytes]) -> Iterator[Mark]:
    for (name, value), mark in _LOOKS.items():
        if properties.get(name, b"\0")[:1] == bytes([value]):
            yield mark
    colour = properties.get(_HIGHLIGHT, b"\0")[:1] or b"\0"
    if colour[0] not in _NO_COLOURS:
        yield Mark.HIGHLIGHTED


def _symbol(code: int) -> str:
    """Returns the tick or box that a code means in the fonts that have some.

    The file names the font by a number in a list; these fonts agree where they have boxes.
    """
    return next(filter(None, (symbol(font, code) for font in _SYMBOL_FONTS)), "")
