"""A question, a table, a query that a model wrote: the answer, or the ordinary way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.answering.kinds.passages import PassagesAnswerer
from app.answering.kinds.table import TableAnswerer, computed_answer
from app.answering.packing import Packer
from app.answering.service import AnswerService
from app.events import (
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
)
from app.jobs import CancelToken
from app.presentation import NOT_COMPUTED, present
from app.settings.store import SettingsStore
from bench.tables import Files
from models.errors import InferenceFailed
from models.fakes import FakeChatModel
from rag.formats import DocumentKind
from rag.types import Hit, Locator

QUESTION = "How much do the things that somebody keeps in the study cost in total?"
QUERY = 'SELECT SUM("Price") FROM data WHERE "Room" = \'Study\''


@pytest.fixture
def things(tmp_path: Path) -> str:
    path = tmp_path / "things.csv"
    path.write_text("Item,Room,Price\nLamp,Study,20\nDesk,Study,80\nTable,Kitchen,200\n")
    return str(path)


def test_the_query_is_computed_and_the_table_is_cited(things: str) -> None:
    files, model = Files(), FakeChatModel(QUERY)
    hits = files.hits([things])
    answer = computed_answer(QUESTION, hits, files, model)
    assert answer is not None
    assert answer.text.startswith("Sum of Price: **100** [1]\n\nComputed from 2 of 3 rows")
    assert f"```sql\n{QUERY}\n```" in answer.text
    (citation,) = answer.citations
    assert (citation.path, citation.locator.cells) == (things, "A1:C4")
    text = files.document(things).text
    assert text[citation.locator.start : citation.locator.end] == citation.quote
    assert (answer.model, answer.abstained, answer.nearest) == ("fake", False, tuple(hits))
    assert answer.timings.prompt_tokens


def test_the_model_is_told_of_the_table_and_held_to_the_form(things: str) -> None:
    files, model = Files(), FakeChatModel(QUERY)
    computed_answer(QUESTION, files.hits([things]), files, model)
    ((_, user),) = model.prompts
    assert "\"Room\" text: 'Study', 'Kitchen'" in user.content
    assert user.content.endswith(QUESTION)


@pytest.mark.parametrize(
    ("question", "replies"),
    [
        ("When was the lamp bought?", []),  # no figure is asked for
        ("How many days of notice must be given?", []),  # no column is named
        (QUESTION, ["I cannot tell."]),
        (QUESTION, ['SELECT SUM("Price") FROM data WHERE "Room" = \'Hall\'']),
    ],
)
def test_other_questions_go_the_ordinary_way(
    things: str, question: str, replies: list[str]
) -> None:
    files, model = Files(), FakeChatModel(*replies)
    assert computed_answer(question, files.hits([things]), files, model) is None
    assert len(model.prompts) == len(replies)


def test_a_query_for_something_else_is_not_computed(things: str) -> None:
    files, model = Files(), FakeChatModel('SELECT SUM("Price") FROM data WHERE "Room" = \'Study\'')
    asked = "What did the things that somebody keeps in the study cost on average?"
    answer = computed_answer(asked, files.hits([things]), files, model)
    assert answer is not None
    assert (answer.abstained, answer.text) == (True, NOT_COMPUTED)
    verdict, advice = present(answer).sentences
    assert str(verdict) == NOT_COMPUTED
    assert str(advice).startswith("“things” may have it.")
    model.queue('SELECT AVG("Price") FROM data WHERE "Room" = \'Study\'')
    answer = computed_answer(asked, files.hits([things]), files, model)
    assert answer is not None
    assert "Average of Price: **50**" in answer.text


def test_a_question_in_the_words_of_the_table_needs_no_model(things: str) -> None:
    files, model = Files(), FakeChatModel()
    asked = "What are the mean and the standard deviation of the price?"
    answer = computed_answer(asked, files.hits([things]), files, model)
    assert answer is not None
    assert answer.model == ""
    assert "- Standard deviation of Price (sample): **91.6515**" in answer.text
    assert "- Standard deviation of Price (population): **74.8331**" in answer.text
    assert "no language model took part" in answer.text


def test_a_comparison_is_answered_with_yes_or_no(things: str) -> None:
    files = Files()
    asked = "Is the average price in the study higher than in the kitchen?"
    answer = computed_answer(asked, files.hits([things]), files, FakeChatModel())
    assert answer is not None
    assert answer.text.startswith("No.\n\n2 rows [1]")


def test_a_table_that_was_found_less_well_than_a_text_is_not_asked(things: str) -> None:
    files, model = Files(), FakeChatModel(QUERY)
    (table,) = files.hits([things])
    text = Hit(1, "t", "/t.txt", "t", DocumentKind.TEXT, Locator(0, 4), "text", "", 0.9)
    hits = [text, replace(table, rank=2, score=0.5)]
    assert computed_answer(QUESTION, hits, files, model) is None


def test_a_stopped_question_gives_nothing(things: str) -> None:
    files, model, token = Files(), FakeChatModel(QUERY), CancelToken()
    token.cancel()
    assert computed_answer(QUESTION, files.hits([things]), files, model, token) is None


def test_a_table_that_does_not_fit_the_model_is_left(things: str) -> None:
    files, model = Files(), FakeChatModel(QUERY, context_window=200)
    assert computed_answer(QUESTION, files.hits([things]), files, model) is None


def test_what_goes_wrong_in_the_model_is_told(things: str) -> None:
    files, model = Files(), FakeChatModel(InferenceFailed("It stopped.", "Try again."))
    with pytest.raises(InferenceFailed):
        computed_answer(QUESTION, files.hits([things]), files, model)


def test_a_computed_answer_comes_with_the_events_of_any_other(things: str, tmp_path: Path) -> None:
    files, model = Files(), FakeChatModel(QUERY)
    hits = files.hits([things])
    events: list[AnswerEvent] = []
    packer = Packer(lambda *_: hits)
    answerers = (TableAnswerer(files), PassagesAnswerer(packer))
    service = AnswerService(SettingsStore(tmp_path / "settings.json"), model, packer, answerers)
    answer = service.ask(QUESTION, (), events.append)
    assert answer.text.startswith("Sum of Price: **100**")
    kinds = [Searching, PassagesFound, EvidenceFound, AnswerText, AnswerDone]
    assert [type(event) for event in events] == kinds
    assert answer.timings.total_s >= answer.timings.first_token_s >= answer.timings.retrieve_s > 0


def test_a_follow_up_is_computed_with_what_it_refers_to(things: str) -> None:
    files, model = Files(), FakeChatModel(QUERY)
    meant = "What do the things that somebody keeps in the study cost? And how much?"
    answer = computed_answer(
        "And how much is that?", files.hits([things]), files, model, meant=meant
    )
    assert answer is not None
    assert model.prompts[0][1].content.endswith(
        "What do the things that somebody keeps in the study cost? And how much?"
    )


def test_a_cell_is_looked_up_in_a_short_note_that_is_one_passage(tmp_path: Path) -> None:
    path = tmp_path / "roster.md"
    path.write_text(
        "# Duty roster\n\nThe key hangs in the hall.\n\n| Day | Kitchen | Night |\n|---|---|---|\n"
        "| Monday | Ferran | Tomasz |\n| Tuesday | Ylva | Ferran |\n\nPlease be on time.\n"
    )
    files = Files()
    (hit,) = files.hits([str(path)])
    text = files.document(str(path)).text
    whole = replace(hit, locator=Locator(0, len(text)), text=text)
    answer = computed_answer("Who is on duty on Tuesday night?", [whole], files, None)
    assert answer is not None
    assert answer.text.startswith("Night: **Ferran** [1]")
    assert answer.citations[0].quote.strip("| ") == "Tuesday | Ylva | Ferran"
