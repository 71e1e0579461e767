"""Questions about places: what stands on page 3 or in clause 4, and on which page something is.

No model has a part in it: what stands at a place is quoted, and the page is that of the quote.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from app.answering.context import AnswerContext, NoSuchFile, ToReadAt
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.fixed import fixed_answer, folder_of, meaning_words
from app.answering.place_reader import Documents, PlaceReader, PlaceText
from app.answering.places import WhereAsked
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound
from rag.answer.citations import citation
from rag.answer.excerpt import Likeness, PassageExcerpt, Reading, entire
from rag.formats import DocumentKind
from rag.parse.places import Place, label_at, label_of, line_number, number_of, row_of
from rag.store.inventory import name_of
from rag.text.answer_markup import code, one_line
from rag.text.describe_locator import describe
from rag.text.place_words import PlaceUnit
from rag.types import Citation, Hit

_MOST_FILES = 3
_MOST_CHARACTERS = 2_400  # quoted of one place: about a page
_SEARCHED = 12  # passages
_BEST = 24  # sentences of those that are looked at
_MOST_PLACES = 5
_LEAST_SHARED = 0.5  # of the words that are looked for: the sentence speaks of something else
_LINES = (PlaceUnit.SECTION, PlaceUnit.PARAGRAPH, PlaceUnit.LINE, PlaceUnit.MESSAGE)
"""Parts that can be as short as a line."""
_ROW_KINDS = (DocumentKind.CSV, DocumentKind.XLSX, DocumentKind.XLS, DocumentKind.ODS)
_PARTS = {
    PlaceUnit.PAGE: ("page", "pages"),
    PlaceUnit.SLIDE: ("slide", "slides"),
    PlaceUnit.SHEET: ("sheet", "sheets"),
    PlaceUnit.SECTION: ("numbered part", "numbered parts"),
    PlaceUnit.PARAGRAPH: ("paragraph", "paragraphs"),
    PlaceUnit.LINE: ("line", "lines"),
    PlaceUnit.MESSAGE: ("message", "messages"),
}


class Library(Documents, Protocol):
    """Keeps documents, and finds passages in them; the index worker does."""

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """Returns the best passages in some folders; a file counts as a folder of its own."""
        ...


class PlaceAnswerer:
    """Quotes what stands at a place, and tells where something stands.

    Args:
        library: keeps the documents, and finds passages in them.
        likeness: helps to choose sentences; None goes by their words.
        labels: gives the printed page numbers of a file, in the order of its pages.
    """

    def __init__(
        self,
        library: Library,
        likeness: Likeness | None = None,
        labels: Callable[[str], Sequence[str]] = lambda _path: (),
    ) -> None:
        self._library = library
        self._labels = labels
        self._reader = PlaceReader(library)
        self._likeness = likeness

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers, see `app.answering.run.Answerer`. Loads no model."""
        match context.wanted:
            case NoSuchFile() as missing:
                answer = self._missing(missing, context)
            case ToReadAt() as place:
                answer = self._read(place)
            case WhereAsked() as wanted:
                answer = self._located(wanted, context)
            case _:
                return None
        if answer is None:
            return None
        if answer.nearest:
            run.on_event(PassagesFound(answer.nearest))
        return run.told(answer)

    def _missing(self, file: NoSuchFile, context: AnswerContext) -> Answer | None:
        """Says that a file is not there; None where other documents speak of it."""
        counted = context.folders or ("",)
        if file.detail:
            text = f"{code(file.name)} could not be read: {one_line(file.detail)}"
            return fixed_answer(text, counted=counted)
        wanted = file.name.casefold()
        hits = self._library.search(file.name, _SEARCHED, context.folders)
        if any(wanted in hit.text.casefold() for hit in hits):
            return None
        return fixed_answer(
            f"Your library holds no file called {code(file.name)}.", counted=counted
        )

    def _read(self, wanted: ToReadAt) -> Answer | None:
        printed = {path: self._printed(path, wanted.place) for path in wanted.paths[:_MOST_FILES]}
        texts = {path: self._reader.read(path, place) for path, (place, _) in printed.items()}
        if any(text.hits and _asks_more(wanted, path, text) for path, text in texts.items()):
            return None  # the passages there are read (`app.answering.packing`)
        sources: list[Citation] = []
        blocks: list[str] = []
        if len(wanted.paths) > 1:
            blocks.append(f"{len(wanted.paths)} files have this name.")
        for path, text in texts.items():
            name = code(name_of(path))
            if len(wanted.paths) > 1:
                name += f" in {folder_of(path)}"
            place, remark = printed[path]
            if text.citations:
                blocks.append(_quoted(name, place, text, sources) + remark)
            else:
                blocks.append(_nothing_there(name, wanted.place, text) + remark)
        hits = [hit for text in texts.values() for hit in text.hits]
        return fixed_answer("\n\n".join(blocks), sources, hits, files=tuple(texts))

    def _printed(self, path: str, place: Place) -> tuple[Place, str]:
        """Returns a page as the reader counts it, and a remark where another number is printed.

        "Page 3" is the third page, as in citations; "page iv" can only be a printed number.
        """
        if place.unit is not PlaceUnit.PAGE or not place.number or place.until:
            return place, ""
        number = number_of(place.number)
        labels = [label.casefold() for label in self._labels(path)]
        wanted = place.number.casefold()
        with_label = labels.index(wanted) + 1 if wanted in labels else None
        if not place.number.isdecimal():
            if with_label is None:
                return place, ""
            words = f"{place.words}, which is page {with_label} of the file"
            return replace(place, number=str(with_label), words=words), ""
        if with_label is not None and with_label != number:
            return place, f"\n\n*The number {place.number} is printed on page {with_label}.*"
        return place, ""

    def _located(self, wanted: WhereAsked, context: AnswerContext) -> Answer | None:
        """Tells where a subject stands; None where no sentence has half of its words."""
        words = meaning_words(wanted.subject)
        hits = self._library.search(wanted.subject, _SEARCHED, context.places)
        if not hits or not words:
            return None
        reading = Reading(wanted.subject, hits, self._likeness)
        sentences = reading.best([entire(hit) for hit in hits], _BEST)
        shared = [words & _words_of(sentence) for sentence in sentences]
        if max(map(len, shared)) < _LEAST_SHARED * len(words):
            return None
        best = _most_telling(sentences, shared)
        first = best[0].hit.path
        by_place: dict[str, Citation] = {}
        is_line = wanted.unit in _LINES
        for sentence in (s for s in best if s.hit.path == first):
            cited = citation(sentence.hit, *sentence.spans[0])
            cited = _best_line(cited, words) if is_line else cited
            by_place.setdefault(self._place(cited, wanted.unit), cited)
        places = dict(
            sorted(list(by_place.items())[:_MOST_PLACES], key=lambda item: item[1].locator.start)
        )
        sources = [replace(cited, n=n) for n, cited in enumerate(places.values(), 1)]
        lines = [
            f"{_bold(place)}: {in_one_line(cited.quote)} [{cited.n}]"
            for place, cited in zip(places, sources, strict=True)
        ]
        name = code(name_of(first))
        if wanted.unit in (PlaceUnit.PAGE, PlaceUnit.SLIDE) and sources[0].locator.page is None:
            name += ", which has no numbered pages"
        text = (
            f"{name}, {lines[0]}"
            if len(lines) == 1
            else "\n".join([f"{name}:", "", *(f"- {line}" for line in lines)])
        )
        near = {sentence.hit.chunk_id: sentence.hit for sentence in best}
        return fixed_answer(text, sources, tuple(near.values()))

    def _place(self, cited: Citation, unit: PlaceUnit) -> str:
        """Returns where a quote stands, in words; "" where nothing tells."""
        where = describe(cited.locator, cited.kind)
        headings = cited.locator.headings
        if unit is PlaceUnit.PAGE and (page := cited.locator.page) is not None:
            labels = self._labels(cited.path)
            label = labels[page - 1] if page <= len(labels) else ""
            return f"{where} (printed: {label})" if label not in ("", str(page)) else where
        if unit is PlaceUnit.SECTION:
            own = label_of(cited.quote)
            own = own or label_at(self._reader.document(cited.path), cited.locator.start)
            return f"{headings[-1]}, {own}" if headings and own else own or "".join(headings[-1:])
        if unit is PlaceUnit.LINE and cited.locator.page is None:
            document = self._reader.document(cited.path)
            row = row_of(document, cited.locator.start)
            if row is not None:
                sheet = f"sheet {cited.locator.sheet}, " if cited.locator.sheet else ""
                return f"{sheet}row {row}"
            return f"line {line_number(document, cited.locator.start)}"
        return where


