"""Quality of summaries and comparisons, as far as a program can judge.

    python -m bench.kinds --packs FOLDER [--documents N] [--comparisons N] [--model ID]
        [--work FOLDER] [--show]

Summarises N documents of different kinds, of `examples/` and of the packs of `bench.answers`, and
makes N comparisons among them. Printed for each:

- points: sentences with a source of their own; supported: share that has most content words of it
  and does not differ (`rag.answer.support`, `rag.answer.agreement`: what Studiolo goes by, so it
  shows that nothing slips through, not that a point is true); own: share in the model's own words;
- verbatim: share of the quotes that stand in their document exactly;
- covered: share of the document's thirds that are cited; repeated: share of the points that say
  what an earlier one says;
- both: whether both sides are cited, all pairs of them;
- seconds, and seconds for 1,000 tokens of the document (of four characters each).
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.events import Answer
from app.paths import Paths
from app.privacy.environment import harden
from app.services import Services, build_services
from bench.answers import MODEL
from bench.answers_sets import sample
from rag.answer.agreement import difference
from rag.answer.support import SUPPORTED, support
from rag.store.store import Store
from rag.text.answer_markup import MARK, MARKER
from rag.text.fold import fold

_EXAMPLES = Path(__file__).parents[1] / "examples"
_SETS = ("contoso-hr", "policyqa")
_DOCUMENTS = (
    "travel-and-expenses.md",
    "PerksPlus.pdf",
    "water-damage-claim.eml",
    "lease-flat-3.pdf",
    "employee_handbook.pdf",
    "minutes-2025-03-04.docx",
    "community-garden-rules.html",
    "role_library.pdf",
)
_PLANS = "Northwind_Standard_Benefits_Details and Northwind_Health_Plus_Benefits_Details"
_COMPARISONS = (
    f"Compare {_PLANS}",
    "Compare the removal quote and minutes-2025-03-04",
    f"Compare {_PLANS} in terms of the deductible",
    "What is the difference between the contents insurance letter and the water damage claim?",
    "Compare lease-flat-3 and notes-about-the-flat",
)
_POINT = re.compile(rf"(?P<words>[^\[]+?)\s*(?P<marks>(?:{MARK}\s*)+)")
_LEAD = re.compile(r"^\s*(?:-\s+)?(?:\*[^*]+\*:\s+)?")
_HEADING_OR_NOTE = re.compile(r"^(\*\*.*\*\*|\*[^*]+\*)$")
_REPEATED = 0.8
_TOKEN_CHARACTERS = 4
_THIRDS = 3
_NAN = float("nan")


@dataclass(frozen=True)
class Point:
    """A sentence of an answer with the numbers of its sources."""

    words: str
    sources: tuple[int, ...]
    listed: bool


@dataclass(frozen=True)
class Measured:
    """One answer. Shares are 0 to 1; nan where one does not apply."""

    what: str
    points: int
    supported: float
    own: float
    verbatim: float
    covered: float
    repeated: float
    both: float
    seconds: float
    per_thousand: float


def points_of(text: str) -> list[Point]:
    """Returns the sentences of a Markdown answer that have a source."""
    points: list[Point] = []
    for line in text.splitlines():
        if _HEADING_OR_NOTE.match(line.strip()):
            continue
        lead = _LEAD.match(line)
        content = line[lead.end() :] if lead else line
        for match in _POINT.finditer(content):
            numbers = tuple(int(n) for n in MARKER.findall(match["marks"]) if n)
            listed = bool(lead and lead.group().strip())
            points.append(Point(match["words"].strip(), numbers, listed))
    return points


def measure(
    name: str, answer: Answer, seconds: float, texts: dict[str, str], *, compares: bool
) -> Measured:
    """Measures one answer.

    Args:
        name: the answer's name.
        answer: the summary or comparison.
        seconds: how long it took.
        texts: of the documents, by path.
        compares: whether it is a comparison.
    """
    quotes = {citation.n: citation for citation in answer.citations}
    points = points_of(answer.text)

    def source(point: Point) -> str:
        cited = [quotes[n] for n in point.sources if n in quotes]
        return " ".join(f"{citation.title} {citation.quote}" for citation in cited)

    good = [
        support(p.words, source(p), "") >= SUPPORTED and not difference(p.words, source(p))
        for p in points
    ]
    own = [fold(p.words).letters not in fold(source(p)).letters for p in points]
    verbatim = [citation.quote in texts[citation.path] for citation in answer.citations]
    thirds = {
        (citation.path, _THIRDS * citation.locator.start // max(1, len(texts[citation.path])))
        for citation in answer.citations
    }
    bullets = [p.words for p in points if p.listed]
    repeated = [
        any(support(words, earlier, "") >= _REPEATED for earlier in bullets[:at])
        for at, words in enumerate(bullets)
    ]
    tokens = sum(map(len, texts.values())) / _TOKEN_CHARACTERS
    return Measured(
        what=name,
        points=len(points),
        supported=_share(good),
        own=_share(own),
        verbatim=_share(verbatim),
        covered=_NAN if compares else len(thirds) / (_THIRDS * len(texts)),
        repeated=_NAN if compares else _share(repeated),
        both=float({citation.path for citation in answer.citations} == set(texts))
        if compares
        else _NAN,
        seconds=seconds,
        per_thousand=_NAN if compares else 1000 * seconds / tokens,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.kinds", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--documents", type=int, default=len(_DOCUMENTS), metavar="N")
    parser.add_argument("--comparisons", type=int, default=len(_COMPARISONS), metavar="N")
    parser.add_argument("--model", default=MODEL, metavar="ID")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keeps the library")
    parser.add_argument("--show", action="store_true", help="print every answer")
    options = parser.parse_args(arguments)
    harden()
    work = options.work or Path(tempfile.mkdtemp(prefix="kinds-"))
    folders = [_EXAMPLES]
    for group in sample(options.packs, _SETS, 1).groups.values():
        folders.append(work / "documents" / group.name)
        group.write(folders[-1])
    services = build_services(Paths(work / "data", Paths.resolve().models), options.model)
    try:
        services.library.add([str(folder) for folder in folders])
        services.workers.infer.load()
        questions = [f"Summarise {name}" for name in _DOCUMENTS[: options.documents]]
        summaries = [_ask(services, question, options.show) for question in questions]
        comparisons = [
            _ask(services, question, options.show, compares=True)
            for question in _COMPARISONS[: options.comparisons]
        ]
    finally:
        services.close()
    _print("summaries", summaries)
    _print("comparisons", comparisons)
    return 0


def _ask(services: Services, question: str, show: bool, *, compares: bool = False) -> Measured:
    answer = services.answers.ask(question)
    paths = {hit.path for hit in answer.nearest}
    with Store(services.paths.store) as store:
        stored = {path: store.document(path) for path in paths}
    texts = {path: item.document.text for path, item in stored.items() if item is not None}
    measured = measure(question, answer, answer.timings.total_s, texts, compares=compares)
    if show:
        print(f"\n## {question}\n\n{answer.text}\n", flush=True)
        for citation in answer.citations:
            print(f"  [{citation.n}] {Path(citation.path).name}: {citation.quote!r}", flush=True)
    return measured


_FIELDS = ("points", "supported", "own", "verbatim", "covered", "repeated", "both", "seconds")
_COLUMNS = (*_FIELDS, "per_thousand")


def _print(what: str, measured: Sequence[Measured]) -> None:
    if not measured:
        return
    print(f"\n{what:44}" + "".join(f"{name[:9]:>10}" for name in _COLUMNS))
    for row in measured:
        print(f"{row.what[:43]:44}" + "".join(map(_cell, _values(row))))
    print(f"{'mean':44}" + "".join(map(_cell, _means(measured, _values))))


def _values(row: Measured) -> list[float]:
    return [float(getattr(row, name)) for name in _COLUMNS]


def _means(
    measured: Sequence[Measured], values: Callable[[Measured], Sequence[float]]
) -> list[float]:
    columns = zip(*map(values, measured), strict=True)
    numbers = ([value for value in column if value == value] for column in columns)
    return [statistics.mean(column) if column else _NAN for column in numbers]


def _cell(value: float) -> str:
    return f"{'–':>10}" if value != value else f"{value:>10.2f}"


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else _NAN


if __name__ == "__main__":
    sys.exit(main())
