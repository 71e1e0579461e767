"""Reads the model's reply as it is written, and verifies its quotes against the documents.

A quote counts when its words stand in a passage. It is then replaced by the document's own
characters, so a displayed quote is always verbatim. `rag.answer.ground` decides which source each
sentence of the answer rests on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from rag.answer.excerpt import RunAround
from rag.answer.form import ALL, ANSWERS, FOUND, QUOTE, Demands
from rag.answer.ground import (
    Grounded,
    agree,
    citation,
    cite_each,
    ground,
    only_asks,
    with_quotes,
    with_rest,
)
from rag.answer.pointers import is_list, only_points, quote_from, quote_on, shown_quote
from rag.answer.support import content_words
from rag.text.answer_markup import LIST_MARK, one_line
from rag.text.fold import FoldedText, fold
from rag.text.question_kind import asks_for_fact, asks_openly, asks_whether
from rag.text.sentences import is_ended, sentences
from rag.types import Citation, Hit

_FUZZY_SCORE = 88.0
"""Least similarity (0-100) at which an inexact quote counts as the words that it resembles."""
_SHORTEST_PART, _LEAST_PART = 20, 0.5
"""Least letters, and least share of a quote, that must match the text in one piece."""
_REPEATED = 0.5
"""If an answer has at least this share of the question's words and no others, it only repeats the
question; one or two words of it can answer "which"."""
_COVERED = 0.7
"""If an answer has at least this share of a quote's words, it does not leave the quote out."""
# Signs without a letter between them and white space, or the beginning or end.
_SIGNS_BEFORE = re.compile(r"(?:(?<!\S)(?:[^\w\s]|_)+)?$")
_SIGNS_AFTER = re.compile(r"(?:(?:[^\w\s]|_)+(?!\S))?")
_SHORT_QUOTE = 40
_LONGEST_QUOTE = 400
_LONGEST_SENTENCE = 600  # that is shown as a whole where a part of it is quoted


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
        run = self._run() if text else None
        quoted = self._citations if run is None else self._with_run(run.whole)
        if not writes or self._says_nothing_new(text):
            whole = [cited for cited in quoted if _is_whole(cited.quote)]
            shown = (whole or quoted[:1]) if writes else quoted
            grounded = with_quotes(Grounded("", (), 0, 1.0), shown if text else (), self._hits)
        else:
            grounded = ground(text, self._citations, self._hits, self._question)
            left_out = _left_out(quoted, grounded.text, self._question)
            if run is not None:
                left_out = [cited for cited in left_out if cited is not run.whole]
                grounded = with_rest(grounded, run.whole, run.unsaid(grounded.text, self._question))
            grounded = with_quotes(grounded, left_out, self._hits)
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
        start, end = _whole_sentences(hit.text, start, end)
        end = quote_on(hit.text, start, end, self._question)
        return citation(hit, quote_from(hit.text, start), end)

    def _hit(self, cited: Citation) -> Hit:
        return next(hit for hit in self._hits if hit.chunk_id == cited.chunk_id)


