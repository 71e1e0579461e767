"""Text is found in whatever encoding it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.mail import mime
from rag.parse.plain.encodings import codec_of, decode_bytes
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


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("ISO-8859-1", "cp1252", "“12 €”"),
        ("iso-8859-9", "cp1254", "“şirket”"),
        ("gb2312", "gb18030", "合同\u3400"),  # the last is in none of the older sets
        ("x-gbk", "gb18030", "合同"),
        ("ks_c_5601-1987", "cp949", "계약 똠"),
        ("x-sjis", "cp932", "契約①"),
        ("iso-8859-8-i", "cp1255", "חוזה"),
        ("Big5", "big5hkscs", "合約"),
        ("TIS-620", "cp874", "สัญญา"),
    ],
)
def test_a_file_and_a_mail_that_name_an_encoding_are_read_alike(
    name: str, encoding: str, text: str
) -> None:
    data = text.encode(encoding)
    assert decode_bytes(data, name) == mime.decoded(data, name) == text


def test_a_mail_of_ascii_that_is_utf_8_is_read_as_such() -> None:
    assert mime.decoded("Grüße".encode(), "us-ascii") == "Grüße"


@pytest.mark.parametrize("name", ["", "hex", "unicode_escape", "idna", "no-such-encoding", "a\0b"])
def test_what_is_no_encoding_of_documents_is_none(name: str) -> None:
    with pytest.raises((LookupError, ValueError)):
        codec_of(name)
    assert decode_bytes(b"\\u0041 text", name) == mime.decoded(b"\\u0041 text", name)


@pytest.mark.parametrize(
    "words",
    [
        "don’t go",
        "It’s 20 °C outside today",
        "“quoted” – and …",
        "½ cup",
        "50 µm ± 2",
        "Müllabfuhr kostet 45 €",
        "Café Zoë: 12 h",
        "Größe",
        "crème brûlée",
    ],
)
def test_a_few_characters_stand_as_in_words(words: str) -> None:
    assert decode(words.encode("cp1252")) == words


@pytest.mark.parametrize("words", ["schön und grün", "Bäcker", "déjà vu à midi"])
def test_letters_of_old_encodings_are_not_taken_for_signs(words: str) -> None:
    assert decode(words.encode("cp850")) == words


def test_dashes_within_words_are_letters_of_a_macintosh() -> None:
    words = "El señor Muñoz preguntó por la habitación de la montaña"
    assert decode(words.encode("mac_roman")) == words
