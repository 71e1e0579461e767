"""PowerPoint presentations of 97 to 2003: the text of slides in their order, and their notes.

Names and numbers as in [MS-PPT], PowerPoint (.ppt) Binary File Format: sections 2.1 (how the
document is found from the last edit), 2.3 to 2.5 (records), 2.9 (text).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.office.doc import streams
from rag.parse.parse_problem import broken, encrypted
from rag.parse.source import Source

_FORMAT_NAME = "a PowerPoint presentation"
_DOCUMENT, _SLIDE, _NOTES, _LIST, _PLACE_IN_LIST = 0x03E8, 0x03EE, 0x03F0, 0x0FF0, 0x03F3
_SLIDE_FACTS, _NOTES_FACTS, _SHOW_FACTS, _HIDDEN = 0x03EF, 0x03F1, 0x03F9, 0x0004
_HEADER, _REFERENCE, _WIDE, _NARROW = 0x0F9F, 0x0F9E, 0x0FA0, 0x0FA8
_EDIT, _DIRECTORY = 0x0FF5, 0x1772
_LOCKED = 0xF3D1C4DF  # headerToken of an encrypted file
_TITLES, _NOTE = (0, 6), 2  # kinds of text
_CONTAINER = 0xF  # recVer of a record that holds records
_SLIDES_IN_LIST, _NOTES_IN_LIST = 0, 2  # recInstance of the lists of slides and of notes
_DEEPEST = 30
_MOST_RECORDS = 1_000_000
_MOST_EDITS = 1000
_LINE_BREAK = "\x0b"


@dataclass(slots=True)
class _Text:
    kind: int
    words: str = ""


@dataclass(slots=True)
class _Page:
    """A slide or its notes, as the document lists it with the texts of its placeholders."""

    identity: int
    number: int
    texts: list[_Text] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    start: int  # of what it holds
    end: int
    depth: int


class _File:
    def __init__(self, data: bytes, user: bytes) -> None:
        self._data = data
        self._left = _MOST_RECORDS
        if len(user) < 20:
            raise broken(_FORMAT_NAME)
        token, edit = struct.unpack_from("<II", user, 12)
        if token == _LOCKED:
            raise encrypted()
        self._offsets: dict[int, int] = {}
        document = self._follow_edits(edit)
        self.lists: dict[int, list[_Page]] = {_SLIDES_IN_LIST: [], _NOTES_IN_LIST: []}
        for record in self._children(self._record(self._offsets.get(document, -1), 0), _DOCUMENT):
            if record.kind == _LIST and record.instance in self.lists:
                self.lists[record.instance] += self._listed(record)

    def _follow_edits(self, at: int) -> int:
        """Collects where the parts of the document are; returns the number of the whole."""
        document = 0
        for _ in range(_MOST_EDITS):
            edit = self._record(at, 0)
            if edit is None or edit.kind != _EDIT or edit.end - edit.start < 20:
                break
            at, directory, whole = struct.unpack_from("<III", self._data, edit.start + 8)
            document = document or whole
            table = self._record(directory, 0)
            if table is not None and table.kind == _DIRECTORY:
                self._read_directory(table)
            if not at:
                break
        return document

    def _read_directory(self, table: _Record) -> None:
        at = table.start
        while at + 4 <= table.end:
            head = self._long(at)
            first, count = head & 0xFFFFF, min(head >> 20, (table.end - at - 4) // 4)
            for number in range(count):  # a later edit, which was read before, counts
                self._offsets.setdefault(first + number, self._long(at + 4 + 4 * number))
            at += 4 + 4 * (head >> 20)

    def _listed(self, whole: _Record) -> Iterator[_Page]:
        page: _Page | None = None
        for record in self._children(whole, _LIST):
            if record.kind == _PLACE_IN_LIST and record.end - record.start >= 16:
                if page is not None:
                    yield page
                page = _Page(self._long(record.start + 12), self._long(record.start))
            elif page is not None:
                self._add_text(page.texts, record)
        if page is not None:
            yield page

    def texts(self, page: _Page, kind: int) -> tuple[list[_Text], dict[int, bytes]]:
        """Returns the texts on a slide or in notes, and the facts that it holds."""
        texts: list[_Text] = []
        facts: dict[int, bytes] = {}
        for record in self._within(self._record(self._offsets.get(page.number, -1), 0), kind):
            if record.kind == _REFERENCE and record.end - record.start >= 4:
                index = self._long(record.start)
                texts += page.texts[index : index + 1]
            elif record.kind in (_SLIDE_FACTS, _NOTES_FACTS, _SHOW_FACTS):
                facts.setdefault(record.kind, self._data[record.start : record.end])
            else:
                self._add_text(texts, record)
        return texts or page.texts, facts

    def _add_text(self, texts: list[_Text], record: _Record) -> None:
        if record.kind == _HEADER and record.end - record.start >= 4:
            texts.append(_Text(self._long(record.start)))
        elif record.kind in (_WIDE, _NARROW):
            coding = "utf-16-le" if record.kind == _WIDE else "latin-1"
            words = self._data[record.start : record.end].decode(coding, "replace")
            if not texts or texts[-1].words:
                texts.append(_Text(-1))
            texts[-1].words = words.replace(_LINE_BREAK, "\n")

    def _within(self, whole: _Record | None, kind: int) -> Iterator[_Record]:
        """Yields the records at all depths of a container, in their order."""
        for record in self._children(whole, kind):
            yield record
            holds_records = self._data[record.start - 8] & 0xF == _CONTAINER
            if holds_records and record.depth < _DEEPEST:
                yield from self._within(record, record.kind)

    def _children(self, whole: _Record | None, kind: int) -> Iterator[_Record]:
        if whole is None or whole.kind != kind:
            return
        at = whole.start
        while at < whole.end and (record := self._record(at, whole.depth + 1)) is not None:
            yield record
            at = record.end

    def _record(self, at: int, depth: int) -> _Record | None:
        self._left -= 1
        if at < 0 or at + 8 > len(self._data) or self._left < 0:
            return None
        head, kind, length = struct.unpack_from("<HHI", self._data, at)
        return _Record(kind, head >> 4, at + 8, min(at + 8 + length, len(self._data)), depth)

    def _long(self, at: int) -> int:
        return int(struct.unpack_from("<I", self._data, at)[0]) if at + 4 <= len(self._data) else 0


def parse(source: Source) -> ParsedDocument:
    """Parses a PPT file.

    Raises:
        ParseProblem: it is damaged, locked or holds no text.
    """
    file = _File(*streams(source, "PowerPoint Document", "Current User"))
    slides = file.lists[_SLIDES_IN_LIST]
    if not slides:
        raise broken(_FORMAT_NAME)
    notes = {page.identity: page for page in file.lists[_NOTES_IN_LIST]}
    builder = DocumentBuilder()
    for number, slide in enumerate(slides, start=1):
        texts, facts = file.texts(slide, _SLIDE)
        builder.leave_sections()
        title = next((text for text in texts if text.kind in _TITLES and text.words.strip()), None)
        if title is not None:
            builder.heading(title.words, 1, page=number)
        if int.from_bytes(facts.get(_SHOW_FACTS, b"")[10:12], "little") & _HIDDEN:
            builder.add("This slide is hidden.", page=number)
        for text in texts:
            if text is not title:
                _add(builder, text.words, number)
        beside = notes.get(int.from_bytes(facts.get(_SLIDE_FACTS, b"")[16:20], "little"))
        spoken = file.texts(beside, _NOTES)[0] if beside is not None else []
        words = "\n".join(text.words.replace("\r", "\n") for text in spoken if text.kind == _NOTE)
        builder.add(f"Notes: {words}" if words.strip() else "", page=number)
    return builder.finish(DocumentKind.PPT, "", source, len(slides))


def _add(builder: DocumentBuilder, words: str, number: int) -> None:
    lines = [line for line in words.split("\r") if line.strip()]
    for line in lines:
        if len(lines) == 1:
            builder.add(line, page=number)
        else:
            builder.add(f"- {line}", BlockKind.LIST_ITEM, page=number)
