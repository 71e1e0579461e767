"""Names of months and days are CLDR's, in every language that the rest of the program reads."""

from __future__ import annotations

import pytest

from app.redaction.vocabulary import SMALL_WORDS, no_names
from rag.text.calendar_names import LANGUAGES, month_names, months, weekdays
from rag.text.language import language_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_twelve_months_and_seven_days(language: str) -> None:
    for width in ("wide", "abbreviated"):
        assert sorted(set(months(language, width).values())) == list(range(1, 13))
        assert sorted(set(weekdays(language, width).values())) == list(range(7))


def test_a_language_with_cases_has_both_forms_of_a_month() -> None:
    assert months("pl")["września"] == months("pl")["wrzesień"] == 9


def test_full_stops_are_no_part_of_an_abbreviation() -> None:
    assert months("de", "abbreviated")["Sept"] == 9
    assert months("fr", "abbreviated")["janv"] == 1


def test_months_are_in_order() -> None:
    for language in LANGUAGES:
        assert [*months(language).values()][:12] == [*range(1, 13)]


def test_no_name_stands_for_two_months() -> None:
    numbers = month_names()
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for name, number in months(language, width).items():
                assert numbers[name] == number


def test_the_languages_of_questions_are_among_them() -> None:
    questions = ("What is the rent?", "Wie hoch ist die Miete?", "Ile jest tego?", "Kira ne kadar?")
    assert {language_of(question) for question in questions} <= {*LANGUAGES, ""}
    assert set(SMALL_WORDS) <= set(LANGUAGES)


def test_months_and_days_are_no_names_of_people_but_short_forms_of_other_languages_are() -> None:
    assert {"march", "mar", "tues", "marz", "fevrier", "miercoles", "zondag"} <= no_names()
    assert no_names().isdisjoint({"dom", "gen", "maja", "eylul"})
