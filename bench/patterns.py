"""Texts that make regular expressions compute, and what each expression takes for them.

``python -m bench.patterns`` prints the expressions and functions that take more than a straight
reading would, one JSON value a line: where it is, what it was tried on, and seconds. It takes
minutes, and ends with status 1 if there are any.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from rag.parse.parse_problem import ParseProblem
from rag.text.lazy_regex import LazyRegex

PACKAGES = ("rag", "models", "app")
LENGTH = 8_000
SECONDS = 0.15
"""Of a processor, for texts of `LENGTH`: reading straight takes a hundredth of it."""
FUNCTION_SECONDS = 0.6
# Only ever applied to texts of a few characters or kilobytes.
BOUNDED = {
    "rag.parse.magic_bytes._MAILBOX",  # the first 2 kB of a file
    "rag.parse.table_header._FIGURE",  # cells of at most 100 characters
    "rag.text.sentences._ABBREVIATED",  # the 12 characters before a full stop
    "rag.tables.values._AROUND",  # cells of at most 100 characters
    "rag.tables.values._BRACKETS",  # the same
}
_UNITS = (
    *(" ", "\xa0", "\t", "\n", "\r\n", "\u3000", "a", "A", "é", "字", "1", "0", ".", ",", "-", "_"),
    *("#", "/", "\\", ":", ";", "'", '"', "”", "(", ")", "[", "]", "{", "}", "<", ">", "=", "&"),
    *("*", "|", "!", "?", "@", "\x00", "\x85", "•", "“", "€", "%", "+", "page ", "of ", "the "),
    *(" a", "a ", "a.", ".a", "a. ", "1.", "1,", "1-", "1 ", " 1", "1/1/", "a\n", "\n ", "\n\t"),
    *("\n>", "> ", "a-", "-\n", '."', ". \n", "\xa0\n", "a'", "a:", "\na:", "&a;", "<a", "<a>"),
    *("<!--", "<?xml ", '{"', '"a":', "[1,", "From a", "\nFrom ", "\\'a", "\\u1?", "=?a", "= ="),
    *("list of ", "and ", "files ", "in ", "from a ", "[1]", " [1]", "€1", "EUR ", "v1.", "2024-"),
)
_AROUND = (("", ""), ("a", "\x01"), ("1", "\x01b"), ("\n", "\x01\n"))


def texts() -> Iterator[str]:
    """Repetitions, with something before and behind them that most expressions do not take."""
    for unit in _UNITS:
        body = unit * (LENGTH // len(unit))
        for before, behind in _AROUND:
            yield f"{before}{body}{behind}"


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    """The compiled expressions at the top of all modules, each with its name."""
    seen: set[str | bytes] = set()
    for module in _modules():
        for name, value in vars(module).items():
            for number, pattern in enumerate(_inside(value)):
                if pattern.pattern not in seen:
                    seen.add(pattern.pattern)
                    yield f"{module.__name__}.{name}[{number}]", pattern


def _modules() -> Iterator[ModuleType]:
    for package in PACKAGES:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            try:
                yield importlib.import_module(found.name)
            except ImportError:  # of another system
                continue


def _inside(value: object) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, LazyRegex):
        yield value.compiled
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _inside(item)


def slow(pattern: re.Pattern[str] | re.Pattern[bytes]) -> tuple[str, float] | None:
    """A text's beginning and the seconds that it takes, if it takes too many."""
    for text in texts():
        subject: Any = text if isinstance(pattern.pattern, str) else text.encode()
        for method in (pattern.search, pattern.fullmatch, pattern.findall):
            began = time.process_time()
            method(subject)
            taken = time.process_time() - began
            if taken > SECONDS:
                return text[:12], taken
    return None


def functions() -> dict[str, Callable[[str], object]]:
    """What is done with the text of documents, questions and answers."""
    from datetime import UTC, datetime

    from app.answering.recognise import recognise
    from app.redaction.find import find
    from rag.answer.prompt import without_markers
    from rag.answer.support import content_words, support
    from rag.chunking.chunk import Chunker
    from rag.parse.builder import DocumentBuilder
    from rag.parse.mail import mime
    from rag.parse.office import rtf
    from rag.parse.pdf import layout, running
    from rag.parse.plain import code, csv, html, markdown, text, vobjects, xml_, yaml_
    from rag.parse.source import Source
    from rag.tables.forms import folded
    from rag.tables.reading import asks_to_compute
    from rag.text.dates import dates
    from rag.text.sentences import sentences
    from rag.text.visible import plain
    from rag.text.words import searchable

    chunker = Chunker(None, 256)
    now = datetime(2025, 3, 3, tzinfo=UTC)

    def parsed(module: ModuleType, ending: str, before: str = "") -> Callable[[str], object]:
        return lambda words: module.parse(Source(f"a{ending}", data=(before + words).encode()))

    def mail(words: str) -> object:
        message = mime.read(f"From: {words[:4000]}\nSubject: {words}\n\n{words}".encode())
        return [mime.header(message, name) for name in ("From", "Subject")]

    def pages(words: str) -> object:
        line = layout.PageLine(words.replace("\n", " "), 10, 0)
        body = [layout.PageLine("Text.", 700 - 12 * n, 690 - 12 * n) for n in range(9)]
        return running.without_running_lines([[line, *body, line]] * 3)

    def chunked(words: str) -> object:
        document = text.parse(Source("a.txt", data=words.encode()))
        return [sentences(chunk.text) for chunk in chunker.chunk(document, "x")]

    return {
        "sentences": sentences,
        "dates": dates,
        "file names": lambda words: dates(words, name=True),
        "words": searchable,
        "support": lambda words: (content_words(words), support(words, words, words)),
        "plain": plain,
        "markers": without_markers,
        "questions": lambda words: recognise(words[:2000], now),
        "tables": lambda words: (asks_to_compute(words), folded(words)),
        "redaction": find,
        "text": parsed(text, ".txt", "Words\n\n"),
        "passages": chunked,
        "code": code.cut,
        "yaml": parsed(yaml_, ".yaml", "a: b\n"),
        "csv": parsed(csv, ".csv", "a,b\n"),
        "markdown": parsed(markdown, ".md", "Words\n\n"),
        "html": lambda words: html.add_html(DocumentBuilder(), words),
        "xml": parsed(xml_, ".xml", "<r><a>Words</a>"),
        "rtf": parsed(rtf, ".rtf", "{\\rtf1 Words "),
        "mail": mail,
        "calendars": lambda words: list(vobjects.entries(vobjects.unfold(words), ("VEVENT",))),
        "pages": pages,
    }


def slow_function(work: Callable[[str], object], seconds: float) -> tuple[str, float] | None:
    """A text's beginning and the seconds that a function takes for it, if it takes too many."""
    for words in texts():
        began = time.process_time()
        with contextlib.suppress(ParseProblem):
            work(words)
        taken = time.process_time() - began
        if taken > seconds:
            return words[:12], taken
    return None


def main() -> int:
    """Prints what is slow; returns 1 if anything is."""
    status = 0
    for name, pattern in patterns():
        if name.partition("[")[0] not in BOUNDED and (found := slow(pattern)) is not None:
            _print(name, found)
            status = 1
    for name, work in functions().items():
        if (found := slow_function(work, FUNCTION_SECONDS)) is not None:
            _print(name, found)
            status = 1
    return status


def _print(name: str, found: tuple[str, float]) -> None:
    sys.stdout.write(json.dumps([name, *found]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
