"""A file is what its content says, whatever it is called; a locked one opens with its password."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions
from rag.parse.failures import FailureReason
from rag.parse.identify import identify
from rag.parse.parse_problem import ParseProblem
from rag.parse.source import Source
from rag.parse.unlock import unlocked
from tests import more_samples, samples
from tests.unit.rag.parse.invariants import parsed, refused


def kind(path: Path) -> DocumentKind:
    return identify(Source.of_file(path))


def test_text_under_another_ending_is_read_as_text(tmp_path: Path) -> None:
    for ending in (".pdf", ".docx", ".png", ".rtf", ".epub"):
        document = parsed(samples.text(tmp_path / f"a{ending}", "Just words."))
        assert (document.kind, document.text) == (DocumentKind.TEXT, "Just words.")


def test_a_table_of_text_that_calls_itself_a_workbook(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.xls", "Day\tHour\nMonday\t6:10\n")
    assert parsed(path).text == "Day | Hour\nMonday | 6:10"
    assert parsed(samples.text(tmp_path / "b.xls", samples.PAGE)).kind is DocumentKind.HTML


def test_junk_is_not_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(bytes(range(256)) * 40)
    assert refused(path) is FailureReason.UNSUPPORTED
    path.write_bytes(bytes(5000))
    assert refused(path) is FailureReason.UNSUPPORTED


def test_zero_bytes_in_a_text_do_no_harm(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.txt", "The code is\x00 1838." + "\x00" * 900)
    assert parsed(path).text == "The code is 1838."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (more_samples.MAILBOX, DocumentKind.MAILBOX),
        (more_samples.MAILBOX.split("\n", 1)[1], DocumentKind.EMAIL),
        ("From the harbour to: the town\n\nDate: none", DocumentKind.TEXT),
        ("Subject: a list\nOf words: many", DocumentKind.TEXT),
        ('{"a": 1}', DocumentKind.JSON),
        ("[1, 2]", DocumentKind.JSON),
        ("[see page 2] and {braces}", DocumentKind.TEXT),
        ("<?xml version='1.0'?><a>x</a>", DocumentKind.XML),
        ("<?xml version='1.0'?>\n<!-- made -->\n<html><body>x</body></html>", DocumentKind.HTML),
        ("<see below> and so on", DocumentKind.TEXT),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR", DocumentKind.CALENDAR),
        ("\ufeffBEGIN:VCARD\nEND:VCARD", DocumentKind.CONTACTS),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_a_text_holds(
    tmp_path: Path, content: str, expected: DocumentKind, encoding: str
) -> None:
    assert kind(samples.text(tmp_path / "a.txt", content, encoding)) is expected
    assert kind(samples.text(tmp_path / "noending", content, encoding)) is expected


def test_endings_that_say_more_than_the_content(tmp_path: Path) -> None:
    assert kind(samples.text(tmp_path / "a.md", '{"a": 1}')) is DocumentKind.MARKDOWN
    assert kind(samples.text(tmp_path / "a.js", "[1, 2].map(f)")) is DocumentKind.CODE


def test_old_office_formats_are_named(tmp_path: Path) -> None:
    word = more_samples.ole(tmp_path / "a.dat", "WordDocument", b"")
    assert kind(word) is DocumentKind.DOC
    slides = more_samples.ole(tmp_path / "a.ppt", "PowerPoint Document", b"")
    assert kind(slides) is DocumentKind.PPT
    older_slides = more_samples.ole(tmp_path / "a.txt", "PP40", b"")
    mail = more_samples.ole(tmp_path / "a.dat", "__properties_version1.0", b"")
    with pytest.raises(ParseProblem, match=r"\.pptx") as problem:
        kind(older_slides)
    assert problem.value.reason is FailureReason.UNSUPPORTED
    assert kind(mail) is DocumentKind.EMAIL


def test_a_locked_file_opens_with_its_password(tmp_path: Path) -> None:
    whole = samples.workbook(tmp_path / "a.xlsx", {"March": samples.TABLE})
    text = parsed(whole).text
    path = more_samples.locked(whole, samples.PASSWORD)
    assert refused(path) is FailureReason.ENCRYPTED
    for password in ("", "other"):
        with pytest.raises(ParseProblem) as problem:
            unlocked(Source.of_file(path, ParseOptions(password)))
        assert problem.value.reason is FailureReason.ENCRYPTED
    opened = unlocked(Source.of_file(path, ParseOptions(samples.PASSWORD)))
    assert (opened.name, opened.depth, opened.path) == ("a.xlsx", 0, None)
    copy = tmp_path / "copy.xlsx"
    copy.write_bytes(opened.read())
    assert parsed(copy).text == text


def test_a_file_that_excel_opens_without_asking(tmp_path: Path) -> None:
    path = samples.workbook(tmp_path / "a.xlsx", {"March": samples.TABLE})
    opened = unlocked(Source.of_file(more_samples.locked(path, "VelvetSweatshop")))
    assert identify(opened) is DocumentKind.XLSX


def test_what_is_not_locked_stays_as_it_is(tmp_path: Path) -> None:
    for path in (*samples.one_of_each(tmp_path), *more_samples.one_of_each(tmp_path / "more")):
        source = Source.of_file(path, ParseOptions("unneeded"))
        assert unlocked(source) is source
        assert isinstance(parse_file(path, ParseOptions("unneeded")), ParsedDocument)
    assert unlocked(replace(source, path=tmp_path / "gone")).path == tmp_path / "gone"
