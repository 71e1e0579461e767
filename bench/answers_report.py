"""Sums up what `bench.answers` measured."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.answers_score import Result, abstained, correctness, page_hits, supported
from bench.answers_sets import Question

Asked = tuple[Question, Result]
_NAN = float("nan")


@dataclass(frozen=True)
class Summary:
    """One system on one set ("mean": over the sets). Shares are 0 to 1; nan where none apply.

    Attributes:
        correct: mean correctness of the questions that have an answer.
        cited_right, cited_found: page-level precision and recall of the citations.
        verbatim: share of the quotes that stand in their source exactly.
        supported: share of the sentences that what they cite supports.
        right_abstention, wrong_abstention: on questions without, and with, an answer.
        first_token_s, total_s, prompt_tokens: medians.
    """

    set: str
    system: str
    questions: int
    correct: float
    cited_right: float
    cited_found: float
    verbatim: float
    supported: float
    right_abstention: float
    wrong_abstention: float
    first_token_s: float
    total_s: float
    prompt_tokens: float


def summaries(
    questions: Sequence[Question], results: Iterable[Result], systems: Sequence[str]
) -> list[Summary]:
    """Sums up each set and system, over the questions that all systems answered."""
    by_key: dict[str, dict[str, Result]] = {}
    for result in results:
        by_key.setdefault(result.key, {})[result.system] = result
    whole = [q for q in questions if set(systems) <= set(by_key.get(q.key, ()))]
    sums: list[Summary] = []
    for system in systems:
        pairs = [(q, by_key[q.key][system]) for q in whole]
        names = list(dict.fromkeys(q.set for q in whole))
        of_sets = [_sum(n, system, [pair for pair in pairs if pair[0].set == n]) for n in names]
        sums += of_sets
        overall = _sum("mean", system, pairs)
        correct = [summary.correct for summary in of_sets if summary.correct == summary.correct]
        fields = {f: getattr(overall, f) for f in overall.__dataclass_fields__}
        sums.append(Summary(**(fields | {"correct": _mean(correct)})))
    return sums


def _sum(name: str, system: str, pairs: Sequence[Asked]) -> Summary:
    with_answer = [pair for pair in pairs if pair[0].answerable]
    without = [pair for pair in pairs if not pair[0].answerable]
    answered = [pair for pair in pairs if not abstained(pair[1])]
    # The peers name their sources whether they answer or not.
    pages = [page_hits(q, r) for q, r in with_answer if q.pages]
    quotes = [source.verbatim for _, r in answered for source in r.sources]
    sentences = [supported(r) for _, r in answered]
    return Summary(
        set=name,
        system=system,
        questions=len(pairs),
        correct=_mean([correctness(q, r) for q, r in with_answer]),
        cited_right=_share(sum(p[0] for p in pages), sum(p[1] for p in pages)),
        cited_found=_share(sum(p[0] for p in pages), sum(p[2] for p in pages)),
        verbatim=_mean(quotes),
        supported=_share(sum(s[0] for s in sentences), sum(s[1] for s in sentences)),
        right_abstention=_mean([abstained(r) for _, r in without]),
        wrong_abstention=_mean([abstained(r) for _, r in with_answer]),
        first_token_s=_median(pairs, lambda r: r.first_token_s),
        total_s=_median(pairs, lambda r: r.total_s),
        prompt_tokens=_median(pairs, lambda r: r.prompt_tokens),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else _NAN


def _share(part: int, whole: int) -> float:
    return part / whole if whole else _NAN


def _median(pairs: Sequence[Asked], value: Callable[[Result], float]) -> float:
    return statistics.median([value(result) for _, result in pairs]) if pairs else _NAN


_COLUMNS = (
    ("correct", "correct"),
    ("cite P", "cited_right"),
    ("cite R", "cited_found"),
    ("verbatim", "verbatim"),
    ("support", "supported"),
    ("abst.ok", "right_abstention"),
    ("abst.bad", "wrong_abstention"),
    ("first s", "first_token_s"),
    ("total s", "total_s"),
    ("prompt", "prompt_tokens"),
)


def print_tables(sums: Sequence[Summary]) -> None:
    """Prints a line for each set and system; "–" where a figure does not apply."""
    heads = "".join(f"{head:>9}" for head, _ in _COLUMNS)
    print(f"{'set':14}{'system':10}{'n':>4}{heads}")
    for summary in sorted(sums, key=lambda s: (s.set == "mean", s.set)):
        cells = "".join(_cell(getattr(summary, field), field) for _, field in _COLUMNS)
        print(f"{summary.set:14}{summary.system:10}{summary.questions:>4}{cells}")


def _cell(value: float, field: str) -> str:
    if value != value:
        return f"{'–':>9}"
    return f"{value:>9.0f}" if field == "prompt_tokens" else f"{value:>9.2f}"
