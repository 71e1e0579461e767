"""A question in the words of a table is understood without a model; one in doubt is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import FORMATS, Asked, Staff, outcome, questions, staff
from bench.tables import Files
from rag.tables.match import match
from rag.tables.table import ColumnKind, ColumnSketch, TableSketch
from rag.tables.verdicts import Verdict
from rag.tables.verify import asks_for_one, faults, statistic_asked

CSV = """\
OrderId,Customer,Country,Amount,Weight,Paid
1,Adams,Norway,20,5 kg,2024-03-01
2,Baker,Norway,80,7 kg,2024-01-15
3,Clark,Spain,200,2 kg,2023-11-30
4,Davis,Spain,,9 kg,2024-02-01
"""
_OF_SPAIN, _OF_NORWAY = (
    f'SELECT SUM("Amount") FROM data WHERE "Country" = \'{country}\''
    for country in ("Spain", "Norway")
)
_FIRST_QUARTER = (
    'SELECT SUM("Amount") FROM data WHERE SUBSTR("Paid", 1, 7) >= \'2024-01\''
    " AND SUBSTR(\"Paid\", 1, 7) <= '2024-03'"
)
_MOST = 'SELECT "Customer" FROM data ORDER BY "Amount" DESC NULLS LAST LIMIT 1'


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def sketch_of(path: Path, question: str) -> TableSketch:
    (table,) = Files().tables(str(path), question)
    return table


def query(path: Path, question: str) -> str | None:
    matched = match(question, sketch_of(path, question), path.stem)
    return matched.plan.query if matched else None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the mean amount?", 'SELECT AVG("Amount") FROM data'),
        ("Wie hoch ist der Median von Amount?", 'SELECT MEDIAN("Amount") FROM data'),
        ("Quelle est la somme de Amount ?", 'SELECT SUM("Amount") FROM data'),
        ("¿Cuál es el promedio de Weight?", 'SELECT AVG("Weight") FROM data'),
        (
            "What are the mean amount and the median weight?",
            'SELECT AVG("Amount"), MEDIAN("Weight") FROM data',
        ),
        (
            "What is the second highest weight?",
            'SELECT "Weight" FROM data ORDER BY "Weight" DESC NULLS LAST LIMIT 1 OFFSET 1',
        ),
        (
            "How many orders are from Norway?",
            "SELECT COUNT(*) FROM data WHERE \"Country\" = 'Norway'",
        ),
        ("How many amounts are missing?", 'SELECT MISSING("Amount") FROM data'),
        ("How many different countries are there?", 'SELECT COUNT(DISTINCT "Country") FROM data'),
        (
            "What is the amount of Baker?",
            'SELECT "Amount" FROM data WHERE "Customer" = \'Baker\'',
        ),
        (
            "What is the total amount per country?",
            'SELECT "Country", SUM("Amount") FROM data GROUP BY "Country"',
        ),
        (
            "Which customer has the highest amount?",
            'SELECT "Customer", "Amount" FROM data ORDER BY "Amount" DESC NULLS LAST LIMIT 1',
        ),
        (
            "Which customers have a weight between 3 and 8?",
            'SELECT "Customer" FROM data WHERE "Weight" >= 3 AND "Weight" <= 8',
        ),
        (
            "What is the mean amount without Norway?",
            'SELECT AVG("Amount") FROM data WHERE "Country" != \'Norway\'',
        ),
        (
            "What is the total amount paid on Mondays?",
            "SELECT SUM(\"Amount\") FROM data WHERE STRFTIME('%w', \"Paid\") = '1'",
        ),
        ("What is the total amount paid in the first quarter of 2024?", _FIRST_QUARTER),
        (
            "What is the total amount paid since February 2024?",
            'SELECT SUM("Amount") FROM data WHERE SUBSTR("Paid", 1, 7) >= \'2024-02\'',
        ),
    ],
)
def test_a_plan_follows_the_words(orders: Path, question: str, expected: str) -> None:
    assert query(orders, question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What is the mean amount of the buyers?",  # perhaps some of the rows
        "What is the mean amount in Lisbon?",  # a name that is not there
        "What is the mean amount of women?",  # some of the rows, and no column tells which
        "What is the mean shipping amount?",  # another amount, for all that the table says
        "How many Norway merchants are there not?",  # a negation that is bound to nothing
        "What is the mean price?",  # no such column
        "How many customers pay more than the mean amount?",  # compares with a figure
        "Is the amount normally distributed?",
        "How many children does Baker have?",  # not what the rows are
        "What will the total amount be?",
        "What was the mean amount last year?",
        "What is the mean amount of order 3 and 7?",  # a number that is bound to nothing
        "Is Baker from Norway?",
        "Do the maximum amounts of Baker and Clark say more?",
    ],
)
def test_what_leaves_a_doubt_has_no_plan(orders: Path, question: str) -> None:
    assert query(orders, question) is None


def test_both_deviations_are_given_unless_one_is_asked_for(orders: Path) -> None:
    both = 'SELECT STDDEV("Amount"), STDDEV_POP("Amount") FROM data'
    assert query(orders, "What is the standard deviation of the amount?") == both
    one = 'SELECT STDDEV("Amount") FROM data'
    assert query(orders, "What is the sample standard deviation of the amount?") == one


def test_words_that_are_not_of_the_table_are_told(orders: Path) -> None:
    question = "What is the mean amount that Norway transferred?"
    matched = match(question, sketch_of(orders, question), "orders")
    assert matched is not None
    assert matched.ignored == ("transferred",)


def test_a_part_of_values_stands_for_all_that_have_it_and_is_told(tmp_path: Path) -> None:
    titles = [f"{word} clerk" for word in "abcdefghijklmnopq"]
    rows = [
        *((title, 100) for title in titles),
        ("Data engineer", 300),
        ("Head of engineering", 500),
    ]
    path = tmp_path / "staff.csv"
    path.write_text("Title,Salary\n" + "\n".join(f"{t},{s}" for t, s in rows), encoding="utf-8")
    question = "What is the average salary of the engineers?"
    result, text = outcome(Files(), str(path), Asked(question, ("400",)), None)
    assert result == "right", text
    assert "“engineers” was read as “Title”: Data engineer, Head of engineering." in text
    assert query(path, "What is the average salary of the nurses?") is None


def test_yes_or_no_says_what_is_compared(orders: Path) -> None:
    question = "Is the mean weight in Spain less than in Norway?"
    matched = match(question, sketch_of(orders, question), "orders")
    assert matched is not None
    assert matched.verdict == Verdict("Spain", "Norway", "<")


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("What is the mean amount?", 'SELECT AVG("OrderId") FROM data'),
        ("What is the mean amount?", 'SELECT SUM("Amount") FROM data'),
        ("What did Norway pay in all?", 'SELECT AVG("Amount") FROM data'),
        ("What did Norway pay in total?", _OF_SPAIN),
        ("What did Norway pay in total?", 'SELECT SUM("Amount") FROM data'),
        ("Which has the least amount?", _MOST),
        ("How many have an amount above 50?", 'SELECT COUNT(*) FROM data WHERE "Amount" > 60'),
        ("What is the mean amount?", "DROP TABLE data"),
    ],
)
def test_a_query_for_something_else_has_faults(orders: Path, question: str, written: str) -> None:
    assert faults(question, sketch_of(orders, question), written)


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("What do they pay on average?", 'SELECT AVG("Amount") FROM data'),
        ("What did Norway pay in total?", _OF_NORWAY),
        ("How many have an amount above 50?", 'SELECT COUNT(*) FROM data WHERE "Amount" > 50'),
    ],
)
def test_a_query_for_the_question_has_none(orders: Path, question: str, written: str) -> None:
    assert faults(question, sketch_of(orders, question), written) == ()


def test_a_question_says_whether_it_wants_one_row(orders: Path) -> None:
    table = sketch_of(orders, "?")
    assert asks_for_one("Which country has the highest amount?", table)
    assert not asks_for_one("What is the amount of each country?", table)
    assert statistic_asked("What is the median amount?", table)
    assert statistic_asked("What does the mean amount come to?", table)
    assert not statistic_asked("When was it paid?", table)


def test_a_correlation_is_one_of_two_columns_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("month,price,sales\nMay,3.5,20\nJune,4.0,18\nJuly,4.5,11\n", encoding="utf-8")
    for question, is_asked in (
        ("What is the correlation between price and sales?", True),
        ("What is the correlation between sales and new products?", False),
    ):
        assert statistic_asked(question, sketch_of(path, question)) == is_asked


@pytest.mark.parametrize(
    "question", ["What does the country DE mean?", "What do these codes mean?", "Did paid mean so?"]
)
def test_to_mean_something_is_no_statistic(orders: Path, question: str) -> None:
    assert not statistic_asked(question, sketch_of(orders, question))


@pytest.mark.parametrize("ending", ["csv", "md", "html"])
def test_no_figure_is_wrong_and_most_are_computed(tmp_path: Path, ending: str) -> None:
    rows: list[Staff] = staff(17)
    path = tmp_path / f"staff.{ending}"
    path.write_text(FORMATS[ending](rows), encoding="utf-8")
    files = Files()
    outcomes = [outcome(files, str(path), asked, None)[0] for asked in questions(rows)]
    assert "wrong" not in outcomes
    assert outcomes.count("right") >= 0.9 * (len(outcomes) - outcomes.count("declined"))


def test_a_currency_in_a_name_needs_not_be_named_and_one_row_is_one_cell() -> None:
    articles = ColumnSketch("Article", ColumnKind.TEXT, ("Vase no. 4", "Lamp no. 5"), True, True)
    columns = (
        articles,
        ColumnSketch("Guests EUR", ColumnKind.NUMBER, ("8.25", "9"), False),
        ColumnSketch("Kiln days", ColumnKind.NUMBER, ("2", "3"), False),
    )
    table = TableSketch(0, None, 0, 100, 2, columns, "Prices")
    for question, column in (
        ("What do guests pay for Vase no. 4?", "Guests EUR"),
        ("How many kiln days does Vase no. 4 need?", "Kiln days"),
    ):
        matched = match(question, table)
        assert matched is not None
        assert matched.plan.query == f'SELECT "{column}" FROM data WHERE "Article" = \'Vase no. 4\''


CLUB = """\
Member,Section,Gender,Joined,Annual fee,Age,Limit,Paid
Ines Roth,Juniors,F,2022-10-01,95,14,90,no
Tom Hale,Juniors,M,2021-03-15,95,12,110,yes
Nora Field,Masters,F,2022-03-20,180,44,150,yes
Paul Okoro,Polo,M,2022-05-10,210,,200,no
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many members joined in March 2022?", "1"),
        ("How many members joined in 2022 or later?", "3"),
        ("What do the women pay on average?", "137.5"),
        ("How many members have not paid?", "2"),
        ("How much do the members who have not paid owe in total?", "305"),
        ("How many members have no age recorded?", "1"),
        ("How many members are between 13 and 50 years old?", "2"),
        ("How many members are not in the Juniors?", "2"),
        ("Who is the oldest member?", "Nora Field"),
        ("How many members are older than 13?", "2"),
        ("How many members have an annual fee above the limit?", "3"),
        ("What is the 50th percentile of the annual fee?", "137.5"),
        ("Which section has the lowest average annual fee?", "Juniors"),
        ("When did Paul Okoro join?", "2022-05-10"),
        ("Was the annual fee of Tom Hale higher than that of Paul Okoro?", "No."),
    ],
)
def test_words_stand_for_columns_and_rows(tmp_path: Path, question: str, answer: str) -> None:
    path = tmp_path / "club.csv"
    path.write_text(CLUB, encoding="utf-8")
    result, text = outcome(Files(), str(path), Asked(question, (answer,)), None)
    assert result == "right", text


