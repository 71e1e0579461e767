"""Data of every released version opens in this one, and data of a later one is left alone."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import apsw
import pytest

from app.chats.store import ChatStore
from app.errors import DataTooNew, SpecialistTooNew
from app.paths import Paths
from app.privacy.egress.record import Entry
from app.services import Services, build_services
from app.settings.fields import VERSION, ThemeChoice
from app.settings.file import CHECKSUM, checksum_of, copy_of
from app.specialists.kept import KeptSpecialists
from app.specialists.store import SpecialistStore
from app.upkeep.backup import back_up
from app.upkeep.diagnosis import diagnose_chats, diagnose_library, diagnose_tables
from app.upkeep.restore import restore
from app.upkeep.unpacking import NOTE
from app.workers.configs import IndexConfig
from rag.errors import StoreTooNew
from rag.store.files import FileOutcome
from rag.store.store import Store
from tests import kept_data
from tests.escalations import outside_reply
from tests.kept_data import DATABASES, HOME
from tests.make_kept_data import DOCUMENTS, LEASES, MAIL

VERSIONS = kept_data.versions()
LATER = 999
UNREADABLE = "old letter.pdf"
Open = Callable[[Paths], Services]
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


@pytest.fixture(params=VERSIONS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Paths:
    """The data folder of a released version; it has no models."""
    paths = Paths(tmp_path / "kept", tmp_path / "models")
    kept_data.build(request.param, paths.data)
    return paths


@pytest.fixture
def latest(tmp_path: Path) -> Paths:
    """The data folder of the newest released version."""
    paths = Paths(tmp_path / "latest", tmp_path / "models")
    kept_data.build(VERSIONS[-1], paths.data)
    return paths


@pytest.fixture
def open_data() -> Iterator[Open]:
    """Opens a data folder as the program does, with a quick embedder."""
    with ExitStack() as stack:

        def opened(paths: Paths) -> Services:
            embedder = "tests.sample_models:hash_embedder"
            config = IndexConfig(str(paths.data), str(paths.models), embedder)
            services = build_services(paths, index_config=config)
            stack.callback(services.close)
            return services

        yield opened


def rows_of(database: Path) -> Rows:
    """Returns the columns and rows of each table; the full-text index's own are searched."""
    db = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    names = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'passage%'"
    ).fetchall()
    rows: Rows = {}
    for name in (str(name) for (name,) in names):
        columns = [str(column[1]) for column in db.execute(f"PRAGMA table_info({name})")]
        rows[name] = (columns, db.execute(f"SELECT * FROM {name}").fetchall())
    db.close()
    return rows


def assert_kept(database: Path, before: Rows) -> None:
    """A migration may add tables, columns and rows; what was there is as it was."""
    after = rows_of(database)
    for name, (columns, rows) in before.items():
        places = [after[name][0].index(column) for column in columns]
        seen = Counter(repr(tuple(row[place] for place in places)) for row in after[name][1])
        assert not Counter(map(repr, rows)) - seen, name


