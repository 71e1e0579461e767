"""Pairs of a source and a sentence that says the same, or something else in one respect.

Some are written here, in eleven languages; more are made from the texts of the packs, which are
read and not copied. Half "a" may choose rules, half "b" only measures: texts are divided by their
document, sentences written here by their place in the list.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.jsonl import read_lines
from rag.text.calendar_names import months
from rag.text.logic_words import logic_words
from rag.text.sentences import sentences

RIGHT = "right"


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """A source, a sentence, and what was changed in it; `RIGHT` if it says the same."""

    source: str
    sentence: str
    change: str
    half: str
    language: str = "en"
    question: str = ""


# Half "b" was written before the rules were first run, half "c" after them; both have served to
# correct them since.
_WRITTEN = Path(__file__).with_name("claim_pairs.txt")


def written() -> Iterator[ClaimPair]:
    """Yields the pairs of ``claim_pairs.txt``.

    There, a source follows its language; "?" begins the question, "=" sentences that say the same,
    and the kind of a change those that do not; "half c" begins a part that is measured by itself.
    """
    source, language, question, count, half = "", "", "", 0, ""
    for line in _WRITTEN.read_text("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "half":
            half = rest
        elif mark == "?":
            question = rest
        elif len(mark) == len("en:"):
            source, language, question = rest, mark[:2], ""
            count += 1
        else:
            change = RIGHT if mark == "=" else mark.rstrip(":")
            for sentence in rest.split(" | "):
                own = half or "ab"[count % 2]
                yield ClaimPair(source, sentence.strip(), change, own, language, question)


def read(packs: Path, most: int = 60) -> Iterator[ClaimPair]:
    """Yields pairs made from the packs, at most `most` of each set and half.

    Args:
        packs: folder of the development packs.
        most: sentences taken of each set and half.
    """
    for name, language, document, text in _texts(packs):
        _COUNT.setdefault((name, _half(document)), []).append((language, document, text))
    for (name, half), rows in sorted(_COUNT.items()):
        chance = random.Random(f"{name} {half}")
        chance.shuffle(rows)
        taken = 0
        for language, _, text in rows:
            spans = [text[a:b].strip() for a, b in sentences(text)]
            usable = [
                s
                for s in spans
                if 40 <= len(s) <= 240 and s[-1] in ".!?。।" and s[0] == s[0].upper()
            ]
            if not usable:
                continue
            taken += 1
            if taken > most:
                break
            sentence = chance.choice(usable)
            for change, changed in _changes(sentence, language, text, chance):
                if changed != sentence:
                    yield ClaimPair(sentence, changed, change, half, language)
    _COUNT.clear()
    yield from _spans(packs, most)


def _spans(packs: Path, most: int) -> Iterator[ClaimPair]:
    """Yields answers of a few words to questions, beside the sentence that holds them."""
    folder = packs / "B_docqa" / "squad2"
    texts = {row["doc_id"]: row for row in read_lines(folder / "docs.jsonl")}
    rows = [row for row in read_lines(folder / "questions.jsonl") if row["answerable"]]
    random.Random(5).shuffle(rows)
    for row in rows[: 4 * most]:
        document, answer = texts[row["gold_doc"]], str(row["answers"][0])
        text = str(document["text"])
        source = next((text[a:b].strip() for a, b in sentences(text) if answer in text[a:b]), "")
        if source:
            half = _half(str(document["article"]))
            yield ClaimPair(source, answer, RIGHT, half, "en", str(row["question"]))


_COUNT: dict[tuple[str, str], list[tuple[str, str, str]]] = {}


def _half(document: str) -> str:
    return "ab"[zlib.crc32(document.encode()) % 2]


def _texts(packs: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yields set, language, document and text."""
    for name in ("squad2", "policyqa"):
        for row in read_lines(packs / "B_docqa" / name / "docs.jsonl"):
            yield name, "en", str(row["article"]), str(row["text"])
    for row in read_lines(packs / "D_specialists/contracts/cuad_clauses.jsonl"):
        yield "cuad", "en", str(row["id"]), str(row["text"])
    for language in ("de", "es", "ro", "tr", "ru", "zh", "ar", "el", "hi", "th", "vi"):
        folder = packs / "A_retrieval" / "xquad" / language
        for row in read_lines(folder / "corpus.jsonl"):
            yield f"xquad-{language}", language, str(row["_id"]), str(row["text"])


