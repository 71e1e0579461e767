"""Rich Text: paragraphs, headings by their outline level, rows of tables."""

from __future__ import annotations

import codecs
import re

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, clean, row_text
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.file_properties import add_properties
from rag.parse.office.rtf_marks import beside, in_words, marked
from rag.parse.parse_problem import broken
from rag.parse.source import Source
from rag.parse.state_words import changes_note, signs_in_words

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")
_ANSI = re.compile(r"\\ansicpg\d+")
_HEAD_BYTES = 4096
# Pictures are written as long runs of hexadecimal digits, which no text has.
_PICTURE = re.compile(r"[0-9a-fA-F\s]{600,}")
_LEVEL = re.compile(r"\\outlinelevel([0-8])(?!\d) ?")
# The converter looks for links up to the end of a line: each field gets one of its own.
_FIELD = re.compile(r"(?<!\\)\{\\field")
_MARK = "\ue0f0"  # private use: marks a heading, followed by the digit of its level
_MARKED = re.compile(rf"{_MARK}([0-8])")
# What defines the cells of a row, with those that go on from above; their ends; escaped signs.
_CELL_TOKEN = re.compile(r"\\[^a-z]|\\(trowd|clvmrg|cellx|cell|row)(?![a-z])")
_MERGED = "\ue0f9"  # private use: a cell that is merged with the one above it
_INFO = re.compile(r"\{\\(title|author|subject|keywords|doccomm) ([^{}\\]{1,300})\}")
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
    encoding = _code_page(data)
    text = _ANSI.sub(rf"\\ansicpg{encoding[2:]}", data.decode(encoding, "replace"))
    info = dict(_INFO.findall(text[:_INFO_CHARACTERS]))
    marks = marked(_with_merged_cells(_PICTURE.sub(" ", text)))
    levelled = _LEVEL.sub(rf"\\u{ord(_MARK) - 65536}?\1", _FIELD.sub(r"\n\g<0>", marks.text))
    try:
        plain: str = rtf_to_text(levelled, errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError) as error:
        raise broken("a rich text document") from error
    builder = DocumentBuilder()
    title = _add(builder, in_words(clean(plain), marks.notes))
    add_properties(builder, {label: info.get(name, "") for label, name in _INFO_NAMES.items()})
    if marks.changes.total():
        builder.notes.append(changes_note(marks.changes["inserted"], marks.changes["deleted"]))
    if "\\pict" in text:
        builder.notes.append("Pictures in the document were not read.")
    if "\\objdata" in text:
        builder.notes.append("Objects embedded in the document were not read.")
    return builder.finish(DocumentKind.RTF, info.get("title", title), source)


def _with_merged_cells(text: str) -> str:
    """Returns Rich Text with a mark in each cell that is merged with the one above it."""
    if "\\clvmrg" not in text:
        return text
    parts: list[str] = []
    merged: list[bool] = []  # of each cell of a row
    is_merged = False
    column = end = 0
    for token in _CELL_TOKEN.finditer(text):
        match token.group(1):
            case "trowd":
                merged, is_merged = [], False
            case "clvmrg":
                is_merged = True
            case "cellx":
                merged.append(is_merged)
                is_merged = False
            case "cell":
                if column < len(merged) and merged[column]:
                    parts += (text[end : token.start()], rf"\u{ord(_MERGED) - 65536}?")
                    end = token.start()
                column += 1
            case "row":
                column = 0
    return "".join([*parts, text[end:]])


def _filled(cells: list[str], above: list[str]) -> list[str]:
    """Returns the cells of a row; those that are merged hold what stands above them."""
    return [
        above[column] if _MERGED in cell and column < len(above) else cell.replace(_MERGED, "")
        for column, cell in enumerate(cells)
    ]


def _code_page(data: bytes) -> str:
    match = _CODE_PAGE.search(data[:_HEAD_BYTES])
    encoding = f"cp{match.group(1).decode()}" if match else "cp1252"
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding


def _add(builder: DocumentBuilder, text: str) -> str:
    """Adds the lines of the text; returns its first heading."""
    title = ""
    rows: list[str] = []
    above: list[str] = []  # the cells of the row before
    waiting: list[str] = []  # notes and comments on rows, which follow the table
    for line in [*text.split("\n"), ""]:
        note = beside(line)
        if note is not None:
            waiting.append(note)
            continue
        words = _MARKED.sub("", line).strip()
        if "|" in words and words.endswith("|"):
            cells = _filled(words[:-1].split("|"), above)
            above = cells
            rows.append(row_text(list(map(signs_in_words, cells))))
            continue
        if rows:
            lines = [row for row in rows if row]
            header = lines[0] if len(lines) > 1 else ""
            builder.add("\n".join(lines), BlockKind.TABLE, header=header)
            rows, above = [], []
        for note in waiting:
            builder.add(note)
        waiting = []
        words = signs_in_words(words)
        level = _MARKED.search(line)
        if level and words:
            builder.heading(words, min(int(level.group(1)) + 1, _DEEPEST))
            title = title or words
        elif words.startswith(_BULLETS):
            builder.add(f"- {words[1:].strip()}", BlockKind.LIST_ITEM)
        else:
            builder.add(words)
    return title
