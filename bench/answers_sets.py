"""Folders of documents with questions about them, from the packs of `bench.answers`.

A group is a folder that is indexed by itself, as a person would have it: the files of one set, or
of one task, table or web site where the questions only make sense there.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.jsonl import read_lines

_LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Question:
    """A question with what is right.

    Attributes:
        key: unique over all sets.
        set: the pack that it is from.
        group: the folder that it is asked in.
        answers: each of them right; with `all_of`, all of them are needed.
        pages: (file name, 1-based page) that hold the answer, where the pack says so.
    """

    key: str
    set: str
    group: str
    text: str
    answers: tuple[str, ...]
    answerable: bool
    all_of: bool = False
    pages: frozenset[tuple[str, int]] = frozenset()


@dataclass
class Group:
    """Documents to index: files to copy, or texts by file name."""

    name: str
    files: list[Path] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes the documents to `folder`, once."""
        if folder.exists():
            return
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for file in self.files:
            shutil.copyfile(file, fresh / file.name)
        for name, text in self.texts.items():
            (fresh / name).write_text(text, encoding="utf-8")
        fresh.rename(folder)


@dataclass(frozen=True)
class Draw:
    """Which questions of the packs are drawn.

    Attributes:
        seed: of the order in which they are drawn.
        core: draws from the packs' core questions, which constants were chosen by; else from all
            others, where a pack tells them apart.
    """

    seed: int = 20
    core: bool = True


@dataclass(frozen=True)
class Sample:
    """Questions to ask, and the folders that they are asked in, by name."""

    questions: tuple[Question, ...]
    groups: dict[str, Group]


def sample(
    packs: Path, names: Sequence[str], count: int, after: int = 0, draw: Draw = Draw()
) -> Sample:
    """Samples `count` questions of each set, and as many without an answer where it has such.

    The order is fixed by the draw: a larger sample begins with the smaller one.

    Args:
        packs: holds the sets.
        names: of sets.
        count: how many of each kind at most.
        after: skips this many of each kind, such as those used for tuning.
        draw: which questions, in which order.
    """
    questions: list[Question] = []
    groups: dict[str, Group] = {}
    for name in names:
        counts: Counter[bool] = Counter()
        for question, group in _READERS[name](packs / name, count + after, draw):
            counts[question.answerable] += 1
            if counts[question.answerable] > after:
                questions.append(question)
                groups[group.name] = group
    return Sample(tuple(questions), groups)


Pairs = Iterator[tuple[Question, Group]]


def _squad(pack: Path, count: int, draw: Draw) -> Pairs:
    group = Group("squad2")
    articles: dict[str, list[str]] = defaultdict(list)
    for row in read_lines(pack / "docs.jsonl"):
        articles[str(row["article"])].append(str(row["text"]))
    for article, paragraphs in articles.items():
        group.texts[f"{article}.txt"] = "\n\n".join(paragraphs)
    core = [row for row in read_lines(pack / "questions.jsonl") if row["core"] is draw.core]
    for answerable in (True, False):
        for row in _some([r for r in core if r["answerable"] is answerable], count, draw):
            yield _question("squad2", group.name, row), group


