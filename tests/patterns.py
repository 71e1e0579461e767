"""Texts that make regular expressions compute, and what each expression takes for them.

``python -m tests.patterns`` prints the expressions that take more than a straight reading would,
one JSON value a line: where it is, what it was tried on, and seconds.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
import time
from collections.abc import Iterator
from types import ModuleType

PACKAGES = ("rag", "models", "app")
LENGTH = 8_000
SECONDS = 0.15
"""Of a processor, for texts of `LENGTH`: reading straight takes a hundredth of it."""
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
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _inside(item)


def slow(pattern: re.Pattern[str] | re.Pattern[bytes]) -> tuple[str, float] | None:
    """A text's beginning and the seconds that it takes, if it takes too many."""
    for text in texts():
        subject = text if isinstance(pattern.pattern, str) else text.encode()
        for method in (pattern.search, pattern.fullmatch, pattern.findall):
            began = time.process_time()
            method(subject)  # type: ignore[operator]
            taken = time.process_time() - began
            if taken > SECONDS:
                return text[:12], taken
    return None


def main() -> None:
    """Prints what is slow."""
    for name, pattern in patterns():
        if (found := slow(pattern)) is not None:
            sys.stdout.write(json.dumps([name, *found]) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
