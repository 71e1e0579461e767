"""Dates are recognised however they are written; what only looks like one is not."""

from __future__ import annotations

import datetime

import hypothesis
import pytest
from hypothesis import strategies as st

from rag.text.dates import Date, dates
from tests.effort import growth

DAY = {Date(2024, 3, 12)}
BOTH = {Date(2024, 3, 12), Date(2024, 12, 3)}
MONTH = {Date(2024, 3)}


@pytest.mark.parametrize(
    "text",
    [
        "minutes of 12 March 2024",
        "12th of March, 2024",
        "March 12, 2024",
        "march 12th 2024",
        "12-Mar-2024",
        "12Mar2024",
        "2024-Mar-12",
        "Rechnung vom 12. März 2024",
        "Rechnung vom 12. Ma\u0308rz 2024",  # as macOS writes names of files
        "le 12 mars 2024",
        "el 12 de marzo de 2024",
        "il 12 marzo 2024",
        "12 de março de 2024",
        "12 maart 2024",
        "2024-03-12",
        "2024-3-12",
        "2024.03.12",
        "2024/03/12",
        "2024_03_12",
        "2024-03-12T10:00:00",
        "2024-03-12_1530",
        "2024-03-12.",
        "12.03.2024",
        "12.3.2024",
        "12. 3. 2024",
        "(12.03.2024)",
        "12.-12.03.2024",
        "minutes_20240312",
        "IMG_20240312_153000",
        "20240312153000",
        "20240312T1530",
        "12.03.24",
        "2024年3月12日",
        "2024 年 3 月 12 日",
        "2024년 3월 12일",
    ],
)
def test_a_day_in_any_form(text: str) -> None:
    assert dates(text) == DAY


@pytest.mark.parametrize("text", ["12/03/2024", "12-03-2024", "03/12/2024", "12 03 2024"])
def test_what_can_be_two_days_counts_as_both(text: str) -> None:
    assert dates(text) == BOTH


def test_what_can_be_one_day_only_counts_as_one() -> None:
    assert dates("13/03/2024") == dates("03/13/2024") == {Date(2024, 3, 13)}
    assert dates("04.03.2024") == {Date(2024, 3, 4)}


@pytest.mark.parametrize(
    "text",
    [
        "March 2024",
        "Mar. 2024",
        "März 2024",
        "marzo de 2024",
        "março de 2024",
        "2024-03",
        "2024/03/minutes",
        "03/2024",
        "03.2024",
        "3-2024",
        "2024年3月",
    ],
)
def test_a_month_of_a_year(text: str) -> None:
    assert dates(text) == MONTH


@pytest.mark.parametrize("number", range(1, 13))
def test_the_months_of_seven_languages(number: int) -> None:
    names = """
        January February March April May June July August September October November December
        Januar Februar März April Mai Juni Juli August September Oktober November Dezember
        janvier février mars avril mai juin juillet août septembre octobre novembre décembre
        enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
        gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre \
dicembre
        janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
        januari februari maart april mei juni juli augustus september oktober november december
    """
    for line in names.strip().splitlines():
        assert dates(f"{line.split()[number - 1]} 2024") == {Date(2024, number)}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2024/03/minutes.pdf", MONTH),
        ("2024/March/minutes.pdf", MONTH),
        ("2024/03 March/minutes.pdf", MONTH),
        ("2024 March minutes.pdf", MONTH),
        ("2024/03/12/minutes.pdf", DAY),
        ("12.03.2024 Rechnung.pdf", DAY),
        ("2024 03 12 minutes.pdf", DAY),
        ("statement_202403.pdf", MONTH),
        ("2005/06/beach.jpg", {Date(2005, 6)}),
    ],
)
def test_names_of_files_and_folders(name: str, found: set[Date]) -> None:
    assert dates(name, name=True) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "in 2024",
        "12 March",
        "version 1.2.2024",
        "v1.2.2024",
        "v2024.03",
        "1.2.2024.5",
        "0.1.2.2024",
        "192.168.20.24",
        "10.12.20.24",
        "10:12:24",
        "call 0171 2024031",
        "+49 30 20240312345",
        "0151 12 03 2024",
        "invoice RE-2024-0312",
        "invoice INV-20240001",
        "invoice 4711-2024",
        "invoice 202403",
        "article 12024-03-12",
        "2024-03-123",
        "2024-13-01",
        "30/02/2024",
        "31.04.2024",
        "2024.5 tons",
        "in 2024 12 people",
        "the season of 2011/12",
        "by 2024 may become",
        "we set 2024 goals",
        "3024-03-12",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert dates(text) == set()


PIECES = st.sampled_from(
    [
        "2024",
        "19",
        "20",
        "12",
        "03",
        "3",
        ".",
        "/",
        "-",
        "_",
        " ",
        "march",
        "de",
        "März",
        "th",
        "年",
    ]
)


@hypothesis.given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)), st.booleans())
def test_any_text_gives_days_of_the_calendar(text: str, name: bool) -> None:
    for date in dates(text, name=name):
        assert 1900 <= date.year <= 2099
        datetime.date(2000, date.month, date.day or 1)


def test_a_day_is_of_its_month_and_a_month_is_of_no_day() -> None:
    (of_month,), of_day = Date(2024, 3).spans(), Date(2024, 3, 12).spans()
    assert of_day == [of_month, (20240312, 20240312)]
    assert of_month[0] <= Date(2024, 3).number < Date(2024, 3, 31).number <= of_month[1]
    assert Date(2024, 4).number > of_month[1]


@pytest.mark.parametrize(
    "piece", ["20", "2024", "1", "2024 ", "12.03.", "12/03/2024/", "mar 2024 "]
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    assert growth(lambda size: dates(piece * (size // len(piece))), 2_000) < 8
    dates(piece * (200_000 // len(piece)))  # what goes back in its text again and again never ends
