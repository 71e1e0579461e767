"""From a question to a cited answer, with a scripted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.answering.chat_messages import messages_of
from app.answering.context import AnswerContext, Understanding
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.marker import Marker
from app.answering.packing import Packer
from app.answering.run import AnswerRun
from app.answering.service import MAX_QUESTION_CHARACTERS, AnswerService
from app.answering.talks import Talks
from app.chats.store import Turn
from app.errors import NothingIndexed, QuestionEmpty, QuestionTooLong
from app.events import (
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
)
from app.jobs import CancelToken
from app.presentation import NOT_SAID
from app.settings.store import SettingsStore
from models.catalog import load_catalog
from models.chat import Message
from models.errors import InferenceFailed, WroteNothing
from models.fakes import FakeChatModel
from rag.answer.prompt import PastTurn
from rag.answer.question import Question
from rag.formats import DocumentKind
from rag.types import Hit, Locator

TEXT = "The notice period is three months. The deposit is 2,400 euro."
HIT = Hit(
    1, "c1", "/lease.pdf", "Lease", DocumentKind.PDF, Locator(0, len(TEXT), page=2), TEXT, "", 0.9
)
REPLY = 'Quote: "The notice period is three months."\nFound: yes\nAnswer: It is three months.'


def hash_of(model_id: str) -> str:
    """The hash of a model of the catalogue; of any other, a hash that nobody knows."""
    entry = load_catalog().find(model_id)
    return entry.sha256 if entry else "0" * 64


def serving(packer: Packer, model: FakeChatModel, settings: SettingsStore) -> AnswerService:
    """A service that answers from passages alone."""
    return AnswerService(settings, model, packer, (PassagesAnswerer(packer),))


class Desk:
    """An answer service over one passage; notes what was searched for."""

    def __init__(self, folder: Path, *answers: str | Exception, hits: tuple[Hit, ...] = (HIT,)):
        self.searched: list[tuple[str, int]] = []
        self.model = FakeChatModel(*answers)
        self._hits = hits
        self.settings = SettingsStore(folder / "settings.json")
        self.gone: set[str] = set()
        talks = Talks(lambda passages, _: set(passages) - self.gone)
        packer = Packer(self.search, marker=Marker(folder / "key"), talks=talks)
        self.service = serving(packer, self.model, self.settings)

    def search(self, text: str, k: int, _folders: Sequence[str]) -> tuple[Hit, ...]:
        self.searched.append((text, k))
        return self._hits


def test_events_tell_the_story_in_order(tmp_path: Path) -> None:
    events: list[AnswerEvent] = []
    answer = Desk(tmp_path, REPLY).service.ask("How long is the notice period?", (), events.append)
    assert [type(event) for event in events if not isinstance(event, AnswerText)] == [
        Searching,
        PassagesFound,
        EvidenceFound,
        AnswerDone,
    ]
    streamed = "".join(event.text for event in events if isinstance(event, AnswerText))
    assert streamed == "It is three months."
    assert answer.text == "It is three months. [1]"
    assert answer.citations[0].quote == "The notice period is three months."
    assert not answer.abstained
    assert 0 < answer.timings.first_token_s <= answer.timings.total_s
    assert answer.timings.prompt_tokens > 0


@pytest.mark.parametrize(
    "reply",
    [
        'Quote: "The deposit is 2,400 euro."\nFound: no',
        'Quote: "The landlord is kind to all."\nFound: yes\nAnswer: Kind.',
        "The model says something else altogether.",
        'Quote: "The deposit is 2,400 euro."\nFound: yes\nAnswer: Michelangelo did, alone.',
        'Quote: "The deposit is 2,400 euro."\nFound: yes\nAnswer: The passages do not say.',
    ],
)
def test_without_a_verified_quote_it_says_so_and_shows_the_nearest(
    tmp_path: Path, reply: str
) -> None:
    answer = Desk(tmp_path, reply).service.ask("Who painted the ceiling?")
    assert answer.abstained
    assert answer.text == NOT_SAID
    assert not answer.citations
    assert answer.nearest == (HIT,)


def test_an_answer_without_a_full_stop_is_an_answer(tmp_path: Path) -> None:
    reply = REPLY.replace("It is three months.", "three months")
    answer = Desk(tmp_path, reply).service.ask("How long is the notice period?")
    assert answer.text == "three months [1]"
    assert not answer.abstained


def test_an_answer_that_misstates_its_quote_is_replaced_by_it(tmp_path: Path) -> None:
    reply = REPLY.replace("It is three months.", "The notice period is six months.")
    answer = Desk(tmp_path, reply).service.ask("How long is the notice period?")
    assert answer.text == "The notice period is three months. [1]"
    assert not answer.abstained


def test_where_it_abstains_it_says_what_the_nearest_passage_is_about(tmp_path: Path) -> None:
    other = replace(HIT, chunk_id="c0", text="Pets are welcome in the house.")
    desk = Desk(tmp_path, 'Quote: "The deposit is 2,400 euro."\nFound: no', hits=(other, HIT))
    answer = desk.service.ask("When is the deposit back?")
    assert answer.abstained
    assert answer.shared == "deposit"
    assert [hit.chunk_id for hit in answer.nearest] == ["c1", "c0"]


JUDGED = "qwen2.5-coder-1.5b-instruct-q4_k_m"


def judged(
    tmp_path: Path, *answers: str, sha256: str = hash_of(JUDGED)
) -> tuple[Desk, FakeChatModel]:
    """A desk whose model is asked for its judgement before it answers."""
    desk = Desk(tmp_path)
    desk.model = FakeChatModel(*answers, model_id=JUDGED, sha256=sha256)
    desk.service = serving(Packer(desk.search), desk.model, desk.settings)
    return desk, desk.model


def test_what_the_passages_do_not_answer_in_the_models_judgement_is_not_written(
    tmp_path: Path,
) -> None:
    events: list[AnswerEvent] = []
    desk, model = judged(tmp_path, "no", REPLY)
    answer = desk.service.ask("How long is the notice?", (), events.append)
    assert (answer.text, answer.abstained, answer.stopped) == (NOT_SAID, True, False)
    assert answer.nearest == (HIT,)
    assert answer.timings.completion_tokens == 0
    assert [type(event) for event in events] == [Searching, PassagesFound, AnswerDone]
    assert len(model.prompts) == 1


def test_a_reply_goes_on_where_the_judgement_began(tmp_path: Path) -> None:
    desk, model = judged(tmp_path, "yes", REPLY)
    answer = desk.service.ask("How long is the notice?")
    assert answer.text == "It is three months. [1]"
    judgement, reply = map(contents, model.prompts)
    assert judgement[:-1] == reply[:-1]
    assert judgement[-1].startswith(reply[-1])
    assert judgement[-1] != reply[-1]


def test_a_model_of_a_known_name_and_other_weights_is_not_asked_to_judge(tmp_path: Path) -> None:
    desk, model = judged(tmp_path, REPLY, sha256=hash_of("somebody else's"))
    assert not desk.service.ask("How long is the notice?").abstained
    assert len(model.prompts) == 1


def test_who_stops_during_the_judgement_gets_no_verdict(tmp_path: Path) -> None:
    token = CancelToken()

    def stop(event: AnswerEvent) -> None:
        if isinstance(event, PassagesFound):
            token.cancel()

    desk, _ = judged(tmp_path, "no", REPLY)
    answer = desk.service.ask("How long is the notice?", (), stop, token)
    assert answer.stopped
    assert (answer.text, answer.citations, answer.abstained) == ("", (), False)


def test_a_source_about_another_year_is_no_answer_and_none_is_shown(tmp_path: Path) -> None:
    text = "In 2019 the rent was 900 euro. The deposit is 2,400 euro."
    hit = replace(HIT, text=text, locator=Locator(0, len(text), page=2))
    reply = 'Quote: "In 2019 the rent was 900 euro."\nFound: yes\nAnswer: It was 900 euro.'
    events: list[AnswerEvent] = []
    desk = Desk(tmp_path, reply, reply, hits=(hit, replace(hit, chunk_id="c2", text="Year 2021.")))
    answer = desk.service.ask("What was the rent in 2021?", (), events.append)
    assert answer.abstained
    assert answer.nearest[0].text == text
    assert not any(isinstance(event, AnswerText) for event in events)
    assert not desk.service.ask("What was the rent in 2019?").abstained


def test_who_is_asked_for_and_only_hears_the_question_again_hears_nothing(tmp_path: Path) -> None:
    text = "The transformation of Billy Batson is told in the second chapter of the book."
    hit = replace(HIT, text=text, locator=Locator(0, len(text), page=2))
    reply = f'Quote: "{text}"\nFound: yes\nAnswer: Billy Batson plays Billy Batson.'
    desk = Desk(tmp_path, reply, hits=(hit,))
    assert desk.service.ask("Who plays Billy Batson in the book?").abstained


def test_what_nothing_mentions_is_told_without_asking_the_model(tmp_path: Path) -> None:
    events: list[AnswerEvent] = []
    desk = Desk(tmp_path)
    answer = desk.service.ask("What is the notice period of Kowalski?", (), events.append)
    assert answer.text == NOT_SAID
    assert answer.unmentioned == "Kowalski"
    assert answer.nearest == (HIT,)
    assert [type(event) for event in events] == [Searching, PassagesFound, AnswerDone]
    assert desk.model.prompts == []


QUOTED = 'Quote: "The notice period is three months."\n'


@pytest.mark.parametrize(
    ("model", "reply", "answered"),
    [
        ("smollm2-135m-instruct-q4_1", QUOTED, True),
        ("qwen2.5-coder-0.5b-instruct-q4_k_m", f"{QUOTED}Found: yes\n", True),
        ("qwen2.5-coder-0.5b-instruct-q4_k_m", f"{QUOTED}Found: no", False),
    ],
)
def test_a_very_small_model_only_points_to_the_answer(
    tmp_path: Path, model: str, reply: str, answered: bool
) -> None:
    desk = Desk(tmp_path)
    desk.model = FakeChatModel(reply, model_id="renamed", sha256=hash_of(model))
    service = serving(Packer(desk.search), desk.model, desk.settings)
    events: list[AnswerEvent] = []
    answer = service.ask("How long is the notice period?", (), events.append)
    told = "".join(event.text for event in events if isinstance(event, AnswerText))
    assert told == ("The notice period is three months." if answered else "")
    assert answer.text == (f"{told} [1]" if answered else NOT_SAID)


@pytest.mark.parametrize("reply", ["", " \n"])
def test_a_model_that_writes_nothing_says_nothing_about_the_documents(
    tmp_path: Path, reply: str
) -> None:
    events: list[AnswerEvent] = []
    with pytest.raises(WroteNothing, match="wrote nothing"):
        Desk(tmp_path, reply).service.ask("How long is the notice?", (), events.append)
    assert not any(isinstance(event, AnswerDone) for event in events)


def test_the_settings_and_the_caller_say_how_many_passages(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY, REPLY)
    desk.settings.change(passages=3)
    desk.service.ask("How long is it?")
    desk.service.ask("How long is it?", passages=7)
    assert [k for _, k in desk.searched] == [6, 14]


def test_a_follow_up_is_searched_and_told_with_what_came_before(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY, REPLY)
    first = desk.service.ask("What is the notice period?")
    after = Desk(tmp_path, REPLY)  # a restart
    history = (Turn(1, "What is the notice period?", first, 0.0),)
    after.service.ask("Must it be in writing?", history)
    assert "notice period" in after.searched[0][0]
    told = contents(after.model.prompts[0])
    assert "What is the notice period?" in told
    assert "It is three months." in told


PAST = "What is the notice period?"
ELSEWHERE = replace(HIT, chunk_id="c2", text="The landlord is Ada Byron.", score=0.9)


class Shelf:
    """A packer over passages that each wording finds by itself; notes the wordings."""

    def __init__(self, alone: Sequence[Hit], standing: Sequence[Hit]) -> None:
        self.searched: list[str] = []
        self._alone, self._standing = alone, standing

    def search(self, text: str, _k: int, _folders: Sequence[str]) -> Sequence[Hit]:
        self.searched.append(text)
        return self._standing if "notice period" in text else self._alone

    def ask(self, question: str) -> tuple[Hit, ...]:
        history = (PastTurn(PAST, "It is three months."),)
        return Packer(self.search).find(AnswerContext(question, FakeChatModel(), history)).hits


def test_a_follow_up_finds_what_its_own_words_say_elsewhere() -> None:
    low = replace(ELSEWHERE, rank=2, score=0.8)
    shelf = Shelf(alone=(ELSEWHERE,), standing=(HIT, low))
    hits = shelf.ask("Which landlord in Vienna accepts it by letter?")
    assert len(shelf.searched) == 2
    assert [(hit.rank, hit.text) for hit in hits] == [(1, ELSEWHERE.text), (2, TEXT)]
    assert hits[0].score < 0.9  # the mean of both


def test_the_words_of_the_chat_count_as_much_as_those_of_a_follow_up() -> None:
    low, lower = replace(ELSEWHERE, rank=2, score=0.3), replace(ELSEWHERE, score=0.4)
    shelf = Shelf(alone=(lower,), standing=(replace(HIT, score=0.9), low))
    assert [hit.text for hit in shelf.ask("Who wrote it?")] == [TEXT, ELSEWHERE.text]
    assert len(shelf.searched) == 2


@pytest.mark.parametrize("question", ["And when?", "Why?", "Is it?"])
def test_a_follow_up_without_words_of_its_own_is_searched_with_the_chat_alone(
    question: str,
) -> None:
    shelf = Shelf(alone=(ELSEWHERE,), standing=(HIT,))
    assert shelf.ask(question) == (HIT,)
    assert len(shelf.searched) == 1


def test_a_copy_that_the_other_wording_finds_is_not_read_twice() -> None:
    copy = replace(HIT, chunk_id="c9", path="/copy.pdf")
    hits = Shelf(alone=(copy,), standing=(HIT,)).ask("Which landlord accepts it by letter?")
    assert [hit.path for hit in hits] == [HIT.path]


def test_a_question_that_stands_alone_is_searched_once() -> None:
    shelf = Shelf(alone=(ELSEWHERE,), standing=(HIT,))
    assert shelf.ask("Who is the landlord of the house in Vienna?") == (ELSEWHERE,)
    assert len(shelf.searched) == 1


def contents(messages: Sequence[Message]) -> list[str]:
    return [message.content for message in messages]


def test_the_next_question_goes_on_where_the_model_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY, REPLY)
    question = "What is the notice period?"
    history = (Turn(1, question, desk.service.ask(question), 0.0),)
    desk.service.read_ahead(history)
    answer = desk.service.ask("Must it be in writing?", history)
    first, second = map(contents, desk.model.prompts)
    assert second[:3] == [*first, REPLY]
    assert contents(desk.model.primed[-1]) == [*second[:3], ""]
    assert TEXT not in second[3]  # it was read
    assert "Must it be in writing?" in second[3]
    assert answer.citations[0].quote == "The notice period is three months."


def test_what_left_the_library_is_not_read_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY, REPLY)
    question = "What is the notice period?"
    first = desk.service.ask(question)
    desk.gone = {"c1"}
    desk.service.ask("Must it be in writing?", (Turn(1, question, first, 0.0),))
    assert contents(desk.model.prompts[1])[1:3] == [question, "It is three months."]


def test_another_collection_begins_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY, REPLY)
    question = "What is the notice period?"
    first = desk.service.ask(question)
    history = (Turn(1, question, first, 0.0),)
    desk.service.ask("Must it be in writing?", history, collection="Home")
    assert REPLY not in contents(desk.model.prompts[1])


def test_the_same_question_makes_the_same_prompt_also_after_a_restart(tmp_path: Path) -> None:
    desk, other = Desk(tmp_path, REPLY), Desk(tmp_path, REPLY)
    for one in (desk, other):
        one.service.ask("What is the notice period?")
    assert desk.model.prompts == other.model.prompts


def test_a_document_cannot_know_the_marker_that_begins_the_next_passage(tmp_path: Path) -> None:
    markers = {Marker(tmp_path / str(number))() for number in range(20)}
    assert len(markers) == 20
    assert oct((tmp_path / "0").stat().st_mode).endswith("600")


def test_stop_keeps_what_had_arrived(tmp_path: Path) -> None:
    token = CancelToken()

    def stop_at_text(event: AnswerEvent) -> None:
        if isinstance(event, AnswerText):
            token.cancel()

    reply = f"{REPLY} That is a long time."
    answer = Desk(tmp_path, reply).service.ask("How long is it?", (), stop_at_text, token)
    assert answer.stopped
    assert not answer.abstained
    assert answer.citations
    assert answer.text.startswith("It is three months. [1]")
    assert "a long time." not in answer.text


def test_an_answer_that_has_no_more_tokens_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"{REPLY}{' It is three months.' * 30}", REPLY)
    desk.settings.change(answer_tokens=64)
    assert desk.service.ask("How long is the notice period?").cut
    assert not desk.service.ask("How long is the notice period?").cut


def test_questions_that_cannot_be_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(QuestionEmpty):
        desk.service.ask("  \n ")
    with pytest.raises(QuestionTooLong, match="100,000"):
        desk.service.ask("x" * 100_000)
    assert not desk.searched


def test_the_longest_question_is_still_answered(tmp_path: Path) -> None:
    desk = Desk(tmp_path, REPLY)
    desk.service.ask("seven… " * (MAX_QUESTION_CHARACTERS // 7))
    assert desk.searched


def test_an_empty_library_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(NothingIndexed, match="Add a folder"):
        Desk(tmp_path, hits=()).service.ask("How long is it?")


def test_what_the_model_raises_reaches_the_caller(tmp_path: Path) -> None:
    with pytest.raises(InferenceFailed):
        Desk(tmp_path, InferenceFailed("The model stopped.")).service.ask("How long is it?")


class Counting(FakeChatModel):
    """Notes how long the prompts are that are measured."""

    def __init__(self, context_window: int) -> None:
        super().__init__(context_window=context_window)
        self.measured: list[int] = []

    def count_tokens(self, messages: Sequence[Message]) -> int:
        self.measured.append(super().count_tokens(messages))
        return self.measured[-1]


@pytest.mark.parametrize("window", [100, 200, 300, 4000])
def test_a_prompt_fits_and_each_is_measured_once(window: int) -> None:
    text = " ".join(f"The notice period of flat {n} is {n} months." for n in range(80))
    hit = replace(HIT, text=text, locator=Locator(0, len(text), page=2))
    model = Counting(window)
    context = AnswerContext("How long is the notice period?", model, answer_tokens=64)
    packer = Packer(lambda *_: (hit,))
    found = packer.find(context)
    assert model.measured == []  # it may have to load, and passages are shown before
    pack = packer.pack(found, context.budget)
    assert model.measured == sorted(set(model.measured), reverse=True)
    assert FakeChatModel().count_tokens(messages_of(pack)) == model.measured[-1]
    fits = model.measured[-1] <= context.budget.tokens == window - 64
    assert fits is (window > 100)  # the shortest goes all the same: the model says what is wrong


def test_an_answer_from_files_of_one_name_names_their_folders(tmp_path: Path) -> None:
    model = FakeChatModel(REPLY)
    searched: list[Sequence[str]] = []

    def search(_text: str, _k: int, places: Sequence[str]) -> tuple[Hit, ...]:
        searched.append(places)
        return (HIT,)

    packer = Packer(search, marker=Marker(tmp_path / "key"))
    paths = ("/docs/home/lease.pdf", "/docs/work/Lease.pdf")
    asked = "How long is the notice period?"
    context = AnswerContext(asked, model, understood=Understanding(Question(asked), paths))
    run = AnswerRun(packer.find, lambda _event: None, CancelToken())
    answer = PassagesAnswerer(packer).answer(context, run)
    assert searched == [paths]
    assert answer.text.endswith(
        "\n\n2 files are called `lease.pdf`: in `docs/home`, in `docs/work`."
    )
