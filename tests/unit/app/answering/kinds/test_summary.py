"""Summaries: every section is read and quoted, the rest is kept for the next time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.answering.kinds.answerer import KindAnswerer
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.recognise import SummaryAsked, recognise
from app.answering.kinds.summary import MOST_SECTIONS, Summariser
from app.answering.service import AnswerService
from app.chats.store import Turn
from app.escalation.draft import new_draft
from app.events import (
    Answer,
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    Searching,
    Summarising,
)
from app.jobs import CancelToken
from app.settings.store import Collection, SettingsStore
from models.fakes import FakeChatModel
from models.states import make_drawer, remove_drawers
from rag.answer.summary import MOST_CHARACTERS, are_whole, finished, point, sections
from rag.formats import DocumentKind
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.whole_document import whole_document
from rag.types import Hit, Locator, WholeDocument
from tests.escalations import TEAM
from tests.unit.rag.indexing.test_indexer import Library

LEASE = "The rent of the flat is 900 euro a month."
BOILER = "The boiler in the cellar is serviced every May."


def reply(quote: str, text: str = "") -> str:
    return f'Quote: "{quote}"\nAnswer: {text or quote}'


class Desk:
    """Real documents; a model that says what it is told to say."""

    def __init__(self, folder: Path) -> None:
        self.library = Library(folder)
        self.lease = str(self.library.write("papers/lease.txt", LEASE))
        self.boiler = str(self.library.write("papers/boiler.txt", BOILER))
        self.library.run()
        self.states = folder / "states"
        self.model = FakeChatModel()
        self.events: list[AnswerEvent] = []
        self.settings = SettingsStore(folder / "settings.json")
        self.settings.change(
            collections=(Collection(name="Papers", folders=(str(self.library.files),)),)
        )
        summariser = Summariser(self.whole, self.model, self.states, str.upper)
        self.kinds = KindAnswerer(self, self.settings, summariser)

    def whole(self, path: str) -> WholeDocument:
        document = whole_document(self.library.store, path)
        assert document is not None
        make_drawer(self.states, document.content_hash)
        return document

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        return list_files(self.library.store, which, order, most)

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        return tuple(self.library.retriever.search(query, k, folders))

    def ask(self, question: str, *replies: str, collection: str = "", document: str = "") -> Answer:
        self.model.queue(*replies)
        service = AnswerService(self.search_all, self.model, self.settings, kinds=self.kinds)
        return service.ask(
            question, (), self.events.append, collection=collection, document=document
        )

    def search_all(self, text: str, k: int, _collection: str) -> tuple[Hit, ...]:
        return self.search(text, k)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.library.store.close()


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Summarise the lease.", "lease"),
        ("Please summarize the folder papers", "folder papers"),
        ("Can you sum up my lease document for me?", "lease"),
        ("Give me a short summary of “lease.txt”", "lease.txt"),
        ("Summarise this document", ""),
        ("Summarise these files", ""),
    ],
)
def test_summaries_are_understood(question: str, name: str) -> None:
    assert recognise(question, datetime.now().astimezone()) == SummaryAsked(name)


def test_a_document_is_quoted_and_summed_up(desk: Desk) -> None:
    answer = desk.ask("Summarise the lease", reply(LEASE))
    assert answer.text == f"{LEASE} [1]"
    (citation,) = answer.citations
    assert (citation.path, citation.quote, citation.n) == (desk.lease, LEASE, 1)
    assert [type(event) for event in desk.events] == [
        Searching,
        Summarising,
        EvidenceFound,
        AnswerText,
        AnswerDone,
    ]
    assert answer.timings.prompt_tokens > 0


def test_a_folder_is_summed_up_file_by_file(desk: Desk) -> None:
    overall = f"{LEASE} Birds can fly."
    answer = desk.ask("Summarise the folder papers", reply(BOILER), reply(LEASE), overall)
    assert answer.text == (
        f"{LEASE} [2]\n\n"  # that birds can fly, nothing says
        f"**boiler**\n\n- {BOILER} [1]\n\n**lease**\n\n- {LEASE} [2]"
    )
    assert [citation.path for citation in answer.citations] == [desk.boiler, desk.lease]
    told = [event for event in desk.events if isinstance(event, Summarising)]
    assert [(event.title, event.done, event.total) for event in told] == [
        ("boiler", 0, 2),
        ("lease", 1, 2),
        ("", 2, 2),
    ]
    assert told[0].seconds_left is None
    assert told[1].seconds_left is not None


def test_this_document_and_these_files_are_what_the_chat_is_about(desk: Desk) -> None:
    answer = desk.ask("Summarise this document", reply(LEASE), document=desk.lease)
    assert answer.text == f"{LEASE} [1]"
    answer = desk.ask("Summarise these files", reply(BOILER), "All.", collection="Papers")
    assert {Path(citation.path).name for citation in answer.citations} == {
        "boiler.txt",
        "lease.txt",
    }


def test_what_names_no_document_goes_the_ordinary_way(desk: Desk) -> None:
    assert desk.kinds.try_answer("Summarise the main arguments against the treaty") is None
    assert desk.kinds.try_answer("Summarise this document") is None
    assert not desk.model.prompts


def test_a_section_is_read_once_and_forgotten_with_its_document(desk: Desk) -> None:
    first = desk.ask("Summarise the lease", reply(LEASE))
    again = desk.ask("Summarise the lease")
    assert (again.text, again.citations) == (first.text, first.citations)
    assert len(desk.model.prompts) == 1
    assert len(list(desk.states.rglob("*.summary"))) == 1
    remove_drawers(desk.states, lambda _hash: False)
    assert not list(desk.states.rglob("*.summary"))


def test_what_is_not_in_the_document_is_no_point(desk: Desk) -> None:
    answer = desk.ask("Summarise the lease", reply("The moon is made of green cheese."))
    assert "moon" not in answer.text
    assert not answer.citations
    answer = desk.ask("Summarise the folder papers", reply(BOILER))
    assert answer.text == (
        f"**boiler**\n\n- {BOILER} [1]\n\n"
        "*1 of 2 parts are missing: the model could quote nothing of them.*"
    ).replace("**boiler**\n\n", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("The rent of the flat is 900 euro.", "The rent of the flat is 900 euro. [1]"),
        ("The rent is 900 euro. Birds can fly.", "The rent is 900 euro. [1]"),
        ("The rent of the flat is 950 euro a month.", f"{LEASE} [1]"),
        ("Birds can fly.", f"{LEASE} [1]"),
    ],
)
def test_what_the_section_does_not_say_makes_way_for_its_own_words(
    desk: Desk, text: str, shown: str
) -> None:
    answer = desk.ask("Summarise the lease", reply(LEASE, text))
    assert answer.text == shown
    assert [citation.quote for citation in answer.citations] == [LEASE]


def test_the_same_question_makes_the_same_prompts(desk: Desk) -> None:
    replies = (reply(BOILER), reply(LEASE), LEASE)
    first = desk.ask("Summarise the folder papers", *replies)
    for kept in desk.states.rglob("*.summary"):
        kept.unlink()
    again = desk.ask("Summarise the folder papers", *replies)
    assert again.text == first.text
    assert desk.model.prompts[:3] == desk.model.prompts[3:]


def test_all_of_one_document_is_summed_up_once(desk: Desk) -> None:
    sentences = [f"Rule {n} of the house is about the thing number {n}. " * 8 for n in range(9)]
    house = str(desk.library.write("papers/house.txt", "\n\n".join(sentences)))
    desk.library.run()
    quotes = [reply(text.split(". ")[0] + ".") for text in sentences]
    first = desk.ask("Summarise this document", *quotes, document=house)
    asked = len(desk.model.prompts)
    again = desk.ask("Summarise this document", document=house)
    assert asked > 2
    assert len(desk.model.prompts) == asked
    assert again.text == first.text


def test_figures_are_not_mixed_up(desk: Desk) -> None:
    said = "Your excess is 300 euros, so that we shall pay 1,075 euros in May."
    path = str(desk.library.write("papers/claim.txt", said))
    desk.library.run()
    wrong = "We shall pay the excess of 300 euros in May."
    answer = desk.ask("Summarise this document", reply(said, wrong), document=path)
    assert answer.text == f"{said} [1]"


def test_the_head_of_a_mail_is_no_section_of_its_own() -> None:
    head = "From: Edda <edda@house.example>\nTo: Hanna\nDate: 28 Oct 2024 (09:12)\n\n"
    text = head + "The boiler is serviced on Thursday. " * 3
    hit = Hit(1, "c", "/a.eml", "A", DocumentKind.EMAIL, Locator(0, len(text)), text, "", 0.0)
    found = sections([hit], MOST_SECTIONS)
    assert "serviced" in found[0][0].text
    assert are_whole(found, [hit])


def test_only_telling_sentences_can_be_quoted() -> None:
    text = (
        "Payment\n\nThe rent of 900 euro is paid on the third day of each month. See below. "
        "Who pays the rent late owes interest on the rent. The rent includes, among others,\n\n"
        "- water"
    )
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 0.0)
    (section,) = sections([hit], MOST_SECTIONS)
    pack = point(section, "a1b2c3", lambda _pack: True)
    assert '"The rent of 900 euro is paid on the third day of each month."' in pack.grammar
    for other in ("Payment", "See below.", "among others"):
        assert other not in pack.grammar


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The rent is 900 euro. It is paid on", "The rent is 900 euro."),
        ("Rent: 900 euro", "Rent: 900 euro"),
        ('"The rent is 900 euro."', "The rent is 900 euro."),
        ("many words " * 40, ("many words " * 40).rpartition(" ")[0].rpartition(" ")[0] + " …"),
        ("", ""),
    ],
)
def test_what_was_not_written_to_its_end_is_left_out(written: str, shown: str) -> None:
    assert finished(written) == shown


def test_words_of_a_document_stay_as_they_are_in_one_line() -> None:
    text = "- # Pay **now** [7] at ![here](https://bank.example)\n`today` [2]."
    assert in_one_line(text) == "Pay **now** [7] at ![here](https://bank.example) `today` [2]."
    assert in_one_line("- 5 °C at night") == "- 5 °C at night"


def test_a_summary_rests_on_all_that_was_read(desk: Desk) -> None:
    answer = desk.ask("Summarise the lease", reply(LEASE))
    assert [(hit.path, hit.text) for hit in answer.nearest] == [(desk.lease, "")]
    made = new_draft(Turn(1, "Summarise the lease", answer, 0.0), (), TEAM)
    assert [excerpt.text for excerpt in made.excerpts] == [LEASE]


def test_stop_keeps_what_was_summarised(desk: Desk) -> None:
    token = CancelToken()

    def stop_at_second(event: AnswerEvent) -> None:
        if isinstance(event, Summarising) and event.done == 1:
            token.cancel()

    desk.model.queue(reply(BOILER), reply(LEASE))
    answer = desk.kinds.try_answer("Summarise the folder papers", "", "", stop_at_second, token)
    assert answer is not None
    assert answer.stopped
    assert answer.text == f"{BOILER} [1]"


def passages(count: int, characters: int) -> list[Hit]:
    text = ("A sentence about something. " * (characters // 28 + 1))[:characters]
    place = Locator(0, characters)
    return [
        Hit(n, f"c{n}", "/a.txt", "A", DocumentKind.TEXT, place, text, "", 0.0)
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 3, 10, 40, 200, 5000])
def test_sections_cover_all_of_a_document_in_bounded_time(count: int) -> None:
    hits = passages(count, 900)
    found = sections(hits, MOST_SECTIONS)
    assert 1 <= len(found) <= MOST_SECTIONS
    sizes = [sum(len(part.text) for part in section) for section in found]
    assert max(sizes) <= 1.5 * MOST_CHARACTERS
    assert found[0][0].hit is hits[0]
    assert found[-1][-1].hit.rank >= count * 0.9 - 1
    if count <= 40:
        assert are_whole(found, hits)
        text = "".join(part.text for section in found for part in section)
        assert "".join(text.split()) == "".join(hit.text for hit in hits).replace(" ", "")
    else:
        assert not are_whole(found, hits)


@pytest.mark.parametrize(("characters", "points"), [(400, 3), (1000, 4), (4000, 7), (40_000, 12)])
def test_a_longer_document_gets_more_points(characters: int, points: int) -> None:
    assert len(sections(passages(max(1, characters // 900), min(characters, 900)), 12)) == points
