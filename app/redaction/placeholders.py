"""Replaces what was found by placeholders, and puts it back.

One `Placeholders` serves all texts of one payload, so that a value has the same placeholder in all
of them: `[NAME_1]`. Another spelling of the value, by case or spacing, keeps its number and gets a
letter, `[NAME_1b]`: whoever reads it knows that it is the same, and what is put back is exact.

Words that look like a placeholder already are replaced as well, by `[TEXT_1]`, so that every
placeholder in a redacted text is one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from string import ascii_lowercase

from app.redaction.finding import Finding, Kind, value_key
from app.redaction.spans import join

# Some models put a backslash before an underscore, since Markdown would want one.
_PLACEHOLDER = re.compile(r"\[[A-Z]{1,16}(?:\\?_[A-Z]{1,16}){0,3}\\?_[0-9]{1,7}[a-z]{0,4}\]")
_LONGEST = 96  # characters of the longest that the pattern takes, rounded up


class Placeholders:
    """Gives each value its placeholder, and knows the way back. Of one thread at a time."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}  # by value, spelled as it was
        self._words: dict[str, str] = {}  # by key: kind and number, for all its spellings
        self._spellings: dict[str, int] = {}
        self._counts: dict[Kind, int] = {}
        self._values: dict[str, str] = {}  # by placeholder

    def redact(self, text: str, findings: Iterable[Finding], kept: Collection[str] = ()) -> str:
        """The text with a placeholder for each finding.

        Args:
            text: what the findings are of.
            findings: what to replace, in any order; those that overlap are joined.
            kept: values that stay as they are; case and spacing are ignored.
        """
        stay = {value_key(value) for value in kept}
        wanted = [one for one in join(findings) if value_key(one.of(text)) not in stay]
        looks = [Finding(*found.span(), Kind.TEXT) for found in _PLACEHOLDER.finditer(text)]
        pieces: list[str] = []
        end = 0
        for finding in join([*wanted, *looks]):
            pieces += (text[end : finding.start], self._placeholder(finding.of(text), finding.kind))
            end = finding.end
        return "".join((*pieces, text[end:]))

    def restore(self, text: str) -> str:
        """The text with what each placeholder stands for; those that are not ours stay."""
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        return self._values.get(found.group().replace("\\", ""), found.group())

    def _placeholder(self, value: str, kind: Kind) -> str:
        known = self._placeholders.get(value)
        return self._new(value, kind) if known is None else known

    def _new(self, value: str, kind: Kind) -> str:
        word = self._words.get(value_key(value))
        if word is None:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            word = self._words[value_key(value)] = f"{kind.upper()}_{self._counts[kind]}"
        spelling = self._spellings[word] = self._spellings.get(word, 0) + 1
        placeholder = self._placeholders[value] = f"[{word}{_letters(spelling)}]"
        self._values[placeholder] = value
        return placeholder


class Restorer:
    """Puts values back into a reply that comes in pieces; a placeholder may be cut by them."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._held = ""

    def push(self, piece: str) -> str:
        """What can be shown by now. An open bracket is held until it is clear what it is."""
        text = self._held + piece
        cut = text.rfind("[", max(0, len(text) - _LONGEST))
        if cut < 0 or "]" in text[cut:]:
            cut = len(text)
        self._held = text[cut:]
        return self._placeholders.restore(text[:cut])

    def finish(self) -> str:
        """What was held; the reply is at its end."""
        rest, self._held = self._held, ""
        return self._placeholders.restore(rest)


def _letters(spelling: int) -> str:
    """Nothing for the first spelling, then b, c, and so on: its number, less one, in letters."""
    rest, letters = spelling - 1, ""
    while rest:
        rest, letter = divmod(rest, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return letters
