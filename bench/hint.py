"""Fits the hint: how the model's certainty of its words tells that an answer is wrong.

    python -m bench.hint --packs FOLDER --work FOLDER [--sets NAME ...] [--questions N]
        [--minutes M] [--model ID]

Asks Studiolo's answer service the questions of `bench.answers` (the work folder can be the same)
and notes the signs (`app.answering.hint.Signs`) of each answer. Prints

- the logistic formula for `app/answering/hint.py`, fitted on the answers that were given, and the
  area under the ROC curve for wrong ones: of the product's formula, and of one that was fitted
  without the set of the answer that it judges;
- for the model's own "answerable", what each threshold would make of the questions without an
  answer (right abstention) and of those with one (wrongful abstention).

An answer is wrong if its question has none, or if its correctness is below 0.25: a short answer
that is right has that much in common with one that was written as a paragraph. A run that ends
after M minutes goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.answering.hint import Signs, doubt
from app.answering.service import AnswerService
from app.errors import KNOWN_ERRORS
from app.events import Answer
from app.paths import Paths
from app.privacy.environment import harden
from app.services import build_services
from bench.answers import MODEL, Run, index
from bench.answers_score import RIGHT, Result, auroc, correctness
from bench.answers_sets import SETS, Question, sample

_STEPS, _RATE, _RIDGE = 4000, 0.5, 0.02
_THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98)


@dataclass(frozen=True)
class Noted:
    """The signs of one answer. `said`: one was given; `right`: as `bench.answers` judges."""

    key: str
    set: str
    answerable: bool
    said: bool
    right: bool
    signs: Signs


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.hint", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["squad2", "rgb", "contoso-hr"])
    parser.add_argument("--questions", type=int, default=40, help="of each set")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--model", default=MODEL, metavar="ID")
    options = parser.parse_args(arguments)
    harden()
    run = Run(options.work, options.model, "", time.monotonic() + options.minutes * 60)
    chosen = sample(options.packs, options.sets, options.questions)
    index(run, chosen)
    file = options.work / f"signs-{options.model}.jsonl"
    noted = _read(file)
    known = {one.key for one in noted}
    for one in _ask(run, [q for q in chosen.questions if q.key not in known]):
        noted.append(one)
        with file.open("ab") as lines:
            lines.write(msgspec.json.encode(one) + b"\n")
    _print_formula([one for one in noted if one.said])
    _print_thresholds(noted)
    return 0


def _read(file: Path) -> list[Noted]:
    if not file.exists():
        return []
    lines = file.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Noted) for line in lines]


class _Listener:
    """Takes the place of the formula, and keeps what it was given."""

    def __init__(self) -> None:
        self._heard: list[Signs] = []

    def __call__(self, signs: Signs) -> float:
        self._heard.append(signs)
        return 0.0

    def take(self) -> list[Signs]:
        """What was heard since the last call; nothing where a table answered."""
        heard, self._heard = self._heard, []
        return heard


def _ask(run: Run, questions: Sequence[Question]) -> Iterator[Noted]:
    for group, of_group in groupby(questions, key=lambda question: question.group):
        if run.out_of_time():
            return
        services = build_services(Paths(run.data(group), Paths.resolve().models), run.model)
        try:
            listener = _Listener()
            service = AnswerService(
                services.library.search,
                services.workers.infer,
                services.settings,
                doubt=listener,
                likeness=services.workers.index.likeness,
            )
            for question in of_group:
                if run.out_of_time():
                    break
                try:
                    answer = service.ask(question.text)
                except KNOWN_ERRORS as error:
                    print(f"{question.key}: {error}", file=sys.stderr)
                    continue
                for signs in listener.take():
                    yield _noted(question, answer, signs)
        finally:
            services.close()


def _noted(question: Question, answer: Answer, signs: Signs) -> Noted:
    result = Result("studiolo", "", question.key, answer.text, answer.abstained, (), 0, 0, 0)
    right = question.answerable and correctness(question, result) >= RIGHT
    return Noted(
        question.key, question.set, question.answerable, not answer.abstained, right, signs
    )


Matrix = NDArray[np.float64]


def _print_formula(said: Sequence[Noted]) -> None:
    rows = np.array([[one.signs.sure] for one in said], np.float64)
    wrong = np.array([not one.right for one in said], np.float64)
    if not len(said) or wrong.all() or not wrong.any():
        print("There are not enough answers, right and wrong, to fit a formula.")
        return
    weights = fit(rows, wrong)
    print(f"{len(said)} answers, {int(wrong.sum())} of them wrong")
    print(f"constant {weights[0]:.2f}, weight of how sure the model was {weights[1]:.2f}")
    ours = np.array([doubt(one.signs) for one in said], np.float64)
    print(f"AUROC of the product's formula: {_auroc(ours, wrong):.3f}")
    print(f"AUROC, each set by the others' formula: {_by_other_sets(said, rows, wrong):.3f}")


def fit(rows: Matrix, wrong: Matrix) -> Matrix:
    """Weights of a logistic regression, the constant first, by plain gradient descent.

    Args:
        rows: shape (n, signs).
        wrong: shape (n,), 1 for wrong answers.
    """
    whole = np.hstack([np.ones((len(rows), 1)), rows])
    weights = np.zeros(whole.shape[1])
    for _ in range(_STEPS):
        slope = whole.T @ (probability(weights, rows) - wrong) / len(rows)
        slope[1:] += _RIDGE * weights[1:]
        weights -= _RATE * slope
    return weights


def probability(weights: Matrix, rows: Matrix) -> Matrix:
    """What the formula makes of signs: shape (n,)."""
    chances: Matrix = 1 / (1 + np.exp(-(weights[0] + rows @ weights[1:])))
    return chances


def _by_other_sets(said: Sequence[Noted], rows: Matrix, wrong: Matrix) -> float:
    guessed = np.zeros(len(said))
    for name in {one.set for one in said}:
        inside = np.array([one.set == name for one in said])
        train = ~inside if (~inside).any() else inside
        guessed[inside] = probability(fit(rows[train], wrong[train]), rows[inside])
    return _auroc(guessed, wrong)


def _auroc(scores: Matrix, wrong: Matrix) -> float:
    return auroc(scores[wrong > 0].tolist(), scores[wrong == 0].tolist())


def _print_thresholds(noted: Sequence[Noted]) -> None:
    share: Callable[[list[bool]], float] = lambda values: sum(values) / max(1, len(values))  # noqa: E731
    print("answered only from this probability of 'answerable' on: right, wrongful abstention")
    for least in _THRESHOLDS:
        gone = [not one.said or one.signs.answerable < least for one in noted]
        right = share([g for g, one in zip(gone, noted, strict=True) if not one.answerable])
        wrongful = share([g for g, one in zip(gone, noted, strict=True) if one.answerable])
        print(f"  {least:.2f}  {right:.2f}  {wrongful:.2f}")


if __name__ == "__main__":
    sys.exit(main())
