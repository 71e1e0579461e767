"""What is worked out from two figures of a table is computed, or nothing is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import Asked, outcome
from bench.figures_domains import CHOOSING, Domain, write
from bench.tables import Files
from rag.tables.arithmetic import asks_arithmetic
from rag.tables.match import match
from rag.tables.reading import read
from rag.tables.verify import arithmetic_asked, faults

HALLS = """\
Hall,Season,Guests,Tickets,Rent,Weight
North,Spring,120,100,30%,5 kg
North,Autumn,90,80,20%,7 kg
South,Spring,60,66,10%,2 kg
South,Autumn,60,40,10%,4 kg
West,Spring,15,0,5%,1 kg
"""


@pytest.fixture
def halls(tmp_path: Path) -> Path:
    path = tmp_path / "halls.csv"
    path.write_text(HALLS, encoding="utf-8")
    return path


@pytest.mark.parametrize("domain", CHOOSING, ids=lambda domain: domain.file)
def test_questions_of_several_trades_in_several_formats(domain: Domain, tmp_path: Path) -> None:
    path, files = str(write(domain, tmp_path)), Files()
    results = {q.text: outcome(files, path, q, None)[0] for q in domain.questions}
    assert set(results.values()) <= {"right", "declined"}, results


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("How many more guests than tickets were there in North in Autumn?", ("10",)),
        ("How many fewer tickets than guests were there in North in Spring?", ("20",)),
        ("How many more guests than tickets were there in total?", ("59",)),
        ("What is the difference in guests between North and South in Spring?", ("60",)),
        ("What is the difference in mean guests between North and South?", ("45",)),
        ("By how many percent did the guests of North change from Spring to Autumn?", ("-25",)),
        ("How many guests per ticket were there in North in Spring?", ("1.2",)),
        ("What percentage of the total guests came to North?", ("60.87",)),
        ("What is the difference in rent between North and South in Spring?", ("20%",)),
        ("What is the difference in weight between North and South in Autumn?", ("3 kg",)),
        # Several rows of a hall, two measures, nothing to divide by, a tie for the first place,
        # an order that is not said: no figure.
        ("How many more guests than tickets were there in North?", ()),
        ("What is the difference between weight and guests of West in Spring?", ()),
        ("How many guests per ticket were there in West in Spring?", ()),
        ("By how many percent did the guests of North change from Autumn to Spring?", ()),
        ("What is the second lowest rent?", ("10%",)),
        ("How many guests were children in North in Spring?", ()),
    ],
)
def test_two_figures_of_a_table(halls: Path, question: str, answers: tuple[str, ...]) -> None:
    result, text = outcome(Files(), str(halls), Asked(question, answers), None)
    assert result == ("right" if answers else "declined"), text


def test_two_that_share_the_first_place_have_no_second(tmp_path: Path) -> None:
    path = tmp_path / "prizes.csv"
    path.write_text("Name,Points\nAda,9\nBo,9\nCy,7\n", encoding="utf-8")
    asked = Asked("Who has the second highest points?", ())
    assert outcome(Files(), str(path), asked, None) == ("declined", "")


def test_a_query_of_a_model_never_stands_for_arithmetic(halls: Path) -> None:
    question = "How many more guests than tickets were there in Autumn?"
    (table,) = Files().tables(str(halls), question)
    assert asks_arithmetic(read(question, table))
    assert arithmetic_asked(question, table)
    assert faults(question, table, 'SELECT SUM("Tickets") FROM data WHERE "Season" = \'Autumn\'')
    assert match("Are there more guests than 40 in North?", table, "halls") is None


def test_a_part_of_a_long_head_is_no_figure_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("Item,Changes in accounting estimates\nLand,4\nMills,7\n", encoding="utf-8")
    (table,) = Files().tables(str(path), "")
    assert not arithmetic_asked("Which accounting policy changes were disclosed?", table)
    assert arithmetic_asked(
        "What is the difference between the changes in accounting estimates of land and mills?",
        table,
    )


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What is the sum of all amounts in club-account.csv?", ("1250",)),
        ("Was ist die Summe aller Beträge in club-account.csv?", ("1250",)),
        ("What is the sum of all amounts?", ()),  # of which file is not said
        ("What is the sum of all donations in club-account.csv?", ()),
    ],
)
def test_a_file_that_is_named_may_have_one_column_of_amounts(
    tmp_path: Path, question: str, answers: tuple[str, ...]
) -> None:
    path = tmp_path / "club-account.csv"
    path.write_text("Datum;Zweck;Betrag\n02.01.2025;Strom;-250\n03.01.2025;Spende;1500\n")
    result, text = outcome(Files(), str(path), Asked(question, answers), None)
    assert result == ("right" if answers else "declined"), text
