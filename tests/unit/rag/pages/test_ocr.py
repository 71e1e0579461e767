"""Text in pictures: scans, photos, screenshots; the real models read them."""

from __future__ import annotations

import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from rag.formats import DocumentKind
from rag.pages import ocr
from rag.pages.line_reader import Letter, Picture, line_reader
from rag.pages.ocr import recognise_page
from rag.pages.render import render_page
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, Part, RecognisedPage
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.state_words import ILLEGIBLE
from tests import samples

TEXT = """Größere Schäden an Türen und Öfen
müssen gemeldet werden.

The rent is 1,250.40 EUR a month."""


def picture(tmp_path: Path, text: str = TEXT, dpi: int = 150) -> Image.Image:
    """A page of text as pixels."""
    document = pypdfium2.PdfDocument(samples.pdf(tmp_path / "drawn.pdf", text))
    image: Image.Image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    document.close()
    return image


def scanned(path: Path, *pages: Image.Image | str) -> Path:
    """A PDF of pictures, and of pages of text."""
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 700, page)
        else:
            canvas.drawInlineImage(page, 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return path


def read(path: Path, page: int = 1) -> RecognisedPage:
    found = recognise_page(path, page)
    assert isinstance(found, RecognisedPage), found
    assert found.page == page
    assert all(
        0 <= line.left < line.right <= 1 and 0 <= line.top < line.bottom <= 1
        for line in found.lines
    )
    return found


def words(page: RecognisedPage) -> str:
    return " ".join(line.text for line in page.lines)


def failure(path: Path) -> ParseFailure:
    result = parse_file(path)
    assert isinstance(result, ParseFailure), result
    return result


def test_a_scanned_file_is_read_in_two_passes(tmp_path: Path) -> None:
    path = scanned(tmp_path / "scan.pdf", picture(tmp_path))
    first = failure(path)
    assert (first.reason, first.scanned) == (FailureReason.SCANNED, (1,))
    page = read(path)
    document = parse_file(path, ParseOptions(recognised=(page,)))
    assert isinstance(document, ParsedDocument)
    assert document.text == TEXT
    assert (document.scanned, document.notes) == ((), ())
    assert {block.locator.page for block in document.blocks} == {1}


def test_pages_of_text_are_read_at_once_and_pictures_among_them_later(tmp_path: Path) -> None:
    blank = Image.new("L", (800, 1100), 255)
    path = scanned(tmp_path / "mixed.pdf", "First page.", picture(tmp_path), blank)
    document = parse_file(path)
    assert isinstance(document, ParsedDocument)
    assert document.text == "First page."
    assert document.scanned == (2, 3)
    assert document.notes == ("Pages 2, 3 are pictures whose text has not been read.",)
    pages = tuple(read(path, number) for number in document.scanned)
    again = parse_file(path, ParseOptions(recognised=pages))
    assert isinstance(again, ParsedDocument)
    assert again.text == f"First page.\n\n{TEXT}"
    assert (again.scanned, again.notes) == ((), ("No text was found on page 3.",))


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif", "tiff"])
def test_an_image_of_each_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"letter.{ending}"
    picture(tmp_path).save(path)
    first = failure(path)
    assert (first.reason, first.scanned) == (FailureReason.SCANNED, (1,))
    document = parse_file(path, ParseOptions(recognised=(read(path),)))
    assert isinstance(document, ParsedDocument)
    assert (document.kind, document.page_count) == (DocumentKind.IMAGE, 1)
    assert document.text == TEXT


@pytest.mark.slow
def test_a_fax_of_two_pages(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    one, two = (picture(tmp_path, text) for text in ("The first sheet.", "The second sheet."))
    one.save(path, save_all=True, append_images=[two])
    assert failure(path).scanned == (1, 2)
    pages = (read(path, 1), read(path, 2))
    document = parse_file(path, ParseOptions(recognised=pages))
    assert isinstance(document, ParsedDocument)
    assert document.text == "The first sheet.\n\nThe second sheet."
    assert [block.locator.page for block in document.blocks] == [1, 2]
    assert isinstance(recognise_page(path, 3), ParseFailure)


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_scan_that_lies_on_a_side_or_upside_down(tmp_path: Path, quarters: int) -> None:
    path = tmp_path / "turned.png"
    picture(tmp_path).rotate(90 * quarters, expand=True).save(path)
    assert words(read(path)) == " ".join(TEXT.split())
    image = render_page(path, 1, 700, "1,250.40", read(path).lines)
    (box,) = image.highlights
    shown = np.frombuffer(image.pixels, np.uint8).reshape(image.height, image.width, 3)
    left, right = int(box.left * image.width), int(box.right * image.width)
    top, bottom = int(box.top * image.height), int(box.bottom * image.height)
    assert (shown[top:bottom, left:right] < 128).mean() > 0.05


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(tmp_path).rotate(90, expand=True).save(path, exif=exif)
    page = read(path)
    assert words(page) == " ".join(TEXT.split())
    image = render_page(path, 1, 500)
    assert image.height > image.width


def test_letters_on_nothing_are_letters_on_white(tmp_path: Path) -> None:
    path = tmp_path / "drawn.png"
    ink = Image.eval(picture(tmp_path), lambda value: 255 - value)
    page = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    page.putalpha(ink)
    page.save(path)
    assert words(read(path)) == " ".join(TEXT.split())
    assert render_page(path, 1, 300).pixels[:3] == b"\xff\xff\xff"


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "columns.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 20)
    canvas.drawString(70, 780, "News from the harbour and the old town")
    canvas.setFont("Helvetica", 11)
    for row in range(8):
        canvas.drawString(60, 740 - 15 * row, f"Left column, line {row} of the report.")
        canvas.drawString(320, 740 - 15 * row, f"Right column, line {row} of the report.")
    canvas.save()
    document = pypdfium2.PdfDocument(path)
    image = tmp_path / "columns.png"
    document[0].render(scale=2).to_pil().save(image)
    document.close()
    lines = [line.text.split()[0] for line in read(image).lines]
    assert lines == ["News"] + ["Left"] * 8 + ["Right"] * 8


def test_quotes_are_marked_in_pictures(tmp_path: Path) -> None:
    path = scanned(tmp_path / "scan.pdf", picture(tmp_path))
    lines = read(path).lines
    image = render_page(path, 1, 900, "Türen und Öfen müssen", lines)
    first, second = image.highlights
    assert first.left > lines[0].left + 0.1
    assert first.right == lines[0].right
    assert second.left == lines[1].left
    assert second.right < lines[1].right
    assert first.bottom <= second.bottom
    assert render_page(path, 1, 900, "Fenster", lines).highlights == ()


def test_a_scan_in_a_mail(tmp_path: Path) -> None:
    inner = scanned(tmp_path / "lease.pdf", picture(tmp_path))
    message = EmailMessage()
    message["From"], message["Subject"] = "hanna@example.org", "Lease"
    message.set_content("Here it is.")
    message.add_attachment(
        inner.read_bytes(), maintype="application", subtype="pdf", filename="lease.pdf"
    )
    mail = tmp_path / "mail.eml"
    mail.write_bytes(message.as_bytes())
    parsed = parse_file(mail)
    assert isinstance(parsed, ParsedDocument)
    (part,) = parsed.parts
    assert isinstance(part, Part)
    place = Path(f"{mail}!/{part.name}")
    page = read(place)
    assert words(page) == " ".join(TEXT.split())
    assert render_page(place, 1, 300, "1,250.40 EUR", page.lines).highlights
    gone = recognise_page(Path(f"{mail}!/other.pdf"), 1)
    assert isinstance(gone, ParseFailure)


def test_pictures_without_text(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.new("L", (600, 400), 128).save(path)
    assert read(path).lines == ()
    result = parse_file(path, ParseOptions(recognised=(RecognisedPage(1, ()),)))
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.NO_TEXT
    icon = tmp_path / "icon.png"
    Image.new("L", (32, 48), 128).save(icon)
    assert failure(icon).reason is FailureReason.NO_TEXT


def test_hostile_pictures(tmp_path: Path) -> None:
    sound = tmp_path / "sound.png"
    picture(tmp_path).save(sound)
    cut = tmp_path / "cut.png"
    cut.write_bytes(sound.read_bytes()[:3000])
    assert isinstance(recognise_page(cut, 1), ParseFailure)
    junk = tmp_path / "junk.png"
    junk.write_bytes(sound.read_bytes()[:20] + bytes(range(256)))
    assert failure(junk).reason is FailureReason.BROKEN
    bomb = tmp_path / "bomb.png"
    Image.new("1", (12_000, 12_000)).save(bomb)
    assert failure(bomb).reason is FailureReason.TOO_LARGE
    larger = tmp_path / "larger.png"
    Image.new("1", (20_000, 12_000)).save(larger)
    assert failure(larger).reason is FailureReason.TOO_LARGE
    assert isinstance(recognise_page(tmp_path / "gone.png", 1), ParseFailure)
    assert isinstance(recognise_page(sound, 2), ParseFailure)


class SlowReader:
    """Finds three lines; the processors work for ten seconds on each that is read.

    To tell which way is up, two lines are read both ways before.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def find(self, _picture: object) -> list[np.ndarray]:
        """Returns boxes of 200 x 20 pixels below each other."""
        corners = np.array([[10, 10], [210, 10], [210, 30], [10, 30]], np.float32)
        return [corners + np.array([0, 50 * number], np.float32) for number in range(3)]

    def read(self, _crop: object) -> list[Letter]:
        """Returns one word."""
        self.seconds += 10
        return [Letter(sign, 1.0, (n + 0.5) / 4) for n, sign in enumerate("rent")]


@pytest.mark.parametrize(("most", "unread"), [(100.0, 0), (45.0, 2)])
def test_lines_stay_unread_only_after_long_work_of_the_processors(
    monkeypatch: pytest.MonkeyPatch, most: float, unread: int
) -> None:
    reader = SlowReader()
    monkeypatch.setattr(ocr, "line_reader", lambda: reader)
    monkeypatch.setattr(ocr, "_MOST_SECONDS", most)
    monkeypatch.setattr("rag.pages.ocr.time.process_time", lambda: reader.seconds)
    lines = ocr.read_picture(np.full((200, 300), 255, np.uint8))
    assert len(lines) == 3
    assert sum(line.text == ILLEGIBLE for line in lines) == unread


def test_blank_paper_around_a_picture_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[tuple[int, ...]] = []
    models = line_reader()

    class Detector:
        """Records the sizes of the images that the model is given."""

        get_inputs = staticmethod(models._find.get_inputs)

        def run(self, outputs: None, inputs: dict[str, np.ndarray]) -> object:
            """Runs the real model."""
            sizes.extend(image.shape[2:] for image in inputs.values())
            return model.run(outputs, inputs)

    model = models._find
    monkeypatch.setattr(models, "_find", Detector())
    page = np.full((2000, 1414), 255, np.uint8)
    assert models.find(page) == []
    assert sizes == []
    page[1500:1700, 800:1200] = 240
    page[1590:1610, 900:1100] = 0
    boxes = models.find(page)
    assert all(height < 400 and width < 500 for height, width in sizes)
    assert all(box.min(axis=0)[0] > 700 and box.min(axis=0)[1] > 1400 for box in boxes)


WATCHED = """
import os, resource, sys
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.bind"):
        os.write(2, event.encode()); os._exit(3)
    if event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and arguments[0] != os.devnull:
            os.write(2, repr(arguments).encode()); os._exit(4)
    if event in ("os.mkdir", "os.rename", "os.remove", "subprocess.Popen"):
        os.write(2, event.encode()); os._exit(5)
sys.dont_write_bytecode = True
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
sys.addaudithook(watch)
from pathlib import Path
from rag.pages import ocr
ocr._MOST_SECONDS = 3600.0
page = ocr.recognise_page(Path(sys.argv[1]), 1)
assert len(page.lines) == 50, page
status = Path("/proc/self/status").read_text()
print(int(status.partition("VmHWM:")[2].split()[0]) >> 10)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits are set as on Linux")
def test_a_full_page_takes_little_memory_and_leaves_no_trace(tmp_path: Path) -> None:
    line = "The tenant pays the rent on the third day of each month, in full and in advance."
    path = scanned(tmp_path / "full.pdf", picture(tmp_path, "\n".join([line] * 50), 200))
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert int(done.stdout) < 700


class _SureReader:
    """Reads a line with confidence whichever way up it is, and with more the right way."""

    def find(self, picture: Picture) -> list[NDArray[np.float32]]:
        sides = ((20, 60), (100, 140), (180, 220))
        corners = [[(10, a), (390, a), (390, b), (10, b)] for a, b in sides]
        return [np.array(box, np.float32) for box in corners]

    def read(self, line: Picture) -> list[Letter]:
        is_upright = line[: len(line) // 2].mean() > line[len(line) // 2 :].mean()
        return [Letter("b" if is_upright else "q", 0.99 if is_upright else 0.92, 0.5)]


@pytest.mark.parametrize("turns", [0, 2])
def test_a_line_that_can_be_read_upside_down_does_not_decide(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    upright = np.full((240, 400), 255, np.uint8)
    for foot in (60, 140, 220):
        upright[foot - 18 : foot, 10:390] = 0
    monkeypatch.setattr(ocr, "line_reader", _SureReader)
    lines = ocr.read_picture(np.ascontiguousarray(np.rot90(upright, turns)))
    letters = [line.text.replace(ILLEGIBLE, "").strip() for line in lines]
    assert letters == ["b", "b", "b"]
