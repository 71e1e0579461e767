"""Specialists and tables of a backup: what Studiolo cannot have written goes."""

from __future__ import annotations

from pathlib import Path

import apsw

from app.specialists.definition import Label, Specialist, write_specialist
from app.specialists.records import Cell, Example, Quote
from app.specialists.store import SpecialistStore
from app.specialists.vetting import bundle, unbundle, vet_tables

SORT = Specialist("Sort", "classify", labels=(Label("a"), Label("b")))


def filled(path: Path) -> None:
    store = SpecialistStore(path)
    table = store.make_table("Sort", "Sort", write_specialist(SORT), ["/home"])
    row = store.add_row(table.id, "/home/a.txt", "hash")
    store.fill(row, "label", Cell("a", "found", "high", "examples", (Quote(1, 0, 1, "x"),)))
    store.correct(row, "label", Cell("b", "corrected", "high", "person"))
    store.examples.add("Sort", [Example("text", "/home/a.txt", "hash", ("list",), "a")])
    store.close()


def test_specialists_come_back_from_a_bundle() -> None:
    assert unbundle(bundle(iter([("sort.toml", write_specialist(SORT))]))) == [SORT]


def test_what_is_no_specialist_is_left_out_of_a_bundle() -> None:
    files = [("x.toml", b"\xff"), ("y.toml", b"kind = 3"), ("z.toml", write_specialist(SORT))]
    assert unbundle(bundle(iter(files))) == [SORT]
    assert unbundle(b"[" * 100_000) == []
    assert unbundle(b"{}") == []


def test_tables_that_are_in_order_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "specialists.sqlite"
    filled(path)
    assert vet_tables(path) == 0
    store = SpecialistStore(path)
    assert len(store.rows(store.table("Sort").id)) == 1


def test_what_names_other_computers_or_cannot_be_read_goes(tmp_path: Path) -> None:
    path = tmp_path / "specialists.sqlite"
    filled(path)
    db = apsw.Connection(str(path))
    db.execute("UPDATE examples SET path = '\\\\evil\\share'")
    db.execute("UPDATE cells SET state = 'sure'")
    db.execute("UPDATE tables SET paths = '[\"//evil/share\"]'")
    db.close()
    assert vet_tables(path) >= 3
    store = SpecialistStore(path)
    assert store.tables() == []
    assert store.examples.examples("Sort") == []
