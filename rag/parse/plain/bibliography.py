"""Parses bibliographies (BibTeX): each entry as a block of names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.tex import words
from rag.parse.plain.text import decode
from rag.parse.source import Source

_ENTRY = re.compile(r"@\s*(\w+)\s*[{(]\s*", re.MULTILINE)
_KEY = re.compile(r"([^,\s{}=]+)\s*,\s*")
_FIELD = re.compile(r"\s*([\w:+.-]+)\s*=\s*")
_BARE = re.compile(r"[^\s,{}()#\"]+")
_JOINED = re.compile(r"\s*#\s*")
_COMMA = re.compile(r"\s*,?\s*")
_VALUE_CHARACTERS = 20_000
_UNTOLD = frozenset(("comment", "preamble"))
# Fields that only concern programs.
_UNTOLD_FIELDS = frozenset(("file", "bdsk-file-1", "bdsk-url-1", "groups", "timestamp", "owner"))
_BRACES = re.compile(r"[{}\"]|\\.", re.DOTALL)


def parse(source: Source) -> ParsedDocument:
    """Parses a BibTeX file. A damaged entry ends at the next one.

    Raises:
        ParseProblem: it holds no entries.
    """
    text = decode(source.read())
    builder = DocumentBuilder()
    strings: dict[str, str] = {}
    begins = list(_ENTRY.finditer(text))
    for entry, following in zip(begins, [*begins[1:], None], strict=True):
        kind = entry[1].lower()
        body = text[entry.end() : following.start() if following else len(text)]
        if kind == "string":
            strings.update((name, value) for name, value in _fields(body, strings))
        elif kind not in _UNTOLD and (key := _KEY.match(body)):
            fields = _fields(body[key.end() :], strings)
            facts = [
                f"{name.capitalize()}: {_people(value) if name in ('author', 'editor') else value}"
                for name, value in fields
                if value and name not in _UNTOLD_FIELDS
            ]
            builder.add("\n".join((f"{kind} {key[1]}", *facts)))
    if builder.empty:
        raise broken("a bibliography")
    return builder.finish(DocumentKind.BIBLIOGRAPHY, "", source)


def _fields(body: str, strings: dict[str, str]) -> Iterator[tuple[str, str]]:
    at = 0
    while (name := _FIELD.match(body, at)) is not None:
        value, at = _value(body, name.end(), strings)
        yield name[1].lower(), words(value)
        comma = _COMMA.match(body, at)
        at = comma.end() if comma else at


def _value(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    """Returns a value, of which pieces may be joined by ``#``, and where it ends."""
    pieces: list[str] = []
    while True:
        if body[at : at + 1] in ("{", '"'):
            end = _end(body, at)
            pieces.append(body[at + 1 : end][:_VALUE_CHARACTERS])
            at = end + 1
        elif bare := _BARE.match(body, at):
            pieces.append(strings.get(bare[0].lower(), bare[0]))
            at = bare.end()
        joined = _JOINED.match(body, at)
        if joined is None:
            return "".join(pieces), at
        at = joined.end()


def _end(body: str, at: int) -> int:
    """Returns where the braces or quotation marks that open at `at` close."""
    quoted, depth = body[at] == '"', 0
    for mark in _BRACES.finditer(body, at + 1):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            if depth == 0 and not quoted:
                return mark.start()
            depth = max(depth - 1, 0)
        elif mark[0] == '"' and quoted and depth == 0:
            return mark.start()
    return len(body)


def _people(names: str) -> str:
    """Returns names as people write them: first names first, with semicolons between."""
    return "; ".join(
        " ".join(reversed([part.strip() for part in name.split(",", 1)]))
        for name in re.split(r"\s+and\s+", names)
    )
