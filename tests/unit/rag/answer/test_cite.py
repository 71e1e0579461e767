"""Quotes are held against the documents; markers name sources or go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.cite import AnswerReader, DraftAnswer
from rag.answer.form import ANSWERS
from rag.answer.quote_search import find_quote
from rag.formats import DocumentKind
from rag.text.sentences import sentences
from rag.types import Citation, Hit, Locator

LEASE = (
    "Either party may end the lease. The notice period is three months to the end of a month.\n"
    "Notice must be given in writing."
)
WARRANTY = "The machine has a warranty of two years. It cost €499 (with delivery)."


def hit(text: str, number: int, start: int = 0) -> Hit:
    locator = Locator(start, start + len(text), page=number)
    kind = DocumentKind.PDF
    return Hit(number, f"chunk-{number}", f"/{number}.pdf", "Title", kind, locator, text, "", 1.0)


HITS = (hit(LEASE, 1, start=100), hit(WARRANTY, 2))


def reply(*quotes: str, answer: str | None) -> str:
    lines = "".join(f'Quote: "{quote}"\n' for quote in quotes)
    verdict = "no" if answer is None else f"yes\nAnswer: {answer}"
    return f"{lines}Found: {verdict}"


def read(text: str, step: int = 7) -> tuple[list[Citation], str, DraftAnswer]:
    reader = AnswerReader(HITS)
    citations: list[Citation] = []
    streamed = ""
    for start in range(0, len(text), step):
        found, new = reader.push(text[start : start + step])
        citations += found
        streamed += new
    return citations, streamed, reader.finish()


def test_a_quote_becomes_a_citation_before_the_answer() -> None:
    quote = "The notice period is three months to the end of a month."
    citations, streamed, draft = read(reply(quote, answer="Three months."))
    assert [c.quote for c in citations] == [quote]
    assert citations[0].locator.page == 1
    assert citations[0].locator.start == 100 + LEASE.index(quote)
    assert streamed == "Three months."
    assert draft.text == "Three months. [1]"
    assert draft.answered


@pytest.mark.parametrize(
    ("written", "verbatim"),
    [
        ("the NOTICE period is  three months to the end of a month", "The notice period is"),
        ("end of a month. Notice must be given in writing.", "end of a month.\nNotice must"),
        ("It cost €499 (with delivery)", "It cost €499 (with delivery)."),
        ("The notice periode is three month to the end of a month", "notice period is three"),
    ],
)
def test_quotes_are_replaced_by_the_documents_own_words(written: str, verbatim: str) -> None:
    citation = find_quote(written, HITS)
    assert citation is not None
    assert verbatim in citation.quote
    source = HITS[0] if citation.path == "/1.pdf" else HITS[1]
    begin = citation.locator.start - source.locator.start
    assert source.text[begin : begin + len(citation.quote)] == citation.quote


def test_a_word_or_two_is_widened_to_its_sentence() -> None:
    citation = find_quote("three months", HITS)
    assert citation is not None
    assert citation.quote == "The notice period is three months to the end of a month."


def test_a_quote_is_found_in_whichever_passage_it_stands() -> None:
    citations, _, _ = read(reply("a warranty of two years", answer="Two years."))
    assert [c.path for c in citations] == ["/2.pdf"]


def test_invented_quotes_are_dropped_and_nothing_is_answered() -> None:
    citations, _, draft = read(reply("The rent is 900 euro a month.", answer="900 euro."))
    assert not citations
    assert draft.dropped == 1
    assert not draft.answered


def test_no_is_no_answer_whatever_was_quoted() -> None:
    _, streamed, draft = read(reply("a warranty of two years", answer=None))
    assert not draft.answered
    assert not streamed


def test_the_same_words_are_cited_once() -> None:
    text = reply("The notice period is three months", "three months", answer="Three.")
    citations, _, _ = read(text)
    assert len(citations) == 1


def test_each_sentence_gets_the_source_that_supports_it() -> None:
    text = reply(
        "The notice period is three months to the end of a month.",
        "The machine has a warranty of two years.",
        answer="The notice period is three months. The warranty of the machine is two years.",
    )
    _, _, draft = read(text)
    assert draft.text == (
        "The notice period is three months. [1] The warranty of the machine is two years. [2]"
    )


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        (
            "How has the warranty of the machine changed?",
            "The warranty of the machine has changed.",
            "The machine has a warranty of two years. [1]",
        ),
        (
            "Which has a warranty, the lease or the machine?",
            "The machine.",
            "The machine. [1]",
        ),
        (
            "Does the machine have a warranty?",
            "The machine has a warranty.",
            "The machine has a warranty. [1] The machine has a warranty of two years. [1]",
        ),
    ],
)
def test_where_the_answer_only_repeats_the_question_the_quote_is_the_answer(
    question: str, answer: str, text: str
) -> None:
    reader = AnswerReader(HITS, question)
    reader.push(reply("The machine has a warranty of two years.", answer=answer))
    assert reader.finish().text == text


NOTICE = "The notice period is three months to the end of a month."
WRITING = "Notice must be given in writing."


def test_of_several_quotes_those_that_the_answer_leaves_out_are_told() -> None:
    question = "How is the lease ended?"

    def told(*quotes: str, answer: str) -> DraftAnswer:
        reader = AnswerReader(HITS, question)
        reader.push(reply(*quotes, answer=answer))
        return reader.finish()

    short = told(NOTICE, WRITING, answer="The notice period is three months.")
    assert short.text == f"The notice period is three months. [1] {WRITING} [2]"
    assert [one.quote for one in short.citations] == [NOTICE, WRITING]
    whole = told(NOTICE, WRITING, answer="A notice given in writing, of three months.")
    assert WRITING not in whole.text
    part = "period is three months to the end of a month."
    cut = told(part, WRITING, answer="Notice is given in writing.")
    assert cut.text == f"Notice is given in writing. [1] {NOTICE} [2]"
    assert told(WRITING, answer="By letter.").text == "By letter. [1] [?]"


def test_where_quotes_are_the_answer_they_are_whole_sentences() -> None:
    reader = AnswerReader(HITS, "How has the warranty of the machine changed?")
    part = "machine has a warranty of two years. It cost €499 (with"
    answer = "The warranty of the machine has changed."
    reader.push(reply(part, NOTICE, answer=answer))
    assert reader.finish().text == f"{WARRANTY} [1] {NOTICE} [2]"


LONG = "The company owns " + "a mill and a barn and a shed and " * 20 + "a house."


@pytest.mark.parametrize(("length", "ends"), [(330, "house."), (700, " …")])
def test_a_sentence_that_was_cut_for_the_model_is_shown_whole_or_says_that_it_is_cut(
    length: int, ends: str
) -> None:
    sentence = f"{LONG[: length - 10]} a house."
    reader = AnswerReader([hit(sentence, 1)], "How does the company live?")
    reader.push(reply(sentence[:300].rpartition(" ")[0], answer="The company does."))
    assert reader.finish().text.removesuffix(" [1]").endswith(ends)


BILL = (
    "We give your data to those who pay the bill. These include your insurer. They may keep it.\n\n"
    "Opening hours\nIt is open every day."
)


@pytest.mark.parametrize(
    ("quote", "whole"),
    [
        ("These include your insurer.", BILL[: BILL.index(" They")]),
        ("They may keep it.", BILL[: BILL.index("\n")]),
        ("It is open every day.", "It is open every day."),
    ],
)
def test_a_quote_brings_the_sentence_that_it_refers_back_to(quote: str, whole: str) -> None:
    reader = AnswerReader([hit(BILL, 1)], "Which parties get my data?")
    citations, _ = reader.push(reply(quote, answer="The insurer."))
    assert [cited.quote for cited in citations] == [whole]


def test_where_all_of_an_open_answer_is_replaced_quotes_come_in_the_order_of_the_text() -> None:
    reader = AnswerReader(
        HITS, "How is the lease ended?", run_around=lambda _, start, end: ((start, end),)
    )
    reader.push(reply(WRITING, NOTICE, answer="Two months of notice are given in writing."))
    assert reader.finish().text == f"{NOTICE} [1] {WRITING} [2]"


def test_quotes_do_not_make_up_for_an_answer_that_nothing_supports() -> None:
    reader = AnswerReader(HITS, "How is the lease ended?")
    reader.push(reply(NOTICE, WRITING, answer="By throwing keys into rivers."))
    assert reader.finish().support == 0


# Parts of the passages, so that there is something to quote, and anything.
TEXTS = st.lists(
    st.sampled_from([*NOTICE.split(), NOTICE, WRITING, ".", " "]) | st.text(max_size=9)
)


@given(TEXTS.map(" ".join), st.integers(1, 50))
def test_whatever_is_written_quotes_are_verbatim_and_markers_name_sources(
    text: str, step: int
) -> None:
    citations, _, draft = read(f'Quote: "{text}"\nFound: yes\nAnswer: {text}', step)
    for citation in citations:
        source = next(h for h in HITS if h.chunk_id == citation.chunk_id)
        begin = citation.locator.start - source.locator.start
        assert source.text[begin : begin + len(citation.quote)] == citation.quote
    for citation in draft.citations:
        source = next(h for h in HITS if h.chunk_id == citation.chunk_id)
        begin = citation.locator.start - source.locator.start
        assert source.text[begin : begin + len(citation.quote)] == citation.quote
        assert f"[{citation.n}]" in draft.text


@pytest.mark.parametrize("label", ANSWERS)
def test_an_answer_is_one_in_any_language(label: str) -> None:
    quote = "The machine has a warranty of two years."
    written = f'Quote: "{quote}"\nFound: yes\n{label}2: two years.'
    for step in (1, 7, 400):
        _, streamed, draft = read(written, step)
        assert streamed == "2: two years."
        assert draft.text.startswith("2: two years. [1]")


@given(st.integers(1, 200))
def test_how_the_text_arrives_makes_no_difference(step: int) -> None:
    text = reply("The machine has a warranty of two years.", answer="It is two years. Yes.")
    assert read(text, step) == read(text, 1)


def test_a_slightly_wrong_quote_is_found_in_whichever_passage_it_resembles_most() -> None:
    citation = find_quote("The machine has the warranty of two full years", HITS)
    assert citation is not None
    assert citation.path == "/2.pdf"
    assert "warranty of two years" in citation.quote


def test_words_of_the_models_own_around_a_quote_do_not_count() -> None:
    written = "As the document by the landlord tells: the notice period is three months to the end"
    citation = find_quote(written, HITS)
    assert citation is not None
    assert "notice period is three months" in citation.quote
    assert "landlord" not in citation.quote
    assert find_quote("The rent for the flat is to be paid on the first of a month", HITS) is None


FACT = "known fact (as all of them agreed on in May of that year)"


@pytest.mark.parametrize(
    ("text", "written", "quote"),
    [
        (
            "The name of the key is __main__. It is set.",
            "the name of the key is __main",
            "The name of the key is __main__.",
        ),
        ("The rent is 900 €. It is due monthly.", "The rent is 900", "The rent is 900 €."),
        ("-5 °C is the lowest allowed.", "5 °C is the lowest", "-5 °C is the lowest allowed."),
        ("- 5 °C is allowed.", "5 °C is allowed", "- 5 °C is allowed."),
        (
            "Write to \\\\server\\share\\_archive\\.",
            "write to server share archive",
            "Write to \\\\server\\share\\_archive\\.",
        ),
        ("It was said. (See the annex.) All agreed.", "See the annex", "(See the annex.)"),
        ("- Water is included.\n- Heat.", "Water is included", "Water is included."),
        ("# The rent\n\nis due.", "The rent", "The rent"),
        (f"A well-{FACT}—so.", FACT, FACT[:-1]),  # signs inside of words belong to these
        (f"Of the {FACT} and so on.", FACT, FACT),
    ],
)
def test_a_quote_keeps_its_first_and_last_signs(text: str, written: str, quote: str) -> None:
    citation = find_quote(written, [hit(text, 1)])
    assert citation is not None
    assert citation.quote == quote
    begin = citation.locator.start
    assert text[begin : begin + len(citation.quote)] == citation.quote


RULES = "How are bicycles stored in the house?"


def _answered(question: str, hits: tuple[Hit, ...], text: str) -> DraftAnswer:
    reader = AnswerReader(hits, question)
    reader.push(text)
    return reader.finish()


@pytest.mark.parametrize(
    ("other", "is_shown"),
    [
        ("Garbage is collected on each Monday.", False),  # nothing of what is asked
        ("Each house has a yard for guests.", True),  # the house
    ],
)
def test_a_second_quote_is_shown_where_it_adds_what_is_asked_for(
    other: str, is_shown: bool
) -> None:
    first = "Bicycles are stored in the cellar."
    hits = (hit(first, 1), hit(other, 2))
    draft = _answered(RULES, hits, reply(first, other, answer="They are stored in the cellar."))
    assert [cited.quote for cited in draft.citations] == [first, other][: 1 + is_shown]


def test_a_list_that_was_asked_for_is_shown_whole() -> None:
    text = "Bicycles are stored:\n- in the cellar\n- in the yard\n- in the shed\n\nCars are not."
    draft = _answered(
        RULES, (hit(text, 1),), reply("Bicycles are stored:", answer="In the cellar.")
    )
    assert draft.text == (
        "In the cellar. [1]\n\n"
        "Bicycles are stored:\n\n- in the cellar\n- in the yard\n- in the shed [1]"
    )
    assert draft.citations[0].quote.endswith("shed")


def test_where_the_answer_only_points_the_quote_goes_on() -> None:
    text = "The two tasks are described in this section. First we tag. Then we parse. It is fun."
    answer = "The two tasks are described in this section."
    draft = _answered("Which two tasks are there?", (hit(text, 1),), reply(answer, answer=answer))
    assert draft.text == f"{answer} First we tag. Then we parse. [1]"


@pytest.mark.parametrize(
    ("verdict", "answered"),
    [("yes\nAnswer: Yes.", True), ("no\nAnswer: No, it is not.", True), ("nothing", False)],
)
def test_a_no_to_yes_or_no_is_an_answer_and_nothing_is_none(verdict: str, answered: bool) -> None:
    text = "☐ Oven clean (not ticked)" if "No" in verdict else "☒ Oven clean (ticked)"
    reader = AnswerReader([hit(text, 1)], "Is the oven clean?")
    reader.push(f'Quote: "{text}"\nSays: {verdict}')
    assert reader.finish().answered is answered


STORED = "Bicycles are stored in the cellar. The key hangs by the door. Locks are lent by Ms. Roe."


def _with_run(answer: str, *quotes: str) -> DraftAnswer:
    reader = AnswerReader(
        [hit(STORED, 1)], RULES, run_around=lambda hit, *_: tuple(sentences(hit.text))
    )
    reader.push(reply(*quotes, answer=answer))
    return reader.finish()


def test_what_belongs_to_a_quote_and_is_left_out_is_told_by_the_same_source() -> None:
    draft = _with_run("In the cellar, and the key hangs by the door.", STORED[:34])
    told = "In the cellar, and the key hangs by the door. [1] Locks are lent by Ms. Roe. [1]"
    assert draft.text == told
    assert [cited.quote for cited in draft.citations] == [STORED]


def test_what_is_said_twice_around_a_quote_is_told_once() -> None:
    again = "The key hangs by the door, as was said. "
    passage = hit(f"{STORED} {again * 2}", 1)
    reader = AnswerReader([passage], RULES, run_around=lambda hit, *_: tuple(sentences(hit.text)))
    reader.push(reply(STORED[:34], answer="They are stored in the cellar."))
    assert reader.finish().text.count("by the door") == 1


def test_where_nothing_is_left_out_the_quote_stays_as_short_as_it_is() -> None:
    draft = _with_run(STORED, STORED[:34])
    assert next(cited.quote for cited in draft.citations) == STORED[:34]
    assert draft.text.count("Locks are lent") == 1


def test_a_second_quote_from_what_belongs_to_the_first_is_told_once() -> None:
    draft = _with_run("In the cellar.", STORED[:34], STORED[35:62])
    assert draft.text.count("The key hangs by the door.") == 1
    assert len(draft.citations) == 1


def test_where_the_quote_is_the_answer_what_belongs_to_it_is_too() -> None:
    draft = _with_run("Bicycles are stored in the house.", STORED[:34])
    assert draft.text == f"{STORED} [1]"
