"""Number formats of spreadsheets: what Excel shows for a value and a code."""

from __future__ import annotations

import datetime

import pytest

from rag.parse.office.number_format import general, shown

DAY = datetime.datetime(2023, 4, 1, 15, 7, 9)  # noqa: DTZ001  # sheets know no time zones
ACCOUNTS = (
    r'_-* #,##0.00\ [$€-407]_-;\-* #,##0.00\ [$€-407]_-;_-* "-"??\ [$€-407]_-;_-@_-'  # of Excel
)


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.035, "0.00%", "3.50%"),
        (-0.05, "0.0%", "-5.0%"),
        (1249.5, '#,##0.00 "CHF"', "1,249.50 CHF"),
        (1249.5, ACCOUNTS, "1,249.50 €"),
        (-3, ACCOUNTS, "-3.00 €"),
        (0, ACCOUNTS, "- €"),
        (-80, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "($80.00)"),
        (4107, "00000", "04107"),
        (5, "00,000", "00,005"),
        (4539578763621486.0, "0", "4539578763621486"),
        (123456789, "000-00-0000", "123-45-6789"),
        (1234567890, "(000) 000-0000", "(123) 456-7890"),
        (202411, "0000\\-00", "2024-11"),
        (12, '"Nr. "000', "Nr. 012"),
        (1234567, '#,##0,"k"', "1,235k"),
        (1500000, '0.0,,"M"', "1.5M"),
        (2.675, "0.00", "2.68"),
        (1234.5, "0.###", "1234.5"),
        (-0.001, "0.00", "0.00"),
        (5.25, "# ?/?", "5 1/4"),
        (0.5, "?/2", "1/2"),
        (12345, "0.00E+00", "1.23E+04"),
        (5, '[<10]"low" 0;[>=10]"high" 0', "low 5"),
        (15, '[<10]"low" 0;[>=10]"high" 0', "high 15"),
        (DAY, "mmmm yyyy", "April 2023"),
        (DAY, "[$-407]d. mmm yyyy", "1. Apr. 2023"),
        (DAY, "dd.mm.yyyy hh:mm", "01.04.2023 15:07"),
        (DAY, "dddd h:mm:ss AM/PM", "Saturday 3:07:09 PM"),
        (datetime.time(6, 30), "hh:mm", "06:30"),
        (datetime.timedelta(days=1, hours=6, minutes=15), "[h]:mm", "30:15"),
        (datetime.timedelta(seconds=90), "[mm]:ss", "01:30"),
    ],
)
def test_a_value_is_shown_by_its_format(value: float, code: str, text: str) -> None:
    result = shown(value, code)
    assert result is not None
    assert result.text == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "General"),
        (1.5, "@"),
        (1.5, ""),
        (DAY, "m/d/yyyy"),  # 4/1/2023 may be in January
        (DAY, "[$-F800]dddd, mmmm dd, yyyy"),  # as each computer shows dates
        (float("nan"), "0.00"),
        (1.5, "0" * 300),
    ],
)
def test_a_format_that_says_nothing_leaves_the_value_as_it_is(value: float, code: str) -> None:
    assert shown(value, code) is None


@pytest.mark.parametrize(
    ("value", "code", "exact"),
    [
        (0.035, "0.00%", True),
        (0.0349, "0%", False),
        (1249.5, '#,##0.00 "CHF"', True),
        (-80, "0;(0)", True),
        (-80, "0;0", False),  # a loss in red
        (1500, '0," k"', False),
        (12.5, '0.0" °C"', False),
    ],
)
def test_whether_the_text_tells_the_value(value: float, code: str, exact: bool) -> None:
    result = shown(value, code)
    assert result is not None
    assert result.exact is exact


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (4539578763621486.0, "4539578763621486"),
        (1.23e15, "1230000000000000"),
        (1 / 3, "0.333333333333333"),
        (-12.0, "-12"),
    ],
)
def test_numbers_without_a_format_have_no_exponent(value: float, text: str) -> None:
    assert general(value) == text


@pytest.mark.parametrize(
    "code",
    [
        "[",
        '"',
        "\\",
        ";;;",
        "[h",
        "0.0.0.0",
        "E+",
        "/",
        "%%%%",
        "0.000000000000000",
        "0." + "0" * 99,
        "*",
        "_",
    ],
)
def test_odd_formats_do_no_harm(code: str) -> None:
    for value in (0, -1.5, 1e20, 1e300, DAY, datetime.timedelta(days=-3)):
        shown(value, code)
