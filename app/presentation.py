"""Decides what is shown of an answer, once for the window, the shell, JSON and saved chats.

Sentences are in English here; the window translates each one by its template.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.events import Answer
from rag.answer.ground import UNSUPPORTED
from rag.text.answer_markup import DocumentWords
from rag.text.describe_locator import SLIDES
from rag.types import Citation, Hit

NOT_SAID = "Your documents do not say."
NOT_COMPUTED = "This figure stands nowhere in your files, and it could not be computed."
REMOVED = "The answer was removed with its document."
SOURCES, NEAREST, READING = "Sources", "The nearest passages", "Reading"
_PASSAGES = 3
_NAMES = re.compile(r"\{([01])\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of Studiolo's own.

    Attributes:
        words: the template; ``{0}`` stands for `about`, ``%n`` for `count`. With a count, ``|``
            separates singular and plural.
        about: the name in the sentence.
        count: the number in the sentence; -1 if it has none.
        second: another name in the sentence, ``{1}``.
    """

    words: str
    about: str = ""
    count: int = -1
    second: str = ""

    def __str__(self) -> str:
        """Returns the sentence in English."""
        singular, _, plural = self.words.partition("|")
        words = plural if plural and self.count != 1 else singular
        words = words.replace("%n", str(self.count))
        return fill(words, self.about, self.second)


def fill(words: str, about: str, second: str) -> str:
    """Puts the names into a template, each as it is."""
    return _NAMES.sub(lambda match: second if match[1] == "1" else about, words)


@dataclass(frozen=True, slots=True)
class PresentedAnswer:
    """The parts of an answer as shown, from top to bottom.

    Attributes:
        verdict: why there is no text; None if there is.
        advice: what to do about it.
        text: of the answer, with its markers; "" if there is none.
        words: words of the documents in the text; their signs are no markup.
        citations: the sources that the text names.
        nearest: the closest passages, if there is no answer.
        cautions: what to know before relying on the answer.
        remarks: other notes, such as that it was stopped.
    """

    verdict: Sentence | None
    advice: Sentence | None
    text: str
    words: DocumentWords
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    cautions: tuple[Sentence, ...]
    remarks: tuple[Sentence, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Studiolo's own sentences, in order."""
        first = (sentence for sentence in (self.verdict, self.advice) if sentence is not None)
        return (*first, *self.cautions, *self.remarks)


def present(answer: Answer) -> PresentedAnswer:
    """Returns what to show of a finished answer."""
    verdict, advice = _verdict(answer)
    text = "" if answer.abstained else answer.text.strip()
    return PresentedAnswer(
        verdict,
        advice,
        text,
        words_of(answer),
        () if answer.abstained else answer.citations,
        answer.nearest[:_PASSAGES] if answer.abstained and not answer.taken_back else (),
        () if answer.abstained else tuple(_cautions(answer)),
        tuple(_remarks(answer)),
    )


def words_of(answer: Answer) -> DocumentWords:
    """Returns the words of the documents that an answer rests on."""
    cited = (
        word for source in answer.citations for word in (source.quote, source.title, source.path)
    )
    return DocumentWords((*answer.copied, *cited, *_words_of_hits(answer.nearest)))


def words_read(hits: Sequence[Hit]) -> DocumentWords:
    """Returns the words of passages that the model is reading."""
    return DocumentWords(_words_of_hits(hits))


def _words_of_hits(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(
        word for hit in hits for word in (hit.text, hit.context, hit.title, Path(hit.path).name)
    )


def _verdict(answer: Answer) -> tuple[Sentence | None, Sentence | None]:
    if answer.taken_back:
        return Sentence(REMOVED), Sentence("You can ask again.")
    if not answer.abstained:
        return None, None
    if answer.text == NOT_COMPUTED:
        advice = "“{0}” may have it. Ask with the names of its columns, as they are written there."
        return Sentence(NOT_COMPUTED), Sentence(advice, answer.nearest[0].title)
    if answer.unmentioned:
        missing = (
            "None of the passages found mentions “{0}”. Is it written like that in your documents?"
        )
        return Sentence(NOT_SAID), Sentence(missing, answer.unmentioned)
    if answer.shared and answer.nearest:
        return Sentence(NOT_SAID), _near(answer.nearest[0], answer.shared)
    advice = "No answer was found in your library. Ask in other words, or add more documents."
    return Sentence(NOT_SAID), Sentence(advice)


def _near(hit: Hit, shared: str) -> Sentence:
    """Says what the nearest passage is about, though it does not answer."""
    name, page = Path(hit.path).name, hit.locator.page
    if page is None:
        words = "{0} speaks of “{1}”, but does not say what you ask."
        return Sentence(words, name, second=shared)
    if hit.kind in SLIDES:
        words = "{0}, slide %n, speaks of “{1}”, but does not say what you ask."
    else:
        words = "{0}, page %n, speaks of “{1}”, but does not say what you ask."
    return Sentence(words, name, page, shared)


def _cautions(answer: Answer) -> list[Sentence]:
    cautions: list[Sentence] = []
    if UNSUPPORTED in answer.text:
        cautions.append(Sentence("No passage supports the sentences marked {0}.", UNSUPPORTED))
    if answer.cut:
        cautions.append(
            Sentence("It reached the longest length for an answer. Settings can allow more.")
        )
    return cautions


def _remarks(answer: Answer) -> list[Sentence]:
    remarks: list[Sentence] = []
    if answer.stopped:
        remarks.append(Sentence("It was stopped."))
    if answer.dropped_markers and answer.text and not answer.abstained:
        words = "%n unfounded reference removed|%n unfounded references removed"
        remarks.append(Sentence(words, count=answer.dropped_markers))
    return remarks
