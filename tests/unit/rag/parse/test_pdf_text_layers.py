"""PDF: invisible text over scans is kept where it is what is printed, and replaced where not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from models.fakes import HashEmbedder
from rag.chunking.chunk import Chunker
from rag.fakes import MemoryIndex
from rag.indexing.indexer import Indexer
from rag.indexing.rules import Rules
from rag.pages.layer_check import is_right, sampled
from rag.pages.line_reader import Letter
from rag.pages.ocr import recognise_page
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import ParseFailure
from rag.store.store import Store
from tests.unit.rag.pages.test_scans import LETTER, drawn

WIDTH, HEIGHT = A4
RIGHT = "The rent of the mill is 75.50 a month"
WRONG = "Tbe rcnt o1 tbe mi11 ls 7S.S0 a rnontb"


def scans(path: Path, *layers: list[str], image: Image.Image | None = None) -> Path:
    """Pages that are pictures, each with invisible text over it."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for layer in layers:
        canvas.drawInlineImage(image or Image.new("L", (1240, 1754), 220), 0, 0, WIDTH, HEIGHT)
        for number, line in enumerate(layer):
            writing = canvas.beginText(60, 750 - 60 * number)
            writing.setTextRenderMode(3)
            writing.textLine(line)
            canvas.drawText(writing)
        canvas.showPage()
    canvas.save()
    return path


def parsed(path: Path, *pages: RecognisedPage) -> ParsedDocument:
    document = parse_file(path, ParseOptions(recognised=pages))
    assert isinstance(document, ParsedDocument), document
    return document


def seen(page: int, text: str) -> RecognisedPage:
    return RecognisedPage(page, (TextLine(text, 0.1, 0.1, 0.6, 0.12),))


def test_a_sample_of_pages_is_checked_and_the_layer_is_there_meanwhile(tmp_path: Path) -> None:
    layers = [[RIGHT] * 4, [RIGHT] * 5, [RIGHT] * 3, [WRONG] * 5, [RIGHT] * 6]
    document = parsed(scans(tmp_path / "book.pdf", *layers))
    assert document.scanned == (1, 3, 4)  # the first, the shortest, and the oddest
    assert document.notes == ()
    assert RIGHT in document.text


def test_layers_that_are_right_are_kept(tmp_path: Path) -> None:
    path = scans(tmp_path / "right.pdf", *[[RIGHT]] * 5)
    document = parsed(path, RecognisedPage(1, ()))
    assert (document.scanned, document.notes) == ((), ())
    assert document.text.count(RIGHT) == 5


def test_a_layer_that_is_wrong_is_replaced_and_all_others_are_checked(tmp_path: Path) -> None:
    path = scans(tmp_path / "wrong.pdf", *[[WRONG]] * 5)
    document = parsed(path, seen(1, RIGHT))
    assert document.scanned == (2, 3, 4, 5)
    again = parsed(path, seen(1, RIGHT), RecognisedPage(2, ()), *(seen(n, RIGHT) for n in (3, 4)))
    assert again.scanned == (5,)
    assert (again.text.count(RIGHT), again.text.count(WRONG)) == (3, 2)
    (note,) = again.notes
    assert note == (
        "The text of page 1, 3, 4 was recognised in its image: the invisible text that the file "
        "holds for it is not what is printed there."
    )
    assert [block.locator.page for block in again.blocks] == [1, 2, 3, 4, 5]


def test_text_that_is_printed_over_the_scan_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "stamped.pdf"
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.drawInlineImage(Image.new("L", (1240, 1754), 220), 0, 0, WIDTH, HEIGHT)
    canvas.drawString(200, 20, "Copy 4 of 7")
    writing = canvas.beginText(60, 700)
    writing.setTextRenderMode(3)
    writing.textLine(WRONG)
    canvas.drawText(writing)
    canvas.save()
    assert parsed(path).scanned == (1,)
    document = parsed(path, seen(1, RIGHT))
    assert document.text == f"{RIGHT}\n\nCopy 4 of 7"


def letters(text: str, confidence: float = 1.0) -> list[Letter]:
    return [Letter(sign, confidence, n / len(text)) for n, sign in enumerate(text)]


