"""Reads rows that a dump of a database inserts: each below the names of its columns.

The rest of the file stays a listing. Read are INSERT and REPLACE as SQL has them, and the COPY of
PostgreSQL's pg_dump, whose values stand between tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.parse.builder import DocumentBuilder, row_text
from rag.parse.document import BlockKind

_STRING = r"[NEXB]?'(?:[^'\\]|''|\\.)*+'"
_QUOTED = r"\"(?:[^\"]|\"\"){0,200}\"|`(?:[^`]|``){0,200}`|\[[^\[\]\n]{0,200}\]"
_COMMENT = r"--[^\n]*|/\*.{0,5000}?\*/|\#[^\n]*"
_TOKEN = re.compile(
    rf"(?P<string>{_STRING})|(?P<name>{_QUOTED})|(?P<comment>{_COMMENT})"
    r"|(?P<word>[^\W\d]\w*(?:\.\w+)*)|(?P<sign>[(),;])|(?P<other>[^\s(),;'\"`\[]+|['\"`\[])",
    re.DOTALL | re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^[ \t]*(?:(?P<create>create)\b[\w \t]{0,40}?\btable|(?P<copy>copy)"
    r"|(?:insert|replace)\b[\w \t]{0,40}?\binto)[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?"
    rf"(?P<table>(?:(?:{_QUOTED}|\w+)\.)*(?:{_QUOTED}|\w+))\s*(?=[(\s])",
    re.IGNORECASE | re.MULTILINE,
)
_NO_COLUMN = frozenset(
    ("primary", "foreign", "unique", "constraint", "key", "index", "check", "fulltext", "exclude")
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": ""}
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
_COPY_END = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_MOST_COLUMNS = 2000
_MOST_IN_VAIN = 300_000  # signs of statements that turn out to have no end


def add_dump(builder: DocumentBuilder, text: str) -> Iterator[str]:
    """Adds the rows that a dump inserts as tables, and yields the text between them in order.

    The caller adds a text before it asks for the next.
    """
    columns: dict[str, list[str]] = {}
    rows: list[list[str]] = []
    before: tuple[str, tuple[str, ...]] = "", ()
    done = 0
    vain = 0
    for match in _STATEMENT.finditer(text):
        if match.start() < done:
            continue
        if vain > _MOST_IN_VAIN:
            break
        name = _plain(match["table"])
        reader = _Statement(text, match.end())
        if match["create"]:
            if own := reader.names():
                columns[name.casefold()] = [n for n in own if n.casefold() not in _NO_COLUMN]
            vain += reader.vain
            continue
        named = reader.names() or columns.get(name.casefold(), [])
        values = reader.copied() if match["copy"] else reader.rows()
        vain += reader.vain
        if not values:
            continue
        key = name, tuple(named)
        between = text[done : match.start()]
        if rows and (key != before or between.strip()):
            _add(builder, before, rows)
            rows = []
        if between.strip():
            yield between
        before = key
        rows += values
        done = reader.at
    if rows:
        _add(builder, before, rows)
    yield text[done:]


def _add(
    builder: DocumentBuilder, table: tuple[str, tuple[str, ...]], rows: Sequence[list[str]]
) -> None:
    name, columns = table
    builder.add(f"Rows of the table {name}:")
    header = row_text(list(columns))
    lines = [line for row in rows if (line := row_text(row))]
    has_header = 0 if not columns else 1
    builder.add(
        "\n".join([header, *lines] if has_header else lines),
        BlockKind.TABLE,
        header=header,
        header_rows=has_header,
    )


_Token = tuple[str, int, int]
"""What a token means, and its offsets."""


class _Statement:
    """Reads a statement from behind the name of its table.

    Attributes:
        at: offset behind what was read.
        vain: signs that were looked at in vain.
    """

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self.at = at
        self.vain = 0

    def names(self) -> list[str]:
        """Takes the first words of what stands in brackets: names of columns."""
        return [entry[0][0] for entry in self._list() if entry]

    def rows(self) -> list[list[str]]:
        """Takes VALUES and the rows behind it; none for rows that a query selects."""
        rows: list[list[str]] = []
        start = self.at
        if self._word() not in ("values", "value"):
            self.at = start
            return []
        while values := self._list():
            rows.append([self._words(entry) for entry in values])
            end = self.at
            if self._word() != ",":
                self.at = end
                break
        end = self._text.find(";", self.at)
        if not self._text[self.at : end].strip():
            self.at = end + 1
        return rows

    def copied(self) -> list[list[str]]:
        """Takes the lines of COPY … FROM stdin, to the line that ends them."""
        begin = self._text.find("\n", self.at)
        end = _COPY_END.search(self._text, begin) if begin >= 0 else None
        if end is None or "stdin" not in self._text[self.at : begin].lower():
            self.vain += len(self._text) - begin if end is None else 0
            return []
        self.at = end.end()
        lines = self._text[begin + 1 : end.start()].splitlines()
        return [[_unescaped(value) for value in line.split("\t")] for line in lines]

    def _word(self) -> str:
        for match in _TOKEN.finditer(self._text, self.at):
            self.at = match.end()
            if match.lastgroup != "comment":
                return match[0].lower()
        return ""

    def _words(self, entry: Sequence[_Token]) -> str:
        """Returns a value; an expression as it is written."""
        if len(entry) == 1:
            return entry[0][0]
        return self._text[entry[0][1] : entry[-1][2]] if entry else ""

    def _list(self) -> list[list[_Token]]:
        """Takes what stands in brackets: the tokens of each entry, none where there are none."""
        depth = seen = 0
        entries: list[list[_Token]] = []
        for match in _TOKEN.finditer(self._text, self.at):
            sign, kind = match[0], match.lastgroup
            seen += 1
            if kind == "comment":
                continue
            depth += (sign == "(") - (sign == ")")
            if (depth == 0 and sign != ")") or sign == ";" or len(entries) > _MOST_COLUMNS:
                break
            if depth == 0:
                self.at = match.end()
                return entries if entries != [[]] else []
            if depth == 1 and sign in "(," and (sign == "," or not entries):
                entries.append([])
            else:
                entries[-1].append((_value(sign, kind), match.start(), match.end()))
        self.vain += seen
        return []


def _value(token: str, kind: str | None) -> str:
    if kind == "string":
        return _ESCAPED.sub(_unescape, token[token.index("'") + 1 : -1])
    if kind == "name":
        return _plain(token)
    return "" if token.lower() == "null" else token


def _plain(name: str) -> str:
    """Returns a name without its quotes and those of its schema."""
    return re.sub(r"[\"`\[\]]", "", name)


def _unescape(match: re.Match[str]) -> str:
    return "'" if match[1] is None else _ESCAPES.get(match[1], match[1])


def _unescaped(value: str) -> str:
    return "" if value == r"\N" else re.sub(r"\\(.)", _unescape, value)
