"""Finds the files that a question names: "lease.pdf", "scan_0042", "the file lease"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rag.text.fold import without_accents
from rag.text.question_words import words as words_for

_SHORTEST_STEM = 3
_TOKEN = re.compile(r"[^\W_]+")
_ENDING = re.compile(r"[\w)\]]\.[A-Za-z][A-Za-z0-9]{1,8}\b")
_DATE = re.compile(r"\d\.\d+\.\d")  # in "Minutes 12.03.2024", which has no ending
_ODD_WORD = re.compile(r"\w[-_]\w|[^\W\d_]\d|\d[^\W\d_]")
_QUOTED = re.compile(r"[\"“„«'‘`]([^\"“”„«»'’`]{3,})[\"”“»'’`]")
_MAY_JOIN = re.compile(r"[\s_.\-–]|\s*[-–_]\s*|\s+")
_NAME_WITH_ENDING = re.compile(
    r"(?<![\w.\-])([^\s\"“”„«»‘’'`?!,;:()\[\]/\\]+\.([A-Za-z][A-Za-z0-9]{0,8}))(?![\w\-]|\.\w)"
)
_FOLDERS = re.compile(r"[^\s\"“”„«»'‘’`]*[/\\]$")
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a text without accents, and where it stands."""

    word: str
    start: int
    end: int


