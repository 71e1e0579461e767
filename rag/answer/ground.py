"""Finds the source of each sentence of an answer: a quote, another sentence, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.agreement import denies, difference, has_dates_of, is_opposed, repeats
from rag.answer.citations import citation, headed, hit_of
from rag.answer.support import SUPPORTED, content_words, mixes_figures, support
from rag.answer.told_rows import shown_source
from rag.text.answer_markup import DocumentWords
from rag.text.back_reference import refers_back
from rag.text.language import differ_in_language, in_one_language, language_of
from rag.text.question_kind import asks_openly, asks_whether, is_question
from rag.text.sentences import sentences
from rag.types import Citation, Hit

UNSUPPORTED = "[?]"
"""The marker of a sentence that no passage supports."""

# Least support by a sentence that the model did not quote: higher than for a quote.
_FOUND_SUPPORT = 0.6
_STRICT_SUPPORT = 0.7
_SHORTEST_SOURCE = 20
_MOST_OTHERS = 4
_BEGINNING = 5  # letters that forms and compounds of a word share

Supporting = tuple[float, Citation, str]
"""How far a source supports a sentence, the source, and its words below their headings."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer with its sources.

    Attributes:
        text: with ``[n]`` or ``[?]`` behind each sentence.
        citations: those that a marker names, in the order of their markers.
        dropped: markers that the model wrote itself; it was not given any to write.
        support: the mean over the sentences, 0 to 1; 0 without any.
    """

    text: str
    citations: tuple[Citation, ...]
    dropped: int
    support: float


class Sources:
    """The sources of an answer, each numbered once.

    Args:
        citations: those that have their numbers, from 1 on.
    """

    def __init__(self, citations: Sequence[Citation] = ()) -> None:
        self.citations = list(citations)

    def number(self, citation: Citation) -> int:
        """Returns the number of a source; adds it where it is new."""
        for earlier in self.citations:
            if replace(earlier, n=0) == replace(citation, n=0):
                return earlier.n
        number = len(self.citations) + 1
        self.citations.append(replace(citation, n=number))
        return number


def ground(text: str, quoted: Sequence[Citation], hits: Sequence[Hit], question: str) -> Grounded:
    """Puts a marker behind each sentence, and keeps the sources that are named.

    A sentence is compared with the model's quotes, then with all sentences of the passages. Where
    it says something else than what supports it, the source's own words take its place, if they are
    about the question; else it goes. If nothing supports any, the first quote is named all the
    same: the model relied on it; in place of a yes or no that nothing supports it is told.

    Args:
        text: the answer, as the model wrote it.
        quoted: its verified quotes.
        hits: the passages that it was shown.
        question: as asked; its words need no support.
    """
    text, dropped = _unmarked(text, quoted, hits)
    if not text or not quoted:
        return Grounded(text, (), dropped, 0.0)
    whether = asks_whether(question)
    if whether and (exception := _exception_among(quoted)):
        return _quote_alone(exception, dropped, hits, question)
    rests, support_of_all = _with_sources(text, quoted, hits, question)
    is_unsupported = all(source is None for _, source in rests)
    if whether and is_unsupported:
        return _quote_alone(quoted[0], dropped, hits, question)
    if not rests:
        return Grounded("", (), dropped, 0.0)
    if is_unsupported:
        first = replace(quoted[0], n=1)
        kept = "".join(words for words, _ in rests).strip()
        return Grounded(f"{kept} [1] {UNSUPPORTED}", (first,), dropped, support_of_all)
    return _numbered(rests, dropped, support_of_all)


def _quote_alone(quote: Citation, dropped: int, hits: Sequence[Hit], question: str) -> Grounded:
    """Returns a quote in place of an answer; nothing where it is about something else."""
    if not _has_a_word(headed([quote], hits)[0], question):
        return Grounded("", (), dropped, 0.0)
    return with_quotes(Grounded("", (), dropped, 1.0), [quote], hits)


def only_supported(text: str, quoted: Sequence[Citation], hits: Sequence[Hit]) -> Grounded:
    """Grounds an answer and drops the sentences that nothing supports; the result may be empty.

    It also drops sentences that have some figures of their source and leave out others. For
    summaries, where the document's own words can take their place.
    """
    text, dropped = _unmarked(text, quoted, hits)
    if not text or not quoted:
        return Grounded("", (), dropped, 0.0)
    rests, much = _with_sources(text, quoted, hits, "", _STRICT_SUPPORT)
    own = set(_split(text))
    kept = [
        (words, source)
        for words, source in rests
        if source is not None and words in own and not mixes_figures(words, source.quote)
    ]
    grounded = _numbered(kept, dropped, much)
    return replace(grounded, text=grounded.text.strip())


def only_asks(text: str, question: str) -> bool:
    """Tells whether an answer is nothing but the question, asked once more."""
    parts = _split(text)
    return bool(parts) and all(_asks_again(part, question) for part in parts)


def keeps_any(text: str, grounded: Grounded) -> bool:
    """Tells whether any sentence of an answer is shown in its own words."""
    return any(part.strip() in grounded.text for part in _split(text))


def agree(text: str, quoted: Sequence[Citation], hits: Sequence[Hit], question: str) -> bool:
    """Tells whether all sentences of an answer are shown as they are."""
    if not quoted:
        return False
    whether = asks_whether(question)
    if whether and _exception_among(quoted):
        return False
    for part in _split(_unmarked(text, quoted, hits)[0]):
        if _asks_again(part, question):
            return False
        shown, source, _ = _judged(part, quoted, hits, question, SUPPORTED)
        if shown != part or (whether and source is None):
            return False
    return True


def cite_each(grounded: Grounded, quoted: Sequence[Citation]) -> Grounded:
    """Adds a quote of each document that is not cited yet, behind the last sentence.

    For comparisons: a sentence about two documents rests on both.
    """
    if not grounded.citations:
        return grounded
    sources, text = Sources(grounded.citations), grounded.text
    for quote in quoted:
        if quote.path not in {cited.path for cited in sources.citations}:
            text += f" [{sources.number(quote)}]"
    return replace(grounded, text=text, citations=tuple(sources.citations))


def with_quotes(
    grounded: Grounded, quotes: Sequence[Citation], hits: Sequence[Hit] = ()
) -> Grounded:
    """Adds quotes behind an answer, each with its marker; `hits` are what they are from."""
    sources, text = Sources(grounded.citations), grounded.text
    for quote in quotes:
        shown = shown_source(quote, hit_of(quote, hits))
        gap = "\n\n" if "\n" in shown or "\n" in text else " "
        text = f"{text}{gap if text else ''}{shown} [{sources.number(quote)}]"
    return replace(grounded, text=text, citations=tuple(sources.citations))


def with_rest(grounded: Grounded, run: Citation, rest: str) -> Grounded:
    """Adds what an answer leaves out of a run of sentences, if anything, with its marker.

    The run takes the place of the citation that is a part of it.

    Args:
        grounded: the answer.
        run: a part of a passage, such as a quote and what surrounds it.
        rest: words of the run.
    """
    if not rest:
        return grounded
    is_part = [
        cited.chunk_id == run.chunk_id
        and run.locator.start <= cited.locator.start
        and cited.locator.end <= run.locator.end
        for cited in grounded.citations
    ]
    number = is_part.index(True) + 1 if any(is_part) else len(is_part) + 1
    citations = list(grounded.citations)
    citations[number - 1 : number] = [replace(run, n=number)]
    gap = "\n\n" if "\n" in rest or "\n" in grounded.text else " "
    text = f"{grounded.text}{gap if grounded.text else ''}{rest} [{number}]"
    return replace(grounded, text=text, citations=tuple(citations))


def _unmarked(text: str, quoted: Sequence[Citation], hits: Sequence[Hit]) -> tuple[str, int]:
    """Removes markers that the model made up, and counts them; a document's own stay."""
    if "[" not in text:
        return text, 0
    return DocumentWords(
        (*(quote.quote for quote in quoted), *(hit.text for hit in hits))
    ).without_markers(text)


