"""Of the passages, the sentences that have to do with the question are read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.excerpt import PassageExcerpt, Reading, entire
from rag.formats import DocumentKind
from rag.types import Hit, Locator

FILLER = "The parties wish each other well, and hope for a long and happy time together. "
RENT = "The rent is 900 euros a month, to be paid on the first working day of the month. "
NOTICE = "The notice period is three months, and notice has to be given in a letter. "


def hit(number: int, text: str, context: str = "") -> Hit:
    locator = Locator(0, len(text))
    return Hit(number, f"c{number}", "/a.txt", "A", DocumentKind.TEXT, locator, text, context, 0.5)


def test_the_sentence_that_answers_is_taken_wherever_it_stands() -> None:
    hits = [hit(1, FILLER * 9), hit(2, FILLER * 4 + NOTICE + FILLER * 4)]
    read = Reading("How long is the notice period?", hits).excerpts(60, 4)
    assert any(NOTICE.strip() in excerpt.text for excerpt in read)
    assert sum(len(excerpt.text) for excerpt in read) < 400


def test_sentences_that_are_apart_are_joined_by_an_ellipsis() -> None:
    text = RENT + FILLER * 6 + NOTICE
    (read,) = Reading("What are the rent and the notice period?", [hit(1, text)]).excerpts(60, 4)
    assert read.text == f"{RENT.strip()} … {NOTICE.strip()}"


def test_short_passages_are_read_whole() -> None:
    mail = "From: ann@example.org\nTo: bob@example.org\nSubject: Rent\n\nIt is due.\n\nAnn"
    (read,) = Reading("When is the rent due?", [hit(1, mail)]).excerpts(300, 4)
    assert read.spans == ((0, len(mail)),)


def test_the_best_passages_come_first_and_not_more_than_asked_for() -> None:
    hits = [hit(number, f"{RENT}{number}. {FILLER}") for number in range(1, 9)]
    read = Reading("What is the rent?", hits).excerpts(400, 3)
    ranks = [excerpt.hit.rank for excerpt in read]
    assert len(ranks) == 3
    assert ranks == sorted(ranks)


def test_more_is_read_where_the_documents_use_other_words() -> None:
    hits = [hit(1, RENT + NOTICE + FILLER)]
    plainly = Reading("How long is the notice period?", hits).tokens
    assert plainly < Reading("When may tenants quit their flat early?", hits).tokens
    assert plainly == Reading("And what?", hits).tokens


def test_the_heading_of_a_passage_speaks_for_it() -> None:
    one = hit(1, FILLER, "Cancelling")
    other = hit(2, FILLER.replace("well", "luck"), "Parties")
    (read,) = Reading("What about cancelling?", [other, one]).excerpts(30, 1)
    assert read.hit is one


def test_a_sentence_that_says_it_in_other_words_is_found_by_its_meaning() -> None:
    texts: list[str] = []

    def likeness(_question: str, sentences: Sequence[str]) -> list[float]:
        texts.extend(sentences)
        return [float(sentence == NOTICE.strip()) for sentence in sentences]

    hits = [hit(1, RENT + FILLER * 4 + NOTICE)]
    (read,) = Reading("When may tenants quit the flat?", hits, likeness).excerpts(30, 1)
    assert read.text == NOTICE.strip()
    assert RENT.strip() in texts


def test_what_was_read_before_is_not_read_again_and_takes_its_room() -> None:
    hits = [hit(1, RENT + NOTICE), hit(2, FILLER * 3)]
    reading = Reading("What are the rent and the notice period?", hits)
    known = reading.excerpts(60, 4)
    assert [part.text for part in known] == [f"{RENT.strip()} {NOTICE.strip()}"]
    assert reading.excerpts(60, 4, known) == ()
    (more,) = reading.excerpts(120, 4, known)
    assert more.hit is hits[1]


@given(st.lists(st.text(max_size=900), min_size=1, max_size=4), st.text(max_size=60))
def test_whatever_the_texts_are_spans_lie_in_them_in_order(texts: list[str], asked: str) -> None:
    hits = [hit(number, text) for number, text in enumerate(texts, 1)]
    for excerpt in Reading(asked, hits).excerpts(100, 4):
        ends = [0, *(offset for span in excerpt.spans for offset in span)]
        assert ends == sorted(ends)
        assert ends[-1] <= len(excerpt.hit.text)


@pytest.mark.parametrize(("familiarity", "is_told"), [(1.0, True), (0.5, True), (0.2, False)])
def test_closeness_is_told_only_in_a_language_that_the_likeness_knows(
    familiarity: float, is_told: bool
) -> None:
    asked = "May tenants smoke?"

    def likeness(question: str, texts: Sequence[str]) -> list[float]:
        return [familiarity * (1.0 if text == question else 0.4) for text in texts]

    reading = Reading(asked, [hit(1, "Cigarettes are prohibited in every room.")], likeness)
    assert (reading.closeness is not None) is is_told


def test_closeness_is_not_told_without_a_likeness() -> None:
    assert Reading("May tenants smoke?", [hit(1, RENT)]).closeness is None


def test_the_closest_sentences_have_the_words_or_the_meaning() -> None:
    text = "Roof\nThe slates come from Theuma.\n☐ insurer informed\nThe pitch is 38 degrees."
    asked = "Has the insurer been informed about the roof?"

    def likeness(_question: str, texts: Sequence[str]) -> list[float]:
        return [0.9 if "pitch" in text else 0.1 for text in texts]

    passage = hit(1, text)
    by_words = Reading(asked, [passage]).closest([entire(passage)], 2)
    assert [part.text for part in by_words] == ["☐ insurer informed", "Roof"]
    by_both = Reading(asked, [passage], likeness).closest([entire(passage)], 2)
    assert [part.text for part in by_both] == ["The pitch is 38 degrees.", "☐ insurer informed"]


def test_what_answers_a_question_in_the_document_is_as_close_as_that() -> None:
    text = "Battery of the mower\nIs the battery waterproof?\nNo, only splash-proof.\nWeight: 2 kg"
    passage = hit(1, text)
    closest = Reading("Is the battery waterproof?", [passage]).closest([entire(passage)], 2)
    assert closest[1].text == "No, only splash-proof."


def by_words_only(_question: str, texts: Sequence[str]) -> list[float]:
    return [0.0 for _ in texts]


def test_of_two_sentences_as_close_the_one_of_the_better_passage_is_worth_more_as_a_quote() -> None:
    better, worse = hit(1, "The bell rings at noon."), hit(2, "The bell rings at night.")
    reading = Reading("When does the bell ring?", [better, worse], by_words_only)
    first, second = reading.quote_values([entire(better), entire(worse)])
    assert first[1] > second[1] > 0


NOTE = "Bell tower\nThe tower has 90 steps."
BELL = "The bell was cast in 1710. The bell is rung by hand. Two sextons ring the bell by turns."
LUNCH = "Lunch is served in the garden."


@pytest.mark.parametrize(
    ("quote", "text", "run"),
    [
        ("The bell is rung by hand.", f"{NOTE} {BELL} {LUNCH}", BELL),
        (LUNCH, f"{BELL} {LUNCH} {BELL}", LUNCH),  # nothing around is as close by far
        ("a | The bell is rung", f"a | The bell is rung\nb | {BELL}", "a | The bell is rung"),
    ],
)
def test_what_surrounds_a_quote_belongs_to_it_while_it_is_about_the_same(
    quote: str, text: str, run: str
) -> None:
    def likeness(_question: str, texts: Sequence[str]) -> list[float]:
        return [0.6 if ("bell" in text) is ("bell" in quote) else 0.0 for text in texts]

    passage = hit(1, text)
    asked = "How is the bell rung?" if "bell" in quote else "Where is lunch served?"
    start = text.index(quote)
    spans = Reading(asked, [passage], likeness).run_around(passage, start, start + len(quote))
    assert " ".join(text[slice(*span)].strip() for span in spans) == run


def test_a_run_is_never_longer_than_a_person_reads_as_a_quote() -> None:
    text = "The bell is rung by hand. " * 60
    passage = hit(1, text)
    spans = Reading("How is the bell rung?", [passage], by_words_only).run_around(passage, 520, 545)
    assert (520, 545) in spans
    assert 100 < spans[-1][1] - spans[0][0] <= 600


def test_what_stands_between_but_is_about_something_else_is_not_told() -> None:
    text = f"The bell is old. The bell is loud. {LUNCH} The bell is rung by hand."

    def likeness(_question: str, texts: Sequence[str]) -> list[float]:
        return [0.6 if "bell" in text else 0.0 for text in texts]

    passage = hit(1, text)
    spans = Reading("How is the bell rung?", [passage], likeness).run_around(
        passage, text.index("The bell is rung"), len(text)
    )
    told = [text[slice(*span)].strip() for span in spans]
    assert told == ["The bell is old.", "The bell is loud.", "The bell is rung by hand."]


def test_an_entry_of_a_table_of_contents_is_no_answer() -> None:
    titles = ("Risks", "Market risk", "Cash", "Legal proceedings", "Controls", "Exhibits")
    contents = "\n".join(f"Item {n}. | {title} | {10 * n}" for n, title in enumerate(titles, 1))
    text = f"{contents}\n\nMarkets can fall, which is the risk that we run. {FILLER}"
    passage = hit(1, text)
    reading = Reading("What is the market risk?", [passage], by_words_only)
    best = max(reading.quote_values([entire(passage)]), key=lambda item: item[1])
    assert best[0].text.startswith("Markets can fall")
    (read,) = reading.excerpts(20, 1)
    assert "Markets can fall" in read.text
    assert "Market risk" not in read.text


def test_sentences_of_a_part_are_told_apart_in_the_whole_passage() -> None:
    text = (
        "Rates rose in all regions and for all kinds of goods that were sold there. These factors\n"
        "led to higher costs."
    )
    passage = hit(1, text)
    part = PassageExcerpt(passage, ((text.index("These"), len(text)),))
    assert [text[a:b] for a, b in part.sentence_spans] == ["These factors\nled to higher costs."]


def test_what_refers_back_is_as_close_as_what_it_refers_to() -> None:
    text = "The plan pays for braces. These need a letter of a doctor. Rooms are on floor two."
    reading = Reading("Does the plan pay for braces?", [hit(1, text)])
    values = [value for _, value in reading.quote_values([entire(hit(1, text))])]
    assert values[0] == values[1] > values[2]