def contents(folder: Path) -> dict[str, bytes]:
    """Returns all files below a folder."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def assert_all_there(services: Services) -> None:
    """Everything that the kept data holds, as the program shows it."""
    assert_library_is_there(services)
    assert_chats_are_there(services)
    assert_tables_are_there(services)
    settings = services.settings.current
    assert services.settings.recovered is None
    assert (settings.theme, settings.passages) == (ThemeChoice.DARK, 7)
    assert (settings.own_words, settings.left_out) == (("Ada Example",), ("drafts/",))
    assert settings.never_leave == (HOME,)


def assert_library_is_there(services: Services) -> None:
    library = services.library
    assert library.roots() == (HOME,)
    outcomes = {Path(file.path).name: file.outcome for file in library.files()}
    assert outcomes.pop(UNREADABLE) is FileOutcome.FAILED
    assert outcomes == dict.fromkeys(DOCUMENTS.keys() - {UNREADABLE}, FileOutcome.INDEXED)
    for name in ("lease.md", "boat.txt"):
        assert services.reader.document(f"{HOME}/{name}").document.text.strip()
    (hit, *_) = library.search("mooring", 3)
    assert hit.path == f"{HOME}/boat.txt"
    assert "mooring costs 85 euros" in hit.text
    status = library.status()
    assert status.vectors == status.chunks > 0


def assert_chats_are_there(services: Services) -> None:
    assert services.opened_chats.fault is None
    chats = {chat.title: chat for chat in services.chats.chats()}
    assert chats.keys() == {"Lease", "Empty"}
    assert chats["Lease"].collection == "Home"
    answered, unanswered = services.chats.turns(chats["Lease"].id)
    assert (unanswered.question, unanswered.answer) == ("And the boat?", None)
    assert answered.replies == (outside_reply("Grüße 🙂"),)
    assert answered.answer is not None
    assert answered.answer.text == "Three months. [1]"
    (citation,) = answered.answer.citations
    text = services.reader.document(citation.path).document.text
    assert citation.quote in text[citation.locator.start : citation.locator.end]
    assert services.library.present([citation.chunk_id]) == (citation.chunk_id,)


def assert_tables_are_there(services: Services) -> None:
    specialists = services.specialists
    assert [specialists.kept.find(s.name) for s in (LEASES, MAIL)] == [LEASES, MAIL]
    table = specialists.store.table("Flats")
    (row,) = specialists.store.rows(table.id)
    assert (row.path, row.state) == (f"{HOME}/lease.md", "done")
    assert (row.cells["Rent"].value, row.cells["Rent"].state) == ("EUR 650.00", "corrected")
    (earlier,) = specialists.store.history(row.id, "Rent")
    assert (earlier.value, earlier.quotes[0].text) == ("EUR 640.00", "EUR 640.00")
    notice = row.cells["Notice"]
    assert notice.is_verbatim(DOCUMENTS["lease.md"])
    assert [quote.text for quote in notice.quotes] == ["three months"]
    (corrected,) = specialists.store.examples.examples(LEASES.name)
    assert (corrected.cells, corrected.source) == ({"Rent": "EUR 650.00"}, "corrected")
    (taught,) = specialists.store.examples.examples(MAIL.name)
    assert taught.label == "bill"
    assert specialists.store.examples.vectors("hash-64", [taught.text]).keys() == {taught.text}


def assert_record_is_there(services: Services) -> None:
    record = services.gate.record.read()
    sent, unfinished = record.entries
    assert isinstance(sent, Entry)
    assert (sent.begun.host, sent.outcome, sent.received) == ("team.example", "done", 512)
    assert (unfinished.begun.host, unfinished.outcome) == ("models.example", "unfinished")
    assert [refused.process for refused in record.refused] == ["parse"]
    assert record.unreadable == 0
    payload = services.gate.record.payloads / sent.begun.payload
    assert payload.read_bytes() == b'{"question": "How long?"}'


def test_data_of_a_released_version_is_all_there_and_stays_as_it_was(
    kept: Paths, open_data: Open
) -> None:
    files = contents(kept.data)
    before = {name: rows_of(kept.data / name) for name in DATABASES}
    services = open_data(kept)
    assert_all_there(services)
    assert_record_is_there(services)
    # The documents are on another computer: they stay in the library.
    services.library.rescan()
    assert_library_is_there(services)
    services.close()
    for name in DATABASES:
        assert_kept(kept.data / name, before[name])
    after = contents(kept.data)
    assert {name: after[name] for name in files if name not in DATABASES} == {
        name: data for name, data in files.items() if name not in DATABASES
    }
    assert [diagnose(kept).words for diagnose in (diagnose_library, diagnose_chats)] == ["", ""]
    assert diagnose_tables(kept).sound


def test_data_that_is_moved_or_restored_is_all_there(
    kept: Paths, open_data: Open, tmp_path: Path
) -> None:
    first = open_data(kept)
    back_up(first, tmp_path / "backup.zip")  # the vectors lie in the folder by then
    first.close()
    moved = Paths(tmp_path / "another place" / "Daten für Ada", kept.models)
    moved.data.parent.mkdir()
    shutil.move(kept.data, moved.data)
    services = open_data(moved)
    assert_all_there(services)
    assert_record_is_there(services)
    services.close()
    assert not kept.data.exists()
    fresh = Paths(tmp_path / "fresh", kept.models)
    done = restore(fresh, tmp_path / "backup.zip")
    assert (done.kept, done.removed) == (None, ())
    with Store(fresh.store) as store:
        assert {Path(file.path).name for file in store.files()} == DOCUMENTS.keys()
    for name in DATABASES:
        assert_kept(fresh.data / name, rows_of(moved.data / name))
    assert KeptSpecialists(fresh.specialists).find(LEASES.name) == LEASES


def make_later(database: Path, *, with_log: bool = False) -> bytes:
    """Turns a database into one that a later version wrote; returns its bytes."""
    db = apsw.Connection(str(database))
    db.pragma("user_version", LATER)
    db.execute("CREATE TABLE novelties (words TEXT)")
    if with_log:
        db.pragma("journal_mode", "wal")
    db.close()
    return database.read_bytes()


STORES: dict[str, Callable[[Path], Any]] = {
    "library.sqlite": Store,
    "chats.sqlite": ChatStore,
    "specialists.sqlite": SpecialistStore,
}


@pytest.mark.parametrize("with_log", [False, True], ids=["journal", "log"])
@pytest.mark.parametrize("name", DATABASES)
def test_a_database_of_a_later_version_is_refused_byte_for_byte(
    latest: Paths, name: str, with_log: bool
) -> None:
    before = make_later(latest.data / name, with_log=with_log)
    with pytest.raises((StoreTooNew, DataTooNew), match="by a later version") as caught:
        STORES[name](latest.data / name)
    assert isinstance(caught.value, (StoreTooNew, DataTooNew))
    assert "Update Studiolo" in caught.value.advice
    assert (latest.data / name).read_bytes() == before
    assert not list(latest.data.glob(f"{name}-*"))


def test_the_program_leaves_databases_of_a_later_version_alone(
    latest: Paths, open_data: Open
) -> None:
    before = {name: make_later(latest.data / name) for name in DATABASES}
    services = open_data(latest)
    assert isinstance(services.opened_chats.fault, DataTooNew)
    services.chats.create("Begun beside them")
    with pytest.raises(DataTooNew, match="tables of specialists"):
        services.specialists.store  # noqa: B018  # it is opened now
    with pytest.raises(StoreTooNew):
        services.library.files()
    services.close()
    for diagnose, noun in ((diagnose_chats, "chats"), (diagnose_tables, "tables of specialists")):
        with pytest.raises(DataTooNew, match=f"The {noun} were written by a later"):
            diagnose(latest)
    with pytest.raises(StoreTooNew):
        diagnose_library(latest)
    assert {name: (latest.data / name).read_bytes() for name in DATABASES} == before


def test_settings_of_a_later_version_leave_the_whole_folder_alone(
    latest: Paths, open_data: Open
) -> None:
    values = json.loads(latest.settings.read_bytes())
    values |= {"version": VERSION + 1, "novelty": True}
    values[CHECKSUM] = checksum_of(values)
    for file in (latest.settings, copy_of(latest.settings)):
        file.write_text(json.dumps(values), "utf-8")
    before = contents(latest.data)
    with pytest.raises(DataTooNew, match="settings were written by a later version"):
        open_data(latest)
    assert contents(latest.data) == before


def test_a_specialist_of_a_later_version_is_neither_used_nor_replaced(
    latest: Paths, open_data: Open, tmp_path: Path
) -> None:
    services = open_data(latest)
    back_up(services, tmp_path / "backup.zip")
    services.close()
    specialists = KeptSpecialists(latest.specialists)
    file = latest.specialists / "leases.toml"
    later = re.sub(rb"version = \d+", b'version = %d\ncolour = "red"' % LATER, file.read_bytes())
    file.write_bytes(later)
    for use in (lambda: specialists.find("leases"), lambda: specialists.keep(LEASES)):
        with pytest.raises(SpecialistTooNew, match="later version"):
            use()
    assert [s.name for s, template in specialists.all() if not template] == [MAIL.name]
    restore(latest, tmp_path / "backup.zip")
    assert file.read_bytes() == later


@pytest.mark.parametrize("name", DATABASES)
def test_a_backup_of_a_later_version_changes_nothing(
    latest: Paths, tmp_path: Path, name: str
) -> None:
    backup = tmp_path / "later.zip"
    folder = tmp_path / "later"
    kept_data.build(VERSIONS[-1], folder)
    make_later(folder / name)
    with zipfile.ZipFile(backup, "w") as archive:
        for part in DATABASES:
            archive.write(folder / part, part)
        archive.writestr(NOTE, "{}")
    before = contents(latest.data)
    with pytest.raises(DataTooNew, match=r"in the backup w.* by a later version"):
        restore(latest, backup)
    after = contents(latest.data)
    assert {file: after[file] for file in before} == before
    assert after.keys() - before.keys() <= {latest.lock.name}


def test_lines_of_a_later_version_stay_in_the_record(latest: Paths, open_data: Open) -> None:
    log = latest.egress / "log.jsonl"
    line = b'{"type":"Postponed","time":"2030-01-01","id":"b1","until":"2031"}\n'
    log.write_bytes(log.read_bytes() + line)
    before = log.read_bytes()
    record = open_data(latest).gate.record
    assert (len(record.read().entries), record.read().unreadable) == (2, 1)
    assert log.read_bytes() == before
