"""Models that could not be loaded: remembered while nothing has changed."""

from __future__ import annotations

from pathlib import Path

from app.model_library.faults import LoadFaults


def test_a_fault_is_known_to_every_process_until_the_file_changes(tmp_path: Path) -> None:
    model, adapter = tmp_path / "m.gguf", tmp_path / "a.gguf"
    model.write_bytes(b"m")
    adapter.write_bytes(b"a")
    record = tmp_path / "states" / "faults.json"
    LoadFaults(record).note([model, adapter], "It crashed.")
    faults = LoadFaults(record)
    assert faults.of([model, adapter]) == "It crashed."
    assert faults.of([model]) == "", "without the adapter it was not tried"
    adapter.write_bytes(b"another")
    assert faults.of([model, adapter]) == ""
    faults.note([model, adapter], "It crashed again.")
    adapter.unlink()
    assert faults.of([model, adapter]) == ""


def test_a_model_is_tried_again_after_an_hour_or_when_it_is_chosen(tmp_path: Path) -> None:
    times = [1000.0]
    faults = LoadFaults(tmp_path / "faults.json", lambda: times[0])
    model, other = tmp_path / "m\udcff.gguf", tmp_path / "m"
    faults.note([model], "No room for m\udcff.")
    faults.note([other], "No.")
    times[0] += 3599
    assert faults.of([model]) == "No room for m?."
    faults.forget(other)
    assert (faults.of([model]), faults.of([other])) == ("No room for m?.", "")
    times[0] += 2
    assert faults.of([model]) == ""
    times[0] = 500.0
    assert faults.of([model]) == "", "the clock was set back"


def test_a_damaged_record_says_nothing_and_is_written_again(tmp_path: Path) -> None:
    record = tmp_path / "faults.json"
    record.write_bytes(b'{"m": 3}')
    faults = LoadFaults(record)
    assert faults.of([tmp_path / "m"]) == ""
    faults.note([tmp_path / "m"], "No.")
    assert faults.of([tmp_path / "m"]) == "No."
