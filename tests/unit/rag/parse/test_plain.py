"""Text, Markdown, HTML, CSV and mail."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.parse import parse_file
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from tests import samples
from tests.unit.rag.parse.invariants import blocks, check, parsed, refused

GERMAN = "Die Kündigungsfrist beträgt drei Monate.\n\nDie Wohnung ist für zwei Personen größer."
_MARKS = st.text("#*-_`>|~\\[]()<&; \t\n\r1.ab,\"'é\u2028\x00\x0c", max_size=200)


@settings(deadline=None)  # the machine may be busy
@given(content=st.one_of(_MARKS, st.text(max_size=200), st.binary(max_size=200)))
@pytest.mark.parametrize("ending", [".txt", ".md", ".csv", ".html", ".eml"])
def test_whatever_a_file_holds_it_is_parsed_or_refused(ending: str, content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"any{ending}"
        path.write_bytes(data)
        result = parse_file(path)
    if isinstance(result, ParsedDocument):
        check(result)
    else:
        assert result.reason in (
            FailureReason.EMPTY,
            FailureReason.NO_TEXT,
            FailureReason.BROKEN,
            FailureReason.UNSUPPORTED,  # it begins like an archive
        )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    document = parsed(samples.text(tmp_path / "a.txt", GERMAN, encoding))
    assert document.text == GERMAN
    assert len(document.blocks) == 2


def test_line_ends_of_every_system(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.txt", "one\r\ntwo\r\n\r\nthree\rfour"))
    assert [text for _, text in blocks(document)] == ["one\ntwo", "three\nfour"]


def test_markdown_blocks_are_slices_of_the_source(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.md", samples.NOTES))
    assert document.title == "Harbour"
    assert blocks(document) == [
        (BlockKind.HEADING, "Harbour"),
        (BlockKind.PARAGRAPH, "High water is at *six*."),
        (BlockKind.HEADING, "What to bring"),
        (BlockKind.LIST_ITEM, "- a rope"),
        (BlockKind.LIST_ITEM, "- a lamp"),
        (BlockKind.TABLE, "Day | Hour\nMonday | 6:10"),
        (BlockKind.CODE, "```\ntide --today\n```"),
    ]
    assert document.blocks[-1].locator.headings == ("Harbour", "What to bring")


def test_html_is_what_a_reader_sees(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.html", samples.PAGE))
    assert document.title == "Tides"
    assert blocks(document) == [
        (BlockKind.HEADING, "Harbour"),
        (BlockKind.PARAGRAPH, "High water is at six."),
        (BlockKind.LIST_ITEM, "- Bring a rope"),
        (BlockKind.LIST_ITEM, "- Bring a lamp"),
        (BlockKind.TABLE, "Day | Hour\nMonday | 6:10"),
    ]


def test_deeply_nested_html_is_read(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.html", "<html><body>" + "<div>" * 100_000 + "<p>Deep.</p>")
    assert parsed(path).text == "Deep."


def test_closed_elements_of_a_deep_page_keep_their_text_apart(tmp_path: Path) -> None:
    deep = "<div>" * 3000 + "one" + "</div>" * 3000 + "<p>two" * 3
    document = parsed(samples.text(tmp_path / "a.html", f"<html><body>{deep}"))
    assert [text for _, text in blocks(document)] == ["one", "two", "two", "two"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    content = "\n".join(
        delimiter.join(row) for row in (("Day", "Hour"), ("Monday", "six"), ("Tuesday", "seven"))
    )
    document = parsed(samples.text(tmp_path / "a.csv", content))
    assert document.text == "Day | Hour\nMonday | six\nTuesday | seven"
    assert document.blocks[0].locator.cells == "A1:B3"
    assert document.blocks[0].header == "Day | Hour"


def test_csv_with_a_line_break_in_a_cell(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.csv", 'Who,What\nHanna,"two\nlines"\n'))
    assert document.text == "Who | What\nHanna | two lines"


def test_mail_prefers_its_plain_body_and_lists_attachments(tmp_path: Path) -> None:
    path = samples.mail(tmp_path / "a.eml", "The tap", samples.LETTER, "<p>Other</p>", "tap.png")
    document = parsed(path)
    assert document.title == "The tap"
    assert document.text.startswith("From: Hanna Brandel <hanna@brandel.example>\nTo: Edda")
    assert "the tap in the kitchen drips." in document.text
    assert "Other" not in document.text
    assert document.text.endswith("Attachments: tap.png")


def test_mail_with_html_only(tmp_path: Path) -> None:
    path = samples.mail(tmp_path / "a.eml", "Tides", html=samples.PAGE)
    assert (BlockKind.HEADING, "Harbour") in blocks(parsed(path))


def test_what_is_no_mail_is_refused(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.eml", "just some words\n\nand more")
    assert refused(path) is FailureReason.BROKEN


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert refused(samples.text(tmp_path / "a.txt", "")) is FailureReason.EMPTY
    assert refused(samples.text(tmp_path / "b.txt", " \n\n\t ")) is FailureReason.NO_TEXT
    assert refused(tmp_path / "gone.txt") is FailureReason.MISSING
    assert refused(tmp_path) is FailureReason.NOT_A_FILE
    binary = tmp_path / "a.bin"
    binary.write_bytes(b"\x7fELF\x00\x00" * 100)
    assert refused(binary) is FailureReason.UNSUPPORTED


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang_the_parser(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert refused(tmp_path / "pipe.txt") is FailureReason.NOT_A_FILE


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = samples.text(tmp_path / "a.txt", "secret")
    path.chmod(0)
    assert refused(path) is FailureReason.NO_PERMISSION


def test_a_text_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.write(b"Words. " * 20_000)
        file.truncate(60 << 20)
    assert refused(path) is FailureReason.TOO_LARGE


def test_odd_names(tmp_path: Path) -> None:
    for name in ("naïve – café.txt", " leading.txt", "quote's & <b>.txt", "港.txt"):
        assert parsed(samples.text(tmp_path / name, "Words.")).text == "Words."
