"""A function's docstring says what the function does, and so begins with a verb."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "models", "rag", "ui")
NO_ACTION = {
    "Always", "As", "Bytes", "Characters", "Classes", "Files", "Has", "Is", "Its", "Lines",
    "Pixels", "Sentences", "This", "Units", "Was", "Whether", "Words",
}  # fmt: skip
"""First words that end in "s" and still say nothing about what a function does."""


def described(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yields name and docstring of every function, without properties."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = {ast.unparse(one).rpartition(".")[2] for one in node.decorator_list}
            docstring = ast.get_docstring(node)
            if docstring and not decorators & {"property", "cached_property", "setter"}:
                yield node.name, docstring


def begins_with_a_verb(docstring: str) -> bool:
    """Tells whether the first word can be a verb in the third person: "Returns", "Writes"."""
    first = docstring.split(maxsplit=1)[0].rstrip(".,:;")
    return first[:1].isupper() and first.endswith("s") and first not in NO_ACTION


@pytest.mark.parametrize("package", PACKAGES)
def test_a_function_is_described_by_a_verb(package: str) -> None:
    others = [
        f"{path.relative_to(ROOT)}: {name}: {docstring.splitlines()[0]}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for name, docstring in described(ast.parse(path.read_text("utf-8")))
        if not begins_with_a_verb(docstring)
    ]
    assert others == []


def test_the_rule_finds_what_it_is_for() -> None:
    wrong = ("What is kept.", "Whether it is open.", "One row.", "Words for a button.", "the row")
    assert not any(map(begins_with_a_verb, wrong))
    assert all(map(begins_with_a_verb, ("Returns it.", "Tells whether it is open.", "Closes.")))


def test_every_module_of_the_measurements_is_named() -> None:
    named = ast.get_docstring(ast.parse((ROOT / "bench/__init__.py").read_text("utf-8"))) or ""
    modules = {path.stem for path in (ROOT / "bench").glob("*.py")} - {"__init__"}
    assert sorted(re.findall(r"^(\w+) {2,}\S", named, re.MULTILINE)) == sorted(modules)
