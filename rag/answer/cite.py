"""Reads the model's reply as it is written, and verifies its quotes against the documents.

A quote counts when its words stand in a passage. It is then replaced by the document's own
characters, so a displayed quote is always verbatim. `rag.answer.ground` decides which source each
sentence of the answer rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.citations import citation, hit_of
from rag.answer.excerpt import RunAround
from rag.answer.form import ALL, ANSWERS, FOUND, QUOTE, Demands
from rag.answer.ground import (
    Grounded,
    agree,
    cite_each,
    ground,
    keeps_any,
    only_asks,
    with_quotes,
    with_rest,
)
from rag.answer.pointers import is_list, only_points, quote_from, quote_on, shown_quote
from rag.answer.quote_search import find_quote, whole_sentences
from rag.answer.support import content_words
from rag.text.answer_markup import NO_WORDS, one_line
from rag.text.question_kind import asks_for_fact, asks_openly, asks_whether
from rag.text.sentences import is_ended, sentences
from rag.types import Citation, Hit

_REPEATED = 0.5
"""If an answer has at least this share of the question's words and no others, it only repeats the
question; one or two words of it can answer "which"."""
_COVERED = 0.7
"""If an answer has at least this share of a quote's words, it does not leave the quote out."""
_NOTHING = Grounded("", (), 0, 1.0)
"""An answer before any quote is added to it."""


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """The model's reply, verified.

    Attributes:
        text: the answer; ``[n]`` behind each sentence that a source supports, else ``[?]``.
        citations: verified quotes; ``citations[n - 1]`` is marker n.
        answered: the model said that the passages answer, and a quote shows it.
        dropped: markers and quotes that matched nothing.
        support: how far the sources support the answer, 0 to 1.
        written: the answer in the model's own words, before any quote took their place.
    """

    text: str
    citations: tuple[Citation, ...]
    answered: bool
    dropped: int
    support: float
    written: str


@dataclass(frozen=True, slots=True)
class _Run:
    """A quote with what belongs to it.

    Attributes:
        whole: from the first sentence to the last.
        sentences: those that are about the question, the quote among them.
    """

    whole: Citation
    sentences: tuple[str, ...]

    def unsaid(self, text: str, question: str) -> str:
        """Returns what an answer and its question leave out, once; a list is told as a whole."""
        told = content_words(f"{question}\n{text}")
        if is_list(self.whole.quote):
            quote = self.whole.quote
            return "" if _covers(told, content_words(quote)) else shown_quote(quote)
        left_out = []
        for part in filter(_is_whole, self.sentences):
            words = content_words(part)
            if not _covers(told, words):
                left_out.append(one_line(part))
                told |= words
        return " ".join(left_out)