def _words_of(sentence: PassageExcerpt) -> frozenset[str]:
    """Returns the words of a sentence, with those of the headings that it stands under."""
    return meaning_words(f"{sentence.hit.context_at(sentence.spans[0][0])} {sentence.text}")


def _most_telling(
    sentences: Sequence[PassageExcerpt], shared: Sequence[frozenset[str]]
) -> list[PassageExcerpt]:
    """Returns the sentences that have most of the words looked for; rare words count more.

    The name of the document stands in many sentences, and tells none from another.

    Args:
        sentences: that were found.
        shared: the words of each that are looked for.
    """
    spread = Counter(word for of_sentence in shared for word in of_sentence)
    weights = [sum(1 / spread[word] for word in of_sentence) for of_sentence in shared]
    most = max(weights)
    return [s for s, weight in zip(sentences, weights, strict=True) if math.isclose(weight, most)]


def _best_line(cited: Citation, words: frozenset[str]) -> Citation:
    """Returns the line of a source that has most of some words, as a source."""
    lines = [line for line in cited.quote.split("\n") if line.strip()]
    best = max(lines, key=lambda line: len(words & meaning_words(line)))
    start = cited.locator.start + cited.quote.index(best)
    locator = replace(cited.locator, start=start, end=start + len(best))
    return replace(cited, locator=locator, quote=best)


