"""Tables that keep in step with the folders that they were made from."""

from pathlib import Path

import pytest

from app.errors import NoSuchSpecialist
from app.specialists.records import Row
from app.specialists.runs import TableRuns
from app.specialists.service import Specialists
from tests.unit.app.specialists.test_columns import built, letter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"{number}.txt").write_text(letter(number), encoding="utf-8")
    return folder


@pytest.fixture
def specialists(tmp_path: Path, folder: Path) -> Specialists:
    specialists = built(tmp_path)
    TableRuns(specialists).run("Leases", [folder])
    return specialists


def rows(specialists: Specialists) -> dict[str, Row]:
    store = specialists.store
    return {Path(row.path).name: row for row in store.rows(store.table("Leases").id)}


def test_nothing_is_behind_where_nothing_changed(specialists: Specialists, folder: Path) -> None:
    runs = TableRuns(specialists)
    assert runs.behind([str(folder)]) == []
    (folder / "4.txt").write_text(letter(4), encoding="utf-8")
    assert runs.behind([str(folder.parent)]) == ["Leases"]
    assert runs.behind([str(folder)]) == ["Leases"]
    assert runs.behind([str(folder.parent / "other")]) == []


def test_new_documents_become_rows_and_changed_ones_are_read_again(
    specialists: Specialists, folder: Path
) -> None:
    (folder / "4.txt").write_text(letter(4), encoding="utf-8")
    (folder / "1.txt").write_text(letter(9), encoding="utf-8")
    report = TableRuns(specialists).catch_up("Leases", [str(folder)])
    assert (report.filled, report.failed, report.changed) == (2, (), ())
    assert rows(specialists)["4.txt"].cells["Rent"].value == "GBP 1450.00"
    assert rows(specialists)["1.txt"].cells["Rent"].value == "GBP 1950.00"
    assert TableRuns(specialists).behind([str(folder)]) == []


def test_a_changed_document_that_the_person_corrected_is_only_marked(
    specialists: Specialists, folder: Path
) -> None:
    runs = TableRuns(specialists)
    runs.correct("Leases", str(folder / "1.txt"), "Rent", "GBP 7.00")
    before = rows(specialists)["1.txt"].cells
    (folder / "1.txt").write_text(letter(9), encoding="utf-8")
    report = runs.catch_up("Leases", [str(folder)])
    assert report.changed == (str(folder / "1.txt"),)
    row = rows(specialists)["1.txt"]
    assert row.state == "changed"
    assert row.cells == before
    assert runs.behind([str(folder)]) == []  # it waits for the person
    runs.run("Leases", [])
    row = rows(specialists)["1.txt"]
    assert row.state == "done"
    assert row.cells["Rent"].value == "GBP 7.00"


def test_rows_of_deleted_documents_go_but_for_those_of_the_person(
    specialists: Specialists, folder: Path
) -> None:
    runs = TableRuns(specialists)
    runs.correct("Leases", str(folder / "2.txt"), "Rent", "GBP 7.00")
    for name in ("1.txt", "2.txt"):
        (folder / name).unlink()
    report = runs.catch_up("Leases", [str(folder)])
    assert (report.removed, report.gone) == (1, (str(folder / "2.txt"),))
    assert {name: row.state for name, row in rows(specialists).items()} == {
        "2.txt": "gone",
        "3.txt": "done",
    }
    assert specialists.store.examples.examples("Leases")
    assert runs.behind([str(folder)]) == []
    runs.remove_row("Leases", str(folder / "2.txt"))
    assert list(rows(specialists)) == ["3.txt"]
    assert not specialists.store.examples.examples("Leases")
    with pytest.raises(NoSuchSpecialist):
        runs.remove_row("Leases", str(folder / "2.txt"))


def test_a_document_that_comes_back_is_as_before(specialists: Specialists, folder: Path) -> None:
    runs, file = TableRuns(specialists), folder / "2.txt"
    runs.correct("Leases", str(file), "Rent", "GBP 7.00")
    content = file.read_bytes()
    file.unlink()
    runs.run("Leases", [])
    assert rows(specialists)["2.txt"].state == "gone"
    file.write_bytes(content)
    assert runs.behind([str(folder)]) == ["Leases"]
    runs.catch_up("Leases")
    assert rows(specialists)["2.txt"].state == "done"
    assert rows(specialists)["2.txt"].cells["Rent"].state == "corrected"


def test_a_folder_that_is_not_there_takes_no_row_with_it(
    specialists: Specialists, folder: Path
) -> None:
    folder.rename(folder.parent / "unplugged")
    report = TableRuns(specialists).catch_up("Leases")
    assert (report.removed, report.gone) == (0, ())
    assert len(rows(specialists)) == 3
