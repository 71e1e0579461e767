"""Rich Text: paragraphs, headings by their outline level, rows of tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table, clean
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.file_properties import add_properties
from rag.parse.office.rtf_fonts import decoded
from rag.parse.office.rtf_marks import CELL, beside, in_words, marked, row_number
from rag.parse.office.rtf_tables import RtfRow, grid
from rag.parse.parse_problem import broken
from rag.parse.source import Source
from rag.parse.state_words import changes_note
from rag.parse.text_marks import hidden_places
from rag.parse.text_table import joined_header
from rag.text.tick_marks import signs_in_words

# Pictures are written as long runs of hexadecimal digits, which no text has.
_PICTURE = re.compile(rb"[0-9a-fA-F\s]{600,}")
_LEVEL = re.compile(r"\\outlinelevel([0-8])(?!\d) ?")
# The converter looks for links up to the end of a line: each field gets one of its own.
_FIELD = re.compile(r"(?<!\\)\{\\field")
# It knows the code of a link only in braces of its own; LibreOffice writes none.
_BARE_LINK = re.compile(r'(\\fldinst)\s*(HYPERLINK\s+"[^"{}\\\n]{1,2000}")[^"{}\n]{0,200}\}')
_WRITTEN_LINK = re.compile(r'\("(\w{1,20}:[^"\s]{1,2000})"\)')  # as the converter writes it
_MARK = "\ue0f0"  # private use: marks a heading, followed by the digit of its level
_MARKED = re.compile(rf"{_MARK}([0-8])")
_INFO = re.compile(
    r"\{\\(title|author|subject|keywords|doccomm) ?((?:[^{}\\]|\\u-?\d+\?){1,300})\}"
)
_CODE = re.compile(r"\\u(-?\d{1,5})\?")
_HALF = re.compile("[\ud800-\udfff]")
_INFO_CHARACTERS = 50_000  # at the beginning, where the properties of the file are
_INFO_NAMES = {
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Description": "doccomm",
}
_DEEPEST = 6
_BULLETS = ("•", "·", "◦", "▪")


def parse(source: Source) -> ParsedDocument:
    """Parses an RTF file.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    from striprtf.striprtf import rtf_to_text

    data = source.read()
    text = decoded(_PICTURE.sub(b" ", data))
    info = {name: _unescaped(words) for name, words in _INFO.findall(text[:_INFO_CHARACTERS])}
    marks = marked(text)
    linked = _BARE_LINK.sub(r"\1{\2}}", marks.text)
    levelled = _LEVEL.sub(rf"\\u{ord(_MARK) - 65536}?\1", _FIELD.sub(r"\n\g<0>", linked))
    try:
        plain: str = rtf_to_text(levelled, errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError) as error:
        raise broken("a rich text document") from error
    builder = DocumentBuilder()
    plain = clean(_whole_characters(_WRITTEN_LINK.sub(r" (\1)", plain)))
    builder.hidden += hidden_places(plain)
    title = _add(builder, in_words(plain, marks.notes), marks.rows)
    add_properties(builder, {label: info.get(name, "") for label, name in _INFO_NAMES.items()})
    if marks.changes.total():
        builder.notes.append(changes_note(marks.changes["inserted"], marks.changes["deleted"]))
    if "\\pict" in text:
        builder.notes.append("Pictures in the document were not read.")
    if "\\objdata" in text:
        builder.notes.append("Objects embedded in the document were not read.")
    return builder.finish(DocumentKind.RTF, info.get("title", title), source)


def _unescaped(words: str) -> str:
    """Returns Rich Text without control words but those for characters as text."""
    return _whole_characters(_CODE.sub(lambda code: chr(int(code[1]) % 0x10000), words))


def _whole_characters(text: str) -> str:
    """Returns text in which no character is in two halves, as Rich Text writes rare ones."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _add(builder: DocumentBuilder, text: str, definitions: Sequence[RtfRow]) -> str:
    """Adds the lines of the text; returns its first heading."""
    title = ""
    rows: list[tuple[list[str], RtfRow]] = []
    waiting: list[str] = []  # notes and comments on rows, which follow the table
    for line in [*text.split("\n"), ""]:
        note = beside(line)
        if note is not None:
            waiting.append(note)
            continue
        content, number = row_number(line)
        words = _MARKED.sub("", content).strip()
        if number is not None:
            cells = [signs_in_words(cell.strip()) for cell in words.split(CELL)[:-1]]
            is_defined = number < len(definitions)
            rows.append((cells, definitions[number] if is_defined else RtfRow()))
            continue
        if rows:
            headers = sum(1 for _ in takewhile(lambda row: row[1].is_header, rows))
            add_table(builder, joined_header(grid(rows), headers))
            rows = []
        for note in waiting:
            builder.add(note)
        waiting = []
        words = signs_in_words(words.replace(CELL, " "))
        level = _MARKED.search(line)
        if level and words:
            builder.heading(words, min(int(level.group(1)) + 1, _DEEPEST))
            title = title or words
        elif words.startswith(_BULLETS):
            builder.add(f"- {words[1:].strip()}", BlockKind.LIST_ITEM)
        else:
            builder.add(words)
    return title