@pytest.mark.parametrize(
    "question",
    [
        "What is the average swimming fee of coaches?",
        "How many red members have paid?",
        "What is the average fee of the boats in Lisbon?",
        "How many crew members have paid?",
        "How much did the annual fee rise between March and April?",
    ],
)
def test_what_the_table_does_not_hold_is_not_computed(tmp_path: Path, question: str) -> None:
    path = tmp_path / "club.csv"
    path.write_text(CLUB, encoding="utf-8")
    assert outcome(Files(), str(path), Asked(question, ()), None)[0] == "declined"


RENTS = """\
Tenant,Due date,Rent due,Paid on,Amount paid,Hours
Hughes,2024-01-01,850,2024-01-03,850,2
Hughes,2024-02-01,850,2024-03-02,800,3
Ibarra,2024-01-01,920,2024-01-01,920,4
Ibarra,2024-02-01,920,2024-02-05,920,5
"""


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What is the difference between rent due and amount paid for Hughes in January?", ("0",)),
        ("What is the total amount paid in January?", ("1770",)),
        ("What is the total amount paid in February?", ()),  # due then, or paid then?
        ("How long did Ibarra work with a due date of 2024-02-01?", ("5",)),
    ],
)
def test_a_time_may_be_of_two_columns_where_it_makes_no_difference(
    tmp_path: Path, question: str, answers: tuple[str, ...]
) -> None:
    path = tmp_path / "rents.csv"
    path.write_text(RENTS, encoding="utf-8")
    result, text = outcome(Files(), str(path), Asked(question, answers), None)
    assert result == ("right" if answers else "declined"), text


SHIFTS = (
    "Site,Worker,Hours May,Hours June\nQuarry,Nils,141,152\nQuarry,Edda,98,101\nHarbour,Egon,9,90\n"
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "How many hours in total were worked at the Quarry in May?",
            'SELECT SUM("Hours May") FROM data WHERE "Site" = \'Quarry\'',
        ),
        ("What is the average of the hours in June?", 'SELECT AVG("Hours June") FROM data'),
        ("How many hours were worked at the Quarry?", None),  # in which month?
        ("What is the total of the hours?", None),
    ],
)
def test_of_columns_that_share_a_word_the_other_word_tells_which(
    tmp_path: Path, question: str, expected: str | None
) -> None:
    path = tmp_path / "shifts.csv"
    path.write_text(SHIFTS, encoding="utf-8")
    assert query(path, question) == expected
