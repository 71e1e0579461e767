"""Parses subtitles (SRT, WebVTT, SBV, SSA): whole sentences, who speaks and when they begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.text import decode
from rag.parse.source import Source

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_TIMING = re.compile(rf"^[ \t]*({_TIME})[ \t]*(?:-->|,)[ \t]*{_TIME}[^\n]*$", re.MULTILINE)
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
# SubStation Alpha: the section of the lines, which begins with the names of their fields.
_STATION = re.compile(r"^\[(?:Script Info|Events)\]", re.MULTILINE | re.IGNORECASE)
_HEAD = 1_000  # characters
_DIALOGUE = re.compile(r"^(Format|Dialogue):[ \t]*(.*)$", re.MULTILINE | re.IGNORECASE)
_FIELDS = [
    "layer",
    "start",
    "end",
    "style",
    "name",
    "marginl",
    "marginr",
    "marginv",
    "effect",
    "text",
]
_BREAK = re.compile(r"\\[Nnh]")
_ENDS = re.compile(r"[.!?…。！？][\"'”’)\]]*$")  # noqa: RUF001  # as Chinese and Japanese write them
_LONGEST = 400  # characters of a block, for speech without full stops


@dataclass(slots=True)
class _Speech:
    """What is said from a time on, by one person."""

    time: str
    speaker: str
    words: str


def parse(source: Source) -> ParsedDocument:
    """Parses a file of subtitles.

    Raises:
        ParseProblem: it holds none.
    """
    builder = DocumentBuilder()
    for speech in _sentences(decode(source.read())):
        who = f"{speech.speaker}: " if speech.speaker else ""
        builder.add(f"[{speech.time}] {who}{speech.words}")
    if builder.empty:
        raise broken("a file of subtitles")
    return builder.finish(DocumentKind.SUBTITLES, "", source)


def _sentences(text: str) -> Iterator[_Speech]:
    """Joins captions until a sentence ends, or another person speaks."""
    speech: _Speech | None = None
    for caption in _captions(text):
        if speech is None:
            speech = caption
        elif (
            _ENDS.search(speech.words)
            or (caption.speaker and caption.speaker != speech.speaker)
            or len(speech.words) + len(caption.words) > _LONGEST
        ):
            yield speech
            speech = caption
        elif not speech.words.endswith(caption.words):  # captions that roll repeat themselves
            speech.words = f"{speech.words} {caption.words}"
    if speech is not None:
        yield speech


def _captions(text: str) -> Iterator[_Speech]:
    if _STATION.search(text[:_HEAD]):
        yield from _dialogues(text)
        return
    timings = list(_TIMING.finditer(text))
    for timing, following in zip(timings, [*timings[1:], None], strict=True):
        body = text[timing.end() : following.start() if following else len(text)].strip("\n")
        body = re.split(r"\n[ \t]*\n", body, maxsplit=1)[0]  # then a number, a name or a note
        time = re.split(r"[.,]", timing.group(1))[0]
        for part in re.split(r"(?=<v[\s.])|\n(?=- ?\S)", body):
            speaker = _SPEAKER.search(part)
            words = " ".join(unescape(_TAG.sub("", part)).split())
            if words:
                yield _Speech(time, speaker.group(1).strip() if speaker else "", words)


def _dialogues(text: str) -> Iterator[_Speech]:
    """Yields the lines of a SubStation Alpha script, in the order of their times."""
    fields = _FIELDS
    speeches: list[_Speech] = []
    for line in _DIALOGUE.finditer(text):
        if line[1].casefold() == "format":
            names = [name.strip().casefold() for name in line[2].split(",")]
            fields = names if "start" in names and names[-1] == "text" else fields
            continue
        values = [value.strip() for value in line[2].split(",", len(fields) - 1)]
        if len(values) < len(fields):
            continue
        row = dict(zip(fields, values, strict=True))
        words = " ".join(_TAG.sub("", _BREAK.sub(" ", row["text"])).split())
        speaker = row.get("name") or row.get("actor") or ""
        if words:
            speeches.append(_Speech(row["start"].split(".")[0], speaker, words))
    return iter(sorted(speeches, key=lambda speech: _seconds(speech.time)))


def _seconds(time: str) -> int:
    total = 0
    for part in time.split(":"):
        total = total * 60 + (int(part) if part.isascii() and part.isdecimal() else 0)
    return total
