"""Presentations of PowerPoint 97 to 2003: slides in their order, placeholders, boxes and notes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason, ParseFailure
from tests import more_samples
from tests.unit.rag.parse.invariants import parsed

_TITLE, _BODY, _NOTES, _OTHER = 0, 1, 2, 4


def record(kind: int, data: bytes, instance: int = 0, version: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data


def holder(kind: int, *records: bytes, instance: int = 0) -> bytes:
    return record(kind, b"".join(records), instance, 0xF)


def words(kind: int, text: str, *, narrow: bool = False) -> bytes:
    data = text.encode("latin-1") if narrow else text.encode("utf-16-le")
    header = record(0x0F9F, struct.pack("<I", kind))
    return header + record(0x0FA8 if narrow else 0x0FA0, data)


def shape(*records: bytes) -> bytes:
    """A box in the drawing of a slide, in a group."""
    return holder(0xF003, holder(0xF004, holder(0xF00D, *records)))


def placeholder(index: int) -> bytes:
    return shape(record(0x0F9E, struct.pack("<i", index)))


def slide(*shapes: bytes, notes: int = 0, hidden: bool = False) -> bytes:
    facts = record(0x03EF, struct.pack("<I8sIIHH", 0, b"", 0, notes, 0, 0), version=2)
    show = record(0x03F9, struct.pack("<IIBBHBBH", 0, 0, 0, 0, 4 * hidden, 0, 0, 0))
    return holder(0x03EE, facts, show, holder(0x040C, holder(0xF002, *shapes)))


def listed(number: int, identity: int, *texts: bytes) -> bytes:
    facts = struct.pack("<IIiII", number, 0, len(texts), identity, 0)
    return record(0x03F3, facts) + b"".join(texts)


def ppt(
    path: Path,
    slides: Sequence[bytes],
    parts: Mapping[int, bytes],
    notes: Sequence[bytes] = (),
    *,
    token: int = 0xE391C05F,
    older: Mapping[int, bytes] | None = None,
) -> Path:
    """A presentation of one edit, or of two: `older` are parts of the first."""
    lists = [holder(0x0FF0, *slides, instance=0), holder(0x0FF0, *notes, instance=2)]
    stream, edit = b"", 0
    for saved in (older, {**parts, 1: holder(0x03E8, *lists)}):
        if saved is None:
            continue
        directory = b""
        for number, part in saved.items():
            directory += struct.pack("<II", 1 << 20 | number, len(stream))
            stream += part
        place = len(stream)
        stream += record(0x1772, directory)
        last, edit = edit, len(stream)
        stream += record(0x0FF5, struct.pack("<IIIIIIHH", 0, 0, last, place, 1, 9, 0, 0))
    user = record(0x0FF6, struct.pack("<III", 20, token, edit))
    return more_samples.ole_of(path, {"Current User": user, "PowerPoint Document": stream})


def test_slides_are_read_in_their_order_with_their_notes(tmp_path: Path) -> None:
    path = ppt(
        tmp_path / "talk.ppt",
        [
            listed(
                7, 256, words(_TITLE, "Harbour plan"), words(_BODY, "Quays\rCranes", narrow=True)
            ),
            listed(5, 257, words(_TITLE, "Costs")),
        ],
        {
            5: slide(shape(words(_OTHER, "Total 4 711 €")), placeholder(0), hidden=True),
            7: slide(placeholder(0), placeholder(1), notes=300),
            9: holder(0x03F0, holder(0xF002, shape(words(_NOTES, "Speak slowly.\rSmile.")))),
        },
        [listed(9, 300)],
    )
    document = parsed(path)
    assert (document.kind, document.page_count) == (DocumentKind.PPT, 2)
    assert document.text.split("\n\n") == [
        "Harbour plan",
        "- Quays",
        "- Cranes",
        "Notes: Speak slowly.\nSmile.",
        "Costs",
        "This slide is hidden.",
        "Total 4 711 €",
    ]
    assert [block.locator.page for block in document.blocks] == [1, 1, 1, 1, 2, 2, 2]
    assert document.blocks[4].kind is BlockKind.HEADING


def test_the_last_edit_counts(tmp_path: Path) -> None:
    path = ppt(
        tmp_path / "a.ppt",
        [listed(5, 256), listed(6, 257)],
        {5: slide(shape(words(_OTHER, "The rent is 900.")))},
        older={
            5: slide(shape(words(_OTHER, "The rent is 800."))),
            6: slide(shape(words(_OTHER, "The deposit is 1,800."))),
        },
    )
    assert parsed(path).text == "The rent is 900.\n\nThe deposit is 1,800."


def test_a_locked_presentation_asks_for_a_copy(tmp_path: Path) -> None:
    path = ppt(tmp_path / "a.ppt", [listed(5, 256)], {5: slide()}, token=0xF3D1C4DF)
    result = parse_file(path)
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.ENCRYPTED


@pytest.mark.parametrize("stream", [b"", b"\xff" * 400, holder(0x03E8, holder(0x0FF0)) * 50])
def test_a_damaged_presentation_is_said_to_be_damaged(tmp_path: Path, stream: bytes) -> None:
    user = record(0x0FF6, struct.pack("<III", 20, 0xE391C05F, 0))
    streams = {"Current User": user, "PowerPoint Document": stream}
    result = parse_file(more_samples.ole_of(tmp_path / "a.ppt", streams))
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.BROKEN


def test_records_within_themselves_without_end_are_bounded(tmp_path: Path) -> None:
    nested = words(_OTHER, "deep")
    for _ in range(3000):
        nested = holder(0xF003, nested)
    path = ppt(tmp_path / "a.ppt", [listed(5, 256, words(_OTHER, "seen"))], {5: slide(nested)})
    assert parsed(path).text == "seen"
