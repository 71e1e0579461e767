"""Each sentence of an answer names what it rests on, or is marked as resting on nothing."""

from __future__ import annotations

import pytest

from rag.answer.ground import UNSUPPORTED, ground, only_supported
from rag.answer.quote_search import find_quote
from rag.formats import DocumentKind
from rag.types import Citation, Hit, Locator

LEASE = "The notice period is three months. Notice must be given in writing by either party."
WARRANTY = "The machine has a warranty of two years. It cost 499 euros with delivery."


def hit(text: str, number: int) -> Hit:
    locator = Locator(100, 100 + len(text), page=number)
    kind = DocumentKind.PDF
    return Hit(number, f"c{number}", f"/{number}.pdf", "Title", kind, locator, text, "", 1.0)


HITS = (hit(LEASE, 1), hit(WARRANTY, 2))


def quote(words: str) -> Citation:
    found = find_quote(words, HITS)
    assert found is not None
    return found


def test_a_sentence_that_was_not_quoted_is_found_in_the_passages() -> None:
    answer = "The notice period is three months. It must be given in writing by either party."
    done = ground(answer, [quote("The notice period is three months.")], HITS, "How long?")
    assert done.text.endswith("either party. [2]")
    assert [c.quote for c in done.citations] == [
        "The notice period is three months.",
        "Notice must be given in writing by either party.",
    ]
    assert done.citations[1].locator.start == 100 + LEASE.index("Notice must")
    assert done.support == 1.0


def test_a_sentence_that_nothing_supports_is_marked() -> None:
    answer = "The notice period is three months. Landlords usually insist upon arbitration."
    done = ground(answer, [quote("The notice period is three months.")], HITS, "How long?")
    assert done.text == (
        "The notice period is three months. [1] "
        f"Landlords usually insist upon arbitration. {UNSUPPORTED}"
    )
    assert done.support == 0.5


@pytest.mark.parametrize(
    ("source", "question", "answer", "shown"),
    [
        # A yes that nothing supports, a figure of the model's own, a thing that is nowhere, and
        # another language than that of question and source.
        (
            "The discount is for your own household.",
            "May I give my discount to a friend?",
            "Yes, the text does say so.",
            "The discount is for your own household. [1]",
        ),
        (
            "The flat is on the third floor and is without a lift.",
            "Is there a lift in the house?",
            "Is there a lift in the house? The text says that there is none in it.",
            "The flat is on the third floor and is without a lift. [1]",
        ),
        (
            "The flat on the second floor has three rooms and a bath.",
            "How many parking spaces does the flat have?",
            "The flat has three parking spaces.",
            "The flat on the second floor has three rooms and a bath. [1]",
        ),
        (
            "A note is needed from the third day on. This does not apply to apprentices.",
            "Do apprentices need a note?",
            "Apprentices do not need a note.",
            "A note is needed from the third day on. This does not apply to apprentices. [1]",
        ),
        (
            "Der Mieter zahlt eine Kaution von drei Mieten.",
            "Was zahlt der Mieter als Kaution?",
            "The Mieter pays a Kaution of three Mieten.",
            "Der Mieter zahlt eine Kaution von drei Mieten. [1]",
        ),
        (
            "The heating is at a cost of 120 euro in all.",
            "How many parking spaces does the flat have?",
            "The flat has 120 parking spaces.",
            "",
        ),
    ],
)
def test_what_the_source_does_not_say_gives_way_to_its_own_words(
    source: str, question: str, answer: str, shown: str
) -> None:
    passage = hit(source, 5)
    quoted = find_quote(source, (passage,))
    assert quoted is not None
    grounded = ground(answer, [quoted], (passage,), question)
    assert grounded.text == shown
    assert bool(shown) == (grounded.support >= 0.25)


def test_a_closing_mark_behind_a_blank_is_no_sentence() -> None:
    quoted = [quote("The notice period is three months.")]
    done = ground('"The notice period is three months. "', quoted, HITS, "How long is the notice?")
    assert done.text == '"The notice period is three months. " [1]'


