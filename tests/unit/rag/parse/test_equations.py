"""Equations of Office files on a line: their parts do not melt into each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from pptx import Presentation
from pptx.util import Cm

from rag.parse.office.equations import M, equation_text
from tests.unit.rag.parse.invariants import blocks, parsed
from tests.unit.rag.parse.test_word import run, texts, with_body

NAME = M.strip("{}")


def r(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


HALF = f"<m:f><m:num>{r('1')}</m:num><m:den>{r('2')}</m:den></m:f>"
SQUARE = f"<m:sSup><m:e>{r('x')}</m:e><m:sup>{r('2')}</m:sup></m:sSup>"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (HALF, "1/2"),
        (f"<m:f><m:num>{r('a+b')}</m:num><m:den>{SQUARE}</m:den></m:f>", "(a+b)/(x^2)"),
        (f"<m:sSub><m:e>{r('a')}</m:e><m:sub>{r('i+1')}</m:sub></m:sSub>", "a_(i+1)"),
        (
            (
                f"<m:sSubSup><m:e>{r('a')}</m:e><m:sub>{r('1')}</m:sub><m:sup>{r('2')}</m:sup>"
                "</m:sSubSup>"
            ),
            "a_1^2",
        ),
        (f"<m:rad><m:deg/><m:e>{r('2')}</m:e></m:rad>", "√(2)"),
        (f"<m:rad><m:deg>{r('3')}</m:deg><m:e>{r('2')}</m:e></m:rad>", "3√(2)"),
        (
            (
                f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{r('i=1')}</m:sub>"
                f"<m:sup>{r('n')}</m:sup><m:e>{r('i')}</m:e></m:nary>"
            ),
            "∑_(i=1)^n i",
        ),
        (
            (
                f"<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr><m:e>{r('a')}</m:e>"
                f"<m:e>{r('b')}</m:e></m:d>"
            ),
            "[a|b]",
        ),
        (
            (
                f"<m:m><m:mr><m:e>{r('1')}</m:e><m:e>{r('2')}</m:e></m:mr><m:mr><m:e>{r('3')}</m:e>"
                f"<m:e>{r('4')}</m:e></m:mr></m:m>"
            ),
            "[1, 2; 3, 4]",
        ),
        (f"<m:eqArr><m:e>{r('a=1')}</m:e><m:e>{r('b=2')}</m:e></m:eqArr>", "a=1; b=2"),
        (
            (
                f"<m:func><m:fName>{r('sin')}</m:fName><m:e>{r('x')}</m:e></m:func>"
                f"<m:acc><m:accPr/><m:e>{r('y')}</m:e></m:acc>"
            ),
            "sin xy",
        ),
    ],
)
def test_parts_of_equations(inner: str, text: str) -> None:
    element = etree.fromstring(f"<m:oMath xmlns:m='{NAME}'>{inner}</m:oMath>")
    assert equation_text(element) == text


def test_very_deep_equations_keep_their_signs() -> None:
    deep = "<m:e>" * 200 + r("x") + "</m:e>" * 200
    element = etree.fromstring(f"<m:oMath xmlns:m='{NAME}'>{deep}</m:oMath>")
    assert equation_text(element) == "x"


def test_word_and_slides(tmp_path: Path) -> None:
    path = with_body(
        tmp_path / "a.docx", f"<w:p>{run('Take ')}<m:oMath>{HALF}</m:oMath>{run(' cup.')}</w:p>"
    )
    assert texts(parsed(path)) == ["Take 1/2 cup."]
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    paragraph = slide.shapes.add_textbox(Cm(1), Cm(1), Cm(20), Cm(5)).text_frame.paragraphs[0]
    paragraph.add_run().text = "Take "
    a14 = "http://schemas.microsoft.com/office/drawing/2010/main"
    equation = f"<a14:m xmlns:a14='{a14}' xmlns:m='{NAME}'><m:oMath>{HALF}</m:oMath></a14:m>"
    paragraph._p.append(etree.fromstring(equation))
    deck.save(str(tmp_path / "a.pptx"))
    assert [text for _, text in blocks(parsed(tmp_path / "a.pptx"))] == ["Take 1/2"]
