"""Quantities, spanning cells and included files of LaTeX."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import BlockKind, ParsedDocument
from tests import samples
from tests.unit.rag.parse.invariants import parsed


def latex(path: Path, body: str) -> ParsedDocument:
    text = f"\\documentclass{{article}}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    return parsed(samples.text(path / "a.tex", text))


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"\SI{2.5}{\kilo\euro}", "2.5 k€"),
        (r"\qty{2.5}{\kilo\euro}", "2.5 k€"),
        (r"\SI[round-mode=places]{3}{\metre\per\second}", "3 m/s"),
        (r"\SI{9.81}{\metre\per\second\squared}", "9.81 m/s²"),
        (r"\SI{4}{\cubic\centi\metre}", "4 cm³"),
        (r"\SI{4}{kg.m^2/s^{-3}}", "4 kg·m²/s⁻³"),
        (r"\SI{12}{\percent}", "12 %"),
        (r"\SI{12}{\%}", "12 %"),
        (r"\SI{90}{\degree}", "90°"),
        (r"\SI{-4}{\celsius}", "-4 °C"),
        (r"\SI{5}{\km}", "5 km"),
        (r"\SI{7}{\ug}", "7 µg"),
        (r"\SI{5}[\$]{}", "$ 5"),
        (r"\num{1e3}", "1×10³"),
        (r"\num{-2.5e-10}", "-2.5×10⁻¹⁰"),
        (r"\num{4 +- 0.1}", "4 ± 0.1"),
        (r"\SIrange{3}{8}{\milli\litre}", "3 mL to 8 mL"),
        (r"\qtyrange{3}{8}{\hour}", "3 h to 8 h"),
        (r"\numrange{3}{8}", "3 to 8"),
        (r"\SIlist{1;2;3}{\tonne}", "1 t, 2 t, 3 t"),
        (r"\numlist{1;2}", "1, 2"),
        (r"\ang{48;8;15}", "48°8′15″"),  # noqa: RUF001  # prime
        (r"\ang{12.5}", "12.5°"),
        (r"\si{\per\mole}", "1/mol"),
        (r"\unit{\kilo\watt\hour}", "kW·h"),
    ],
)
def test_quantities_are_written_as_they_are_printed(
    tmp_path: Path, written: str, printed: str
) -> None:
    text = latex(tmp_path, f"The mast is {written} so far.").text
    assert text == f"The mast is {printed} so far."


def test_words_that_only_begin_like_a_quantity_stay(tmp_path: Path) -> None:
    text = latex(tmp_path, r"\sinus{a} and \number 5 of $\SI{3}{\metre}$").text
    assert "a and" in text
    assert "3 m" in text


def test_headings_that_span_columns_and_rows(tmp_path: Path) -> None:
    body = r"""\begin{tabular}{lrrrr}
\toprule
\multirow{2}{*}{Herd} & \multicolumn{2}{c}{Barn} & \multicolumn{2}{c}{Alp} \\
\cmidrule(lr){2-3} & May & June & May & June \\
\midrule
Goats & 3 & 4 & 5 & 6 \\
\multicolumn{5}{l}{All in good health} \\
\multirow[t]{2}{*}{Sheep} & 7 & \multicolumn{2}{c}{none} & 8 \\
 & 9 & 1 & 1 & 2 \\
\bottomrule
\end{tabular}"""
    (table,) = latex(tmp_path, body).blocks
    assert table.header == "Herd | Barn May | Barn June | Alp May | Alp June"
    text = latex(tmp_path, body).text
    assert text.split("\n")[1:] == [
        "Goats | 3 | 4 | 5 | 6",
        "All in good health",
        "Sheep | 7 | none | none | 8",
        "Sheep | 9 | 1 | 1 | 2",
    ]


def test_each_row_with_a_line_below_has_one_header_row(tmp_path: Path) -> None:
    body = r"\begin{tabular}{|l|r|}\hline Bird & Count \\ \hline Finch & 23 \\ \hline \end{tabular}"
    (table,) = latex(tmp_path, body).blocks
    assert (table.kind, table.header) == (BlockKind.TABLE, "Bird | Count")


def test_included_files_are_noted(tmp_path: Path) -> None:
    document = latex(tmp_path, r"Words. \input{parts/one} \include{two}")
    (note,) = document.notes
    assert note == "Files that the document includes are not read with it: parts/one, two."
