"""Invariants over a file of each format, and over the archive of examples."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse.dispatch import content_hash, parse_file
from rag.parse.failures import FailureReason, ParseFailure
from tests import make_examples, more_samples, samples
from tests.unit.rag.parse.invariants import blocks, parsed


def test_a_file_of_each_format_keeps_the_invariants(tmp_path: Path) -> None:
    paths = [*samples.one_of_each(tmp_path), *more_samples.one_of_each(tmp_path / "more")]
    # Their own tests have samples.
    elsewhere = {
        *(DocumentKind.MAILBOX, DocumentKind.IMAGE, DocumentKind.DOC, DocumentKind.PPT),
    }
    assert {parsed(path).kind for path in paths} | elsewhere == set(DocumentKind)


def test_content_decides_over_the_ending(tmp_path: Path) -> None:
    told_by_their_ending = {
        *(DocumentKind.MARKDOWN, DocumentKind.TEXT, DocumentKind.CSV),
        *(DocumentKind.CODE, DocumentKind.YAML, DocumentKind.ORG, DocumentKind.MARKUP),
    }
    for path in (*samples.one_of_each(tmp_path), *more_samples.one_of_each(tmp_path / "more")):
        expected = parsed(path)
        if expected.kind not in told_by_their_ending:
            renamed = path.rename(path.with_name(f"{path.name}.txt"))
            assert parsed(renamed).kind is expected.kind


def test_a_fault_of_a_parser_is_logged_by_its_place_and_not_called_damage_for_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,salary\nAda,4200\n", encoding="utf-8")

    def fail(_source: object) -> object:
        raise IndexError("Ada")

    monkeypatch.setattr("rag.parse.plain.csv.parse", fail)
    with caplog.at_level(logging.INFO):
        failure = parse_file(path)
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.BROKEN
    assert "damaged, or Studiolo does not understand it" in failure.detail
    assert "IndexError in" in caplog.text
    assert f"{Path(__file__).name}:" in caplog.text
    assert "Ada" not in caplog.text


def test_the_examples_keep_the_invariants(examples: Path) -> None:
    files = [path for path in sorted(examples.rglob("*")) if path.is_file()]
    kinds = {parsed(path).kind for path in files}
    assert kinds > {DocumentKind.PDF, DocumentKind.DOCX, DocumentKind.XLSX, DocumentKind.EMAIL}
    assert sum(path.stat().st_size for path in files) < 400_000


def test_the_examples_are_what_the_script_writes(examples: Path, tmp_path: Path) -> None:
    for path in make_examples.write(tmp_path):
        kept = examples / path.relative_to(tmp_path)
        assert parsed(kept).text == parsed(path).text


def test_writing_the_examples_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = make_examples.write(tmp_path / "a")
    second = make_examples.write(tmp_path / "b")
    assert [content_hash(path) for path in first] == [content_hash(path) for path in second]


def test_the_lease_says_what_its_notice_period_is(examples: Path) -> None:
    lease = parsed(examples / "home" / "lease-flat-3.pdf")
    (block,) = [
        block
        for block in lease.blocks
        if "three months' notice" in lease.text[block.locator.start : block.locator.end]
    ]
    assert block.locator.page == 2
    assert block.locator.headings[-1] == "7. Notice period"


def test_page_numbers_are_left_out_of_the_lease(examples: Path) -> None:
    lease = parsed(examples / "home" / "lease-flat-3.pdf")
    assert not [text for _, text in blocks(lease) if text.startswith("Page ")]
