"""The form of a reply: what can be quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from models.grammar import gbnf
from rag.answer.excerpt import Likeness, Reading, entire
from rag.answer.form import ALL, Demands, form
from rag.answer.prompt import ContextPack, prompts
from rag.formats import DocumentKind
from rag.types import Hit, Locator


def quotable(text: str, question: str) -> list[str]:
    """The sentences of a passage that a reply to `question` can quote."""
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    (line,) = re.findall(
        r"^quote ::= .*$", gbnf(form([entire(hit)], question=question)), re.MULTILINE
    )
    return re.findall(r'(?:\(|\| )"([^"]*)"', line)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # A heading that repeats the question says nothing, nor does the number of a section.
        (
            "What about legal proceedings?",
            ["We were sued in May.", "Legal proceedings cost us much."],
        ),
        # To yes or no, a sentence that has all of the question's words is the answer.
        (
            "Are there legal proceedings?",
            ["Legal Proceedings", "We were sued in May.", "Legal proceedings cost us much."],
        ),
    ],
)
def test_what_cannot_answer_is_not_quoted(question: str, expected: list[str]) -> None:
    text = (
        "Item 1.\nLegal Proceedings\nWe were sued in May. Legal proceedings cost us much.\n- 12 -"
    )
    assert quotable(text, question) == expected


def test_where_nothing_else_is_shown_anything_can_be_quoted() -> None:
    assert quotable("Legal Proceedings\nItem 1.", "What legal proceedings?") == [
        "Legal Proceedings",
        "Item 1.",
    ]


def test_a_question_in_the_document_is_no_answer() -> None:
    text = "Is the battery waterproof?\nNo, only splash-proof.\nMay it freeze?\nBetter not."
    answers = ["No, only splash-proof.", "Better not."]
    assert quotable(text, "Is the battery waterproof?") == answers


def test_a_heading_with_one_word_of_the_question_is_no_answer() -> None:
    text = "Roof\n☐ insurer informed (not ticked)"
    question = "Has the insurer been informed about the roof of the barn?"
    assert quotable(text, question) == ["☐ insurer informed (not ticked)"]


def test_a_short_answer_can_be_quoted() -> None:
    landlord = quotable("Landlord:\nOlga Tokarczuk", "Who is the landlord?")
    assert landlord == ["Landlord: Olga Tokarczuk"]
    assert quotable("Deposit: 900 €", "How much is the deposit?") == ["Deposit: 900 €"]


def test_a_model_can_be_held_to_a_quote_of_the_best_sentences() -> None:
    text = (
        "The flat is on the third floor of the house behind the church, and has two large rooms.\n"
        "The deposit is 900 euro, to be paid before the keys are handed over to the new tenant.\n"
        "Pets are allowed if they are small, as long as none of the neighbours complains of them."
    )
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    reading = Reading("How much is the deposit?", [hit])
    demands = Demands(choices=1, judges=False, writes=False)
    pack = next(prompts("How much is the deposit?", (), reading, "a1", demands=demands))
    assert "third floor" in pack.user  # it is read, but cannot be quoted
    assert gbnf(pack.grammar).splitlines() == [
        "root ::= quote",
        f'quote ::= "Quote: \\"" ("{text.splitlines()[1]}") "\\"\\n"',
        *gbnf(form(demands=demands)).splitlines()[2:],
    ]


def test_a_model_can_be_held_to_a_quote_and_whether_it_answers() -> None:
    lines = gbnf(form(demands=Demands(writes=False))).splitlines()
    assert lines[0] == "root ::= quote (quote)? verdict"
    assert lines[2] == r'verdict ::= "Found: " ("no" | "yes\n")'


@pytest.mark.parametrize(
    ("question", "text", "first"),
    [
        ("How is it paid?", "It is paid in cash. Cheques are refused.", "quote quote (quote)?"),
        ("How much is paid?", "It is paid in cash. Cheques are refused.", "quote (quote)?"),
        ("How is it paid?", "It is paid in cash.", "quote (quote)?"),
    ],
)
def test_an_open_question_takes_several_quotes(question: str, text: str, first: str) -> None:
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    lines = gbnf(form([entire(hit)], question=question)).splitlines()
    assert lines[0] == f"root ::= {first} verdict"
    assert [line.partition(" ")[0] for line in lines[1:]] == [
        "quote",
        "verdict",
        "answer",
        "words",
        "number",
    ]


def test_an_answer_begins_in_the_script_of_the_question() -> None:
    def answer(question: str) -> list[str]:
        return gbnf(form(question=question)).splitlines()[-3:-1]

    for question in ("Who holds the keys?", "Wer hat die Schlüssel für №3?", "", "42?"):
        assert answer(question) == ["answer ::= words", r"words ::= [^\n] [^\n]{0,2000}"]
    for question in ("谁有钥匙", "Кто держит ключи от Studiolo?", "مع من المفاتيح؟"):
        assert answer(question) == [
            "answer ::= number words? | words",
            r"words ::= [^\n -~] [^\n]{0,2000}",
        ]


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("Wie hoch ist die Miete?", "Antwort: "),
        ("¿Cuál es el plazo de preaviso?", "Respuesta: "),
        ("How much is the rent?", "Answer: "),
        ("谁有钥匙", "Answer: "),
        ("Miete 2021?", "Answer: "),
    ],
)
def test_a_word_of_the_questions_language_stands_in_front_of_the_answer(
    question: str, label: str
) -> None:
    assert f'"yes\\n{label}" answer' in gbnf(form(question=question))


def test_to_yes_or_no_the_model_says_yes_no_or_nothing() -> None:
    """ "Found: no" would say that the passages do not tell, and that they say no."""
    text = "☐ Oven clean (not ticked)"
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    question = "Is the oven clean?"
    pack = next(prompts(question, (), Reading(question, [hit]), "a1"))
    assert pack.user.endswith("yes, no or nothing.")
    verdict = 'verdict ::= "Says: " ("nothing" | ("yes" | "no") "\\nAnswer: " answer)'
    assert verdict in gbnf(pack.grammar)


@pytest.mark.parametrize(
    ("question", "demands"),
    [("When was the oven cleaned?", ALL), ("Is the oven clean?", Demands(writes=False))],
)
def test_to_other_questions_it_says_whether_the_answer_was_found(
    question: str, demands: Demands
) -> None:
    text = "The oven was cleaned on 3 May."
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    pack = next(prompts(question, (), Reading(question, [hit]), "a1", demands=demands))
    assert pack.user.endswith(question)
    assert 'verdict ::= "Found: "' in gbnf(pack.grammar)


LEASE = (
    'Item 1.\nThe "Club" keeps the inside\tin repair (50 % of it). The Club pays the rent in May.\n'
    "§ 4 The owner keeps the roof – \u00a0and „Über“ – in repair. Who pays?\n"
    + "It is in the house and on the land of the owner, "
    * 12
)


def by_words(question: str, texts: Sequence[str]) -> list[float]:
    """Similarity as the share of the question's words in a text."""
    asked = set(question.lower().strip("?").split())
    return [len(asked & set(text.lower().strip(".").split())) / len(asked) for text in texts]


