"""Replaces findings by placeholders, and restores them.

One `Placeholders` serves all texts of one payload, so that a value has the same placeholder in all
of them: `[NAME_1]`. Another spelling of the value, by case or spacing, has the same number and a
letter, `[NAME_1b]`: the model sees that it is the same value, and the exact spelling is restored.

Text that already looks like a placeholder is replaced as well, by `[TEXT_1]`, so that every
placeholder in a redacted text is ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from string import ascii_lowercase

from app.redaction.finding import Finding, Kind, value_key
from app.redaction.spans import join

# Some models escape the underscore, as in Markdown.
_PLACEHOLDER = re.compile(r"\[[A-Z]{1,16}(?:\\?_[A-Z]{1,16}){0,3}\\?_[0-9]{1,7}[a-z]{0,4}\]")
_LONGEST = 96  # characters of the pattern's longest match, rounded up


class Placeholders:
    """Assigns placeholders to values, and restores them. Not thread-safe."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}  # by exact value
        self._words: dict[str, str] = {}  # by value key: kind and number, for all spellings
        self._spellings: dict[str, int] = {}
        self._counts: dict[Kind, int] = {}
        self._values: dict[str, str] = {}  # by placeholder

    def redact(self, text: str, findings: Iterable[Finding], kept: Collection[str] = ()) -> str:
        """Returns the text with a placeholder for each finding.

        Args:
            text: the text that the findings are in.
            findings: in any order; overlapping ones are joined.
            kept: values to leave unredacted; case and spacing are ignored.
        """
        kept_keys = {value_key(value) for value in kept}
        redacted = [
            finding for finding in join(findings) if value_key(finding.of(text)) not in kept_keys
        ]
        lookalikes = [Finding(*match.span(), Kind.TEXT) for match in _PLACEHOLDER.finditer(text)]
        pieces: list[str] = []
        end = 0
        for finding in join([*redacted, *lookalikes]):
            pieces += (text[end : finding.start], self._placeholder(finding.of(text), finding.kind))
            end = finding.end
        return "".join((*pieces, text[end:]))

    def restore(self, text: str) -> str:
        """Returns the text with each placeholder replaced by its value; unknown ones stay."""
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        return self._values.get(match.group().replace("\\", ""), match.group())

    def _placeholder(self, value: str, kind: Kind) -> str:
        placeholder = self._placeholders.get(value)
        return self._new(value, kind) if placeholder is None else placeholder

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
    """Restores values in a streamed reply, whose pieces may split a placeholder."""

    def __init__(self, placeholders: Placeholders) -> None:
        self._placeholders = placeholders
        self._held = ""

    def push(self, piece: str) -> str:
        """Returns what can be shown by now. Holds back an open bracket until it is closed."""
        text = self._held + piece
        cut = text.rfind("[", max(0, len(text) - _LONGEST))
        if cut < 0 or "]" in text[cut:]:
            cut = len(text)
        self._held = text[cut:]
        return self._placeholders.restore(text[:cut])

    def finish(self) -> str:
        """Returns the held-back text at the end of the reply."""
        rest, self._held = self._held, ""
        return self._placeholders.restore(rest)


def _letters(spelling: int) -> str:
    """Returns "" for the first spelling, then "b", "c" and so on."""
    rest, letters = spelling - 1, ""
    while rest:
        rest, letter = divmod(rest, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return letters
