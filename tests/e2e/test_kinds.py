"""Summaries and comparisons through the whole program, with a real small model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chats.store import Turn
from app.events import Answer, AnswerEvent, Summarising
from app.jobs import CancelToken
from app.paths import Paths
from app.services import Services, build_services
from tests.conftest import MODELS, TINY_CHAT_MODEL

EXAMPLES = Path(__file__).parents[2] / "examples"
SUMMARY = "Summarise lease-flat-3"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    made = build_services(Paths(tmp_path_factory.mktemp("kinds"), MODELS), TINY_CHAT_MODEL)
    made.library.add([str(EXAMPLES)])
    made.workers.infer.load()  # its process is this module's, not that of the first test
    yield made
    made.close()


def check_quotes(services: Services, answer: Answer) -> None:
    """Every quote stands in its document, where the citation says."""
    assert answer.citations
    for one in answer.citations:
        text = services.workers.index.document(one.path).document.text
        assert text[one.locator.start : one.locator.end] == one.quote
        assert f"[{one.n}]" in answer.text


def test_a_summary_cites_all_of_a_document_and_a_chat_goes_on(services: Services) -> None:
    events: list[AnswerEvent] = []
    answer = services.answers.ask(SUMMARY, (), events.append)
    check_quotes(services, answer)
    assert "[?]" not in answer.text
    places = [one.locator.start for one in answer.citations]
    (path,) = {one.path for one in answer.citations}
    length = len(services.workers.index.document(path).document.text)
    assert min(places) < length / 3
    assert max(places) > 2 * length / 3
    steps = [event for event in events if isinstance(event, Summarising)]
    assert [event.done for event in steps] == list(range(len(steps)))

    again = services.answers.ask(SUMMARY)
    assert again.text == answer.text
    assert again.timings.completion_tokens == 0

    history = (Turn(1, SUMMARY, answer, 0.0),)
    found = services.answers.ask("What does it say about the deposit?", history)
    assert path in {hit.path for hit in found.nearest}


def test_a_summary_can_be_stopped(services: Services) -> None:
    token = CancelToken()

    def stop(event: AnswerEvent) -> None:
        if isinstance(event, Summarising) and event.done == 1:
            token.cancel()

    answer = services.answers.ask("Summarise the folder office", (), stop, token)
    assert answer.stopped
    assert len({one.path for one in answer.citations}) == 1


def test_a_comparison_cites_both_sides(services: Services) -> None:
    answer = services.answers.ask("Compare the removal quote and minutes-2025-03-04")
    check_quotes(services, answer)
    names = {Path(one.path).name for one in answer.citations}
    assert names == {"removal-quote.eml", "minutes-2025-03-04.docx"}
    assert not answer.abstained
