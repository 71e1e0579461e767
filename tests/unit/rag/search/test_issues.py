"""Asked for the newest, passages of older issues of the same document come after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.search.issues import asks_for_newest, older_issues
from tests.unit.rag.indexing.test_indexer import Library


@pytest.mark.parametrize(
    "query",
    [
        "What was the gross margin in the latest report?",
        "How much is my newest payslip?",
        "What does the most recent statement say?",
        "Wie hoch ist die neueste Rechnung?",
        "Combien coûte la plus récente facture ?",
        "¿Cuánto es la factura más reciente?",
    ],
)
def test_the_newest_is_asked_for(query: str) -> None:
    assert asks_for_newest(query)


@pytest.mark.parametrize(
    "query", ["What changed recently?", "How much is the bill of March 2024?", "the most expensive"]
)
def test_it_is_not_asked_for(query: str) -> None:
    assert not asks_for_newest(query)


@pytest.mark.parametrize(
    ("older", "newest"),
    [
        ("/home/a/statement 2024-03.pdf", "/home/a/statement 2024-04.pdf"),
        ("/home/a/2024-03 statement.pdf", "/home/a/2024-12 statement.pdf"),
        ("/home/a/Payslip March 2024.pdf", "/home/a/Payslip April 2024.pdf"),
        ("/home/a/2022 Q3 AAPL.pdf", "/home/a/2023 Q1 AAPL.pdf"),
        ("/home/a/2023 Q1 AAPL.pdf", "/home/a/2023 Q3 AAPL.pdf"),
        ("/home/a/2023/05/bill.pdf", "/home/a/2024/01/bill.pdf"),
        ("/home/a/Tax return 2022.pdf", "/home/a/Tax return 2023.pdf"),
        ("/home/a/Rechnung 12.03.2024.pdf", "/home/a/Rechnung 02.04.2024.pdf"),
    ],
)
def test_the_older_issue_of_a_series(older: str, newest: str) -> None:
    assert older_issues([older, newest]) == {older}


def test_what_is_no_series_is_left_alone() -> None:
    others = ["/a/lease 2020.pdf", "/a/will 2024.pdf", "/a/letter.txt", "/a/b/lease 2024.pdf"]
    assert older_issues(others) == set()
    assert older_issues(["/a/bill 2024-03.pdf", "/a/bill 2024-03.docx"]) == set()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    for month in ("2024-02", "2024-03", "2023-12"):
        made.write(f"statement {month}.txt", f"The balance is {len(month)} euros in {month}.")
    made.write("letter.txt", "The balance of nature is a latest fashion.")
    made.run()
    yield made
    made.store.close()


def test_the_newest_statement_comes_first(library: Library) -> None:
    names = [Path(hit.path).name for hit in library.retriever.search("balance latest", 4)]
    assert names.index("statement 2024-03.txt") < names.index("statement 2024-02.txt")
    assert names.index("statement 2024-03.txt") < names.index("statement 2023-12.txt")
