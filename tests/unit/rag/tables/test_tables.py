"""Tables: read from the text of files, told to a model, and computed with."""

from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat import GenerationOptions, Message, Role, TextPiece
from models.grammar import gbnf
from rag.formats import DocumentKind
from rag.parse.dispatch import parse_file
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.store.files import StoredDocument
from rag.tables import engine, prompt
from rag.tables.engine import compute
from rag.tables.query import QueryNotUnderstood, split_query
from rag.tables.read import tables_of
from rag.tables.reading import asks_to_compute, columns_named
from rag.tables.result_text import in_words
from rag.tables.table import ColumnKind, Computed, Table
from rag.tables.table_summary import sketch
from rag.tables.values import read_column
from rag.types import Locator
from tests.conftest import MODELS, TINY_CHAT_MODEL

CSV = """\
Item,Room,Price (EUR),Bought,Code
Lamp,Study,"1,200.50",2024-03-01,007
Chair,Study,80,2024-01-15,012
Table,Kitchen,"2,000",2023-11-30,013
"Rug, red",Hall,n/a,2024-02-01,014
"""


_MONTHS = 'SELECT SUBSTR("Bought", 1, 7), COUNT(*) FROM data GROUP BY SUBSTR("Bought", 1, 7)'
_MOST = """\
SELECT "Room", COUNT(*) FROM data GROUP BY "Room" ORDER BY COUNT(*) DESC NULLS LAST LIMIT 1"""


def parsed(path: Path) -> StoredDocument:
    document = parse_file(path)
    assert isinstance(document, ParsedDocument)
    return StoredDocument(str(path), document, current=True)


@pytest.fixture
def stored(tmp_path: Path) -> StoredDocument:
    path = tmp_path / "things.csv"
    path.write_text(CSV, encoding="utf-8")
    return parsed(path)


def computed(stored: StoredDocument, query: str) -> Computed:
    result = compute(stored, tables_of(stored.document)[0], query)
    assert result is not None
    return result


def nothing(stored: StoredDocument, query: str) -> bool:
    return compute(stored, tables_of(stored.document)[0], query) is None


# Reading.


def test_a_csv_file_is_read_with_its_columns_and_places(stored: StoredDocument) -> None:
    (table,) = tables_of(stored.document)
    assert [(column.name, column.letter, column.kind) for column in table.columns] == [
        ("Item", "A", ColumnKind.TEXT),
        ("Room", "B", ColumnKind.TEXT),
        ("Price (EUR)", "C", ColumnKind.NUMBER),
        ("Bought", "D", ColumnKind.DATE),
        ("Code", "E", ColumnKind.TEXT),  # a number that begins with zero is a name
    ]
    assert table.rows[0].values == ("Lamp", "Study", 1200.5, "2024-03-01", "007")
    assert table.rows[3].values == ("Rug, red", "Hall", None, "2024-02-01", "014")
    last = table.rows[3]
    assert last.number == 5
    assert stored.document.text[last.start : last.end].startswith("Rug, red | Hall")


