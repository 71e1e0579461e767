"""Damaged tables: said by the doctor, set aside by the repair, saved as far as they are read."""

from __future__ import annotations

from pathlib import Path

from app.paths import Paths
from app.specialists.records import Cell, Example, Quote
from app.specialists.store import SpecialistStore
from app.upkeep.diagnosis import diagnose_tables
from app.upkeep.repair import repair
from app.upkeep.saving_tables import save_tables

DEFINITION = b'name = "S"\nkind = "classify"\nlabels = ["a"]'


def filled(path: Path) -> None:
    store = SpecialistStore(path)
    table = store.make_table("T", "S", DEFINITION, ["/home"])
    for number in range(200):
        row = store.add_row(table.id, f"/home/{number}.txt", "hash")
        store.fill(row, "label", Cell("a", "found", "high", "rule", (Quote(1, 0, 1, "x"),)))
    store.examples.add("S", [Example("text", label="a")])
    store.close()


def test_all_of_a_sound_file_is_saved(tmp_path: Path) -> None:
    filled(tmp_path / "old.sqlite")
    assert save_tables(tmp_path / "old.sqlite", tmp_path / "new.sqlite") == 201
    old, new = SpecialistStore(tmp_path / "old.sqlite"), SpecialistStore(tmp_path / "new.sqlite")
    assert new.rows(new.table("T").id) == old.rows(old.table("T").id)
    assert new.examples.examples("S") == old.examples.examples("S")


def test_a_damaged_file_is_set_aside_and_what_can_be_read_is_saved(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "data", tmp_path / "models")
    paths.ensure()
    filled(paths.tables)
    data = bytearray(paths.tables.read_bytes())
    data[-8192:-4096] = b"\xff" * 4096
    paths.tables.write_bytes(data)
    assert diagnose_tables(paths).damage
    (mended,) = repair(paths)
    assert mended.name == "tables"
    assert "Saved" in mended.detail
    assert diagnose_tables(paths).sound
    assert SpecialistStore(paths.tables).tables()
