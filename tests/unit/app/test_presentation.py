"""What is said where there is no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.events import Answer, Timings
from app.presentation import NOT_SAID, present
from rag.formats import DocumentKind
from rag.types import Hit, Locator

HIT = Hit(
    1, "c", "/a/lease.pdf", "Lease", DocumentKind.PDF, Locator(0, 9, page=2), "The {1}.", "", 0.9
)


def _abstained(hit: Hit, shared: str) -> Answer:
    return Answer(NOT_SAID, (), True, (hit,), "", Timings(), shared=shared)


@pytest.mark.parametrize(
    ("hit", "place"),
    [
        (HIT, "lease.pdf, page 2,"),
        (replace(HIT, kind=DocumentKind.PPTX), "lease.pdf, slide 2,"),
        (replace(HIT, locator=Locator(0, 9)), "lease.pdf"),
        (replace(HIT, path="/a/{1}.pdf"), "{1}.pdf, page 2,"),
    ],
)
def test_what_the_nearest_passage_is_about_is_said(hit: Hit, place: str) -> None:
    presented = present(_abstained(hit, "deposit"))
    assert str(presented.verdict) == NOT_SAID
    assert str(presented.advice) == f"{place} speaks of “deposit”, but does not say what you ask."


def test_where_nothing_is_about_it_only_that_is_said() -> None:
    assert str(present(_abstained(HIT, "")).advice).startswith("No answer was found")
