"""Grammars as the model's library reads them: the text that each prompt has had is pinned."""

from __future__ import annotations

import pytest

from models.grammar import gbnf
from rag.answer import comparison, summary
from rag.answer.excerpt import PassageExcerpt, entire
from rag.answer.form import ALL, Demands, form
from rag.formats import DocumentKind
from rag.tables import prompt
from rag.tables.table import ColumnKind, ColumnSketch
from rag.text.grammar import any_of, choice, none_of, optional, repeated, rule, sequence
from rag.types import Hit, Locator


def excerpt(text: str) -> PassageExcerpt:
    return entire(Hit(1, "c", "/a", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0))


@pytest.mark.parametrize(
    ("question", "sides", "demands", "expected"),
    [
        (
            "",
            (),
            ALL,
            r"""
root ::= quote (quote)? verdict
quote ::= "Quote: \"" [^"\n]{3,320} "\"\n"
verdict ::= "Found: " ("no" | "yes\nAnswer: " answer)
answer ::= words
words ::= [^\n] [^\n]{0,2000}
number ::= [0-9] [0-9.,]{0,11}
""",
        ),
        (
            "Кто держит ключи?",
            (r'He said "so". The drive is C:\a.', "One."),
            ALL,
            r"""
root ::= quote quote1 verdict
quote ::= "Quote: \"" ("He said \"so\"." | "The drive is C:\\a.") "\"\n"
quote1 ::= "Quote: \"" ("One.") "\"\n"
verdict ::= "Found: " ("no" | "yes\nAnswer: " answer)
answer ::= number words? | words
words ::= [^\n -~] [^\n]{0,2000}
number ::= [0-9] [0-9.,]{0,11}
""",
        ),
        (
            "How is it paid?",
            ("It is paid in cash. Cheques are refused.",),
            Demands(writes=False),
            r"""
root ::= quote quote (quote)? verdict
quote ::= "Quote: \"" ("It is paid in cash." | "Cheques are refused.") "\"\n"
verdict ::= "Found: " ("no" | "yes\n")
answer ::= words
words ::= [^\n] [^\n]{0,2000}
number ::= [0-9] [0-9.,]{0,11}
""",
        ),
    ],
)
def test_the_form_of_a_reply(
    question: str, sides: tuple[str, ...], demands: Demands, expected: str
) -> None:
    shown = form(*([excerpt(text)] for text in sides), question=question, demands=demands)
    assert gbnf(shown) == expected.lstrip()


def test_the_forms_of_summaries() -> None:
    point = summary.point((excerpt("The flat has two rooms."),), "m", lambda _: True)
    assert gbnf(point.grammar) == (
        r"""
root ::= "Quote: \"" ("The flat has two rooms.") "\"\nAnswer: " point
point ::= [^\n]{1,300}
""".lstrip()
    )
    assert gbnf(summary.overview(["a"], "m").grammar) == "root ::= [^\\n]{1,600}\n"


def test_the_form_of_a_comparison() -> None:
    written = gbnf(comparison.compared([], "m").grammar)
    assert written == 'root ::= "They differ in " [^\\n|*:;.]{1,240}\n'


def test_the_form_of_a_query() -> None:
    columns = [
        ColumnSketch("Price", ColumnKind.NUMBER, ("1", "2"), complete=False),
        ColumnSketch('A "b"\\', ColumnKind.TEXT, ("it's",), complete=True),
        ColumnSketch("When", ColumnKind.DATE, ("2020-01-01",), complete=False),
    ]
    assert gbnf(prompt.grammar(columns)) == (
        r"""
root ::= "SELECT " (rows | figures | groups)
rows ::= "DISTINCT "? column (", " column){0,4} " FROM data" where? order? limit?
figures ::= figure (", " figure){0,5} " FROM data" where?
groups ::= group (", " group)? (", " figure){1,4} " FROM data" where? " GROUP BY " group (", " group)? ranked? limit?
period ::= "SUBSTR(" ("\"When\"") ", 1, " ("7" | "4") ")"
group ::= column | period
order ::= " ORDER BY " (column | sum) (" DESC" | " ASC") " NULLS LAST"
ranked ::= " ORDER BY " (figure | group) (" DESC" | " ASC") " NULLS LAST"
limit ::= " LIMIT " [1-9] [0-9]?
function ::= "SUM" | "AVG" | "MEDIAN" | "MIN" | "MAX" | "STDDEV" | "STDDEV_POP" | "VARIANCE" | "RANGE" | "LOWER_QUARTILE" | "UPPER_QUARTILE"
sum ::= number | number (" + " | " - " | " * " | " / ") number
figure ::= "COUNT(*)" | "COUNT(" "DISTINCT "? column ")" | ("MIN(" | "MAX(") column ")" | function "(" sum ")" | "CORR(" number ", " number ")"
where ::= " WHERE " condition ((" AND " | " OR ") condition){0,3}
number ::= "\"Price\""
other ::= "\"A \"\"b\"\"\\\"" | "\"When\""
column ::= number | other
figures-of ::= "-"? [0-9]{1,12} ("." [0-9]{1,6})?
string ::= "'" [^'\n]{1,60} "'"
text-0 ::= "\"A \"\"b\"\"\\\"" (" = " | " != ") ("'it''s'")
text-1 ::= "\"When\"" (" = " | " != " | " > " | " >= " | " < " | " <= ") ("'2020-01-01'" | string)
condition ::= column (" IS NULL" | " IS NOT NULL") | number (" = " | " != " | " > " | " >= " | " < " | " <= ") (figures-of | number) | other " LIKE " string | text-0 | text-1
""".lstrip()  # noqa: E501  # as it is written
    )


def test_what_has_a_meaning_in_the_dialect_is_escaped() -> None:
    grammar = (
        ("root", sequence('a\n"\\', any_of("^", "-", "az", "]", "\\"), none_of("\n"))),
        ("more", choice(repeated(choice("a", rule("b")), 2, 3), optional(sequence("c", "d")))),
    )
    assert gbnf(grammar) == (
        r"""
root ::= "a\n\"\\" [\x5E\x2Da-z\]\\] [^\n]
more ::= ("a" | b){2,3} | ("c" "d")?
""".lstrip()
    )