def test_a_workbook_gives_the_tables_of_its_sheets_without_totals(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Costs"
    for row in (["Costs of 2024"], ["Month", "Rent", "rent"], ["May", 900, 1], ["June", 950.5, 2]):
        sheet.append(row)
    sheet.append(["Total", 1850.5, 3])
    book.create_sheet("Notes").append(["Only a note"])
    book.save(tmp_path / "costs.xlsx")
    stored = parsed(tmp_path / "costs.xlsx")
    (table,) = tables_of(stored.document)
    assert table.place.sheet == "Costs"
    assert [column.name for column in table.columns] == ["Month", "Rent", "rent 2"]
    assert [row.values[1] for row in table.rows] == [900, 950.5]
    assert table.totals == ("Total",)
    result = computed(stored, 'SELECT SUM("Rent") FROM data')
    assert result.rows == ((1850.5,),)
    assert result.notes == ("The row “Total”, which adds up the others, was left out.",)


def test_a_cell_with_the_sign_between_cells_makes_no_wrong_table(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("Name,Size\nOne,1\nA | B,2\n", encoding="utf-8")
    assert tables_of(parsed(path).document) == ()


def test_a_text_without_tables_has_none(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("# Note\n\nA | b is written so.\n", encoding="utf-8")
    assert tables_of(parsed(path).document) == ()


def test_tables_of_texts_are_computed_with_and_have_no_cells(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(
        "# Prices\n\n| Item | Weight |\n|---|---|\n| Lamp | 1.5 kg |\n| Desk | 20 kg |\n",
        encoding="utf-8",
    )
    stored = parsed(path)
    (table,) = tables_of(stored.document)
    assert [(column.kind, column.unit) for column in table.columns] == [
        (ColumnKind.TEXT, ""),
        (ColumnKind.NUMBER, "kg"),
    ]
    result = computed(stored, 'SELECT "Weight" FROM data WHERE "Item" = \'Desk\'')
    assert [(s.quote, s.locator.cells) for s in result.sources] == [("Desk | 20 kg", None)]
    assert in_words(result).startswith("Weight: **20 kg** [1]")


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2.5", ""], ColumnKind.NUMBER, [1, 2.5, None]),
        (["1.234,50", "7,5", "-"], ColumnKind.NUMBER, [1234.5, 7.5, None]),
        (["$1,000.50", "$20"], ColumnKind.NUMBER, [1000.5, 20]),
        (["$1,000", "€ 20"], ColumnKind.TEXT, ["$1,000", "€ 20"]),  # no sum of two currencies
        (["3.5%", "7.25 %"], ColumnKind.NUMBER, [0.035, 0.0725]),
        (["3.5%", "7"], ColumnKind.TEXT, ["3.5%", "7"]),
        (["1.250", "3.400"], ColumnKind.TEXT, ["1.250", "3.400"]),  # thousands, or not
        (["1.250", "3.5"], ColumnKind.NUMBER, [1.25, 3.5]),
        (["1.250", "3,5"], ColumnKind.NUMBER, [1250, 3.5]),
        (["1.250", "1.250.000"], ColumnKind.NUMBER, [1250, 1250000]),
        (["0.125", "1.250"], ColumnKind.NUMBER, [0.125, 1.25]),
        (["17,450", "0,5"], ColumnKind.NUMBER, [17.45, 0.5]),
        (["1.234,56-", "2,00"], ColumnKind.NUMBER, [-1234.56, 2]),
        (["(300)", "-4", "\u22125"], ColumnKind.NUMBER, [-300, -4, -5]),
        (["1e3", "2E-1"], ColumnKind.NUMBER, [1000, 0.2]),
        (["1 000 EUR", "20 EUR"], ColumnKind.NUMBER, [1000, 20]),
        (["E46", "C85"], ColumnKind.TEXT, ["E46", "C85"]),
        (["0049", "12"], ColumnKind.TEXT, ["0049", "12"]),
        (["12345678901234567890", "1"], ColumnKind.TEXT, ["12345678901234567890", "1"]),
        (["2024-1-5", "2024-12-31 10:30"], ColumnKind.DATE, ["2024-01-05", "2024-12-31 10:30"]),
        (["31/12/2024", "1/2/2024"], ColumnKind.DATE, ["2024-12-31", "2024-02-01"]),
        (["12/31/2024", "1/2/2024"], ColumnKind.DATE, ["2024-12-31", "2024-01-02"]),
        (["1.2.2024", "3.4.2024"], ColumnKind.DATE, ["2024-02-01", "2024-04-03"]),
        (["1/2/2024", "3/4/2024"], ColumnKind.TEXT, ["1/2/2024", "3/4/2024"]),  # either way
        (["2024-02-30"], ColumnKind.TEXT, ["2024-02-30"]),
        (["", "n/a"], ColumnKind.TEXT, [None, None]),
    ],
)
def test_cells_are_read_as_their_column_allows(
    cells: list[str], kind: ColumnKind, values: list[object]
) -> None:
    assert read_column(cells) == (kind, values, 0)


def test_few_cells_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "much.csv"
    path.write_text("Name,Size\n" + "thing,2\n" * 40 + "thing,about two\n", encoding="utf-8")
    result = computed(parsed(path), 'SELECT SUM("Size") FROM data')
    assert result.rows == ((80.0,),)
    assert result.notes == ("1 row has no value in “Size” and did not count.",)


# Computing.


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT COUNT(*) FROM data WHERE \"Room\" = 'study'", [(2,)]),
        ('SELECT MIN("Price (EUR)"), MAX("Price (EUR)") FROM data', [(80, 2000)]),
        ('SELECT MEDIAN("Price (EUR)") FROM data', [(1200.5,)]),
        ('SELECT "Item" FROM data ORDER BY "Price (EUR)" ASC NULLS LAST LIMIT 1', [("Chair",)]),
        (_MOST, [("Study", 2)]),
        (_MONTHS, [("2023-11", 1), ("2024-01", 1), ("2024-02", 1), ("2024-03", 1)]),
        ('SELECT "Item" FROM data WHERE "Bought" < \'2024-01-01\'', [("Table",)]),
        ('SELECT "Item" FROM data WHERE "Item" LIKE \'%rug%\'', [("Rug, red",)]),
        ('SELECT COUNT(DISTINCT "Room") FROM data', [(3,)]),
        ('SELECT SUM("Price (EUR)" * "Price (EUR)") FROM data WHERE "Code" = \'012\'', [(6400,)]),
    ],
)
def test_queries_are_computed(stored: StoredDocument, query: str, rows: list[object]) -> None:
    assert list(computed(stored, query).rows) == rows


