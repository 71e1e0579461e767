"""Placeholders: the same value everywhere, and exactly what was there comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.redaction.finding import Finding, Kind
from app.redaction.placeholders import Placeholders, Restorer


def found(text: str, *values: tuple[str, Kind]) -> list[Finding]:
    return [
        Finding(text.index(value), text.index(value) + len(value), kind) for value, kind in values
    ]


def test_a_value_has_one_placeholder_in_all_texts() -> None:
    placeholders = Placeholders()
    one, two = "Anna wrote to Ben.", "Ben answered Anna"
    names = ("Anna", Kind.NAME), ("Ben", Kind.NAME)
    assert placeholders.redact(one, found(one, *names)) == "[NAME_1] wrote to [NAME_2]."
    assert placeholders.redact(two, found(two, *names)) == "[NAME_2] answered [NAME_1]"


def test_another_spelling_has_the_same_number_and_comes_back_as_it_was() -> None:
    placeholders = Placeholders()
    text = "Anna Mai, ANNA\nMAI, anna  mai"
    spellings = ["Anna Mai", "ANNA\nMAI", "anna  mai"]
    redacted = placeholders.redact(text, found(text, *((s, Kind.NAME) for s in spellings)))
    assert redacted == "[NAME_1], [NAME_1b], [NAME_1c]"
    assert placeholders.restore(redacted) == text


def test_values_that_are_kept_stay() -> None:
    text = "Anna lives in Bonn"
    findings = found(text, ("Anna", Kind.NAME), ("Bonn", Kind.PLACE))
    assert Placeholders().redact(text, findings, kept=["bonn"]) == "[NAME_1] lives in Bonn"


def test_what_looks_like_a_placeholder_is_not_taken_for_one() -> None:
    placeholders = Placeholders()
    text = "[NAME_1] is not Anna"
    redacted = placeholders.redact(text, found(text, ("Anna", Kind.NAME)))
    assert redacted == "[TEXT_1] is not [NAME_1]"
    assert placeholders.restore(redacted) == text


def test_placeholders_of_others_stay() -> None:
    placeholders = Placeholders()
    placeholders.redact("Anna", [Finding(0, 4, Kind.NAME)])
    assert placeholders.restore("[NAME_2], [NAME_1], [name_1]") == "[NAME_2], Anna, [name_1]"


def test_a_placeholder_escaped_for_markdown_comes_back() -> None:
    placeholders = Placeholders()
    placeholders.redact("1.2.3.4", [Finding(0, 7, Kind.IP_ADDRESS)])
    assert placeholders.restore(r"at [IP\_ADDRESS\_1]") == "at 1.2.3.4"


def test_a_reply_is_not_held_longer_than_needed() -> None:
    placeholders = Placeholders()
    placeholders.redact("Anna", [Finding(0, 4, Kind.NAME)])
    restorer = Restorer(placeholders)
    shown = [restorer.push(piece) for piece in ("Dear [NA", "ME_", "1], see [1]", " and [this")]
    assert [*shown, restorer.finish()] == ["Dear ", "", "Anna, see [1]", " and ", "[this"]


# Brackets, capitals and digits are what placeholders are made of.
texts = st.text(st.sampled_from("[]_1NAMETX b\\ä\n"), max_size=80) | st.text(max_size=80)


@st.composite
def texts_with_findings(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    text = draw(texts)
    place = st.integers(0, len(text))
    ends = draw(st.lists(st.tuples(place, place, st.sampled_from(Kind)), max_size=8))
    return text, [Finding(min(a, b), max(a, b), kind) for a, b, kind in ends]


@given(st.lists(texts_with_findings(), max_size=4), st.lists(texts, max_size=3))
def test_what_was_there_comes_back(
    payload: list[tuple[str, list[Finding]]], kept: list[str]
) -> None:
    placeholders = Placeholders()
    redacted = [placeholders.redact(text, findings, kept) for text, findings in payload]
    assert [placeholders.restore(one) for one in redacted] == [text for text, _ in payload]


@given(texts_with_findings(), st.integers(1, 9))
def test_a_reply_in_pieces_is_the_reply_at_once(
    written: tuple[str, list[Finding]], size: int
) -> None:
    placeholders = Placeholders()
    redacted = placeholders.redact(*written)
    reply = redacted + " [NAME_1] " + redacted[::-1]
    restorer = Restorer(placeholders)
    pieces = [restorer.push(reply[at : at + size]) for at in range(0, len(reply), size)]
    assert "".join([*pieces, restorer.finish()]) == placeholders.restore(reply)