class AnswerReader:
    """Reads the model's text piece by piece.

    Args:
        hits: the passages that the model was shown, in their order.
        question: as the person asked it.
        compares: whether the answer should name each document that it quotes.
        demands: the form that the reply has.
        run_around: finds what belongs to a quote where more than a fact is asked for, if given.
    """

    def __init__(
        self,
        hits: Sequence[Hit],
        question: str = "",
        *,
        compares: bool = False,
        demands: Demands = ALL,
        run_around: RunAround | None = None,
    ) -> None:
        self._run_around = run_around
        self._compares = compares
        self._demands = demands
        self._answered = not demands.judges
        self._hits = tuple(hits)
        self._question = question
        self._written = ""
        self._read = 0
        self._answer_from: int | None = None
        self._emitted = 0
        self._citations: list[Citation] = []
        self._dropped = 0

    def push(self, text: str) -> tuple[list[Citation], str]:
        """Reads more text; returns the citations that became certain and new answer text.

        The text comes in whole sentences, up to the first that disagrees with what is quoted.
        """
        self._written += text
        citations: list[Citation] = []
        while self._answer_from is None and "\n" in self._written[self._read :]:
            end = self._written.index("\n", self._read)
            citations += self._line(self._written[self._read : end])
            self._read = end + 1
        if not self._demands.writes:
            return citations, self._quoted()
        if self._answer_from is None and self._written.startswith(ANSWERS, self._read):
            self._answer_from = self._emitted = self._written.index(": ", self._read) + len(": ")
        if self._answer_from is None:
            return citations, ""
        return citations, self._checked()

    def finish(self) -> DraftAnswer:
        """Verifies the whole reply once the model is done."""
        writes = self._demands.writes
        text = ""
        if self._answer_from is not None:
            text = self._written[self._answer_from :].strip()
        elif self._answered and not writes:
            text = _quotes_as_answer(self._citations)
        grounded = self._grounded(text) if text else Grounded("", (), 0, 0.0)
        support = grounded.support
        if self._compares:
            grounded = cite_each(grounded, self._citations)
        return DraftAnswer(
            grounded.text,
            grounded.citations,
            bool(grounded.text and self._citations),
            self._dropped + grounded.dropped,
            support,
            text,
        )

    def _grounded(self, text: str) -> Grounded:
        """Returns an answer with its sources, and what it leaves out of its quotes."""
        if not self._demands.writes:
            return with_quotes(_NOTHING, self._citations, self._hits)
        run = self._run()
        quoted = self._citations if run is None else self._with_run(run.whole)
        if self._says_nothing_new(text):
            return self._quotes_alone(quoted, run)
        grounded = ground(text, self._citations, self._hits, self._question)
        if self._run_around is not None and grounded.text and not keeps_any(text, grounded):
            alone = self._quotes_alone(quoted, run)
            return replace(alone, dropped=grounded.dropped, support=grounded.support)
        left_out = _left_out(quoted, grounded.text, self._question)
        if run is not None:
            left_out = [cited for cited in left_out if cited is not run.whole]
            grounded = with_rest(grounded, run.whole, run.unsaid(grounded.text, self._question))
        return with_quotes(grounded, left_out, self._hits)

    def _quotes_alone(self, quoted: Sequence[Citation], run: _Run | None) -> Grounded:
        """Returns quotes in place of an answer: whole ones, those of a passage in its order."""
        passages = [cited.chunk_id for cited in quoted]
        whole = [cited for cited in quoted if _is_whole(cited.quote)] or quoted[:1]
        ordered = sorted(
            whole, key=lambda cited: (passages.index(cited.chunk_id), cited.locator.start)
        )
        grounded = _NOTHING
        for cited in ordered:
            if grounded.text and _covers(content_words(grounded.text), content_words(cited.quote)):
                continue
            if run is not None and cited is run.whole:
                grounded = with_rest(grounded, cited, run.unsaid("", ""))
            else:
                grounded = with_quotes(grounded, [cited], self._hits)
        return grounded

    def _run(self) -> _Run | None:
        """Returns the first quote with what belongs to it; None if nothing does."""
        if self._run_around is None or not self._citations:
            return None
        first = self._citations[0]
        hit = self._hit(first)
        start, end = (at - hit.locator.start for at in (first.locator.start, first.locator.end))
        spans = self._run_around(hit, start, end)
        if len(spans) == 1:
            return None
        whole = self._quoted_on(citation(hit, spans[0][0], spans[-1][1]))
        return _Run(whole, tuple(hit.text[slice(*span)].strip() for span in spans))

    def _with_run(self, run: Citation) -> list[Citation]:
        """Returns the quotes, a run in place of the first, and none of it twice."""
        return [run, *(other for other in self._citations[1:] if not _overlaps(other, run))]

    def _checked(self) -> str:
        """Returns the sentences that are complete since and that agree with what is quoted."""
        text = self._written[self._emitted :]
        ends = [end for _, end in sentences(text)] if text.strip() else []
        if ends and not is_ended(text.rstrip()):
            ends.pop()
        if not ends or not agree(text[: ends[-1]], self._citations, self._hits, self._question):
            return ""
        self._emitted += ends[-1]
        return text[: ends[-1]]

    def _line(self, line: str) -> list[Citation]:
        if line.startswith(QUOTE):
            return self._cite(line[len(QUOTE) :].strip().strip('"'))
        self._answered = self._answered or line.strip() in FOUND
        return []

    def _says_nothing_new(self, text: str) -> bool:
        """Tells whether the answer only repeats the question, asks one, or says where something is.

        The quotes say more then. Repeating a yes-or-no question answers it; repeating a "who"
        question does not.
        """
        question = self._question
        if not self._citations:
            return False
        if only_points(text, question) or only_asks(text, question):
            return True
        if asks_whether(question):
            return False
        if asks_for_fact(question) and not asks_openly(question):
            return False
        answer_words, question_words = content_words(text), content_words(question)
        return (
            answer_words <= question_words
            and len(answer_words) >= _REPEATED * len(question_words) > 0
        )

    def _quoted(self) -> str:
        """Returns the new part of an answer that consists of the quotes, once they are judged."""
        if not self._answered:
            return ""
        new, self._emitted = self._citations[self._emitted :], len(self._citations)
        return _quotes_as_answer(new)

    def _cite(self, quote: str) -> list[Citation]:
        citation = find_quote(quote, self._hits)
        if citation is None:
            self._dropped += 1
            return []
        citation = self._quoted_on(citation)
        if any(_overlaps(citation, earlier) for earlier in self._citations):
            return []
        citation = replace(citation, n=len(self._citations) + 1)
        self._citations.append(citation)
        return [citation]

    def _quoted_on(self, cited: Citation) -> Citation:
        """Returns a quote as it can be read: whole sentences, and what belongs to them.

        That is the list that it announces, what it points to, and what it refers back to.
        """
        hit = self._hit(cited)
        start = cited.locator.start - hit.locator.start
        end = cited.locator.end - hit.locator.start
        start, end = whole_sentences(hit.text, start, end)
        end = quote_on(hit.text, start, end, self._question)
        return citation(hit, quote_from(hit.text, start), end)

    def _hit(self, cited: Citation) -> Hit:
        hit = hit_of(cited, self._hits)
        assert hit is not None, "a quote is cited from a passage that was given"
        return hit


