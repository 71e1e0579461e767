"""Rows of tables as parts of an answer."""

from __future__ import annotations

import pytest

from rag.answer.citations import citation
from rag.answer.ground import ground
from rag.answer.told_rows import shown_source
from rag.formats import DocumentKind
from rag.types import Hit, Locator

HEADER = "(in millions) | Three Months Ended July 1, 2023 | Three Months Ended June 25, 2022"
ROWS = (
    "Products | $ 35,623 | $ 40,120\nServices | 14,709 | \nTotal gross margin | $ 50,332 | $ 54,243"
)


def hit(text: str, header: str) -> Hit:
    context = f"Report\nResults\n{header}" if header else "Report\nResults"
    locator = Locator(100, 100 + len(text), page=1)
    return Hit(1, "c1", "/report.pdf", "Report", DocumentKind.PDF, locator, text, context, 0.5)


def told(text: str, header: str, quote: str) -> str:
    passage = hit(text, header)
    start = text.index(quote)
    return shown_source(citation(passage, start, start + len(quote)), passage)


def test_a_row_is_told_with_the_heads_of_its_columns() -> None:
    assert told(ROWS, HEADER, "Total gross margin | $ 50,332 | $ 54,243") == (
        "Total gross margin (in millions) – Three Months Ended July 1, 2023: $ 50,332; "
        "Three Months Ended June 25, 2022: $ 54,243"
    )


def test_several_rows_are_told_one_below_the_other() -> None:
    two = "Products | $ 35,623 | $ 40,120\nServices | 14,709 | "
    assert told(ROWS, HEADER, two).split("\n") == [
        (
            "- Products (in millions) – Three Months Ended July 1, 2023: $ 35,623; "
            "Three Months Ended June 25, 2022: $ 40,120"
        ),
        "- Services (in millions) – Three Months Ended July 1, 2023: 14,709",
    ]


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("Item | Price", "Oak | 4.50", "Item: Oak – Price: 4.50"),
        (" | Price", "Oak | 4.50", "Oak – Price: 4.50"),
        ("Item | Price | ", "Oak | 4.50 | new", "Item: Oak – Price: 4.50; new"),
        ("Item | Price", " | 4.50", "Price: 4.50"),
        ("", "Oak | 4.50", "Oak | 4.50"),
        ("Item | Price | Colour", "Oak | 4.50", "Item: Oak – Price: 4.50"),
        ("Item | Price", "Oak | 4.50 | new", "Oak | 4.50 | new"),
        ("Item | Price", "Item | Price", "Item | Price"),
        ("Item | Price", "It is sold by the yard.", "It is sold by the yard."),
    ],
)
def test_what_has_no_heads_is_told_as_it_stands(header: str, row: str, words: str) -> None:
    assert told(row, header, row) == words


def test_a_row_that_takes_the_place_of_a_wrong_figure_has_its_heads() -> None:
    passage = hit(ROWS, HEADER)
    start = ROWS.index("Total")
    quote = citation(passage, start, len(ROWS))
    question = "What was the total gross margin in the three months ended July 1, 2023?"
    grounded = ground("The total gross margin was $ 96,802.", [quote], [passage], question)
    assert grounded.text == (
        "Total gross margin (in millions) – Three Months Ended July 1, 2023: $ 50,332; "
        "Three Months Ended June 25, 2022: $ 54,243 [1]"
    )
    assert grounded.citations[0].quote == "Total gross margin | $ 50,332 | $ 54,243"
