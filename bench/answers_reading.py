"""How few tokens suffice: how often the context holds the answer, by its number of tokens.

    python -m bench.answers_reading --packs FOLDER --work FOLDER [--sets NAME ...] [--questions N]

Asks no model. For questions with short answers it prints how often one of the right answers stands
in what is read: whole passages, best first, and excerpts (`rag.answer.excerpt`) of several sizes.
The work folder can be that of `bench.answers`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from app.paths import Paths
from app.privacy.environment import harden
from app.services import build_services
from bench.answers import MODEL, Run, index
from bench.answers_score import holds
from bench.answers_sets import SETS, Question, sample
from rag.answer.excerpt import Reading
from rag.types import Hit

_CANDIDATES, _MOST = 8, 4
_WHOLE = (1, 2, 4)
_TOKENS = (100, 150, 200, 300, 400, 600, 0)  # 0: as many as `Reading.tokens` says


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.answers_reading", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["squad2", "policyqa", "rgb"])
    parser.add_argument("--questions", type=int, default=100, help="of each set")
    options = parser.parse_args(arguments)
    harden()
    run = Run(options.work, MODEL, "", time.monotonic())
    for pack in options.sets:
        chosen = sample(options.packs, [pack], options.questions)
        index(run, chosen)
        searched = _search(run, [question for question in chosen.questions if question.answerable])
        print(f"{pack}: {len(searched)} questions; answers in it, characters read")
        for count in _WHOLE:
            _print(
                f"{count} whole", [(item.question, _whole(item.hits, count)) for item in searched]
            )
        for tokens in _TOKENS:
            name = f"{tokens} tokens" if tokens else "as asked"
            _print(name, [(item.question, item.parts(tokens)) for item in searched])
    return 0


@dataclass(frozen=True)
class _Asked:
    """A question with the passages found for it."""

    question: Question
    hits: tuple[Hit, ...]
    reading: Reading

    def parts(self, tokens: int) -> str:
        """Returns the sentences to read; 0 tokens for Studiolo's own limit."""
        read = self.reading.excerpts(tokens or self.reading.tokens, _MOST)
        return "\n".join(excerpt.text for excerpt in read)


def _search(run: Run, questions: Sequence[Question]) -> list[_Asked]:
    searched: list[_Asked] = []
    for group, of_group in groupby(questions, key=lambda question: question.group):
        services = build_services(Paths(run.data(group), Paths.resolve().models))
        try:
            for question in of_group:
                hits = services.library.search(question.text, _CANDIDATES)
                reading = Reading(question.text, hits, services.workers.index.likeness)
                searched.append(_Asked(question, hits, reading))
        finally:
            services.close()
    return searched


def _whole(hits: Sequence[Hit], count: int) -> str:
    return "\n".join(hit.text for hit in hits[:count])


def _print(name: str, read: Sequence[tuple[Question, str]]) -> None:
    hits = sum(any(holds(text, gold) for gold in question.answers) for question, text in read)
    characters = sum(len(text) for _, text in read)
    count = max(1, len(read))
    print(f"  {name:12} {hits / count:.3f} {characters // count:6}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