def lease_pack(question: str, likeness: Likeness | None = by_words) -> ContextPack:
    """The first prompt for a question about the lease."""
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(LEASE)), LEASE, "", 1.0)
    return next(prompts(question, (), Reading(question, [hit], likeness), "a1"))


def test_the_openings_of_a_reply_are_the_quotes_that_its_grammar_allows() -> None:
    for question in (
        "When does the Club pay the rent?",
        "Does the Club keep the inside in repair?",
    ):
        pack = lease_pack(question)
        rules = dict(pack.grammar)
        allowed = [part.text for part in rules["quote"].parts[1].parts]
        assert [text for text, _ in pack.openings] == [f'Quote: "{quote}"\n' for quote in allowed]
        assert len(allowed) > 2


def test_the_closest_sentence_has_the_greatest_weight() -> None:
    pack = lease_pack("When does the Club pay the rent in May?")
    best = max(pack.openings, key=lambda opening: opening[1])
    assert best[0] == 'Quote: "The Club pays the rent in May."\n'


def test_where_the_embedder_knows_too_little_words_and_rank_choose_with_the_model() -> None:
    for likeness in (None, lambda _question, texts: [0.1] * len(texts)):
        pack = lease_pack("When does the Club pay the rent in May?", likeness)
        best = max(pack.openings, key=lambda opening: opening[1])
        assert best[0] == 'Quote: "The Club pays the rent in May."\n'


def test_where_question_and_passage_differ_in_language_the_choice_is_the_models_alone() -> None:
    assert lease_pack("Wann bezahlt der Verein die Miete an den Eigentümer?").openings == ()


def test_no_text_is_compared_with_the_question_twice() -> None:
    compared: list[str] = []

    def likeness(question: str, texts: Sequence[str]) -> list[float]:
        compared.extend(texts)
        return by_words(question, texts)

    lease_pack("Does the Club keep the inside in repair?", likeness)
    assert len(compared) == len(set(compared)) > 3