def test_what_takes_the_place_of_a_misstated_sentence_is_the_quote_that_is_about_the_question() -> (
    None
):
    text = "The deposit is three basic rents.\nThe basic rent comes to 690 euro in all."
    passage = hit(text, 6)
    quoted = find_quote("The deposit is three basic rents.", (passage,))
    assert quoted is not None
    answer = "It comes to three basic rents in all, so to 2070 euro."
    grounded = ground(answer, [quoted], (passage,), "How much is the deposit?")
    assert grounded.text == "The deposit is three basic rents. [1]"


def test_the_question_asked_once_more_is_no_part_of_an_answer() -> None:
    asked = "May I end the lease early?"
    quoted = [quote("The notice period is three months.")]
    done = ground(f"{asked} The notice period is three months.", quoted, HITS, asked)
    assert done.text == "The notice period is three months. [1]"
    assert ground(asked, quoted, HITS, asked).text == ""
    other = "May the landlord?"  # a question that the answer is about
    assert other in ground(other, quoted, HITS, "When does the lease end?").text


PRICE = "It cost 499 euros with delivery."


@pytest.mark.parametrize(
    "sentence",
    [
        "It cost 599 euros with delivery.",
        "It cost 499 dollars with delivery.",
        "It did not cost 499 euros with delivery.",
        "It cost at least 499 euros with delivery.",
        "599 euros.",
    ],
)
def test_where_a_sentence_misstates_its_source_the_source_is_shown(sentence: str) -> None:
    done = ground(sentence, [quote(PRICE)], HITS, "What did it cost?")
    assert done.text == f"{PRICE} [1]"
    assert [c.quote for c in done.citations] == [PRICE]


def test_a_source_that_two_sentences_misstate_is_shown_once() -> None:
    done = ground("It cost 599 euros. It cost 9 euros.", [quote(PRICE)], HITS, "What?")
    assert done.text.strip() == f"{PRICE} [1]"


def test_a_summary_leaves_out_what_misstates_its_source() -> None:
    text = "It cost 599 euros with delivery. The warranty is two years."
    kept = only_supported(text, [quote(WARRANTY)], HITS)
    assert kept.text == "The warranty is two years. [1]"


def test_quotes_that_no_sentence_rests_on_are_not_shown() -> None:
    quotes = [quote("The notice period is three months."), quote("a warranty of two years")]
    quotes[1] = Citation(**{f: getattr(quotes[1], f) for f in quotes[1].__slots__} | {"n": 2})
    done = ground("The warranty is two years.", quotes, HITS, "How long is it?")
    assert done.text == "The warranty is two years. [1]"
    assert [c.path for c in done.citations] == ["/2.pdf"]


def test_yes_needs_no_words_of_its_own() -> None:
    done = ground("Yes.", [quote("Notice must be given in writing")], HITS, "Is it in writing?")
    assert done.text == "Yes. [1]"


def test_markers_that_the_model_made_up_go() -> None:
    done = ground("Two years [2], or so [?].", [quote("warranty of two years")], HITS, "How long?")
    assert done.text == "Two years, or so. [1]"
    assert done.dropped == 2


COSTS = "The rent is 900 euro a month. Heating costs 120 euro. May had 40 visitors."


@pytest.mark.parametrize(
    "computed",
    [
        "The total is 1,020 euro.",
        "Together they are one thousand and twenty euro.",
        "The rent is 10,800 euro a year.",
        "The rent is about 30 euro a day.",
        "Heating rose by a fifth.",
        "Heating rose by 20 %.",
        "Heating rose by twenty percent.",
        "The sum is 900 + 120 = 1020.",
        "Die Summe beträgt 1.020 Euro.",
        "Au total mille vingt euros.",
        "El total es de 1.020 euros.",
        "There are three costs.",
    ],
)
def test_no_figure_is_shown_that_stands_in_no_source(computed: str) -> None:
    source = hit(COSTS, 3)
    quoted = find_quote("The rent is 900 euro a month.", (source,))
    assert quoted is not None
    done = ground(computed, [quoted], (source,), "What is the rent a year?")
    assert computed not in done.text
    assert done.text == "The rent is 900 euro a month. [1]"


