"""A date in a search finds documents of that date, however it is written in them or their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from app.errors import Cancelled
from models.embedding import SentenceTransformerEmbedder
from rag.chunking.chunk import Chunker
from rag.fakes import MemoryIndex
from rag.indexing import writer
from rag.indexing.indexer import Indexer
from rag.search.lexical import search_words
from rag.search.reconcile import reconcile
from rag.search.retrieve import Retriever
from rag.store.store import Store
from tests.conftest import EMBEDDER, MODELS
from tests.unit.rag.indexing.test_indexer import Library

TEXT = "Minutes of the meeting. The members agreed on the budget of the garden, number {}."
# By the names of files and folders, and by the text.
NAMED = [
    "2023-03-12 minutes.txt",
    "minutes_20240312.txt",
    "12.04.2024 minutes.txt",
    "2024/05/minutes.txt",
    "2024-06-12/minutes.txt",
    "2022/07/12/minutes.txt",
    "2023/07/12/minutes.txt",
]
WRITTEN = {
    "a.txt": "13/08/2024",
    "b.txt": "2024-09-15",
    "c.txt": "12. Oktober 2024",
    "d.txt": "November 12, 2024",
    "e.txt": "12 décembre 2024",
}


# Other documents, so that minutes are what a question is about, and dates say which.
OTHERS = (
    "The boiler is serviced by the plumber; the filter is cleaned twice a year.",
    "Preheat the oven, then bake the bread until its crust is brown.",
    "The tenant gives notice three months ahead in writing.",
    "Galaxies move apart, the faster the farther they are from each other.",
    "The bus to the harbour leaves every twenty minutes from the station.",
    "Vaccines teach the immune system what a virus looks like.",
    "Interest on the loan is paid at the end of each quarter.",
    "The violin sonata has three movements, the second of them slow.",
)


def fill(library: Library) -> None:
    for number, name in enumerate(NAMED):
        (library.files / name).parent.mkdir(parents=True, exist_ok=True)
        library.write(name, TEXT.format(number))
    for number, (name, date) in enumerate(WRITTEN.items()):
        library.write(name, f"{TEXT.format(100 + number)} Done on {date}.")
    for number, text in enumerate(OTHERS):
        library.write(f"other {number}.txt", text)
    library.write("2023 Q3 report.txt", "Report of the board. Sales rose in all regions.")
    library.write("f.txt", "Report of the board for the second quarter of 2023. Sales fell.")
    library.run()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    fill(made)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The same with the embedder of the product."""
    made = Library(tmp_path_factory.mktemp("dated"))
    fill(made)
    embedder, index = SentenceTransformerEmbedder(MODELS / EMBEDDER), MemoryIndex()
    writer.embed_stored(made.store, embedder, lambda _: None)
    reconcile(made.store, index, embedder.id)
    made.retriever = Retriever(made.store, index, embedder)
    yield made
    made.store.close()


def first(library: Library, query: str) -> str:
    best = library.retriever.search(query, 1)[0]
    return Path(best.path).relative_to(library.files).as_posix()


def dated(library: Library, query: str) -> list[str]:
    """The files with passages that have a date of the query."""
    found = search_words(library.store.database, query, 50).dated
    passages = library.store.passages(found)
    return sorted(Path(p.path).relative_to(library.files).as_posix() for p in passages)


@pytest.mark.parametrize(
    ("date", "name"),
    [
        ("March 2023", "2023-03-12 minutes.txt"),
        ("12 March 2023", "2023-03-12 minutes.txt"),
        ("12.3.2023", "2023-03-12 minutes.txt"),
        ("March 2024", "minutes_20240312.txt"),
        ("März 2024", "minutes_20240312.txt"),
        ("12 mars 2024", "minutes_20240312.txt"),
        ("2024-03-12", "minutes_20240312.txt"),
        ("12/03/2024", "minutes_20240312.txt"),
        ("April 2024", "12.04.2024 minutes.txt"),
        ("12 de abril de 2024", "12.04.2024 minutes.txt"),
        ("May 2024", "2024/05/minutes.txt"),
        ("maggio 2024", "2024/05/minutes.txt"),
        ("juni 2024", "2024-06-12/minutes.txt"),
        ("12 July 2022", "2022/07/12/minutes.txt"),
        ("12 July 2023", "2023/07/12/minutes.txt"),
        ("August 2024", "a.txt"),
        ("13 August 2024", "a.txt"),
        ("September 2024", "b.txt"),
        ("15.09.2024", "b.txt"),
        ("12 October 2024", "c.txt"),
        ("2024-10-12", "c.txt"),
        ("12.11.2024", "d.txt"),
        ("novembre 2024", "d.txt"),
        ("December 2024", "e.txt"),
    ],
)
def test_the_minutes_of_a_date_come_first(real: Library, date: str, name: str) -> None:
    assert first(real, f"minutes of the meeting of {date}") == name
    assert first(real, f"What was agreed on the garden in {date}?") == name


