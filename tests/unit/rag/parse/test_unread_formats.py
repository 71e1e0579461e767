"""Documents that are not read are named, by what they hold, and the person is told what to do."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from rag.indexing.discover import discover
from rag.parse import parse_file
from rag.parse.failures import FailureReason, ParseFailure
from rag.store.files import FailedFile
from tests import more_samples


def why(path: Path) -> str:
    """Returns why a file is not read: its format is not supported."""
    result = parse_file(path)
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.UNSUPPORTED
    return result.detail


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (
            "PP40",
            (
                "a PowerPoint presentation of before 1997, which Studiolo cannot read. "
                "Open it in PowerPoint or LibreOffice and save it as .pptx."
            ),
        ),
        ("MatOST", "a document of Microsoft Works"),
        ("Quill", "a Publisher document"),
        ("VisioDocument", "a Visio drawing"),
        ("StarWriterDocument", "a document of StarOffice"),
    ],
)
@pytest.mark.parametrize("name", ["a", "a.dat", "a.doc", "a.docx"])
def test_streams_of_old_containers(tmp_path: Path, stream: str, words: str, name: str) -> None:
    assert why(more_samples.ole(tmp_path / name, stream, b"")).startswith(f"This is {words}")


@pytest.mark.parametrize(
    ("member", "name", "words"),
    [
        ("Index/Document.iwa", "a.pages", "a Pages document"),
        ("Index/Document.iwa", "a.numbers", "a Numbers spreadsheet"),
        ("Index/Document.iwa", "a", "a document of Pages or Numbers"),
        ("Index/Slide-12.iwa", "a", "a Keynote presentation"),
        ("index.apxl", "a.key", "a Keynote presentation"),
        ("visio/document.xml", "a", "a Visio drawing"),
        ("Documents/1/Pages/1.fpage", "a", "an XPS document"),
    ],
)
def test_members_of_packed_documents(tmp_path: Path, member: str, name: str, words: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr(member, "x")
        archive.writestr("buildVersionHistory.plist" if "apxl" in member else "other", "x")
    assert why(tmp_path / name).startswith(f"This is {words}, ")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("database", "an OpenDocument database"), ("graphics", "an OpenDocument drawing")],
)
def test_open_documents_that_are_not_read(tmp_path: Path, kind: str, words: str) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
    assert why(tmp_path / "a").startswith(f"This is {words}")


HEADS = [
    (b"\x00\x01\x00\x00Standard Jet DB\x00", "an Access database"),
    (b"\x00\x01\x00\x00Standard ACE DB\x00", "an Access database"),
    (b"AC1015\x00\x00\x00\x00", "an AutoCAD drawing"),
    (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "a section of a OneNote notebook"),
    (b"\xffWPC\x10\x00\x00\x00", "a WordPerfect document"),
    (bytes(60) + b"BOOKMOBI", "a Kindle book"),
    (b"!BDN" + bytes(8), "a mailbox of Outlook"),
    (b"\x00\x00\x00\x18ftypheic", "a photo of a newer kind"),
]


@pytest.mark.parametrize(("head", "words"), HEADS)
@pytest.mark.parametrize("name", ["a", "a.bin", "a.txt"])
def test_first_bytes(tmp_path: Path, head: bytes, words: str, name: str) -> None:
    (tmp_path / name).write_bytes(head + bytes(range(256)) * 9)
    assert why(tmp_path / name).startswith(f"This is {words}")


@pytest.mark.parametrize(("head", "words"), HEADS)
def test_first_bytes_of_files_in_a_folder(tmp_path: Path, head: bytes, words: str) -> None:
    (tmp_path / "a.bin").write_bytes(head + bytes(range(256)) * 9)
    (failure,) = discover([tmp_path])
    assert isinstance(failure, FailedFile)
    assert failure.detail.startswith(f"This is {words}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.pages", "Open it in Pages and export it as PDF or Word."),
        ("a.one", "Open it in OneNote and export it as PDF or .docx."),
        ("a.dwg", "Open it in AutoCAD or another CAD program and export it as PDF."),
    ],
)
def test_the_ending_tells_where_the_content_does_not(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(bytes(range(256)) * 9)
    assert why(tmp_path / name).endswith(words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.key", "The key hangs by the door."),
        ("a.txt", "AC10 is the ward of Mrs Ames."),
        ("a.pub", "!BDN, as they say"),
    ],
)
def test_a_text_is_read_whatever_it_is_called(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_text(words)
    assert not isinstance(parse_file(tmp_path / name), ParseFailure)