def _split(text: str) -> list[str]:
    """Returns the sentences of an answer, each with the white space that follows it.

    What has no letter or digit, such as a closing mark behind a blank, belongs to the one before.
    """
    parts: list[str] = []
    for start, end in sentences(text):
        if parts and not any(map(str.isalnum, text[start:end])):
            parts[-1] += text[start:end]
        else:
            parts.append(text[start:end])
    return parts


def _with_sources(
    text: str,
    quoted: Sequence[Citation],
    hits: Sequence[Hit],
    question: str,
    least: float = SUPPORTED,
) -> tuple[list[tuple[str, Citation | None]], float]:
    """Returns what is shown of each sentence, with its source, and the mean of their support."""
    sources = list(quoted)
    rests: list[tuple[str, Citation | None]] = []
    total = 0.0
    parts = [part for part in _split(text) if not _asks_again(part, question)]
    for sentence in parts:
        shown, source, much = _judged(sentence, sources, hits, question, least)
        total += much
        if not shown:
            continue
        if (shown.strip(), source) not in [(words.strip(), earlier) for words, earlier in rests]:
            rests.append((shown, source))
        if source is not None and source not in sources:
            sources.append(source)
    return rests, total / max(1, len(parts))


def _judged(
    sentence: str, quoted: Sequence[Citation], hits: Sequence[Hit], question: str, least: float
) -> tuple[str, Citation | None, float]:
    """Returns what is shown of a sentence, its source, and how far anything supports it.

    Shown are its own words, or those of a source that it misstates; "" where that source is about
    something else than the question, as that of a figure that the model computed may be. A source
    that the model did not quote needs more support than a quote.
    """
    candidates = [
        (support(sentence, source, question), candidate, source)
        for candidate, source in zip(quoted, headed(quoted, hits), strict=True)
    ]
    candidates.sort(key=lambda item: -item[0])
    whether = asks_whether(question)
    if whether and (stated := _stated_elsewhere(sentence, quoted, hits)):
        much, line, words = stated
        agrees = _agrees(sentence, words, question)
        return (sentence if agrees else _in_place_of(sentence, line, hits)), line, much
    # The heading is left out: it has words of the question, but says neither yes nor no.
    if whether and all(is_opposed(sentence, quote.quote, question) for quote in quoted):
        return _in_place_of(sentence, quoted[0], hits), quoted[0], 1.0
    much, best, best_words = candidates[0]
    if _is_in_another_language(sentence, best.quote, question) or (
        not whether and _asked_words_unread(sentence, quoted, hits, question)
    ):
        if not _has_a_word(best_words, question):
            return "", None, 0.0
        return _in_place_of(sentence, best, hits), best, max(much, least)
    near = [item for item in candidates if item[0] >= least]
    source = _agreeing(sentence, near, quoted, hits, question)
    if source is not None:
        return sentence, source, much
    others = _sentences_of(sentence, hits, question, max(least, _FOUND_SUPPORT))[:_MOST_OTHERS]
    source = _agreeing(sentence, others, quoted, hits, question)
    much = max(much, *(value for value, _, _ in others), 0.0)
    if source is not None:
        return sentence, source, much
    everything = " ".join(source for _, _, source in candidates)
    if not near and not others and _agrees(sentence, everything, question):
        return (sentence, best, 1.0) if repeats(sentence, everything) else (sentence, None, much)
    _, misstated, words = _nearest(near, others, candidates, question)
    if not near and not others and not _is_about(words, question):
        return "", None, 0.0
    if whether and _has_a_word(words, question):  # the model's yes or no need not have its words
        much = max(much, SUPPORTED)
    return _in_place_of(sentence, misstated, hits), misstated, much