def _policies(pack: Path, count: int, draw: Draw) -> Pairs:
    """Takes the three sites with most questions; each policy is a file in its own folder."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in read_lines(pack / "docs.jsonl"):
        texts[_site(row["doc_id"])].append(str(row["text"]))
    by_site: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_lines(pack / "questions.jsonl"):
        if row["core"] is draw.core:
            by_site[_site(row["gold_doc"])].append(row)
    sites = sorted(by_site, key=lambda site: (-len(by_site[site]), site))[:3]
    groups = {
        site: Group(f"policyqa-{site}", texts={f"{site}.txt": "\n\n".join(texts[site])})
        for site in sites
    }
    for row in _some([row for site in sites for row in by_site[site]], count, draw):
        group = groups[_site(row["gold_doc"])]
        yield _question("policyqa", group.name, row), group


def _site(document: object) -> str:
    return str(document).partition("#")[0]


def _rgb(pack: Path, count: int, draw: Draw) -> Pairs:
    """Puts the passages of the questions into one folder, and of those without answer into another.

    Questions whose passages were falsified are left out: what is right there is not in the files.
    """
    rows = list(read_lines(pack / "items.jsonl"))
    for test, name in (("noise", "rgb-answerable"), ("negative_rejection", "rgb-unanswerable")):
        of_test = [row for row in rows if row["test"] == test]
        by_language = [
            _some([row for row in of_test if row["lang"] == language], 12, draw)
            for language in _LANGUAGES
        ]
        group = Group(name)
        for row in (row for language in by_language for row in language):
            text = "\n\n".join(row["passages"])
            group.texts[f"{row['id']}.txt"] = text
        mixed = [row for pair in zip(*by_language, strict=True) for row in pair]
        for row in mixed[:count]:
            yield _question("rgb", name, row), group


def _contoso(pack: Path, count: int, draw: Draw) -> Pairs:
    group = Group("contoso-hr", sorted((pack / "docs").iterdir()))
    core = [row for row in read_lines(pack / "questions.jsonl") if row["core"] is draw.core]
    for answerable in (True, False):
        for row in _some([r for r in core if r["answerable"] is answerable], count, draw):
            yield _question("contoso-hr", group.name, row), group


def _finance(pack: Path, count: int, draw: Draw) -> Pairs:
    """Takes only the reports of eight questions: all of them are 5,800 pages."""
    core = [row for row in read_lines(pack / "questions.jsonl") if row["core"] is draw.core]
    chosen = _some(core, 8, draw)
    documents = {str(name) for row in chosen for name in row["docs"]}
    group = Group("financebench", [pack / name for name in sorted(documents)])
    for row in chosen[:count]:
        yield _question("financebench", group.name, row), group


def _sec(pack: Path, count: int, draw: Draw) -> Pairs:
    group = Group("sec10q", sorted((pack / "docs").iterdir()))
    core = [row for row in read_lines(pack / "questions.jsonl") if row["core"] is draw.core]
    for row in _some(core, count, draw):
        yield _question("sec10q", group.name, row), group


def _office(pack: Path, count: int, draw: Draw) -> Pairs:
    for row in _some(list(read_lines(pack / "questions.jsonl")), count, draw):
        scope = str(row["scope"])
        files = sorted(file for file in (pack / scope).rglob("*") if file.is_file())
        group = Group(f"officebench-{Path(scope).name}", files)
        yield _question("officebench", group.name, row, all_of=True), group


def _tables(pack: Path, count: int, draw: Draw) -> Pairs:
    """Takes easy questions only; each table is a folder, since no question names its table."""
    rows = [
        row
        for row in read_lines(pack / "questions.jsonl")
        if row["level"] == "easy" and not any("[]" in answer for answer in row["answers"])
    ]
    for row in _some(rows, count, draw):
        file = pack / str(row["docs"][0])
        group = Group(f"csv-{file.stem}", [file])
        values = tuple(str(a).partition("[")[2].rstrip("]") for a in row["answers"])
        question = _question("csv-dabench", group.name, {**row, "answers": values}, all_of=True)
        yield question, group


_READERS = {
    "squad2": _squad,
    "policyqa": _policies,
    "rgb": _rgb,
    "contoso-hr": _contoso,
    "financebench": _finance,
    "sec10q": _sec,
    "officebench": _office,
    "csv-dabench": _tables,
}
SETS = tuple(_READERS)
"""The sets, by the names of their folders."""


def _question(pack: str, group: str, row: dict[str, Any], *, all_of: bool = False) -> Question:
    pages = frozenset(
        (Path(e["doc"]).name, int(e["page"])) for e in row.get("evidence", ()) if e.get("page")
    )
    return Question(
        key=f"{pack}/{row['id']}",
        set=pack,
        group=group,
        text=str(row["question"]),
        answers=tuple(map(str, _flat(row["answers"]))),
        answerable=bool(row["answerable"]),
        all_of=all_of,
        pages=pages,
    )


def _flat(answers: Sequence[Any]) -> Iterator[Any]:
    """Flattens answers: RGB gives some as lists of spellings."""
    for answer in answers:
        if isinstance(answer, list):
            yield from _flat(answer)
        else:
            yield answer


def _some(rows: Sequence[dict[str, Any]], count: int, draw: Draw) -> list[dict[str, Any]]:
    shuffled = sorted(rows, key=lambda row: str(row["id"]))
    random.Random(draw.seed).shuffle(shuffled)
    return shuffled[:count]
