"""Rows in dumps of databases stand below the names of their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind, ParsedDocument
from tests.unit.rag.parse.invariants import parsed


def dump(folder: Path, text: str) -> ParsedDocument:
    path = folder / "dump.sql"
    path.write_text(text, encoding="utf-8")
    return parsed(path)


def tables(document: ParsedDocument) -> list[tuple[str, list[str]]]:
    text = document.text
    return [
        (block.header, text[block.locator.start : block.locator.end].split("\n"))
        for block in document.blocks
        if block.kind is BlockKind.TABLE
    ]


def test_rows_have_the_names_of_the_table_that_was_created(tmp_path: Path) -> None:
    document = dump(
        tmp_path,
        "-- members of the club\n"
        "CREATE TABLE IF NOT EXISTS `club`.`members` (\n"
        "  `id` int NOT NULL, -- (a key)\n"
        "  `name` varchar(80) DEFAULT 'x, y',\n"
        "  fee decimal(8,2),\n"
        "  PRIMARY KEY (`id`)\n"
        ");\n\n"
        "INSERT INTO `club`.`members` VALUES (1,'O''Hara; Ann',12.50),(2,'Bo\\'s (x), y',NULL);\n"
        "INSERT INTO `club`.`members` VALUES (3, 'Cy', -4);\n\n"
        "UPDATE members SET fee = 1;\n",
    )
    header = "id | name | fee"
    rows = ["1 | O'Hara; Ann | 12.50", "2 | Bo's (x), y", "3 | Cy | -4"]
    assert tables(document) == [(header, [header, *rows])]
    assert "-- members of the club" in document.text
    assert document.text.endswith("UPDATE members SET fee = 1;")
    assert document.text.count("O'Hara") == 1


def test_columns_that_a_statement_names_go_first(tmp_path: Path) -> None:
    document = dump(
        tmp_path,
        "create table t (a int, b int);\n"
        'insert into t ("b", a) values (1, now()), (2, (3 + 4));\n'
        "insert into u values (5, 6);\n"
        "insert into t select * from u;\n",
    )
    assert tables(document) == [
        ("b | a", ["b | a", "1 | now()", "2 | (3 + 4)"]),
        ("", ["5 | 6"]),
    ]
    assert "insert into t select * from u;" in document.text


def test_lines_that_postgresql_copies_are_rows(tmp_path: Path) -> None:
    document = dump(
        tmp_path,
        "CREATE TABLE public.huts (name text, beds integer);\n"
        "COPY public.huts (name, beds) FROM stdin;\n"
        "Upper\\thut\t12\n"
        "Lower hut\t\\N\n"
        "\\.\n\n"
        "SELECT 1;\n",
    )
    header = "name | beds"
    assert tables(document) == [(header, [header, "Upper hut | 12", "Lower hut"])]
    assert document.text.endswith("SELECT 1;")


def test_statements_without_an_end_stay_a_listing(tmp_path: Path) -> None:
    text = "insert into t values (1, 'open\ncreate table x (a, (b\nINSERT INTO y VALUES\n"
    assert tables(dump(tmp_path, text)) == []


@pytest.mark.parametrize(
    "part",
    ["insert into t values (1, '\n", "insert into t values (1\n", "copy t (a) from stdin;\n"],
)
def test_many_open_statements_stay_a_listing(tmp_path: Path, part: str) -> None:
    assert tables(dump(tmp_path, part * 30_000)) == []
