"""What a person is told of an answer: the same in the window, the shell, JSON and kept chats.

The shell prints it, the window draws it, JSON lists it; none of them decides what is said. Words
are English here; the window translates each sentence by its template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.events import Answer
from rag.answer.ground import UNSUPPORTED
from rag.text.verbatim import DocumentWords
from rag.types import Citation, Hit

NOT_SAID = "Your documents do not say."
REMOVED = "The answer was removed with its document."
SOURCES, NEAREST, READING = "Sources", "The nearest passages", "Reading"
_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the program's own.

    Attributes:
        words: the template; ``{0}`` stands for `about`, ``%n`` for `count`. With a count, singular
            and plural are parted by ``|``.
        about: a name that it speaks of.
        count: how many it speaks of; -1 where it does not count.
    """

    words: str
    about: str = ""
    count: int = -1

    def __str__(self) -> str:
        """In English."""
        singular, _, plural = self.words.partition("|")
        words = plural if plural and self.count != 1 else singular
        return words.replace("%n", str(self.count)).replace("{0}", self.about)


@dataclass(frozen=True, slots=True)
class PresentedAnswer:
    """What is told, from top to bottom.

    Attributes:
        verdict: why there is no text; None where there is.
        advice: what to do about it.
        text: of the answer, with its markers; "" if there is none.
        words: of the documents that the text rests on; their signs are no markup.
        citations: the sources that the text names.
        nearest: what comes closest where there is no answer.
        cautions: what to know before relying on it.
        remarks: what else became of it.
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
        """Those of the program's own, in their order."""
        first = (one for one in (self.verdict, self.advice) if one is not None)
        return (*first, *self.cautions, *self.remarks)


def present(answer: Answer) -> PresentedAnswer:
    """What is told of an answer that has ended."""
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
    """The words of the documents that an answer rests on."""
    cited = (word for one in answer.citations for word in (one.quote, one.title, one.path))
    return DocumentWords((*answer.copied, *cited, *_words(answer.nearest)))


def words_read(hits: Sequence[Hit]) -> DocumentWords:
    """The words of passages that are read, of which an answer is being written."""
    return DocumentWords(_words(hits))


def _words(hits: Sequence[Hit]) -> tuple[str, ...]:
    return tuple(
        word for hit in hits for word in (hit.text, hit.context, hit.title, Path(hit.path).name)
    )


def _verdict(answer: Answer) -> tuple[Sentence | None, Sentence | None]:
    if answer.taken_back:
        return Sentence(REMOVED), Sentence("You can ask again.")
    if not answer.abstained:
        return None, None
    if answer.unmentioned:
        missing = (
            "Nothing that was found mentions “{0}”. Is it written like that in your documents?"
        )
        return Sentence(NOT_SAID), Sentence(missing, answer.unmentioned)
    advice = "Nothing in your library answers this. Ask in other words, or add more documents."
    return Sentence(NOT_SAID), Sentence(advice)


def _cautions(answer: Answer) -> list[Sentence]:
    cautions: list[Sentence] = []
    if answer.weak:
        cautions.append(
            Sentence("This answer may be wrong or incomplete. Check it against its sources.")
        )
    if UNSUPPORTED in answer.text:
        cautions.append(Sentence("No passage supports the sentences marked {0}.", UNSUPPORTED))
    if answer.cut:
        cautions.append(
            Sentence("It ends where an answer may be no longer. Settings can allow for more.")
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