def test_a_computed_figure_goes_where_the_quote_is_about_something_else() -> None:
    source = hit(COSTS, 3)
    quoted = find_quote("Heating costs 120 euro.", (source,))
    assert quoted is not None
    done = ground("The average is 51 members.", [quoted], (source,), "How many members are there?")
    assert not done.text
    assert not done.citations


TASKS = "scaffold ordered (ticked)\ninsurer informed (not ticked)\nStatus: waiting for an offer."
CALENDAR = "Event: Rehearsal\nRepeats: weekly, on Tuesday\nNot on: Tuesday 2025-02-18 19:30 CET"
GERMAN_TASKS = "Gerüst bestellt: ja\nVersicherung informiert: nein\nStatus: Angebot steht aus."


@pytest.mark.parametrize(
    ("question", "answer", "quoted", "source", "shown"),
    [
        (
            "Has the insurer been informed?",
            "The insurer was informed.",
            "Status: waiting for an offer.",
            TASKS,
            "insurer informed (not ticked)",
        ),
        (
            "Wurde die Versicherung informiert?",
            "Die Versicherung wurde informiert.",
            "Status: Angebot steht aus.",
            GERMAN_TASKS,
            "Versicherung informiert: nein",
        ),
        (
            "Has the insurer been informed?",
            "The insurer was informed.",
            "Status: waiting for an offer.",
            "- [x] scaffold ordered\n- [ ] insurer informed\n\nStatus: waiting for an offer.",
            "- [ ] insurer informed",
        ),
        (
            "Is there a rehearsal on 18 February 2025?",
            "Yes, there is a rehearsal on 18 February 2025.",
            "Event: Rehearsal",
            CALENDAR,
            "Not on: Tuesday 2025-02-18 19:30 CET",
        ),
        (
            "Has the scaffold been ordered?",
            "The scaffold was ordered.",
            "Status: waiting for an offer.",
            TASKS,
            "The scaffold was ordered.",
        ),
    ],
)
def test_a_yes_in_the_questions_own_words_is_held_against_the_line_that_has_them(
    question: str, answer: str, quoted: str, source: str, shown: str
) -> None:
    hits = (hit(source, 1),)
    citation = find_quote(quoted, hits)
    assert citation is not None
    assert ground(answer, [citation], hits, question).text == f"{shown} [1]"


@pytest.mark.parametrize(
    ("question", "answer", "source", "shown"),
    [
        (
            "Is smoking allowed in the flat at Mill Lane?",
            "Yes, smoking is allowed in the flat at Mill Lane.",
            "Use of the flat\n\nCigarettes and pipes are prohibited in every room.",
            "Cigarettes and pipes are prohibited in every room.",
        ),
        (
            "Darf man im Saal rauchen?",
            "Ja, man darf im Saal rauchen.",
            "Zigaretten und Pfeifen sind überall verboten.",
            "Zigaretten und Pfeifen sind überall verboten.",
        ),
        (
            "¿Está permitido fumar en la sala?",
            "Sí, está permitido fumar en la sala.",
            "Los cigarrillos están prohibidos.",
            "Los cigarrillos están prohibidos.",
        ),
        (
            "Is smoking allowed in the flat?",
            "No, smoking is not allowed in the flat.",
            "Cigarettes and pipes are prohibited in every room.",
            "No, smoking is not allowed in the flat.",
        ),
        (
            "May I bring pets?",
            "No, pets are not allowed.",
            "Dogs and cats are welcome.",
            "Dogs and cats are welcome.",
        ),
    ],
)
def test_a_yes_in_other_words_than_its_quote_must_not_oppose_it(
    question: str, answer: str, source: str, shown: str
) -> None:
    hits = (hit(source, 1),)
    citation = find_quote(source.splitlines()[-1], hits)
    assert citation is not None
    assert ground(answer, [citation], hits, question).text.removesuffix(" [?]") == f"{shown} [1]"
