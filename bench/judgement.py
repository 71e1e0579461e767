"""Measures how well a model judges whether what was found answers a question, before it answers.

    python -m bench.judgement --packs FOLDER --work FOLDER [--sets NAME ...] [--questions N]
        [--after N] [--rest] [--minutes M] [--model ID]

Searches for the questions of `bench.answers` as the program does (the work folder can be the same),
and asks for the judgement alone (`app.answering.judgement`): a token for each question, no answer.
Prints for each set

- the area under the ROC curve: how often a question that has an answer is judged more likely to
  have one than a question that has none;
- for some thresholds, what they would make of the questions without an answer (right abstention)
  and of those with one (wrongful abstention);
- the threshold that the other sets choose, and what it makes of this one: on average over them, one
  in ten of the questions with an answer is below it. (The one of the last line is that of all sets:
  it chose there what it measures.)

A question that has an answer counts as such even if the search did not find it; those that the
program does not ask for a judgement of are left out. A run that ends
after M minutes goes on where it was.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec

from app.answering.context import AnswerContext
from app.answering.judgement import chance_of_an_answer
from app.answering.packing import Packer
from app.paths import Paths
from app.privacy.environment import harden
from app.services import build_services
from bench.answers import MODEL, Run, index
from bench.answers_score import auroc
from bench.answers_sets import SETS, Draw, Question, sample
from rag.answer.agreement import can_be_judged

_THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_WRONGFUL = 0.1


@dataclass(frozen=True)
class Judged:
    """The judgement of a question: `chance` that it is answered, and `seconds` that it took."""

    key: str
    set: str
    answerable: bool
    chance: float
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.judgement", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["squad2", "rgb", "contoso-hr"])
    parser.add_argument("--questions", type=int, default=40, help="of each kind in each set")
    parser.add_argument("--after", type=int, default=0, help="skip so many of each kind")
    parser.add_argument(
        "--rest", action="store_true", help="draw from the questions that are not the packs' core"
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--model", default=MODEL, metavar="ID")
    options = parser.parse_args(arguments)
    harden()
    run = Run(options.work, options.model, "", time.monotonic() + options.minutes * 60)
    draw = Draw(core=not options.rest)
    chosen = sample(options.packs, options.sets, options.questions, options.after, draw)
    index(run, chosen)
    questions = [question for question in chosen.questions if can_be_judged(question.text)]
    file = options.work / f"judged-{options.model}.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    judged = [msgspec.json.decode(line, type=Judged) for line in lines]
    done = {judgement.key for judgement in judged}
    for judgement in _judge(run, [q for q in questions if q.key not in done]):
        judged.append(judgement)
        with file.open("ab") as out:
            out.write(msgspec.json.encode(judgement) + b"\n")
    wanted = {question.key for question in questions}
    print_tables([judgement for judgement in judged if judgement.key in wanted])
    return 0


def _judge(run: Run, questions: Sequence[Question]) -> Iterator[Judged]:
    for group, of_group in groupby(questions, key=lambda question: question.group):
        if run.out_of_time():
            return
        services = build_services(Paths(run.data(group), Paths.resolve().models), run.model)
        try:
            library, model = services.workers.index, services.workers.infer
            packer = Packer(library.search, likeness=library.likeness)
            for question in of_group:
                if run.out_of_time():
                    break
                context = AnswerContext(question.text, model)
                pack = packer.pack(packer.find(context), context.budget)
                began = time.perf_counter()
                chance = chance_of_an_answer(pack, model)
                seconds = time.perf_counter() - began
                yield Judged(question.key, question.set, question.answerable, chance, seconds)
        finally:
            services.close()


def print_tables(judged: Sequence[Judged]) -> None:
    """Prints a line for each set and for all; "–" where a set has one kind of question only."""
    heads = "".join(f"{f'below {threshold}':>12}" for threshold in _THRESHOLDS)
    head = f"{'set':12}{'with':>5}{'without':>8}{'AUROC':>7}{'s':>6}{heads}{'others choose':>20}"
    print(f"{head}  (right/wrongful)")
    for name in (*dict.fromkeys(j.set for j in judged), "all"):
        of_set = [j for j in judged if name in (j.set, "all")]
        good = [j.chance for j in of_set if j.answerable]
        bad = [j.chance for j in of_set if not j.answerable]
        cells = "".join(f"{_rates(bad, good, threshold):>12}" for threshold in _THRESHOLDS)
        seconds = statistics.median([j.seconds for j in of_set] or [0.0])
        area = f"{auroc(good, bad):.2f}" if good and bad else "–"
        least = chosen_threshold([j for j in judged if j.set != name])
        of_others = f"{least:.2f}: {_rates(bad, good, least)}" if least is not None else "–"
        line = f"{name:12}{len(good):>5}{len(bad):>8}{area:>7}{seconds:>6.1f}{cells}"
        print(f"{line}{of_others:>20}")


def chosen_threshold(judged: Sequence[Judged]) -> float | None:
    """Returns the highest threshold that wrongs one in ten at most, on average over the sets.

    None where no question has an answer.
    """
    good: dict[str, list[float]] = defaultdict(list)
    for judgement in judged:
        if judgement.answerable:
            good[judgement.set].append(judgement.chance)

    def wrongful(threshold: float) -> float:
        shares = [sum(c < threshold for c in chances) / len(chances) for chances in good.values()]
        return statistics.fmean(shares)

    thresholds = sorted(chance for chances in good.values() for chance in chances)
    return max((t for t in thresholds if wrongful(t) <= _WRONGFUL), default=None)


def _rates(bad: Sequence[float], good: Sequence[float], threshold: float) -> str:
    return "/".join(
        f"{sum(c < threshold for c in chances) / len(chances):.2f}" if chances else "–"
        for chances in (bad, good)
    )


if __name__ == "__main__":
    sys.exit(main())