def _asks_more(wanted: ToReadAt, path: str, text: PlaceText) -> bool:
    """Tells whether a question is about something at the place, rather than all that is there."""
    if wanted.subject != wanted.likely:
        return bool(wanted.subject)
    document = text.document
    beginning = document.blocks[0].locator
    own_name = f"{path} {document.title} {document.text[beginning.start : beginning.end]}"
    return not meaning_words(wanted.likely) <= meaning_words(own_name)


def _quoted(name: str, place: Place, text: PlaceText, sources: list[Citation]) -> str:
    """Returns the words at a place in Markdown, and adds their sources."""
    lines = [f"{name}, {_bold(place.words)}:", ""]
    shown = 0
    for cited in text.citations:
        if shown and shown + len(cited.quote) > _MOST_CHARACTERS:
            break
        shown += len(cited.quote)
        sources.append(replace(cited, n=len(sources) + 1))
        quote = _with_header(cited, text) if cited.locator.cells else _paragraphs(cited.quote)
        lines.append(f"- {quote} [{len(sources)}]")
    rest = sum(len(cited.quote) for cited in text.citations) - shown
    if rest:
        lines += ["", f"*{rest:,} more characters stand there: open the source to read on.*"]
    if place.until and text.found.count and int(place.until) > text.found.count:
        lines += ["", f"*It has {_parts(place.unit, text.found.count, text.document.kind)}.*"]
    return "\n".join(lines)


def _paragraphs(quote: str) -> str:
    """Returns a quote in Markdown as part of a list item, each paragraph on a line of its own."""
    return "  \n  ".join(in_one_line(paragraph) for paragraph in quote.split("\n\n"))


def _with_header(cited: Citation, text: PlaceText) -> str:
    """Returns rows with the header of their table: a cell means nothing without it."""
    rows = one_line(" ⏎ ".join(cited.quote.splitlines()))
    at = cited.locator.start
    blocks = (b for b in text.document.blocks if b.locator.start <= at < b.locator.end)
    header = one_line(next((block.header for block in blocks), ""))
    return f"{header}: {rows}" if header and header not in rows else rows


def _nothing_there(name: str, place: Place, text: PlaceText) -> str:
    """Says that a document or its numbered part has no such place, and how many it has."""
    count, whole = text.found.count, text.found.inside
    parts = _parts(place.unit, count, text.document.kind)
    if not whole and text.found.labels == ("",):
        return f"{name} has {parts}; no text was found there."
    where = f"Part {whole} of {name}" if whole else name
    if not count:
        plural = "parts" if whole else _PARTS[place.unit][1]
        return f"{where} has no {plural} that Studiolo can count, so there is no “{place.words}”."
    labels = ", ".join(filter(None, text.found.labels))
    listed = f" ({labels})" if labels else ""
    return f"{where} has {parts}{listed}; there is no “{place.words}”."


def _parts(unit: PlaceUnit, count: int, kind: DocumentKind) -> str:
    singular, plural = _PARTS[unit]
    if unit is PlaceUnit.LINE and kind in _ROW_KINDS:
        singular, plural = "row", "rows"
    return f"**{count:,} {singular if count == 1 else plural}**"


def _bold(words: str) -> str:
    return f"**{one_line(words)}**" if words and "*" not in words else one_line(words)
