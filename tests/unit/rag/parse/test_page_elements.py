"""Web pages: equations, pages in frames, readings, and what roles make of plain elements."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.plain.mathml import equation_in_markup
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed


def page(path: Path, body: str) -> list[str]:
    document = parsed(samples.text(path, f"<!doctype html><html><body>{body}</body></html>"))
    return [text for _, text in blocks(document)]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<mfrac><mn>5</mn><mn>9</mn></mfrac>", "5/9"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<msup><mn>2</mn><mn>8</mn></msup>", "2^8"),
        ("<msub><mi>v</mi><mrow><mi>i</mi><mo>+</mo><mn>1</mn></mrow></msub>", "v_(i+1)"),
        ("<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>", "x_1^2"),
        ("<msqrt><mn>4</mn><mn>9</mn></msqrt>", "√(49)"),
        ("<mroot><mn>27</mn><mn>3</mn></mroot>", "3√(27)"),
        ("<mfenced><mn>1</mn><mn>2</mn></mfenced>", "(1,2)"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>", "[1, 2]"),
        ("<semantics><mi>E</mi><annotation>\\E</annotation></semantics>", "E"),
    ],
)
def test_equations_are_written_on_a_line(inner: str, text: str) -> None:
    assert equation_in_markup(f"<math>{inner}</math>") == text


def test_very_deep_equations_keep_their_signs() -> None:
    deep = "<mrow>" * 200 + "<mn>7</mn>" + "</mrow>" * 200
    assert equation_in_markup(f"<math>{deep}</math>") == "7"
    assert equation_in_markup("") == ""


def test_equations_readings_and_ticks_stay_in_their_line(tmp_path: Path) -> None:
    assert page(
        tmp_path / "a.html",
        "<p>It is <math><mfrac><mn>5</mn><mn>9</mn></mfrac></math> full.</p>"
        "<p>The <ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>の倉庫 is open.</p>"
        "<p role=checkbox aria-checked=true>Line included</p>",
    ) == ["It is 5/9 full.", "The 東京の倉庫 is open.", "☒ Line included (ticked)"]


def test_pages_that_frames_hold_themselves_are_read_up_to_a_depth(tmp_path: Path) -> None:
    inner = "<p>Berth {} is free</p>"
    source = ""
    for number in range(6):
        quoted = source.replace("&", "&amp;").replace('"', "&quot;")
        source = inner.format(6 - number) + (f'<iframe srcdoc="{quoted}"></iframe>' * bool(source))
    assert page(tmp_path / "a.html", source) == [
        "Berth 1 is free",
        "Berth 2 is free",
        "Berth 3 is free",
    ]


def test_roles_make_a_table(tmp_path: Path) -> None:
    assert page(
        tmp_path / "a.html",
        "<div role=table><div role=rowgroup><div role=row><span role=columnheader>Gull</span>"
        "<span role=columnheader>Nest</span></div></div>"
        "<div role=row><span role=cell>Kitty</span><span role=cell>ledge 9</span></div></div>",
    ) == ["Gull | Nest\nKitty | ledge 9"]