_SWAPS = {
    "modal": [("may", "must"), ("must", "may"), ("shall", "may"), ("can", "must"), ("will", "may")],
    "quantifier": [
        ("all", "some"), ("some", "all"), ("at least", "at most"), ("up to", "at least"),
        ("more than", "less than"), ("only", "also"), ("most", "all"), ("no more than", "at least"),
    ],
    "direction": [
        ("before", "after"), ("after", "before"), ("increased", "decreased"), ("won", "lost"),
        ("increase", "decrease"), ("first", "last"), ("north", "south"), ("east", "west"),
        ("higher", "lower"), ("larger", "smaller"), ("began", "ended"), ("until", "after"),
    ],
    "who": [
        ("we", "you"), ("licensee", "licensor"), ("buyer", "seller"), ("user", "company"),
        ("party", "customer"), ("customer", "company"), ("students", "teachers"),
    ],
    "negation": [
        ("is", "is not"), ("are", "are not"), ("was", "was not"), ("were", "were not"),
        ("will", "will not"), ("shall", "shall not"), ("has", "has not"), ("had", "had not"),
        ("do not", "do"), ("is not", "is"), ("was not", "was"), ("not", ""), ("no", ""),
    ],
}  # fmt: skip
_NEGATED = {
    "de": [("ist", "ist nicht"), ("wurde", "wurde nicht"), ("war", "war nicht"), ("nicht", "")],
    "es": [("es", "no es"), ("fue", "no fue"), ("no", ""), ("son", "no son"), ("se", "no se")],
    "ro": [("este", "nu este"), ("a fost", "nu a fost"), ("nu", ""), ("sunt", "nu sunt")],
    "ru": [("не", ""), ("был", "не был"), ("была", "не была"), ("были", "не были")],
    "zh": [("是", "不是"), ("不", ""), ("没有", "有")],
    "el": [("είναι", "δεν είναι"), ("δεν", ""), ("ήταν", "δεν ήταν")],
    "vi": [("là", "không là"), ("không", ""), ("được", "không được")],
    "ar": [("لا", ""), ("لم", ""), ("كان", "لم يكن")],
    "hi": [("नहीं", ""), ("है", "नहीं है"), ("था", "नहीं था")],
    "tr": [("değil", ""), ("vardır", "yoktur")],  # noqa: RUF001
    "th": [("ไม่", ""), ("เป็น", "ไม่เป็น")],
}  # fmt: skip
_WORD_NUMBERS = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "twenty",
    "thirty",
]
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,4}(?![\w.,-]|\s?[.,]\d)|(?<![\w.,-])\d{1,4}(?=[.,]?\s)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?![\w-])")