@pytest.mark.parametrize(
    "query",
    [
        "",
        "DROP TABLE data",
        "SELECT 1",
        'SELECT "No such column" FROM data WHERE',
        'SELECT "Item" FROM data; DELETE FROM data',
        "SELECT sql FROM data, sqlite_schema",
        "SELECT load_extension('x') FROM data",
        'SELECT "Item" FROM data LIMIT 1 WHERE "Room" = \'Hall\'',
        'SELECT "Item", AVG("Price (EUR)") FROM data',  # of any row
        'SELECT "Item" FROM data WHERE "Room" = \'Cellar\'',
        'SELECT AVG("Price (EUR)") FROM data WHERE "Room" = \'Hall\'',
    ],
)
def test_what_gives_no_result_gives_none(stored: StoredDocument, query: str) -> None:
    assert nothing(stored, query)


def test_a_query_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_SECONDS", 0.1)
    path = tmp_path / "many.csv"
    path.write_text("a,b\n" + "1,2\n" * 3000, encoding="utf-8")
    slow = "SELECT COUNT(*) FROM data WHERE (SELECT COUNT(*) FROM data x, data y, data z) > 1"
    assert nothing(parsed(path), slow)


def test_the_whole_table_is_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n % 40}\n" for n in range(80)), encoding="utf-8")
    stored = parsed(path)
    assert nothing(stored, 'SELECT "a", "b" FROM data')
    few = computed(stored, 'SELECT "a" FROM data WHERE "b" >= 0')
    assert (len(few.rows), few.more) == (30, 50)
    assert computed(stored, 'SELECT "b", COUNT(*) FROM data GROUP BY "b"').more == 10


