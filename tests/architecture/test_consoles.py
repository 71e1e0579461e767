"""On Windows, no console flashes up: what starts programs says that they get none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "models", "rag", "ui")
STARTS = {"Popen", "call", "check_call", "check_output", "run"}
ONLY_LINUX = "xdg-open"
NOT_ON_WINDOWS = {"starter.py"}


def starts(source: str) -> Iterator[ast.Call]:
    """Yields the calls of `subprocess` that start a program that Windows may have."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "subprocess"
            and node.func.attr in STARTS
            and ONLY_LINUX not in ast.unparse(node)
        ):
            yield node


def _flagged(call: ast.Call) -> bool:
    return any(word.arg == "creationflags" for word in call.keywords)


STARTING = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if path.name not in NOT_ON_WINDOWS and any(starts(path.read_text(encoding="utf-8")))
]


def test_there_are_some() -> None:
    assert len(STARTING) >= 4


@pytest.mark.parametrize("path", STARTING, ids=lambda path: path.stem)
def test_every_program_is_started_without_a_console_of_its_own(path: Path) -> None:
    """The window has no console, so Windows opens one for each console program that it starts."""
    source = path.read_text(encoding="utf-8")
    assert [call.lineno for call in starts(source) if not _flagged(call)] == []


@pytest.mark.parametrize("name", ["os.system", "os.popen", "os.startfile", "asyncio.create_sub"])
def test_nothing_is_started_in_other_ways(name: str) -> None:
    """Those ways have no flag for it."""
    sources = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    assert [str(path) for path in sources if f"{name}(" in path.read_text(encoding="utf-8")] == []
