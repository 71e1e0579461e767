"""PDF: text that the file holds and nobody sees on its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from tests.unit.rag.parse.pdf_objects import page_pdf, stream

SEEN = "BT /F1 11 Tf 72 700 Td (The fee is 480 kroner.) Tj ET "
LEFT_OUT = "Text that nobody sees on the pages was left out (1 place)."
COVERED = "Text beneath a box that covers it was left out on page 1. The file still holds it."
PICTURE = "q 400 0 0 400 60 300 cm BI /W 2 /H 1 /CS /G /BPC 8 ID \x80\xa0 EI Q "


def drawn(path: Path, content: str, page: str = "", objects: tuple[bytes | str, ...] = ()) -> Path:
    """A page with a content stream of its own."""
    page_pdf(path, [], objects=[stream(content.encode("latin-1")), *objects])
    data = path.read_bytes().replace(b"/Contents 5 0 R", b"/Contents 6 0 R")
    path.write_bytes(
        data.replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 842]" + page.encode())
    )
    return path


def parsed(path: Path) -> ParsedDocument:
    document = parse_file(path)
    assert isinstance(document, ParsedDocument), document
    return document


def text(words: str, before: str = "", y: float = 650) -> str:
    return f"BT {before} /F1 11 Tf 72 {y} Td ({words}) Tj ET "


@pytest.mark.parametrize(
    ("content", "page"),
    [
        (text("A rebate of 99", "3 Tr"), ""),
        (text("A rebate of 99", "1 1 1 rg"), ""),
        ("0 0 0 rg 50 600 400 80 re f " + text("A rebate of 99"), ""),
        (text("A rebate of 99", y=900), ""),
        (text("A rebate of 99", y=100), "/CropBox [0 300 595 842]"),
        ("q .05 0 0 .05 100 600 cm " + text("A rebate of 99") + "Q ", ""),
        ("q 60 300 200 30 re W n " + text("A rebate of 99") + "Q ", ""),
        ("q 60 640 40 40 re W n 300 640 40 40 re W n " + text("A rebate of 99") + "Q ", ""),
        ("q 60 400 m 200 400 l 130 450 l h W n " + text("A rebate of 99") + "Q ", ""),
    ],
    ids=[
        *("ink", "white", "black", "off", "cropped", "tiny", "clipped", "clipped twice"),
        "clipped by a triangle",
    ],
)
def test_text_that_nobody_sees_is_left_out_and_noted(
    tmp_path: Path, content: str, page: str
) -> None:
    document = parsed(drawn(tmp_path / "a.pdf", SEEN + content, page))
    assert document.text == "The fee is 480 kroner."
    assert document.notes == (LEFT_OUT,)


def test_words_beneath_a_box_are_left_out(tmp_path: Path) -> None:
    line = text("Sum: 75, from Elsa Wood to the bank")
    content = SEEN + line + "0 0 0 rg 141 645 54 16 re f "
    document = parsed(drawn(tmp_path / "a.pdf", content))
    assert "Elsa" not in document.text
    assert "Wood" not in document.text
    assert "Sum: 75, from" in document.text
    assert "to the bank" in document.text
    assert document.notes == (COVERED,)


@pytest.mark.parametrize(
    "content",
    [
        "0 0 .5 rg 50 640 400 30 re f " + text("White on blue", "1 1 1 rg"),
        text("Beneath a thin rule") + "0 g 72 653 100 .5 re f ",
        text("Beneath a frame") + "60 600 300 90 re S ",
        "1 1 0 rg " + text("Beneath a box that", "0 g") + "1 g 300 600 60 90 re f ",
        text("Grey on white", ".7 g"),
        "q 60 640 400 30 re W n " + text("Within its clip") + "Q ",
        "q 70 648 400 9 re W n " + text("Clipped at its edges") + "Q ",
        PICTURE + text("The layer of a scan", "3 Tr"),
        text("Beneath a picture") + PICTURE,
        text("Drawn once more") + "1 g 60 640 300 30 re f 0 g " + text("Drawn once more"),
        "q 60 640 20 4 re W n 1 g 0 0 595 842 re f Q 0 g " + text("Over a clipped box"),
        text("Beneath what is clipped") + "q 400 640 20 4 re W n 0 0 595 842 re f Q ",
    ],
)
def test_text_that_is_seen_stays(tmp_path: Path, content: str) -> None:
    document = parsed(drawn(tmp_path / "a.pdf", SEEN + content))
    assert content.split("(")[1].split(")", maxsplit=1)[0] in document.text
    assert not any("left out" in note for note in document.notes)


def with_layer(path: Path, state: str) -> Path:
    """The same file, in which object 7 is a layer of this state, L1 for content streams."""
    layers = b"/OCProperties << /OCGs [7 0 R] /D << /%s [7 0 R] >> >>" % state.encode()
    data = path.read_bytes().replace(b"/Type /Catalog", b"/Type /Catalog " + layers)
    names = b"/Properties << /L1 7 0 R >> /XObject << /Fm0 8 0 R >>"
    path.write_bytes(data.replace(b"/Resources <<", b"/Resources << " + names, 1))
    return path


def form(content: str, entries: str = "") -> bytes:
    """A form XObject with this content."""
    own = "/Resources << /Font << /F1 4 0 R >> /Properties << /L1 7 0 R >> >>"
    box = "" if "/BBox" in entries else "/BBox [0 0 595 842]"
    return stream(content.encode("latin-1"), f"/Type /XObject /Subtype /Form {box} {own} {entries}")


@pytest.mark.parametrize("state", ["OFF", "ON"])
@pytest.mark.parametrize(
    ("content", "inside", "entries"),
    [
        ("/OC /L1 BDC " + text("Only for the printer") + "EMC ", "", ""),
        ("/Fm0 Do ", text("Only for the printer"), "/OC 7 0 R"),
        ("/Fm0 Do ", "/OC /L1 BDC " + text("Only for the printer") + "EMC ", ""),
        ("/OC /L1 BDC /Fm0 Do EMC ", text("Only for the printer"), ""),
    ],
    ids=["page", "form", "in a form", "around a form"],
)
def test_layers_that_are_off_are_left_out(
    tmp_path: Path, state: str, content: str, inside: str, entries: str
) -> None:
    layer = "<< /Type /OCG /Name (Draft) >>"
    path = drawn(tmp_path / "a.pdf", SEEN + content, objects=(layer, form(inside, entries)))
    document = parsed(with_layer(path, state))
    assert ("printer" in document.text) == (state == "ON")
    assert document.notes == ((LEFT_OUT,) if state == "OFF" else ())


@pytest.mark.parametrize(
    ("content", "entries"),
    [
        ("/Fm0 Do ", "/BBox [0 0 595 300]"),
        ("q 0 0 595 300 re W n /Fm0 Do Q ", ""),
        ("/Fm0 Do ", "/BBox [0 0 595 842] /Matrix [1 0 0 1 0 500]"),
    ],
    ids=["its box", "the clip around it", "off the page"],
)
def test_text_that_a_form_cuts_off_is_left_out(tmp_path: Path, content: str, entries: str) -> None:
    objects = ("null", form(text("Cut off by the form"), entries))
    document = parsed(with_layer(drawn(tmp_path / "a.pdf", SEEN + content, objects=objects), "ON"))
    assert document.text == "The fee is 480 kroner."
    assert document.notes == (LEFT_OUT,)


def test_text_that_a_form_moves_into_its_clip_stays(tmp_path: Path) -> None:
    inside = form(text("In the margin", y=50), "/BBox [0 40 595 70] /Matrix [1 0 0 1 0 500]")
    path = drawn(tmp_path / "a.pdf", SEEN + "/Fm0 Do ", objects=("null", inside))
    document = parsed(with_layer(path, "ON"))
    assert document.text.split("\n")[-1] == "In the margin"
    assert document.notes == ()