def _changes(
    sentence: str, language: str, text: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yields changed sentences with what was changed, `RIGHT` for those that say the same."""
    numbers = list(_NUMBER.finditer(sentence))
    if numbers:
        match = chance.choice(numbers)
        other = str(int(match[0]) + chance.choice((1, 2, 7, 10)))
        yield "number", sentence[: match.start()] + other + sentence[match.end() :]
    if len({match[0] for match in numbers}) > 1:
        first, second = numbers[0], next(m for m in numbers if m[0] != numbers[0][0])
    if len({match[0] for match in numbers}) > 1 and second.start() - first.end() > 20:  # no date
        yield "number swapped", _exchanged(sentence, first, second)
    yield from _shorter(sentence)
    swaps = {**_SWAPS} if language == "en" else {"negation": _NEGATED.get(language, [])}
    for change, pairs in swaps.items():
        is_denied = re.search(
            r"\b(?:not|no|nor|neither|never|nothing|cannot|none)\b", sentence, re.IGNORECASE
        )
        for old, new in chance.sample(pairs, len(pairs)):
            if is_denied and (change == "modal" or "not" in new):
                continue  # "shall not" and "may not" are one; "not not" is not written
            edge = "" if language in ("zh", "th") else r"\b"
            changed = re.sub(rf"{edge}{re.escape(old)}{edge}", new, sentence, count=1)
            if changed != sentence:
                yield change, changed.replace("  ", " ")
                break
    if language == "en":
        yield from _in_english(sentence, text, chance)
    if language not in ("de", "en", "zh", "th", "ar", "hi"):
        names = list(_NAME.finditer(sentence))
        if len({m[0] for m in names}) > 1:
            yield (
                "name swapped",
                _exchanged(sentence, names[0], next(m for m in names if m[0] != names[0][0])),
            )


def _shorter(sentence: str) -> Iterator[tuple[str, str]]:
    """Drops a clause at the end, or an aside in brackets or commas."""
    cut = re.sub(r"\s?\([^()]*\)", "", sentence)
    if cut != sentence:
        yield RIGHT, cut
    head, comma, _ = sentence.rpartition(", ")
    if comma and len(head) > 40 and "," not in head and "not" not in sentence[len(head) :]:
        yield RIGHT, head + "."


def _in_english(sentence: str, text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    table = logic_words("en")
    assert table is not None
    spelled = {" ".join(word): value for word, value in table.numbers.items() if value > 1}
    for match in re.finditer(r"(?<![\w.,$€£-])\d{1,2}(?![\w.,-]|\s?[%.,:]\d)(?=\s[a-z])", sentence):
        word = next((word for word, value in spelled.items() if value == int(match[0])), "")
        if word:
            yield (
                RIGHT,
                sentence[: match.start()] + word.replace(" ", "-") + sentence[match.end() :],
            )
        break
    for match in re.finditer(rf"\b({'|'.join(_WORD_NUMBERS)})\b(?=\s[a-z])", sentence):
        value = spelled[match[0]]
        yield RIGHT, f"{sentence[: match.start()]}{value}{sentence[match.end() :]}"
        other = chance.choice([word for word in _WORD_NUMBERS if word != match[0]])
        yield "number word", sentence[: match.start()] + other + sentence[match.end() :]
        break
    for match in re.finditer(r"(\d)(?:\s?%| percent)", sentence):
        yield RIGHT, sentence[: match.start()] + f"{match[1]} percent" + sentence[match.end() :]
        yield "unit", sentence[: match.start()] + f"{match[1]} euros" + sentence[match.end() :]
        break
    names = [m for m in _NAME.finditer(sentence) if m[0].lower() not in table.function]
    month_names = set(months("en"))
    in_text = sorted(
        {m[0] for m in _NAME.finditer(text)} - set(re.findall(r"\w+", sentence)) - month_names
    )
    for match in names:
        if match[0] in month_names:
            other = chance.choice(sorted(month_names - {match[0]}))
            yield "date", sentence[: match.start()] + other + sentence[match.end() :]
        elif in_text:
            other = chance.choice(in_text)
            yield "name", sentence[: match.start()] + other + sentence[match.end() :]
        break
    plain = [m for m in names if m[0] not in month_names]
    if len({m[0] for m in plain}) > 1:
        first, second = plain[0], next(m for m in plain if m[0] != plain[0][0])
        if (
            ", " not in sentence[first.end() : second.start()]
            and " and " not in sentence[first.end() : second.start()]
        ):
            yield "name swapped", _exchanged(sentence, first, second)
    if begun := re.match(
        r"(?:The )?([A-Z][\w-]+(?: [A-Z][\w-]+)*) (was|is|has|had|founded|became)\b", sentence
    ):
        yield RIGHT, f"It {sentence[begun.start(2) :]}"
    if dated := re.search(
        r"\b(\d{1,2}) (January|February|March|April|June|July|August) (\d{4})", sentence
    ):
        yield RIGHT, sentence.replace(dated[0], f"{dated[2]} {dated[1]}, {dated[3]}")


def _exchanged(sentence: str, first: re.Match[str], second: re.Match[str]) -> str:
    between = sentence[first.end() : second.start()]
    return sentence[: first.start()] + second[0] + between + first[0] + sentence[second.end() :]