def test_a_result_names_the_rows_that_it_is_from(stored: StoredDocument) -> None:
    dearest = 'SELECT "Item" FROM data ORDER BY "Price (EUR)" DESC NULLS LAST LIMIT 1'
    (source,) = computed(stored, dearest).sources
    assert source.locator.cells == "A4:E4"
    assert source.quote == "Table | Kitchen | 2,000 | 2023-11-30 | 013"
    place = source.locator
    assert stored.document.text[place.start : place.end] == source.quote
    (most,) = computed(stored, 'SELECT MAX("Price (EUR)") FROM data').sources
    assert most == source
    (whole,) = computed(stored, 'SELECT SUM("Price (EUR)") FROM data').sources
    assert whole.locator.cells == "A1:E5"
    assert whole.quote == "Item | Room | Price (EUR) | Bought | Code"


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=2, max_size=30))
def test_figures_are_those_of_the_standard_library(pairs: list[tuple[int, int]]) -> None:
    text = "\n".join(["x | y", *(f"{x} | {y}" for x, y in pairs)])
    stored = _document(text, f"A1:B{len(pairs) + 1}")
    xs, ys = zip(*pairs, strict=True)
    figures = 'SUM("x"), AVG("x"), MEDIAN("x"), STDDEV("x"), STDDEV_POP("x"), CORR("x", "y")'
    (row,) = computed(stored, f"SELECT {figures} FROM data").rows
    wanted = [sum(xs), statistics.mean(xs), statistics.median(xs)]
    wanted += [statistics.stdev(xs), statistics.pstdev(xs)]
    assert list(row[:5]) == pytest.approx(wanted, abs=1e-6)
    if len(set(xs)) > 1 and len(set(ys)) > 1:
        assert row[5] == pytest.approx(statistics.correlation(xs, ys), abs=1e-6)
    else:
        assert row[5] is None


def _document(text: str, cells: str) -> StoredDocument:
    place = Locator(0, len(text), cells=cells)
    block = Block(BlockKind.TABLE, place, header=text.partition("\n")[0])
    return StoredDocument("/t.csv", ParsedDocument(DocumentKind.CSV, "t", text, (block,)), True)


def test_a_table_that_goes_on_over_a_page_is_one() -> None:
    header, first, rest = "Item | Price", "Bowl | 4.00\nCup | 4.50", "Vase | 9.00\nJug | 7.50"
    top = f"{header}\n{first}"
    text = f"{top}\n\n{rest}"
    blocks = (
        Block(BlockKind.TABLE, Locator(0, len(top), page=1), header=header),
        Block(
            BlockKind.TABLE,
            Locator(len(top) + 2, len(text), page=2),
            header=header,
            header_rows=0,
        ),
    )
    (table,) = tables_of(ParsedDocument(DocumentKind.PDF, "t", text, blocks))
    assert [row.values for row in table.rows] == [
        ("Bowl", 4.0),
        ("Cup", 4.5),
        ("Vase", 9.0),
        ("Jug", 7.5),
    ]
    assert [text[row.start : row.end] for row in table.rows][-1] == "Jug | 7.50"


# Queries and words.


def test_a_query_is_taken_apart_at_its_own_words_only() -> None:
    query = split_query(
        'SELECT "a FROM data, b", MAX("c") FROM data WHERE "d" = \' LIMIT 3\' '
        'GROUP BY "a FROM data, b" ORDER BY MAX("c") DESC NULLS LAST LIMIT 2;'
    )
    assert query.items == ('"a FROM data, b"', 'MAX("c")')
    assert query.where == "\"d\" = ' LIMIT 3'"
    assert (query.group, query.limit) == ('"a FROM data, b"', "2")
    assert query.names == ("a FROM data, b", "highest c")
    months = split_query('SELECT SUBSTR("d", 1, 7), CORR("a, b", "c") FROM data')
    assert months.names == ("month of d", "correlation of a, b and c")
    with pytest.raises(QueryNotUnderstood):
        split_query("UPDATE data SET x = 1")


def test_a_result_is_told_with_its_query(stored: StoredDocument) -> None:
    query = 'SELECT SUM("Price (EUR)") FROM data WHERE "Room" != \'Hall\''
    assert in_words(computed(stored, query)) == (
        "Sum of Price (EUR): **3280.5** [1]\n\n"
        "Computed from 3 of 4 rows of things. The language model wrote the query below; "
        f"the figures are the database's.\n\n```sql\n{query}\n```"
    )


