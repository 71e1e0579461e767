"""Archives: names in every encoding, tar, and files that are packed by themselves."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail import archive
from rag.parse.mail.parts import part_bytes


def parsed(path: Path) -> ParsedDocument:
    document = parse_file(path)
    assert isinstance(document, ParsedDocument), document
    return document


def zipped(path: Path, names: list[bytes], extra: bytes = b"") -> Path:
    """Writes a ZIP archive whose names are these bytes, in no stated encoding."""
    stream = io.BytesIO()
    placeholders = ["wxyz"[number] * len(name) for number, name in enumerate(names)]
    with zipfile.ZipFile(stream, "w") as whole:
        for number, placeholder in enumerate(placeholders):
            info = zipfile.ZipInfo(placeholder)
            info.extra = extra
            whole.writestr(info, f"Words {number}.")
    data = stream.getvalue()
    for placeholder, name in zip(placeholders, names, strict=True):
        data = data.replace(placeholder.encode(), name)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp437", ["Übergabe Schlüssel.txt", "Größe.txt"]),
        ("cp850", ["Façade résumé.txt", "Rückgabe.txt"]),
        ("cp866", ["Счет за май.txt", "Договор аренды.txt"]),
        ("cp932", ["請求書.txt", "見積書2024年.txt"]),
        ("cp1252", ["Bestätigung.txt", "Schlüssel.txt"]),
        ("utf-8", ["Übergabe.txt", "請求書.txt"]),
    ],
)
def test_names_in_no_stated_encoding_are_read(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    path = zipped(tmp_path / "a.zip", [name.encode(encoding) for name in names])
    document = parsed(path)
    assert [part.name for part in document.parts] == names
    assert part_bytes(f"{path}!/{names[1]}").read() == b"Words 1."


def test_the_name_in_the_unicode_field_counts_if_it_belongs_to_the_other(tmp_path: Path) -> None:
    raw = b"?bergabe.txt"

    def field(checksum: int) -> bytes:
        value = struct.pack("<BI", 1, checksum) + "Übergabe.txt".encode()
        return struct.pack("<HH", 0x7075, len(value)) + value

    path = zipped(tmp_path / "a.zip", [raw], field(zlib.crc32(raw)))
    assert [part.name for part in parsed(path).parts] == ["Übergabe.txt"]
    path = zipped(tmp_path / "b.zip", [raw], field(1))
    assert [part.name for part in parsed(path).parts] == ["?bergabe.txt"]


def tarred(mode: str, files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as whole:  # type: ignore[call-overload]
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        whole.addfile(link)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            whole.addfile(info, io.BytesIO(data))
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("name", ["papers.tar", "papers.tgz", "papers"])
def test_tar_archives_are_read_however_they_are_packed(
    tmp_path: Path, mode: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(tarred(mode, {"a/Schlüssel.txt": b"The key.", "b.txt": b"The boiler."}))
    document = parsed(path)
    assert document.kind is DocumentKind.ARCHIVE
    assert [part.name for part in document.parts] == ["a_Schlüssel.txt", "b.txt"]
    assert part_bytes(f"{path}!/b.txt").read() == b"The boiler."


@pytest.mark.parametrize(
    ("name", "packed", "inner"),
    [
        ("letter.txt.gz", gzip.compress(b"The boiler."), "letter.txt"),
        ("letter", gzip.compress(b"The boiler."), "letter"),
        ("letter.txt.bz2", bz2.compress(b"The boiler."), "letter.txt"),
        ("letter.txt.xz", lzma.compress(b"The boiler."), "letter.txt"),
    ],
    ids=("gz", "gz-without-ending", "bz2", "xz"),
)
def test_a_file_that_is_packed_by_itself_is_read(
    tmp_path: Path, name: str, packed: bytes, inner: str
) -> None:
    path = tmp_path / name
    path.write_bytes(packed)
    (part,) = parsed(path).parts
    assert part.name == inner
    assert part.document is not None
    assert part.document.text == "The boiler."


def test_a_bomb_that_is_packed_as_a_whole_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 1 << 20)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(5 << 20)))
    result = parse_file(path)
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.TOO_LARGE
    path.write_bytes(tarred("w:gz", {"a.txt": b"Read.", "b.txt": bytes(5 << 20), "c.txt": b"No."}))
    document = parsed(path)
    assert [part.name for part in document.parts] == ["a.txt"]
    assert any("left out" in note for note in document.notes)


def test_a_cut_archive_gives_what_is_before_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tarred("w", {"a.txt": b"Read.", "b.txt": b"Cut." * 5000})[:2800])
    document = parsed(path)
    assert document.parts[0].document is not None
    assert document.notes


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"\x28\xb5\x2f\xfd\4", "Zstandard"),
        (b"MSCF\0\0\0\0", "CAB"),
    ],
)
def test_other_archives_are_named_whatever_their_ending(
    tmp_path: Path, mark: bytes, name: str
) -> None:
    path = tmp_path / "papers.zip"
    path.write_bytes(mark + bytes(range(256)) * 4)
    result = parse_file(path)
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.UNSUPPORTED
    assert f"{name} archives" in result.detail