def test_a_date_does_not_hide_what_the_question_is_about(real: Library) -> None:
    assert first(real, "How long is the notice of the tenant in March 2024?") == "other 2.txt"
    assert first(real, "When does the bus leave for the harbour on 12/03/2024?") == "other 4.txt"


def test_a_new_name_of_a_file_or_folder_counts_at_once(library: Library) -> None:
    (library.files / "2022").rename(library.files / "2021")  # too far up to be searched by its name
    (library.files / "minutes_20240312.txt").rename(library.files / "minutes_20200312.txt")
    library.run()
    assert dated(library, "12 July 2021") == ["2021/07/12/minutes.txt"]
    assert dated(library, "March 2020") == ["minutes_20200312.txt"]
    assert dated(library, "12 July 2022") == []


def test_what_leaves_takes_its_dates_along(library: Library) -> None:
    (library.files / "a.txt").write_text("Nothing of that any more.", encoding="utf-8")
    library.run()
    with library.store.database.read() as db:
        assert db.execute("SELECT count(*) FROM dates WHERE date = 20240813").get == 0
    library.remove(library.files)
    with library.store.database.read() as db:
        assert db.execute("SELECT count(*) FROM dates").get == 0


def test_only_allowed_passages_are_found_by_their_date(library: Library) -> None:
    found = search_words(library.store.database, "August 2024", 5).scores
    others = {key for key, _ in found[1:]}
    assert others
    within = search_words(library.store.database, "August 2024", 5, others).scores
    assert {key for key, _ in within} <= others
    assert search_words(library.store.database, "August 2024", 0).scores == ()


def test_what_words_count_is_the_same_with_a_date(library: Library) -> None:
    def scores(query: str) -> list[tuple[str, float]]:
        return [
            found for found in search_words(library.store.database, query, 20).scores if found[1]
        ]

    dated = search_words(library.store.database, "minutes of August 2024", 20)
    assert max(dated.dated.values()) == 1.0
    assert not search_words(library.store.database, "minutes of 2024 and August", 20).dated
    assert scores("minutes of August 2024") == scores("minutes of 2024 August")


def test_an_older_library_gets_dates_and_nothing_is_read_or_embedded_again(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = all_dates(library.store)
    assert len(expected) == len(NAMED) + len(WRITTEN) + 6  # titles are in passages, too
    library.store.close()
    make_old(library.path)
    library.counting.parsed.clear()
    embedded = library.embedder.embedded
    monkeypatch.setattr(writer, "_GROUP", 2)
    with Store(library.path) as store:
        indexer = Indexer(
            store, library.index, library.embedder, library.counting, Chunker(None, 60)
        )
        assert all_dates(store) == []
        assert search_words(
            store.database, "budget of August 2024", 1
        ).scores  # by words, meanwhile
        stopped = indexer.run([library.files], checkpoint=Stopping(store))
        assert stopped.cancelled
        assert 0 < len(all_dates(store)) < len(expected)
        report = indexer.run([library.files])
        assert all_dates(store) == expected
    assert report.unchanged == len(NAMED) + len(WRITTEN) + len(OTHERS) + 2
    assert library.counting.parsed == []
    assert library.embedder.embedded == embedded


class Stopping:
    """A checkpoint that ends the run as soon as some dates are stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self) -> None:
        if all_dates(self._store):
            raise Cancelled


def all_dates(store: Store) -> list[tuple[int, int, int]]:
    with store.database.read() as db:
        return list(db.execute("SELECT content_id, row, date FROM dates ORDER BY 1, 2, 3"))


def make_old(path: Path) -> None:
    """Makes a library into one of the third version, which knew nothing of dates."""
    db = apsw.Connection(str(path))
    db.execute("DROP TABLE dates; DROP TABLE undated; ALTER TABLE files DROP COLUMN recipe")
    db.pragma("user_version", 3)
    db.close()


def test_a_report_of_a_quarter_is_found_by_it(real: Library) -> None:
    assert first(real, "the report for Q3 2023") == "2023 Q3 report.txt"
    assert first(real, "What did the report for the second quarter of 2023 say?") == "f.txt"
    assert dated(real, "3. Quartal 2023") == ["2023 Q3 report.txt"]
    assert dated(real, "Q1 2023") == []


def test_quarters_of_an_older_library_are_listed_by_the_next_run(library: Library) -> None:
    before = all_dates(library.store)
    library.store.close()
    db = apsw.Connection(str(library.path))
    db.execute("DELETE FROM dates WHERE date / 100 % 100 > 20")
    db.pragma("user_version", 5)
    db.close()
    library.store = Store(library.path)
    assert all_dates(library.store) != before
    while library.store.list_undated(3):
        pass
    assert all_dates(library.store) == before


def test_a_fiscal_year_is_searched_as_a_year(library: Library) -> None:
    library.write("accounts 1998.txt", "Sales of the year rose.")
    library.write("accounts 1997.txt", "Sales of the year rose a bit.")
    library.run()
    assert first(library, "How did sales rise in FY1998?") == "accounts 1998.txt"
    assert first(library, "How did sales rise in FY97?") == "accounts 1997.txt"
