"""Compares the text read from a file with its known content.

A pack is a folder with a ``manifest.jsonl``: a line per file with ``file``, ``expect`` (such as
"ok" for a sound file), ``gold_md`` (a text that another program made of it) and ``note`` (which
may say ``gold text: ...``, words that must be found), and a ``hostile.tar`` with more of its files.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rapidfuzz import fuzz

from rag.parse.document import ParsedDocument

_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKUP = re.compile(r"<!--.*?-->|!\[[^]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]+>", re.DOTALL)
_RECOGNISED_ENOUGH = 80.0  # of 100: a picture's words may lack a letter
_READ = ("text", "partly")
_NO_WORDS = ("no_text", "scanned", "empty")
_REFUSED = ("broken", "unsupported", "too_large", "encrypted", "not_a_file")
_LIMITED = ("too_large", "timeout", "out_of_memory", "unsupported", *_NO_WORDS)
_ALLOWED: dict[str, tuple[str, ...]] = {
    "ok": (*_READ, "unsupported", "no_text"),
    "password": (*_READ, "encrypted"),
    "empty": ("empty",),
    "error": (*_REFUSED, *_NO_WORDS, "partly"),
    "limit": _LIMITED,
    "error_or_partial": (*_REFUSED, *_NO_WORDS, *_READ),
    "error_or_empty": (*_REFUSED, *_NO_WORDS),
    "ok_or_limit": (*_READ, *_LIMITED),
    "ok_or_error": (*_READ, *_REFUSED),
    "ok_or_partial": _READ,
    "ok_or_garbled": _READ,
}


class Item(msgspec.Struct, frozen=True):
    """A line of the manifest."""

    id: str
    file: str
    expect: str
    password: str | None = None
    gold_md: str | None = None
    note: str | None = None

    @property
    def gold_text(self) -> str:
        """Words that must be found; "" if none are given."""
        text = (self.note or "").partition("gold text:")[2]
        return text.partition(" ; ")[0].strip()

    def allows(self, outcome: str) -> bool:
        """Tells whether the manifest expects this outcome.

        A sound file may be of a format that is not read, or a picture without words: what it must
        give is told by its truth. Nothing may raise, hang or end the worker.
        """
        if outcome in ("raised", "hung", "crashed"):
            return False
        return outcome in _ALLOWED.get(self.expect, (outcome,))


def unpack(pack: Path, place: Path) -> None:
    """Puts the files that a pack keeps in an archive into a folder."""
    if (pack / "hostile.tar").exists():
        with tarfile.open(pack / "hostile.tar") as archive:
            archive.extractall(place, filter="data")


def items(pack: Path, unpacked: Path) -> Iterator[tuple[Item, Path]]:
    """Lists the files of a pack with their paths."""
    decoder = msgspec.json.Decoder(Item)
    for line in (pack / "manifest.jsonl").read_bytes().splitlines():
        item = decoder.decode(line)
        path = pack / item.file
        yield item, path if path.exists() else unpacked / item.file.removeprefix("files/")


def whole_text(document: ParsedDocument) -> str:
    """Returns the text of a document and all its parts."""
    parts = [whole_text(part.document) for part in document.parts if part.document is not None]
    return "\n\n".join([document.text, *parts])


def holds(text: str, expected: str, *, recognised: bool) -> bool:
    """Tells whether expected words occur, whatever white space is between them.

    Of a picture (`recognised`), nearly all letters are enough.
    """
    if "".join(expected.split()) in "".join(text.split()):
        return True
    return recognised and fuzz.partial_ratio(expected, text) >= _RECOGNISED_ENOUGH


def words_found(reference: Path, text: str) -> tuple[int, int]:
    """Counts the different words of another program's text: those found too, and all.

    Words are of two letters or more, in any order. That program says the words of a merged cell
    once for each cell and those of a chart's table twice, so how often they occur is not
    compared. Markdown's marks, links and comments are no words.
    """
    gold = _words(_MARKUP.sub(" ", reference.read_text(encoding="utf-8", errors="replace")))
    return len(gold & _words(text)), len(gold)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
