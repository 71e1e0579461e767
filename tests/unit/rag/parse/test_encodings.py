"""Text is found in whatever encoding it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.plain.text import decode
from tests import samples
from tests.unit.rag.parse.invariants import parsed
from tests.unit.rag.parse.languages import SENTENCES, WIDE


@pytest.mark.parametrize("language", SENTENCES)
def test_old_encodings_are_told_apart(tmp_path: Path, language: str) -> None:
    sentence, encodings = SENTENCES[language]
    for encoding in encodings:
        path = samples.text(tmp_path / "a.txt", sentence, encoding)
        assert parsed(path).text == sentence.strip(), encoding
        assert decode(sentence.encode(encoding)) == sentence, encoding
        assert decode(sentence.encode(encoding) * 40) == sentence * 40, encoding


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("encoding", WIDE)
def test_wide_encodings_without_a_mark(language: str, encoding: str) -> None:
    sentence, _ = SENTENCES[language]
    assert decode(sentence.encode(encoding)) == sentence


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(encoding: str) -> None:
    sentence, _ = SENTENCES["Greek"]
    assert decode(sentence.encode(encoding)) == sentence


def test_utf8_with_a_broken_byte_stays_utf8() -> None:
    sentence, _ = SENTENCES["Polish"]
    data = sentence.encode()
    assert decode(data + b"\xff") == f"{sentence}\ufffd"
    assert decode(data[:-1] + b"\xc4") == f"{sentence.rstrip()}\ufffd"


@pytest.mark.parametrize(
    "head",
    ['<meta charset="{0}">', '<meta http-equiv="content-type" content="text/html; charset={0}">'],
)
def test_a_page_is_read_in_the_encoding_that_it_names(tmp_path: Path, head: str) -> None:
    page = "<!doctype html><html><head>{}</head><body><p>ÆØÅ õ</p></body></html>"
    for encoding in ("iso-8859-1", "iso-8859-10", "cp865"):
        words = "ÆØÅ" if encoding == "cp865" else "ÆØÅ õ"
        content = page.format(head.format(encoding)).replace("ÆØÅ õ", words)
        assert parsed(samples.text(tmp_path / "a.html", content, encoding)).text == words


def test_a_page_that_names_a_wrong_encoding(tmp_path: Path) -> None:
    sentence, _ = SENTENCES["Czech"]
    page = f'<html><head><meta charset="iso-8859-1"></head><body><p>{sentence}</p></body></html>'
    assert parsed(samples.text(tmp_path / "a.html", page)).text == sentence.strip()
    unknown = page.replace("iso-8859-1", "rot13")
    assert parsed(samples.text(tmp_path / "b.html", unknown)).text == sentence.strip()
    unknown = page.replace("iso-8859-1", "utf-8")
    document = parsed(samples.text(tmp_path / "c.html", unknown, "cp1250"))
    assert document.text == sentence.strip()
