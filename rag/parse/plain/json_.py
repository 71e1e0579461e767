"""Parses JSON: lists of records as tables, everything else as lines of a path and its value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, row_text
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.chat import conversations
from rag.parse.plain.code import cut
from rag.parse.plain.log import journal_lines, log_entries
from rag.parse.plain.places import add_features
from rag.parse.plain.slack import people
from rag.parse.plain.text import decode
from rag.parse.source import Source

_DEEPEST = 100
_FEWEST_ROWS = 2
_MOST_COLUMNS = 60
_GROUP_LENGTH = 900  # characters of a block of lines
_TOO_DEEP = "The file is nested too deeply and was read as plain text."
_NOT_READ = "The file is not sound JSON and was read as plain text."


def parse(source: Source) -> ParsedDocument:
    """Parses a JSON file, or one with a JSON value on each line.

    Raises:
        ParseProblem: it holds no text.
    """
    text = decode(source.read())
    builder = DocumentBuilder()
    try:
        value = _load(text)
        if text.isascii() and (mended := _as_utf8(value)) is not None:
            value = mended
    except (ValueError, RecursionError) as error:
        builder.notes.append(_TOO_DEEP if isinstance(error, RecursionError) else _NOT_READ)
        for part in cut(text):
            builder.add(part, BlockKind.CODE)
    else:
        beside = source.options.people_file
        names = source.people or (people(beside) if beside else {})
        journal = journal_lines(value)
        if journal:
            text = "\n".join(journal)
            for group in log_entries(text) or [text]:
                builder.add(group)
        chats = [] if journal else conversations(value, names)
        for name, messages in chats:
            builder.heading(name, 1)
            for message in messages:
                builder.add(message.line())
            builder.leave_sections()
        if not (journal or chats) and not add_features(builder, value):
            add_values(builder, value)
    return builder.finish(DocumentKind.JSON, source.name, source)


def add_values(builder: DocumentBuilder, value: Any) -> None:
    """Adds a value as JSON has it: tables of records, and lines of paths and values."""
    _Writer(builder).write("", value, 0)


def _as_utf8(value: Any) -> Any | None:
    """Mends a value whose strings hold the bytes of UTF-8 as characters; None for all others.

    Facebook and Instagram export like this: the characters C3 and BC stand for "ü". No other file
    is likely to have each of its letters beyond ASCII in such pairs.
    """
    mended = 0

    def mend(inner: Any) -> Any:
        nonlocal mended
        if isinstance(inner, str) and not inner.isascii():
            mended += 1
            return inner.encode("latin-1").decode()
        if isinstance(inner, list):
            return [mend(item) for item in inner]
        if isinstance(inner, dict):
            return {mend(key): mend(item) for key, item in inner.items()}
        return inner

    try:
        result = mend(value)
    except (UnicodeError, RecursionError):
        return None
    return result if mended else None


def _load(text: str) -> Any:
    text = text.lstrip("\ufeff")
    try:
        return json.loads(text, parse_int=str, parse_float=str)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < _FEWEST_ROWS:
            raise
        return [json.loads(line, parse_int=str, parse_float=str) for line in lines]


class _Writer:
    """Writes values in their order."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._lines: list[str] = []
        self._length = 0
        self._cut_short = False

    def write(self, path: str, value: Any, depth: int) -> None:
        """Writes a value, and ends the last block of lines at the top."""
        if isinstance(value, dict | list) and depth >= _DEEPEST:
            if not self._cut_short:
                self._builder.notes.append(f"Values nested deeper than {_DEEPEST} were left out.")
            self._cut_short = True
        elif isinstance(value, list) and _is_table(value):
            self._flush()
            self._table(path, value)
        elif isinstance(value, list) and value and all(not _nests(item) for item in value):
            self._line(path, ", ".join(_plain(item) for item in value))
        elif isinstance(value, dict | list):
            for name, item in _items(path, value):
                self.write(name, item, depth + 1)
                if depth == 0 and _nests(item) and len(value) <= _MOST_COLUMNS:
                    self._flush()
        else:
            self._line(path, _plain(value))
        if depth == 0:
            self._flush()

    def _line(self, path: str, words: str) -> None:
        if not words:
            return
        line = f"{path}: {words}" if path else words
        if self._length + len(line) > _GROUP_LENGTH:
            self._flush()
        self._lines.append(line)
        self._length += len(line)

    def _flush(self) -> None:
        self._builder.add("\n".join(self._lines))
        self._lines.clear()
        self._length = 0

    def _table(self, path: str, records: list[dict[str, Any]]) -> None:
        names = list(dict.fromkeys(name for record in records for name in record))
        header = row_text(names)
        self._builder.heading(path, 1)
        rows = [row_text([_cell(record.get(name, "")) for name in names]) for record in records]
        self._builder.add("\n".join([header, *rows]), BlockKind.TABLE, header=header)
        self._builder.leave_sections()


def _items(path: str, value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield (f"{path}.{name}" if path else name), item
    else:
        for number, item in enumerate(value, start=1):
            yield f"{path}[{number}]", item


def _is_table(values: list[Any]) -> bool:
    """Tells whether a list holds records with much the same fields and plain values."""
    if len(values) < _FEWEST_ROWS or not all(isinstance(v, dict) and v for v in values):
        return False
    names = {name for value in values for name in value}
    filled = sum(len(value) for value in values)
    plain = all(not _nests(item) or _is_short(item) for v in values for item in v.values())
    return plain and len(names) <= _MOST_COLUMNS and filled * 2 >= len(names) * len(values)


def _is_short(value: Any) -> bool:
    """Tells whether a nested value fits a cell: a list of plain values."""
    return isinstance(value, list) and all(not _nests(item) for item in value)


def _nests(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _cell(value: Any) -> str:
    return ", ".join(map(_plain, value)) if isinstance(value, list) else _plain(value)


def _plain(value: Any) -> str:
    """Returns a scalar value on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if isinstance(value, dict | list) else " ".join(str(value).split())
