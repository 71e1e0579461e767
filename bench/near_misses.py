"""How often the particulars of a question show that a source is about something else.

    python -m bench.near_misses --packs FOLDER

Asks no model. FOLDER holds the set squad2 (`bench.answers_sets`). For a question that has an answer
the source is the sentence of its paragraph that holds it; for one that has none, the sentence that
shares most words with it, since that is what gets quoted. Prints for both how often
`rag.answer.question_details` says that the source contradicts, and that the question's names or
years are unheard of: in the paragraph, and in the whole article.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.jsonl import read_lines
from rag.answer.question_details import QuestionDetails
from rag.answer.support import content_words
from rag.text.sentences import sentences


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.near_misses", description=__doc__)
    parser.add_argument("--packs", type=Path, required=True, metavar="FOLDER")
    pack = parser.parse_args(arguments).packs / "squad2"
    documents = {row["doc_id"]: row for row in read_lines(pack / "docs.jsonl")}
    articles: dict[str, list[str]] = defaultdict(list)
    for row in documents.values():
        articles[row["article"]].append(row["text"])
    questions: Counter[bool] = Counter()
    told: Counter[tuple[bool, str]] = Counter()
    for row in read_lines(pack / "questions.jsonl"):
        document = documents[row["gold_doc"]]
        source = _source(row, document["text"])
        if not source:
            continue
        with_answer, title = bool(row["answerable"]), document["article"].replace("_", " ")
        particulars = QuestionDetails(row["question"])
        questions[with_answer] += 1
        signs = {
            "contradicted": particulars.contradicted_by(source, title),
            "unheard of in the paragraph": bool(particulars.unheard_of([title, document["text"]])),
            "unheard of in the article": bool(
                particulars.unheard_of([title, *articles[document["article"]]])
            ),
        }
        signs["any of these, by the article"] = (
            signs["contradicted"] or signs["unheard of in the article"]
        )
        told.update((with_answer, sign) for sign, is_so in signs.items() if is_so)
    print(f"{'':32}{questions[True]:>6} with{questions[False]:>6} without an answer")
    for sign in dict.fromkeys(sign for _, sign in told):
        shares = [
            told[answerable, sign] / max(1, questions[answerable]) for answerable in (True, False)
        ]
        print(f"{sign:32}{shares[0]:>11.3f}{shares[1]:>14.3f}")
    return 0


def _source(row: dict[str, Any], text: str) -> str:
    """Returns the sentence that answers; for a question without an answer, the most similar one."""
    parts = [text[start:end] for start, end in sentences(text)]
    if row["answerable"]:
        parts = [part for part in parts if row["answers"][0] in part]
    words = content_words(row["question"])
    return max(parts, key=lambda part: len(content_words(part) & words), default="")


if __name__ == "__main__":
    sys.exit(main())
