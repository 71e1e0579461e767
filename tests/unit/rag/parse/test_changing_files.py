"""Files that change while they are read: cut short, grown, overwritten, replaced.

Whatever the change and the moment, a reader says that the file is being changed, and the process
goes on. The change is made by the read itself, so the moments are the same in every run.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from rag.errors import PageUnavailable
from rag.pages import ocr
from rag.pages.labels import page_labels
from rag.pages.render import render_page
from rag.parse import parse_file, source
from rag.parse.at_rest import CHANGED
from rag.parse.document import ParsedDocument, RecognisedPage
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail.signs import read_signs
from tests import more_samples, samples

_LONG_AGO = 1_700_000_000  # else a change within one tick of the clock would show no other time


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more of it" * 100)


def _overwrite(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(b"\xa5" * size)


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"not what was there")
    other.replace(path)


CHANGES = (_cut, _empty, _grow, _overwrite)


class _Moment:
    """Changes a file at the beginning of a read: the `number`-th, from 1.

    Attributes:
        reads: reads so far.
    """

    def __init__(self, path: Path, change: Callable[[Path], None], number: int) -> None:
        self.reads = 0
        self._path, self._change, self._number = path, change, number
        self._read_at = source._read_at

    def __call__(self, descriptor: int, room: memoryview, at: int) -> int:
        self.reads += 1
        if self.reads == self._number:
            self._change(self._path)
        return self._read_at(descriptor, room, at)


@contextlib.contextmanager
def _reading(
    path: Path, change: Callable[[Path], None], number: int, *, handed_over: bool
) -> Iterator[tuple[_Moment, int | None]]:
    """Restores the file afterwards. Yields the moment, and a descriptor if it is handed over."""
    content = path.read_bytes()
    os.utime(path, (_LONG_AGO, _LONG_AGO))
    moment = _Moment(path, change, number)
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(source, "_read_at", moment)
        file = stack.enter_context(path.open("rb")) if handed_over else None
        yield moment, None if file is None else file.fileno()
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def _all_kinds(folder: Path) -> list[Path]:
    mails = folder / "all.mbox"
    mail = samples.mail(folder / "one.eml", "The tap drips", samples.LETTER, attachment="tap.png")
    mails.write_bytes((b"From ada@example.org Mon Mar  4 10:00:00 2024\n" + mail.read_bytes()) * 2)
    tiff = folder / "fax.tiff"
    page = Image.new("L", (300, 200), "white")
    page.save(tiff, save_all=True, append_images=[page], compression="tiff_lzw")
    return [
        *samples.one_of_each(folder / "a"),
        *more_samples.one_of_each(folder / "b"),
        samples.pdf(folder / "locked.pdf", "A page.", encrypted=True),
        samples.picture(folder / "photo.png", "Low water"),
        samples.picture(folder / "photo.jpg", "High water"),
        tiff,
        mails,
    ]


def _moments(path: Path) -> list[int]:
    """Returns the first, second, middle and last of the reads that a file takes."""
    with _reading(path, _cut, 0, handed_over=True) as (moment, descriptor):
        parse_file(path, descriptor=descriptor)
    return sorted({1, min(2, moment.reads), moment.reads // 2 + 1, moment.reads})


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("handed_over", [True, False])
def test_a_file_of_any_kind_that_changes_while_it_is_read_is_told_to_change(
    tmp_path: Path, change: Callable[[Path], None], handed_over: bool
) -> None:
    for path in _all_kinds(tmp_path):
        for number in _moments(path):
            with _reading(path, change, number, handed_over=handed_over) as (moment, descriptor):
                outcome = parse_file(path, descriptor=descriptor)
            assert moment.reads >= number
            assert outcome == CHANGED, (path.name, number)


def test_a_file_that_rests_is_read(tmp_path: Path) -> None:
    for path in _all_kinds(tmp_path):
        outcome = parse_file(path)
        assert isinstance(outcome, ParsedDocument) or outcome.reason in (
            FailureReason.SCANNED,
            FailureReason.ENCRYPTED,
        ), path.name


def test_a_pdf_that_is_cut_short_once_it_is_open_does_not_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rag.parse.pdf import pdf

    path = samples.pdf(tmp_path / "letter.pdf", *["A page. " * 40] * 40)
    opened = pdf.open_pdf

    def then_cut(origin: source.Source) -> object:
        document = opened(origin)
        _empty(path)
        return document

    monkeypatch.setattr(pdf, "open_pdf", then_cut)
    with path.open("rb") as file:
        assert parse_file(path, descriptor=file.fileno()) == CHANGED


def test_a_large_pdf_that_is_cut_short_once_it_is_open_does_not_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.parse.pdf.pdf._HELD_BYTES", 0)  # so that it is read as a stream
    path = samples.pdf(tmp_path / "letter.pdf", *["A page. " * 40] * 40)
    assert isinstance(parse_file(path), ParsedDocument)
    for number in _moments(path):
        with _reading(path, _cut, number, handed_over=True) as (_, descriptor):
            assert parse_file(path, descriptor=descriptor) == CHANGED


def test_a_file_that_another_replaces_is_read_whole_or_told_to_change(tmp_path: Path) -> None:
    for path in _all_kinds(tmp_path):
        whole = parse_file(path)
        for number in _moments(path):
            with _reading(path, _replace, number, handed_over=True) as (_, descriptor):
                outcome = parse_file(path, descriptor=descriptor)
            assert outcome == whole, (path.name, number)
            with _reading(path, _replace, number, handed_over=False):
                assert parse_file(path) == CHANGED, (path.name, number)


def test_a_stream_ends_where_the_file_ended_when_it_was_opened(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "log.txt", "first\n")
    for descriptor in (None, os.open(path, os.O_RDONLY)):
        with source.Source.of_file(path, descriptor=descriptor).open() as stream:
            _grow(path)
            assert stream.read() == b"first\n"
            assert stream.seek(0, os.SEEK_END) == len("first\n")
        path.write_bytes(b"first\n")
        if descriptor is not None:
            os.close(descriptor)


def test_libraries_get_no_descriptor_that_they_could_map_into_memory(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "letter.txt", "Dear Ada")
    with path.open("rb") as file:
        for descriptor in (None, file.fileno()):
            stream = source.Source.of_file(path, descriptor=descriptor).open()
            with stream, pytest.raises(OSError, match="fileno"):
                stream.fileno()


@pytest.mark.parametrize("change", CHANGES)
def test_pages_signs_and_pictures_of_a_changing_file_raise_nothing_unforeseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(ocr, "read_picture", lambda _picture: [])

    def page(path: Path, descriptor: int | None) -> None:
        with contextlib.suppress(PageUnavailable):
            render_page(path, 1, 200, descriptor=descriptor)

    def labels(path: Path, descriptor: int | None) -> None:
        with contextlib.suppress(PageUnavailable):
            page_labels(path, descriptor)

    def picture(path: Path, descriptor: int | None) -> None:
        assert isinstance(
            ocr.recognise_page(path, 1, descriptor=descriptor), ParseFailure | RecognisedPage
        )

    for path in _all_kinds(tmp_path):
        for number in _moments(path):
            for read in (page, labels, read_signs, picture):
                with _reading(path, change, number, handed_over=True) as (_, descriptor):
                    read(path, descriptor)