def _whole_sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a quote that was cut from a long sentence to all of it, unless that is very long."""
    touched = [(a, b) for a, b in sentences(text) if a < end and start < b]
    if not touched or touched[-1][1] - touched[0][0] > _LONGEST_SENTENCE:
        return start, end
    first, last = touched[0][0], touched[-1][1]
    if fold(text[first:start]).letters:
        mark = LIST_MARK.match(text, first)
        start = mark.end() if mark else first
    return start, last if fold(text[end:last]).letters else end


def _quotes_as_answer(quoted: Sequence[Citation]) -> str:
    """Joins quotes to an answer."""
    return " ".join(one_line(cited.quote) for cited in quoted)


def _left_out(quoted: Sequence[Citation], text: str, question: str) -> list[Citation]:
    """Returns the quotes that an answer leaves out: a small model summarises too briefly.

    Not parts of sentences, nor a quote that is the only one, unless it is a list that was asked
    for; nor one that adds nothing that was asked for (`_adds`).
    """
    if not text or not (len(quoted) > 1 or asks_openly(question)):
        return []
    answer_words = content_words(text)
    left_out = []
    for n, cited in enumerate(quoted):
        words = content_words(cited.quote)
        is_left_out = not _covers(answer_words, words)
        is_wanted = is_list(cited.quote) or (len(quoted) > 1 and _is_whole(cited.quote))
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


def find_quote(quote: str, hits: Sequence[Hit]) -> Citation | None:
    """Finds the passage that contains `quote`, in the document's own words.

    Args:
        quote: as the model wrote it.
        hits: the passages, best first.

    Returns:
        A citation (`n` is 1), or None when no passage contains the words.
    """
    wanted = fold(quote)
    if not wanted.letters:
        return None
    for hit in hits:
        place = fold(hit.text).find(wanted)
        if place is not None:
            return citation(hit, *_widened(hit.text, *place))
    near = [(like, hit) for hit in hits if (like := _similar(quote, hit.text)) is not None]
    if not near:
        near = [(part, hit) for hit in hits if (part := _part(wanted, hit.text)) is not None]
    if not near:
        return None
    best, hit = max(near, key=lambda match: match[0].score)
    return citation(hit, *_widened(hit.text, *_to_words(hit.text, best.start, best.end)))


@dataclass(frozen=True, slots=True)
class _Likeness:
    """The span of a text that resembles a quote, and how much (0-100)."""

    start: int
    end: int
    score: float


def _similar(quote: str, text: str) -> _Likeness | None:
    from rapidfuzz import fuzz

    lowered = text.lower()
    too_short = len(quote) < _SHORT_QUOTE // 2
    if too_short or len(quote) > len(text) * 1.2 or len(lowered) != len(text):
        return None
    best = fuzz.partial_ratio_alignment(quote.lower(), lowered, score_cutoff=_FUZZY_SCORE)
    return None if best is None else _Likeness(best.dest_start, best.dest_end, best.score)


def _part(quote: FoldedText, text: str) -> _Likeness | None:
    """Returns the longest stretch that a text shares with most of a quote, letter for letter.

    A model may introduce its quote with words of its own, or leave something out.
    """
    folded = fold(text)
    match = SequenceMatcher(None, quote.letters, folded.letters, False).find_longest_match()
    share = match.size / len(quote.letters)
    if match.size < _SHORTEST_PART or share < _LEAST_PART:
        return None
    start, end = folded.offsets[match.b], folded.offsets[match.b + match.size - 1] + 1
    return _Likeness(start, end, 100 * share)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a range to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a quote of a word or two to its sentence, and includes the signs around it.

    A quote is matched by its letters: signs of its sentence before the first and after the
    last, such as ``-5``, ``__main__.`` or ``900 €``, belong to it; a list item's mark does not.
    """
    bounds = sentences(text)
    first = max((a for a, _ in bounds if a <= start), default=0)
    last = min((b for _, b in bounds if b >= end), default=len(text))
    if end - start < _SHORT_QUOTE and last - first <= _LONGEST_QUOTE:
        start, end = first, last
    if not fold(text[first:start]).letters:
        start = first
    if not fold(text[end:last]).letters:
        end = last
    before, behind = _SIGNS_BEFORE.search(text[first:start]), _SIGNS_AFTER.match(text, end, last)
    start -= len(before[0]) if before else 0
    end += len(behind[0]) if behind else 0
    part = text[start:end]
    start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    mark = LIST_MARK.match(text, start, end)
    return (mark.end() if mark else start), end


def _overlaps(first: Citation, second: Citation) -> bool:
    return (
        first.chunk_id == second.chunk_id
        and first.locator.start < second.locator.end
        and second.locator.start < first.locator.end
    )
