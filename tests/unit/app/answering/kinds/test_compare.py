"""Questions that compare two documents read both, and can cite both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.answering.kinds.answerer import KindAnswerer
from app.answering.kinds.compare import Comparer
from app.answering.kinds.recognise import CompareAsked, recognise
from app.answering.service import AnswerService
from app.events import AnswerEvent, PassagesFound, Searching
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from models.fakes import FakeChatModel
from rag.answer.excerpt import Reading
from rag.answer.prompt import comparing
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.whole_document import whole_document
from rag.types import Hit, WholeDocument
from tests.unit.rag.indexing.test_indexer import Library

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

    def whole(self, path: str) -> WholeDocument:
        document = whole_document(self.library.store, path)
        assert document is not None
        return document

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        self.searched.append(tuple(Path(folder).name for folder in folders))
        return tuple(self.library.retriever.search(query, k, folders))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.library.store.close()


@pytest.mark.parametrize(
    ("question", "first", "second", "about"),
    [
        ("Compare the flat lease and the shop lease.", "flat lease", "shop lease", ""),
        ("Compare “lease-flat.txt” with “lease-shop.txt”", "lease-flat.txt", "lease-shop.txt", ""),
        ("What is the difference between the 2023 and 2024 reports?", "2023", "2024 reports", ""),
        ("How does the flat lease differ from the shop lease?", "flat lease", "shop lease", ""),
        ("How do A and B differ with regard to rent?", "a", "b", "rent"),
        ("Compare A and B in terms of the notice period", "a", "b", "the notice period"),
    ],
)
def test_comparisons_are_understood(question: str, first: str, second: str, about: str) -> None:
    assert recognise(question, datetime.now().astimezone()) == CompareAsked(first, second, about)


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
    assert found is not None
    assert all(found.hits)


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
    assert desk.kinds.try_compare(question, 4) is None


def test_both_are_read_and_cited(desk: Desk) -> None:
    model = FakeChatModel(REPLY)
    service = AnswerService(lambda *_: (), model, desk.settings, kinds=desk.kinds)
    answer = service.ask("Compare the flat lease and the shop lease in terms of the notice period")
    leases = {"lease-flat.txt", "lease-shop.txt"}
    assert {Path(hit.path).name for hit in answer.nearest} == leases
    assert {Path(citation.path).name for citation in answer.citations} == leases


def comparing_desk(desk: Desk, model: FakeChatModel) -> AnswerService:
    """A service that compares documents in everything."""
    comparer = Comparer(desk, desk.whole, model, lambda: "a1b2c3")
    kinds = KindAnswerer(desk, desk.settings, comparer=comparer)
    return AnswerService(lambda *_: (), model, desk.settings, kinds=kinds)


BOTH = "Compare the flat lease and the shop lease"


SIDE_BY_SIDE = (
    "- *lease-flat*: The notice period of the flat is three months. [1]  \n"
    "  *lease-shop*: The notice period of the shop is six months. [2]"
)


def test_everything_is_compared_side_by_side(desk: Desk) -> None:
    events: list[AnswerEvent] = []
    model = FakeChatModel("They differ in the notice period.")
    answer = comparing_desk(desk, model).ask(BOTH, (), events.append)
    assert answer.text == f"They differ in the notice period:\n\n{SIDE_BY_SIDE}"
    assert [Path(one.path).stem for one in answer.citations] == ["lease-flat", "lease-shop"]
    assert all(one.quote in answer.text for one in answer.citations)
    assert not answer.abstained
    assert [type(event) for event in events][:2] == [Searching, PassagesFound]


@pytest.mark.parametrize(
    "reply",
    [
        "They differ in the birds that can fly.",
        "They differ in a notice of 7 and 12 months.",
        "They differ in " + "notice " * 50,
        " ",
    ],
)
def test_what_they_do_not_name_is_not_what_they_differ_in(desk: Desk, reply: str) -> None:
    assert comparing_desk(desk, FakeChatModel(reply)).ask(BOTH).text == SIDE_BY_SIDE


def test_one_respect_is_compared_where_both_name_it(desk: Desk) -> None:
    model = FakeChatModel("They differ in words.")
    service = comparing_desk(desk, model)
    assert service.ask(f"{BOTH} with regard to the notice period").text == SIDE_BY_SIDE
    model.queue('Quote: "The notice period of the flat is three months."\nFound: no')
    assert service.ask(f"{BOTH} with regard to pets").abstained


def test_stop_ends_a_comparison(desk: Desk) -> None:
    token = CancelToken()
    token.cancel()
    kinds = KindAnswerer(
        desk, desk.settings, comparer=Comparer(desk, desk.whole, FakeChatModel(), lambda: "a1b2c3")
    )
    answer = kinds.try_answer(BOTH, token=token)
    assert answer is not None
    assert answer.stopped


def test_each_side_is_quoted_where_one_respect_is_compared(desk: Desk) -> None:
    found = desk.kinds.try_compare(f"{BOTH} with regard to the notice period", 1)
    assert found is not None
    assert found.about == "the notice period"
    sides = [Reading(found.about, side) for side in found.hits]
    pack = comparing("Compare them", (), sides, lambda _pack: True, "a1b2c3")
    first, second = (line for line in pack.grammar.splitlines() if line.startswith("quote"))
    assert "flat" in first
    assert "shop" not in first
    assert "shop" in second
    assert "flat" not in second


def test_a_file_is_called_what_it_is(desk: Desk) -> None:
    assert desk.kinds.try_compare("Compare the flat lease letter and the shop lease PDF", 1)


def test_a_small_context_window_still_reads_both(desk: Desk) -> None:
    found = desk.kinds.try_compare("Compare the flat lease and the shop lease", 1)
    assert found is not None
    (flat,), (shop,) = found.hits
    sides = [Reading("Compare them", [hit]) for hit in (flat, shop)]
    pack = comparing("Compare them", (), sides, lambda _pack: False, "a1b2c3")
    assert [hit.path for hit in pack.hits] == [flat.path, shop.path]
    assert "root ::= quote quote1 verdict" in pack.grammar