def _is_in_another_language(sentence: str, quote: str, question: str) -> bool:
    """Tells whether a sentence is in another language than its source and the question."""
    return in_one_language(question, quote) and differ_in_language(sentence, question)


def _asked_words_unread(
    sentence: str, quoted: Sequence[Citation], hits: Sequence[Hit], question: str
) -> bool:
    """Tells whether a sentence says a word of the question that none of its passages has.

    "The flat has three parking spaces" may be about its three rooms. More than a fact is asked for
    in words of its own ("What are the key points?"), and in another language all words differ.
    """
    if asks_openly(question):
        return False
    ids = {cited.chunk_id for cited in quoted}
    text = " ".join(f"{hit.path} {hit.context} {hit.text}" for hit in hits if hit.chunk_id in ids)
    if not in_one_language(question, text):
        return False
    read = content_words(text)
    beginnings = {word[:_BEGINNING] for word in read}
    said = content_words(sentence) & content_words(question)
    return any(word not in read and word[:_BEGINNING] not in beginnings for word in said)


def _nearest(
    near: Sequence[Supporting],
    others: Sequence[Supporting],
    quotes: Sequence[Supporting],
    question: str,
) -> Supporting:
    """Returns the source that takes the place of a sentence which misstates it.

    Where not a quote supports it but other sentences do, it is the one with more of the question.
    """
    if near or not others:
        return (near or quotes)[0]
    asked = content_words(question)
    return max((*quotes, others[0]), key=lambda item: len(asked & content_words(item[2])))