def test_a_count_is_told_with_its_share(stored: StoredDocument) -> None:
    told = in_words(computed(stored, "SELECT COUNT(*) FROM data WHERE \"Room\" = 'Study'"))
    assert told.startswith("Number of rows: **2** (50% of 4) [1]\n\n")


def test_several_rows_are_told_as_a_table(stored: StoredDocument) -> None:
    told = in_words(computed(stored, 'SELECT "Room", COUNT(*) FROM data GROUP BY "Room"'))
    assert told.startswith(
        "3 rows [1]:\n\n| Room | Number of rows |\n| --- | --- |\n| Hall | 1 |\n| Kitchen | 1 |"
    )


# Questions and prompts.


@pytest.mark.parametrize(
    "question",
    [
        "How much did we spend on food in total?",
        "What is the average price per room?",
        "Which month had the highest rent?",
        "Wie viele Möbel stehen im Arbeitszimmer?",
        "¿Cuántas sillas hay?",
        "Quelle est la somme des loyers ? Combien ?",
    ],
)
def test_questions_for_a_figure_are_recognised(question: str) -> None:
    assert asks_to_compute(question)


@pytest.mark.parametrize(
    "question",
    [
        "When does the lease end?",
        "Is the age of the passengers normally distributed on average?",
        "How many outliers are there?",
        "Predict the total rent of next year",
        "Does he have at least five courses?",
        "Given the list, are there more than five? Answer yes or no.",
    ],
)
def test_other_questions_go_the_ordinary_way(question: str) -> None:
    assert not asks_to_compute(question)


def _table(stored: StoredDocument) -> Table:
    return tables_of(stored.document)[0]


def test_a_question_names_columns_and_values(stored: StoredDocument) -> None:
    def named(question: str) -> float:
        return columns_named(question, sketch(0, _table(stored), question))

    assert named("When was the lamp in the kitchen bought?") == 3
    assert named("What is the notice period?") == 0


def test_a_question_for_an_average_is_not_answered_with_rows(stored: StoredDocument) -> None:
    told = sketch(0, _table(stored), "?")
    figures, rows = 'root ::= "SELECT " (figures | groups)', "(rows | figures | groups)"
    assert figures in gbnf(prompt.build("What is the average price?", "t", told)[1])
    assert rows in gbnf(prompt.build("Which is the dearest?", "t", told)[1])
    named = replace(told, columns=(replace(told.columns[0], name="Average price"),))
    assert rows in gbnf(prompt.build("Which has the highest average price?", "t", named)[1])


def test_the_prompt_tells_columns_and_values(stored: StoredDocument) -> None:
    user, _ = prompt.build("How many chairs?", "things", sketch(0, _table(stored), "chairs"))
    assert "\"Room\" text: 'Study', 'Kitchen', 'Hall'\n" in user
    assert '"Price (EUR)" number: 80, 1200.5, 2000\n' in user
    assert user.endswith("\n\nHow many chairs?")


def test_a_real_model_is_held_to_queries_that_can_be_computed() -> None:
    from models.llama import LlamaChatModel

    stored = _document('Say "hi"\\ | it\'s | n\nx\\y | \'a\' "b" | 1\nz | c | 2', "A1:C3")
    user, grammar = prompt.build("How much?", "t", sketch(0, _table(stored), "How much?"))
    model = LlamaChatModel(MODELS / f"{TINY_CHAT_MODEL}.gguf", "tiny", gpu_layers=0)
    messages = [Message(Role.USER, user)]  # without the examples, which take long to read
    options = GenerationOptions(max_tokens=prompt.QUERY_TOKENS, grammar=gbnf(grammar))
    *pieces, _ = model.generate(messages, options)
    model.close()
    query = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
    assert split_query(query).items
    result = computed(stored, "SELECT SUM(\"n\") FROM data WHERE \"Say 'hi'\\\" = 'x\\y'")
    assert result.rows == ((1.0,),)