LINES = [(letters(line), (0.1, 0.1 * n, 0.9, 0.1 * n + 0.02)) for n, line in enumerate(LETTER)]
LAYER = [(line, (0.1, 0.1 * n, 0.9, 0.1 * n + 0.02)) for n, line in enumerate(LETTER)]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (LAYER, True),
        ([(text.upper(), box) for text, box in LAYER], True),
        ([(text.replace("tenancy", "tcnancy"), box) for text, box in LAYER], True),
        ([(text.replace(" ", ""), box) for text, box in LAYER], False),
        ([(text.replace("e", "c"), box) for text, box in LAYER], False),
        (LAYER[:4], False),
        ([(text, box) for (text, _), (_, box) in zip(LAYER, LAYER[::-1], strict=True)], False),
        ([], False),
    ],
    ids=["same", "case", "one letter", "blanks", "letters", "half", "places", "none"],
)
def test_a_layer_is_right_if_its_words_are_those_that_are_seen(
    layer: list[tuple[str, tuple[float, float, float, float]]], expected: bool
) -> None:
    assert is_right(LINES, layer) is expected


def test_a_layer_is_kept_where_the_print_cannot_be_read(tmp_path: Path) -> None:
    garbled = [(text.replace("e", "c"), box) for text, box in LAYER]
    unsure = [(letters(line, 0.5), box) for line, (_, box) in zip(LETTER, LINES, strict=True)]
    assert is_right(unsure, garbled)
    assert is_right(LINES[:1], garbled)


def test_wide_lines_are_sampled_over_the_whole_page() -> None:
    line = np.array([[0, 0], [300, 0], [300, 20], [0, 20]], np.float32)
    boxes = [line + np.array([0, 30 * n], np.float32) for n in range(40)]
    tops = [int(box[0, 1]) for box in sampled([line[:, ::-1], *boxes[::-1]])]
    assert tops == [60 + 120 * n for n in range(10)]
    assert sampled([]) == []


@pytest.mark.slow
def test_the_models_tell_a_right_layer_from_a_wrong_one(tmp_path: Path) -> None:
    image = Image.new("L", (1240, 1754), 255)
    image.paste(drawn(LETTER), (100, 100))
    lines = [""] * 16
    for number, line in enumerate(LETTER):
        lines[2 * number] = line
    path = tmp_path / "layers.pdf"
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for is_garbled in (False, True):
        canvas.drawInlineImage(image, 0, 0, WIDTH, HEIGHT)
        for number, line in enumerate(LETTER):
            y = HEIGHT * (1 - (195 + 56 * number) / 1754)
            writing = canvas.beginText(86, y)
            writing.setTextRenderMode(3)
            writing.textLine(line.replace("e", "c").replace("t", "l") if is_garbled else line)
            canvas.drawText(writing)
        canvas.showPage()
    canvas.save()
    right, wrong = recognise_page(path, 1), recognise_page(path, 2)
    assert isinstance(right, RecognisedPage)
    assert isinstance(wrong, RecognisedPage)
    assert right.lines == ()
    document = parsed(path, right, wrong)
    assert document.text.split() == " ".join(LETTER * 2).split()


class WrongLayers:
    """The real parser; sees the right text on each page but the third, which cannot be read."""

    def __init__(self) -> None:
        self.recognised: list[int] = []

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        """Parses a file."""
        return parse_file(path, options)

    def recognise(
        self, _path: Path, page: int, _password: str = "", _identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        """Returns a line, without looking."""
        self.recognised.append(page)
        return RecognisedPage(page, ()) if page == 3 else seen(page, RIGHT)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "library.sqlite")
    yield opened
    opened.close()


def test_indexing_goes_on_with_the_pages_that_the_sample_asks_for(
    tmp_path: Path, store: Store
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    path = scans(files / "wrong.pdf", *[[WRONG]] * 4)
    parser = WrongLayers()
    indexer = Indexer(store, MemoryIndex(), HashEmbedder(), parser, Chunker(None, 60))
    for _ in range(2):
        indexer.run([files], lambda _progress: None, lambda: None, rules=Rules(pictures=True))
    assert parser.recognised == [1, 2, 3, 4]
    stored = store.document(str(path))
    assert stored is not None
    document = stored.document
    assert (document.text.count(RIGHT), document.text.count(WRONG)) == (3, 1)
    assert document.scanned == ()
