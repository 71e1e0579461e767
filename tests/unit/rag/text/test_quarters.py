"""Quarters are recognised however they are written; what only looks like one is not."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies as st

from rag.text.dates import Date
from rag.text.quarters import Quarter, joined_years, quarters
from tests.effort import growth

THIRD = {Quarter(2023, 3)}


@pytest.mark.parametrize(
    "text",
    [
        "Q3 2023",
        "Q3, 2023",
        "2023 Q3 report",
        "2023-Q3",
        "2023Q3",
        "report_2023_Q3.pdf",
        "3Q23",
        "3Q 2023",
        "Q3'23",
        "Q3/2023",
        "Q3/23",
        "Q3 FY23",
        "Q3 FY2023",
        "the third quarter of 2023",
        "the third\nquarter of 2023",
        "third quarter of fiscal 2023",
        "the third quarter of the fiscal year 2023",
        "3rd quarter 2023",
        "in the 2023 third quarter",
        "3. Quartal 2023",
        "im dritten Quartal 2023",
        "Quartal 3/2023",
        "3e trimestre 2023",
        "le troisième trimestre de 2023",
        "T3 2023",
        "tercer trimestre de 2023",
        "3.er trimestre de 2023",
        "3º trimestre del 2023",
        "terzo trimestre 2023",
        "terceiro trimestre de 2023",
        "derde kwartaal van 2023",
        "K3 2023",
        "III kwartał 2023",
        "trzeci kwartał 2023",
        "III kw. 2023",
        "trimestrul III 2023",
        "trimestrul al III-lea 2023",
        "2023 3. çeyrek",
        "2023 yılının üçüncü çeyreği",  # noqa: RUF001  # the dotless i
    ],
)
def test_a_quarter_in_any_form(text: str) -> None:
    assert quarters(text) == THIRD


def test_several_quarters() -> None:
    assert quarters("Q2 2023 against Q2 2022") == {Quarter(2023, 2), Quarter(2022, 2)}
    assert quarters("in Q3 and Q4 2023") == {Quarter(2023, 3), Quarter(2023, 4)}
    assert quarters("first to third quarter of 2023") == THIRD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Q3",
        "Q3 earnings rose",
        "Q5 2023",
        "Q1 10-Q",
        "FAQ3 2023",
        "a quarter of 2023 people",
        "three quarters of 2023",
        "first quarter",
        "iv 2023",
        "Q3 20234",
        "the quarter ended 30 June 2023",
    ],
)
def test_what_is_no_quarter_of_a_year(text: str) -> None:
    assert quarters(text) == set()


@hypothesis.given(st.text(st.sampled_from("q1234 0'/-_tfyiv.\nquarter2023"), max_size=60))
def test_any_text_gives_quarters_of_a_year(text: str) -> None:
    for quarter in quarters(text):
        assert 1900 <= quarter.year <= 2099
        assert 1 <= quarter.quarter <= 4


def test_years_in_one_word_with_letters() -> None:
    assert joined_years("from FY2016 to FY 17, and CY2016") == [2016, 2017]
    assert joined_years("fiscal 2016, ABC2016, FY2016x, FY20167, RE2016-0312 of 1999") == [2016]
    assert joined_years("in 2016") == joined_years("") == []


def test_a_quarter_has_a_number_of_its_own() -> None:
    days = {Date(2023, month, day).number for month in range(1, 13) for day in range(32)}
    numbers = {Quarter(2023, quarter).number for quarter in range(1, 5)}
    assert len(numbers) == 4
    assert not numbers & days
    assert max(numbers) < Date(2024, 1).number
    assert Quarter(2023, 1).spans() == [(Quarter(2023, 1).number,) * 2]


@pytest.mark.parametrize("piece", ["q3", "2023 ", "q3 ", "third quarter ", "i ", "fy23 ", " "])
def test_work_grows_with_the_length_only(piece: str) -> None:
    assert growth(lambda size: quarters(piece * (size // len(piece))), 2_000) < 8
    quarters(piece * (200_000 // len(piece)))
