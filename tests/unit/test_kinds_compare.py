"""Questions that compare two documents read both, and can cite both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.answer import AnswerService
from app.kinds.answerer import KindAnswerer
from app.kinds.recognise import CompareAsked, recognise
from app.settings import SettingsStore
from models.fakes import FakeChatModel
from rag.excerpt import Reading
from rag.inventory import FileFilter, FileListing, FileOrder
from rag.listing import list_files
from rag.prompt import comparing
from rag.types import Hit
from tests.unit.test_indexer import Library

REPLY = (
    'Quote: "The notice period of the flat is three months."\n'
    'Quote: "The notice period of the shop is six months."\n'
    "Found: yes\n"
    "Answer: The notice period of the flat is three months, that of the shop is six months."
)


class Desk:
    """Real documents in a real index; notes where it was searched."""

    def __init__(self, folder: Path) -> None:
        self.library = Library(folder)
        for name, what, months in (("flat", "flat", "three"), ("shop", "shop", "six")):
            self.library.write(
                f"lease-{name}.txt", f"The notice period of the {what} is {months} months."
            )
        self.library.write("2023/report-2023.txt", "In 2023 sales were 10 million euro.")
        self.library.write("2024/report-2024.txt", "In 2024 sales were 12 million euro.")
        self.library.run()
        self.searched: list[tuple[str, ...]] = []
        self.settings = SettingsStore(folder / "settings.json")
        self.kinds = KindAnswerer(self, self.settings)

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        return list_files(self.library.store, which, order, most)

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        self.searched.append(tuple(Path(folder).name for folder in folders))
        return tuple(self.library.retriever.search(query, k, folders))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.library.store.close()


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("Compare the flat lease and the shop lease.", "flat lease", "shop lease"),
        ("Compare “lease-flat.txt” with “lease-shop.txt”", "lease-flat.txt", "lease-shop.txt"),
        ("What is the difference between the 2023 and 2024 reports?", "2023", "2024 reports"),
        ("How does the flat lease differ from the shop lease?", "flat lease", "shop lease"),
        ("How do A and B differ with regard to rent?", "a", "b"),
        ("Compare A and B in terms of the notice period", "a", "b"),
    ],
)
def test_comparisons_are_understood(question: str, first: str, second: str) -> None:
    assert recognise(question, datetime.now().astimezone()) == CompareAsked(first, second)


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("Compare the flat lease and the shop lease", [("lease-flat.txt",), ("lease-shop.txt",)]),
        ("Compare the 2023 and 2024 reports", [("report-2023.txt",), ("report-2024.txt",)]),
        ("Compare the folder 2023 with the folder 2024", [("2023",), ("2024",)]),
    ],
)
def test_each_side_is_searched(desk: Desk, question: str, searched: list[tuple[str]]) -> None:
    found = desk.kinds.try_compare(question, 4)
    assert desk.searched == searched
    assert all(found)


@pytest.mark.parametrize(
    "question",
    [
        "What is the difference between a lease and a licence?",
        "Compare the flat lease and the flat lease",
        "Compare the lease and the flat lease",  # the one is among the other
        "How does the flat differ?",
        "What is the notice period?",
    ],
)
def test_what_names_no_two_documents_goes_the_ordinary_way(desk: Desk, question: str) -> None:
    assert desk.kinds.try_compare(question, 4) == ()


def test_both_are_read_and_cited(desk: Desk) -> None:
    model = FakeChatModel(REPLY)
    service = AnswerService(lambda *_: (), model, desk.settings, kinds=desk.kinds)
    answer = service.ask("Compare the flat lease and the shop lease in terms of the notice period")
    leases = {"lease-flat.txt", "lease-shop.txt"}
    assert {Path(hit.path).name for hit in answer.nearest} == leases
    assert {Path(citation.path).name for citation in answer.citations} == leases


def test_a_small_context_window_still_reads_both(desk: Desk) -> None:
    (flat,), (shop,) = desk.kinds.try_compare("Compare the flat lease and the shop lease", 1)
    sides = [Reading("Compare them", [hit]) for hit in (flat, shop)]
    pack = comparing("Compare them", (), sides, lambda _pack: False, "a1b2c3")
    assert [hit.path for hit in pack.hits] == [flat.path, shop.path]
    assert "root ::= quote quote" in pack.grammar