def _quotes_as_answer(quoted: Sequence[Citation]) -> str:
    """Joins quotes to an answer."""
    return " ".join(one_line(cited.quote) for cited in quoted)


def _left_out(quoted: Sequence[Citation], text: str, question: str) -> list[Citation]:
    """Returns the quotes that an answer leaves out: a small model summarises too briefly.

    Not parts of sentences, nor a quote that is the only one, unless it is a list that was asked
    for, or the answer only affirms or denies the question: "Yes, they share data" does not say
    with whom. Nor one that adds nothing that was asked for (`_adds`).
    """
    answer_words = content_words(NO_WORDS.without_markers(text)[0])
    is_bare = asks_whether(question) and answer_words <= content_words(question)
    is_told = len(quoted) > 1 or is_bare
    if not text or not (is_told or asks_openly(question)):
        return []
    left_out = []
    for n, cited in enumerate(quoted):
        words = content_words(cited.quote)
        is_left_out = not _covers(answer_words, words)
        is_wanted = is_list(cited.quote) or (is_told and _is_whole(cited.quote))
        if is_left_out and is_wanted and _adds(cited, quoted[:n], text, question):
            left_out.append(cited)
    return left_out


def _covers(words_of_answer: frozenset[str], words: frozenset[str]) -> bool:
    return len(words & words_of_answer) >= _COVERED * len(words)


def _adds(cited: Citation, earlier: Sequence[Citation], text: str, question: str) -> bool:
    """Tells whether a quote adds something that is asked for.

    It goes on from an earlier quote, in the same passage; it has words of the question that nothing
    had so far; or it is another file's answer to the same.
    """
    if not earlier or cited.chunk_id in {other.chunk_id for other in earlier}:
        return True
    asked = content_words(question)
    own = asked & content_words(cited.quote)
    so_far = [asked & content_words(words) for words in (text, *(e.quote for e in earlier))]
    if own - frozenset().union(*so_far):
        return True
    is_other_file = cited.path not in {other.path for other in earlier}
    return is_other_file and len(own) >= len(asked & content_words(earlier[0].quote))


def _is_whole(quote: str) -> bool:
    """Tells whether a quote is a list or a sentence: not a heading or a part of one."""
    return is_list(quote) or (is_ended(quote) and not quote[0].islower())


def _overlaps(first: Citation, second: Citation) -> bool:
    return (
        first.chunk_id == second.chunk_id
        and first.locator.start < second.locator.end
        and second.locator.start < first.locator.end
    )
