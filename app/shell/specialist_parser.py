"""The arguments of `studiolo specialists` and `studiolo table`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from app.shell import specialist_commands, table_commands

# argparse does not name its type.
_Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
_Add = Callable[..., argparse.ArgumentParser]
_ToPath = Callable[[str], Path]


def add_specialists(subparsers: _Subparsers, add: _Add, to_path: _ToPath) -> None:
    """Adds `specialists` and its actions.

    Args:
        subparsers: of the program.
        add: adds a parser: of an action, name, summary and command.
        to_path: reads a path.
    """
    commands = specialist_commands
    root = add(subparsers, "specialists", "make, teach and apply specialists", commands.list_all)
    actions = root.add_subparsers(metavar="ACTION")
    add(actions, "list", "list your specialists and the templates", commands.list_all)
    show = add(actions, "show", "show what a specialist looks for", commands.show)
    new = add(actions, "new", "make a specialist from a file, under a name", commands.new)
    take_in = add(actions, "import", "take in a specialist's file", commands.take_in)
    take_in.add_argument("file", type=to_path, metavar="FILE")
    export = add(actions, "export", "write a specialist to a file", commands.export)
    remove = add(actions, "remove", "delete a specialist and what it learned", commands.remove)
    propose = add(actions, "propose", "propose columns for documents", commands.propose)
    propose.add_argument("paths", nargs="+", type=to_path, metavar="PATH")
    propose.add_argument(
        "--to", type=to_path, metavar="FILE.toml", help="write a specialist of the proposed columns"
    )
    teach = add(actions, "teach", "add examples, and learn from them", commands.teach)
    apply = add(actions, "apply", "apply a specialist to texts or files", commands.apply)
    for parser in (show, new, export, remove, teach, apply):
        parser.add_argument("name", metavar="NAME")
    new.add_argument("--from", dest="source", type=to_path, required=True, metavar="FILE.toml")
    export.add_argument("file", type=to_path, metavar="FILE")
    teach.add_argument(
        "--examples",
        type=to_path,
        required=True,
        metavar="FILE.jsonl",
        help='read {"text" or "path", "label"} or {"path", "cells"} from each line',
    )
    apply.add_argument(
        "--batch",
        type=to_path,
        required=True,
        metavar="FILE.jsonl",
        help='read {"id", "text" or "path"} from each line and write one result per line',
    )
    _need_library("specialists", remove, propose, teach, apply)


def add_tables(subparsers: _Subparsers, add: _Add, to_path: _ToPath) -> None:
    """Adds `table` and its actions. Takes what `add_specialists` takes."""
    commands = table_commands
    root = add(subparsers, "table", "make and correct tables of documents", commands.list_all)
    actions = root.add_subparsers(metavar="ACTION")
    add(actions, "list", "list the tables", commands.list_all)
    run = add(actions, "run", "run a specialist over files and folders", commands.run)
    run.add_argument("name", metavar="NAME")
    run.add_argument("paths", nargs="*", type=to_path, metavar="PATH")
    run.add_argument("--table", metavar="TABLE", help="name of the table; else the specialist's")
    run.add_argument("--search", metavar="WORDS", help="the documents that a search finds")
    run.add_argument("--collection", metavar="NAME", help="its folders; with --search, only there")
    follow = add(
        actions, "follow", "read new and changed documents of a table's folders", commands.follow
    )
    show = add(actions, "show", "show a table", commands.show)
    total = add(actions, "total", "count rows or sum a column, by group", commands.total)
    total.add_argument("--of", metavar="COLUMN", help="sum this column; else count rows")
    total.add_argument("--by", metavar="COLUMN", help="group by the values of this column")
    correct = add(actions, "correct", "correct or confirm a cell", commands.correct)
    export = add(actions, "export", "write a table as CSV, JSON, XLSX or HTML", commands.export)
    learned = add(actions, "learned", "show what was learned, or take some back", commands.learned)
    remove = add(actions, "remove", "delete a table with its corrections", commands.remove)
    for parser in (follow, show, total, correct, export, learned, remove):
        parser.add_argument("table", metavar="TABLE")
    remove.add_argument(
        "row", nargs="?", metavar="ROW", help="only this document, with what was learned from it"
    )
    correct.add_argument("row", metavar="ROW", help="number or path of the row")
    correct.add_argument("column", metavar="COLUMN")
    correct.add_argument("value", metavar="VALUE", help='"" says that it is not in the document')
    export.add_argument("file", type=to_path, metavar="FILE")
    learned.add_argument("--forget", type=int, metavar="LINE", help="delete an example")
    learned.add_argument("--use", type=int, metavar="VERSION", help="go back to a version")
    _need_library("table", root, *actions.choices.values())


def _need_library(word: str, *parsers: argparse.ArgumentParser) -> None:
    """Lets the window run these while it is open, each after the other under one word."""
    for parser in parsers:
        parser.set_defaults(in_window=True, word=word)
