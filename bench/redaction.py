"""Recall, precision and cost of finding personal data.

Reads a file with a line for each text, `{"text", "spans": [{"type", "start", "end"}], "template"}`.
A value counts as found when all of its letters and digits would be replaced, whatever they are
taken for; its kind is right when some of them are taken for what they are. A finding is precise
when it has something of a labelled value. The rules were written with the texts of even templates
in view and checked on those of odd ones, so both halves are told.

Other texts, as files to read or `.jsonl` with a field "text", say what is taken from ordinary ones:

    python -m bench.redaction PACK.jsonl [--ordinary FILE…] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.redaction.find import find
from app.redaction.finding import Kind

# What the labels are called here. Of those that are left out, only titles, ages, other dates and
# nationalities, nothing is looked for.
_KINDS = {
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "IBAN_CODE": Kind.IBAN,
    "CREDIT_CARD": Kind.CARD,
    "US_SSN": Kind.NATIONAL_ID,
    "US_DRIVER_LICENSE": Kind.NATIONAL_ID,
    "IP_ADDRESS": Kind.IP_ADDRESS,
    "DOMAIN_NAME": Kind.URL,
    "ZIP_CODE": Kind.ADDRESS,
    "STREET_ADDRESS": Kind.ADDRESS,
    "PERSON": Kind.NAME,
    "GPE": Kind.PLACE,
    "ORGANIZATION": Kind.ORGANISATION,
}
_STRUCTURED = {
    Kind.EMAIL, Kind.PHONE, Kind.IBAN, Kind.CARD, Kind.NATIONAL_ID, Kind.IP_ADDRESS, Kind.URL,
}  # fmt: skip
_NAMES_AND_PLACES = {Kind.NAME, Kind.PLACE}


@dataclass(frozen=True)
class Text:
    """A text and what is labelled in it, as [start, end) and the label's type."""

    words: str
    spans: tuple[tuple[int, int, str], ...]
    template: int


@dataclass
class Score:
    """Counts of one kind: labelled values, those found, those taken for what they are; findings."""

    labelled: int = 0
    found: int = 0
    kind_right: int = 0
    findings: int = 0
    precise: int = 0

    def recall(self) -> float:
        """Computes the share of labelled values that are found."""
        return self.found / self.labelled if self.labelled else 1.0

    def precision(self) -> float:
        """Computes the share of findings that overlap a labelled value."""
        return self.precise / self.findings if self.findings else 1.0


@dataclass
class Half:
    """Scores by kind of one part of the texts."""

    name: str
    texts: int = 0
    kinds: dict[Kind, Score] = field(default_factory=dict)

    def of(self, kinds: Iterable[Kind]) -> Score:
        """Sums the scores of several kinds."""
        total = Score()
        for kind in kinds:
            score = self.kinds.get(kind, Score())
            for name, value in asdict(score).items():
                setattr(total, name, getattr(total, name) + value)
        return total


@dataclass(frozen=True)
class Ordinary:
    """What is taken from a text that is not about people, and the time for 1,000 characters."""

    name: str
    characters: int
    share: float
    microseconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables and, if asked, writes all figures as JSON."""
    parser = argparse.ArgumentParser(prog="bench.redaction")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--ordinary", type=Path, nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    find("Warm up.")  # reads the lists
    texts = _texts(options.pack)
    halves = [
        _score("even templates", [text for text in texts if text.template % 2 == 0]),
        _score("odd templates", [text for text in texts if text.template % 2]),
        _score("all", texts),
    ]
    for half in halves:
        _print(half)
    ordinary = [_of_ordinary(options.pack.name, [text.words for text in texts])]
    ordinary += [
        _of_ordinary(f"{path.parent.name}/{path.name}", _words(path)) for path in options.ordinary
    ]
    print(f"\n{'text':32}{'characters':>12}{'replaced':>10}{'µs / 1,000':>12}")
    for one in ordinary:
        print(f"{one.name:32}{one.characters:>12,}{one.share:>10.3f}{one.microseconds:>12,.0f}")
    if options.json:
        figures = {
            "halves": [asdict(half) for half in halves],
            "ordinary": list(map(asdict, ordinary)),
        }
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _texts(pack: Path) -> list[Text]:
    rows = [json.loads(line) for line in pack.read_bytes().splitlines()]
    return [
        Text(
            row["text"],
            tuple((span["start"], span["end"], span["type"]) for span in row["spans"]),
            row["template"],
        )
        for row in rows
    ]


def _words(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".jsonl":
        return [text]
    return [json.loads(line)["text"] for line in text.splitlines()]


def _score(name: str, texts: Sequence[Text]) -> Half:
    half = Half(name, len(texts))
    for text in texts:
        findings = find(text.words)
        kinds = {at: one.kind for one in findings for at in range(one.start, one.end)}
        for start, end, label in text.spans:
            if label in _KINDS:
                _count(half, _KINDS[label], text.words, range(start, end), kinds)
        labelled = {at for start, end, _ in text.spans for at in range(start, end)}
        for finding in findings:
            score = half.kinds.setdefault(finding.kind, Score())
            score.findings += 1
            score.precise += not labelled.isdisjoint(range(finding.start, finding.end))
    return half


def _count(half: Half, kind: Kind, words: str, span: range, kinds: dict[int, Kind]) -> None:
    letters = [at for at in span if words[at].isalnum()]
    score = half.kinds.setdefault(kind, Score())
    score.labelled += 1
    score.found += all(at in kinds for at in letters)
    score.kind_right += any(kinds.get(at) is kind for at in letters)


def _of_ordinary(name: str, texts: Sequence[str]) -> Ordinary:
    started = time.process_time()
    by_text = [find(text) for text in texts]
    seconds = time.process_time() - started
    characters = sum(map(len, texts))
    replaced = sum(finding.end - finding.start for findings in by_text for finding in findings)
    return Ordinary(name, characters, replaced / characters, seconds / characters * 1e9)


def _print(half: Half) -> None:
    print(f"\n{half.name}: {half.texts} texts")
    print(f"{'':20}{'labelled':>9}{'recall':>8}{'kind':>7}{'found':>7}{'precision':>11}")
    order = Counter({kind: score.labelled for kind, score in half.kinds.items()})
    for kind, _ in order.most_common():
        _print_score(kind.value, half.kinds[kind])
    _print_score("= structured", half.of(_STRUCTURED))
    _print_score("= names and places", half.of(_NAMES_AND_PLACES))


def _print_score(name: str, score: Score) -> None:
    recall = f"{score.recall():.3f}" if score.labelled else "–"
    right = f"{score.kind_right / score.labelled:.2f}" if score.labelled else "–"
    precision = f"{score.precision():.3f}" if score.findings else "–"
    print(f"{name:20}{score.labelled:>9}{recall:>8}{right:>7}{score.findings:>7}{precision:>11}")


if __name__ == "__main__":
    main()