class FileMention:
    """The files that a question may name.

    Names are compared word by word, without regard to case, accents, and how words are joined:
    "bank export" is ``bank-export`` and ``Bank_Export``. A name counts with its ending. Without it
    only what could hardly be anything else does: a word with digits, "-" or "_" in it, one in
    quotation marks, or one beside a word for files, such as "file".

    Args:
        question: as the person wrote it.

    Attributes:
        question: in composed characters; offsets count in it.
    """

    def __init__(self, question: str) -> None:
        self.question = unicodedata.normalize("NFC", question)
        self._tokens = _tokens(self.question)
        self._words = frozenset(token.word for token in self._tokens)
        self._quoted = {match.span(1) for match in _QUOTED.finditer(self.question)}

    @property
    def possible(self) -> bool:
        """Whether anything in the question looks like the name of a file."""
        patterns = (_ENDING, _DATE, _ODD_WORD, _QUOTED)
        return bool(self._words & words_for("file")) or any(
            pattern.search(self.question) for pattern in patterns
        )

    def names(self, path: str, *, loosely: bool = False) -> bool:
        """Tells whether the question names the file at `path`.

        Args:
            path: of a file, or of a part of one.
            loosely: a name of several words counts without its ending, too.
        """
        return self.span(path, loosely=loosely) is not None

    def span(self, path: str, *, loosely: bool = False) -> tuple[int, int] | None:
        """Returns where in `question` the file at `path` is named. Takes what `names` takes."""
        *folders, name = _SEPARATORS.split(path)
        if not name.isascii():
            name = unicodedata.normalize("NFC", name)
        tokens = _tokens(name)
        if not tokens or tokens[0].word not in self._words:  # so it is with nearly all
            return None
        for span in self._places(tokens, name):
            if self._is_in(span[0], folders):
                return span
        stem = tokens[:-1] if "." in name else tokens
        if not stem or stem[-1].end - stem[0].start < _SHORTEST_STEM:
            return None
        for span in self._places(stem, name):
            if self._is_certain(span, loosely and len(stem) > 1) and self._is_in(span[0], folders):
                return span
        return None

    def named(self, paths: Iterable[str]) -> list[str]:
        """Returns the files that are named, without those whose names are only parts of others.

        Of files with one name, only those in a folder that the question names, if it names one.
        """
        spans = {path: span for path in paths if (span := self.span(path)) is not None}
        whole = [
            path
            for path, (start, end) in spans.items()
            if not any(
                a <= start and end <= b and (a, b) != (start, end) for a, b in spans.values()
            )
        ]
        return self._in_named_folders(whole, spans.values())

    def unknown(self, endings: Collection[str], paths: Iterable[str]) -> str:
        """Returns a name with an ending that is none of these files; "" if there is none.

        Args:
            endings: in small letters, with their dot.
            paths: of the files that the question names.
        """
        spans = [span for path in paths if (span := self.span(path)) is not None]
        for match in _NAME_WITH_ENDING.finditer(self.question):
            start, end = match.span(1)
            if f".{match[2].lower()}" in endings and not any(
                a < end and start < b for a, b in spans
            ):
                return match[1]
        return ""

    def without(self, paths: Iterable[str]) -> str:
        """Returns the question with the names of these files blanked out."""
        text = self.question
        for path in paths:
            span = self.span(path)
            if span is not None:
                start, end = span
                folders = _FOLDERS.search(self.question[:start])
                start = folders.start() if folders is not None else start
                text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        return text

    def _places(self, tokens: Sequence[_Token], name: str) -> Iterable[tuple[int, int]]:
        """Yields where words of a name stand in the question one after the other."""
        for first in range(len(self._tokens) - len(tokens) + 1):
            beside = self._tokens[first : first + len(tokens)]
            if all(a.word == b.word for a, b in zip(tokens, beside, strict=True)):
                start, end = beside[0].start, beside[-1].end
                if self._is_joined(beside, tokens, name) and self._stands_alone(start, end):
                    yield start, end

    def _is_joined(self, beside: Sequence[_Token], tokens: Sequence[_Token], name: str) -> bool:
        gaps = (
            (self.question[a.end : b.start], name[c.end : d.start])
            for a, b, c, d in zip(beside, beside[1:], tokens, tokens[1:], strict=False)
        )
        return all(gap == own or _MAY_JOIN.fullmatch(gap) for gap, own in gaps)

    def _stands_alone(self, start: int, end: int) -> bool:
        before, behind = self.question[:start], self.question[end:]
        return not re.search(r"[\w.\-]$", before) and not re.match(r"[\w\-]|\.\w", behind)

    def _is_in(self, start: int, folders: Sequence[str]) -> bool:
        """Tells whether the folders written before a name are those of the file."""
        written = _FOLDERS.search(self.question[:start])
        if written is None:
            return True
        parts = [part for part in _SEPARATORS.split(written.group()) if part not in ("", ".", "..")]
        own = [unicodedata.normalize("NFC", folder) for folder in folders[-len(parts) :]]
        return not parts or [*map(without_accents, parts)] == [*map(without_accents, own)]

    def _is_certain(self, span: tuple[int, int], is_phrase: bool) -> bool:
        start, end = span
        if is_phrase or span in self._quoted or _ODD_WORD.search(self.question[start:end]):
            return True
        before = [token for token in self._tokens if token.end <= start]
        if before and before[-1].word in words_for("called"):
            before.pop()
        behind = [token for token in self._tokens if token.start >= end]
        beside = [
            *((token.word, self.question[token.end : start]) for token in before[-1:]),
            *((token.word, self.question[end : token.start]) for token in behind[:1]),
        ]
        nouns = words_for("file")
        return any(word in nouns and not re.search(r"[.,;:!?]", gap) for word, gap in beside)

    def _in_named_folders(self, paths: list[str], spans: Collection[tuple[int, int]]) -> list[str]:
        outside = {
            token.word
            for token in self._tokens
            if not any(start <= token.start < end for start, end in spans)
        }
        folders = {path: set(_SEPARATORS.split(path)[:-1]) for path in paths}
        shared = set.intersection(*folders.values()) if folders else set()
        named = [
            path
            for path in paths
            if any(
                words and words <= outside
                for folder in folders[path] - shared
                if (words := {token.word for token in _tokens(folder)})
            )
        ]
        return named or paths


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(without_accents(match.group()), *match.span()) for match in _TOKEN.finditer(text)
    ]
