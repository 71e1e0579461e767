"""The tables: nothing of the person's is overwritten, deleting deletes, a kill loses no cell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import DataTooNew, NoSuchSpecialist, SpecialistError, TablesDamaged
from app.specialists.records import Cell, Example, Quote
from app.specialists.store import SpecialistStore

ROOT = Path(__file__).parents[4]


@pytest.fixture
def store(tmp_path: Path) -> SpecialistStore:
    return SpecialistStore(tmp_path / "specialists.sqlite")


def cell(value: str, path: str = "/a.txt") -> Cell:
    quotes = (Quote(1, 0, len(value), value),)
    return Cell(value, "found", "high", "search", quotes, path=path)


def by_person(value: str) -> Cell:
    return Cell(value, "corrected", "high", "person")


def row_of(store: SpecialistStore, path: str = "/a.txt") -> tuple[int, int]:
    table = store.make_table("Leases", "Lease", b'name = "Lease"', ["/"])
    return table.id, store.add_row(table.id, path, "hash")


def test_cells_come_back_as_they_were_filled(store: SpecialistStore) -> None:
    table, row = row_of(store)
    store.fill(row, "Rent", cell("500"))
    store.set_row(row, "done")
    (shown,) = store.rows(table)
    assert shown.cells == {"Rent": cell("500")}
    assert shown.state == "done"


def test_what_the_person_set_is_not_overwritten_by_a_run(store: SpecialistStore) -> None:
    table, row = row_of(store)
    store.fill(row, "Rent", cell("500"))
    store.correct(row, "Rent", by_person("600"))
    assert not store.fill(row, "Rent", cell("700"))
    assert store.row(table, "/a.txt").cells["Rent"] == by_person("600")


def test_every_replaced_value_is_in_the_history(store: SpecialistStore) -> None:
    _, row = row_of(store)
    for value in ("1", "2", "2", "3"):
        store.fill(row, "Rent", cell(value))
    store.correct(row, "Rent", by_person("4"))
    store.correct(row, "Rent", by_person("5"))
    values = [earlier.value for earlier in store.history(row, "Rent")]
    assert values == ["1", "2", "3", "4"]


def test_a_changed_document_keeps_its_cells_and_is_marked(store: SpecialistStore) -> None:
    table, row = row_of(store)
    store.fill(row, "Rent", cell("500"))
    store.set_row(row, "done")
    assert store.add_row(table, "/a.txt", "other hash") == row
    (shown,) = store.rows(table)
    assert (shown.state, shown.cells["Rent"].value) == ("changed", "500")


def test_high_cells_that_were_looked_at_are_counted(store: SpecialistStore) -> None:
    table, row = row_of(store)
    for column, right in (("Rent", "500"), ("End", "2030"), ("Start", "2020")):
        store.fill(row, column, cell("500" if column == "Rent" else "2029"))
        if column != "Start":
            store.correct(row, column, by_person(right))
    assert store.looked_at(table) == (2, 1)


def test_deleting_a_folder_deletes_rows_quotes_and_examples(store: SpecialistStore) -> None:
    table, row = row_of(store, "/home/x/a.txt")
    _, other = row_of(store, "/home/y/b.txt")
    store.fill(row, "Rent", cell("500", "/home/x/a.txt"))
    store.fill(other, "Rent", cell("1", "/home/x/a.txt"))
    store.fill(other, "Rent", cell("600", "/home/y/b.txt"))
    store.examples.add("Lease", [Example("text", "/home/x/a.txt", label="a")])
    store.examples.add("Lease", [Example("other", "/home/y/b.txt", label="b")])
    store.examples.keep_vectors("e", {"text": b"1", "other": b"2"})
    assert store.remove_documents("/home/x") > 0
    assert [shown.path for shown in store.rows(table)] == ["/home/y/b.txt"]
    assert store.history(other, "Rent") == []  # it quoted the deleted document
    assert [example.text for example in store.examples.examples("Lease")] == ["other"]
    assert store.examples.vectors("e", ["text", "other"]) == {"other": b"2"}


def test_contradictory_examples_leave_the_last_one(store: SpecialistStore) -> None:
    assert store.examples.add("S", [Example("hello", label="a"), Example("hello", label="b")]) == 2
    assert store.examples.add("S", [Example("hello", label="b")]) == 0
    assert [example.label for example in store.examples.examples("S")] == ["b"]


def test_an_example_can_be_deleted(store: SpecialistStore) -> None:
    store.examples.add("S", [Example("hello", label="a")])
    (example,) = store.examples.examples("S")
    store.examples.remove("S", example.id)
    assert store.examples.examples("S") == []
    with pytest.raises(NoSuchSpecialist):
        store.examples.remove("S", example.id)


def test_a_table_that_is_not_there(store: SpecialistStore) -> None:
    with pytest.raises(NoSuchSpecialist, match="no table “x”"):
        store.table("x")


def test_another_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "specialists.sqlite"
    path.write_bytes(b"This is no database." * 100)
    with pytest.raises(TablesDamaged):
        SpecialistStore(path)
    assert path.read_bytes() == b"This is no database." * 100


def test_tables_of_a_later_version_are_refused(tmp_path: Path) -> None:
    import apsw

    path = tmp_path / "specialists.sqlite"
    SpecialistStore(path).close()
    db = apsw.Connection(str(path))
    db.pragma("user_version", 999)
    db.close()
    with pytest.raises(DataTooNew, match="tables of specialists"):
        SpecialistStore(path)


def test_a_full_disk_is_told_and_keeps_what_is_there(
    store: SpecialistStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    import apsw

    table, row = row_of(store)
    store.fill(row, "Rent", cell("500"))

    def full(*_: object) -> None:
        raise apsw.FullError

    with monkeypatch.context() as patch:
        patch.setattr("app.specialists.store.msgspec.json.encode", full)
        with pytest.raises(SpecialistError, match="the disk is full"):
            store.correct(row, "Rent", by_person("600"))
    assert store.row(table, "/a.txt").cells["Rent"] == cell("500")


@pytest.mark.skipif(os.name == "nt", reason="there are no signals")
def test_a_killed_writer_loses_no_cell_that_it_reported(tmp_path: Path) -> None:
    path = tmp_path / "specialists.sqlite"
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.unit.app.specialists.test_store import by_person, row_of\n"
        "from app.specialists.store import SpecialistStore\n"
        f"store = SpecialistStore(Path({str(path)!r}))\n"
        "row = row_of(store)[1]\n"
        "for number in range(100000):\n"
        "    store.correct(row, f'c{number}', by_person(str(number)))\n"
        "    print(number, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout is not None
        reported = [int(writer.stdout.readline()) for _ in range(20)][-1]
        writer.send_signal(signal.SIGKILL)
    store = SpecialistStore(path)
    cells = store.row(store.table("Leases").id, "/a.txt").cells
    assert all(cells[f"c{number}"] == by_person(str(number)) for number in range(reported + 1))