def _asks_again(sentence: str, question: str) -> bool:
    """Tells whether a sentence of an answer is the question, or a part of it, with its mark."""
    return is_question(sentence) and content_words(sentence) <= content_words(question)


def _stated_elsewhere(
    sentence: str, quoted: Sequence[Citation], hits: Sequence[Hit]
) -> Supporting | None:
    """Returns the sentence of the passages that has all of an answer's words, if no quote has.

    For questions that want yes or no: the answer has the question's own words, so they say
    nothing about where it is from. "The insurer was informed about the roof" is about the line
    "insurer informed (not ticked)", whatever else the model quoted. All of its dates suffice:
    "There is a rehearsal on 18 February" is about the line that has this date.
    """
    quotes, lines = headed(quoted, hits), _sentences_of(sentence, hits, "", 0.0)
    for has_all, least in ((repeats, SUPPORTED), (has_dates_of, 0.0)):
        if any(has_all(sentence, quote) for quote in quotes):
            return None
        able = (line for line in lines if line[0] >= least)
        if stated := next((line for line in able if has_all(sentence, line[2])), None):
            return stated
    return None


def _in_place_of(sentence: str, source: Citation, hits: Sequence[Hit]) -> str:
    """Returns a source's own words, with the white space that follows a sentence."""
    return shown_source(source, hit_of(source, hits)) + sentence[len(sentence.rstrip()) :]


def _exception_among(quoted: Sequence[Citation]) -> Citation | None:
    """Returns the first quote that denies something of what it refers back to, if any does.

    "This does not apply to apprentices" may mean that they need a note or that they need none: that
    no comparison of words tells.
    """
    for cited in quoted:
        language = language_of(cited.quote)
        parts = [cited.quote[a:b] for a, b in sentences(cited.quote)][1:]
        if any(refers_back(part, language) and denies(part) for part in parts):
            return cited
    return None


def _has_a_word(source: str, question: str) -> bool:
    """Tells whether a source has any word of a question, or is in another language."""
    asked = content_words(question)
    return bool(asked & content_words(source)) or differ_in_language(question, source)


def _is_about(source: str, question: str) -> bool:
    """Tells whether a source has most of a question's words."""
    asked = content_words(question)
    return len(asked & content_words(source)) >= SUPPORTED * len(asked)


def _agreeing(
    sentence: str,
    candidates: Sequence[Supporting],
    quoted: Sequence[Citation],
    hits: Sequence[Hit],
    question: str,
) -> Citation | None:
    """Returns the best candidate that the sentence agrees with, alone or beside the quotes."""
    for _, candidate, source in candidates:
        if _agrees(sentence, source, question):
            return candidate
    if candidates and len(quoted) > 1:
        everything = " ".join(headed(quoted, hits))
        return candidates[0][1] if _agrees(sentence, everything, question) else None
    return None


def _agrees(sentence: str, source: str, question: str) -> bool:
    return difference(sentence, source, question=question) is None


def _sentences_of(
    sentence: str, hits: Sequence[Hit], question: str, least: float
) -> list[Supporting]:
    """Returns all sentences of the passages that support a sentence at least so far, best first."""
    others: list[Supporting] = []
    for hit in hits:
        for start, end in sentences(hit.text):
            part = hit.text[start:end].strip()
            if len(part) < _SHORTEST_SOURCE:
                continue
            above = hit.context_at(start)
            like = support(sentence, f"{above} {part}", question)
            if like >= least:
                others.append((like, citation(hit, start, end), f"{above}\n{part}"))
    return sorted(others, key=lambda item: -item[0])


def _numbered(rests: Sequence[tuple[str, Citation | None]], dropped: int, much: float) -> Grounded:
    sources = Sources()
    text = ""
    for sentence, source in rests:
        words = sentence.rstrip()
        marker = f"[{sources.number(source)}]" if source is not None else UNSUPPORTED
        text += f"{words} {marker}{sentence[len(words) :]}"
    return Grounded(text, tuple(sources.citations), dropped, much)
