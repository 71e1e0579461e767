"""The window's texts are looked up in the context in which `pyside6-lupdate` files them."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASIDE = {"ui/chat/still_reading.py"}  # on its way to another package


def test_texts_are_translated_by_one_function_or_by_their_class() -> None:
    strays = []
    for path in sorted((ROOT / "ui").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.FunctionDef(name="tr") if name not in {"ui/text.py", *ASIDE}:
                    strays.append(f"{name}:{node.lineno}: another tr()")
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="tr")):
                    if owner != "self":
                        strays.append(f"{name}:{node.lineno}: the context would be {owner}")
    assert strays == []
