"""Quality of follow-ups: which questions are taken for one, and what their wording finds.

    python -m bench.followups [--packs FOLDER] [--work FOLDER] [--half choosing|measuring]
        [--show]

Each chat is a question, its answer and a second question, of which it is known whether it follows
from the first and which passage answers it. There are two sorts:

- `bench/followups.toml`: of the project's own writing; the rules were chosen by these;
- with --packs: made by templates of pairs of questions about one article of SQuAD 2 (English) or
  XQuAD (German, Spanish), about the same paragraph or elsewhere. The name that both questions have
  becomes a pronoun in the second ("Where was he born?"), or only the question word is left ("And
  when?"). Questions about another article, or left as they are, stand alone. Half of the articles,
  by a hash of their titles, may choose; the other half measures.

Printed for each set: the share of questions that are rightly taken for follow-ups or not, and the
share of second questions whose passage is first (hit@1) or among the first five (hit@5) by four
wordings: the question alone, the rule before (`bench/older_rule.py`), the stand-alone wording
("standing"), and the wordings that the product searches for today.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.environment import harden
from bench.jsonl import read_lines
from bench.older_rule import refers_back, search_text
from bench.retrieval import CorpusParser
from models.embedding import SentenceTransformerEmbedder
from rag.answer.prompt import PastTurn
from rag.answer.question import read_question
from rag.chunking.chunk import Chunker
from rag.indexing.indexer import Indexer
from rag.search.chroma_index import ChromaIndex
from rag.search.combine import combined
from rag.search.retrieve import Retriever
from rag.store.store import Store
from rag.text.sentences import sentences

_OWN = Path(__file__).with_suffix(".toml")
_DEPTH = 5
_CHUNKS = 8  # of each wording, as the product reads them
_PAIRS = 40  # of each template and set
_NAME = re.compile(r"(?<=\s)(?:[A-Z][\w.-]+)(?:\s(?:of\s(?=[A-Z]))?[A-Z][\w.-]+)*")
_OPENING = re.compile(
    r"(?:¿\s*)?(when|where|who|why|wann|wo|wer|warum|cuándo|dónde|quién)\b", re.IGNORECASE
)
_AND = {"en": "And {}?", "de": "Und {}?", "es": "¿Y {}?"}
_OBJECT = {"he": "him", "she": "her", "they": "them", "it": "it"}
_OWNED = {"he": "his", "she": "her", "they": "their", "it": "its"}
_BEFORE_OBJECT = ("of", "in", "for", "to", "by", "with", "from", "at", "on", "about", "under")
_GERMAN = re.compile(r"\b(der|die|das|den|dem) ([A-ZÄÖÜ]\w+)(?: ([A-ZÄÖÜ]\w+))?")
_GERMAN_PRONOUNS = {"der": "er", "die": "sie", "das": "es", "den": "ihn", "dem": "ihm"}
_SPANISH = re.compile(r"\b(el|la|los|las) ([a-záéíóúñ]{4,})\b")
_SPANISH_PRONOUNS = {"el": "él", "la": "ella", "los": "ellos", "las": "ellas"}


@dataclass(frozen=True)
class Chat:
    """A question with its answer, and the question after it.

    Attributes:
        sort: how it was made.
        passage: the name of the passage that answers `question`.
    """

    sort: str
    before: PastTurn
    question: str
    follows: bool
    passage: str


@dataclass(frozen=True)
class ChatSet:
    """Chats with the passages that are searched, by name."""

    name: str
    passages: Mapping[str, str]
    chats: tuple[Chat, ...]


def own_sets() -> Iterator[ChatSet]:
    """Yields the project's own chats, a set for each language."""
    for language, table in tomllib.loads(_OWN.read_text(encoding="utf-8")).items():
        chats = tuple(
            Chat(follows, PastTurn(first, answer), second, follows == "follows", passage)
            for first, answer, second, follows, passage in table["chats"]
        )
        yield ChatSet(f"own {language}", table["passages"], chats)


def template_sets(packs: Path, half: str) -> Iterator[ChatSet]:
    """Yields chats made of public questions, a set for each language."""
    squad = packs / "B_docqa" / "squad2"
    texts = {line["doc_id"]: line["text"] for line in read_lines(squad / "docs.jsonl")}
    asked = [
        (line["question"], line["answers"][0], line["gold_doc"])
        for line in read_lines(squad / "questions.jsonl")
        if line["answerable"]
    ]
    yield ChatSet("squad2 en", texts, _chats("en", texts, asked, half))
    for language in ("de", "es"):
        folder = packs / "A_retrieval" / "xquad" / language
        texts = {line["_id"]: line["text"] for line in read_lines(folder / "corpus.jsonl")}
        relevant = dict(
            line.split("\t")[:2] for line in (folder / "qrels.tsv").read_text().splitlines()[1:]
        )
        asked = [
            (
                line["text"],
                (line.get("answers") or [line.get("answer", "")])[0],
                relevant[line["_id"]],
            )
            for line in read_lines(folder / "queries.jsonl")
        ]
        yield ChatSet(f"xquad {language}", texts, _chats(language, texts, asked, half))


def _chats(
    language: str, texts: Mapping[str, str], asked: Sequence[tuple[str, str, str]], half: str
) -> tuple[Chat, ...]:
    sorts = ("pronoun", "elsewhere", "ellipsis", "other", "unchanged")
    chats: dict[str, list[Chat]] = {sort: [] for sort in sorts}
    chance = random.Random(7)
    mine = [one for one in asked if _half(one[2]) == half]
    for first, answer, passage in mine:
        turn = PastTurn(first, _sentence(texts[passage], answer))
        other = chance.choice(mine)
        if _article(other[2]) != _article(passage):
            chats["other"].append(Chat("other", turn, other[0], False, other[2]))
        for second, _, same in mine:
            if _article(same) != _article(passage) or second == first:
                continue
            pronoun = _with_pronoun(language, first, second, texts[passage])
            if pronoun:
                sort = "pronoun" if same == passage else "elsewhere"
                chats[sort].append(Chat(sort, turn, pronoun, True, same))
                chats["unchanged"].append(Chat("unchanged", turn, second, False, same))
            opening = _OPENING.match(second)
            if opening is not None and same == passage:
                short = _AND[language].format(opening[1].lower())
                chats["ellipsis"].append(Chat("ellipsis", turn, short, True, passage))
    return tuple(
        chat for made in chats.values() for chat in chance.sample(made, min(_PAIRS, len(made)))
    )


def _half(passage: str) -> str:
    digest = hashlib.sha256(_article(passage).encode()).digest()
    return "choosing" if digest[0] % 2 else "measuring"


def _article(passage: str) -> str:
    return passage.split("#", maxsplit=1)[0]


def _sentence(text: str, answer: str) -> str:
    """Returns the sentence of a text that has the answer, as the product would quote it."""
    at = text.find(answer)
    spans = [span for span in sentences(text) if span[0] <= at < span[1]]
    return text[slice(*spans[0])].strip() if spans else answer


def _with_pronoun(language: str, first: str, second: str, text: str) -> str:
    """Returns the second question with a pronoun for what both name; "" if they share no name."""
    if language == "en":
        for name in sorted(set(_NAME.findall(second)), key=len, reverse=True):
            if name in first:
                return _english(second, name, text)
        return ""
    pattern, pronouns = (
        (_GERMAN, _GERMAN_PRONOUNS) if language == "de" else (_SPANISH, _SPANISH_PRONOUNS)
    )
    for match in pattern.finditer(second):
        if match[2] in first:
            return second.replace(match.group(), pronouns[match[1]], 1)
    return ""


def _english(question: str, name: str, text: str) -> str:
    words = re.findall(r"\w+", text.lower())
    pronoun = max(("it", "he", "she", "they"), key=words.count)
    before, _, after = question.partition(name)
    before = re.sub(r"\bthe $", "", before)
    if after.startswith(("'s ", "\u2019s ")):
        return f"{before}{_OWNED[pronoun]}{after[2:]}"
    last = (before.split() or [""])[-1].lower()
    is_object = last in _BEFORE_OBJECT or not after.strip(" ?")
    return f"{before}{_OBJECT[pronoun] if is_object else pronoun}{after}"


class Searcher:
    """A library of passages, searched as the product does."""

    def __init__(
        self, work: Path, passages: Mapping[str, str], embedder: SentenceTransformerEmbedder
    ) -> None:
        folder = work / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        names = {f"{number:06}.txt": name for number, name in enumerate(passages)}
        for file, name in names.items():
            (folder / file).write_text(f"\n{passages[name]}", encoding="utf-8")
        store = Store(work / "library.sqlite")
        index = ChromaIndex(work / "vectors", embedder.dimension, embedder.id)
        chunker = Chunker(embedder.tokenizer_file, embedder.max_tokens)
        indexer = Indexer(store, index, embedder, CorpusParser(), chunker)
        indexer.run([folder], lambda _progress: None, lambda: None)
        index.rebuild(store.vectors(embedder.id))
        self._owners = {
            passage.chunk.id: names[Path(passage.path).name]
            for passage in store.passages(store.chunk_ids(embedder.id))
        }
        self._retriever = Retriever(store, index, embedder)

    def rank(self, wordings: Sequence[str], passage: str) -> int:
        """Returns the rank of a passage, from 1; 0 if it is not among the first five."""
        ranking = combined([self._retriever.rank(text, 4 * _DEPTH)[:_CHUNKS] for text in wordings])
        names = list(dict.fromkeys(self._owners[chunk] for chunk, _ in ranking))[:_DEPTH]
        return names.index(passage) + 1 if passage in names else 0


_WORDINGS: dict[str, Callable[[Chat], Sequence[str]]] = {
    "alone": lambda chat: [chat.question],
    "before": lambda chat: [search_text(chat.question, (chat.before,))],
    "standing": lambda chat: [read_question(chat.question, (chat.before,)).wording],
    "today": lambda chat: read_question(chat.question, (chat.before,)).wordings,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.followups", description=__doc__)
    parser.add_argument("--packs", type=Path, metavar="FOLDER")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="keeps the embeddings")
    parser.add_argument("--half", choices=("choosing", "measuring"), default="measuring")
    parser.add_argument("--show", action="store_true", help="prints what goes wrong")
    options = parser.parse_args(arguments)
    harden()
    models = ModelLibrary(Paths.resolve().models)
    embedder = SentenceTransformerEmbedder(models.embedder_folder())
    sets = list(own_sets())
    if options.packs:
        sets += template_sets(options.packs, options.half)
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        for chat_set in sets:
            searcher = Searcher(work / chat_set.name, chat_set.passages, embedder)
            _measure(chat_set, searcher, show=options.show)
    return 0


def _measure(chat_set: ChatSet, searcher: Searcher, *, show: bool) -> None:
    for sort in dict.fromkeys(chat.sort for chat in chat_set.chats):
        chats = [chat for chat in chat_set.chats if chat.sort == sort]
        taken = [
            read_question(chat.question, (chat.before,)).follows == chat.follows for chat in chats
        ]
        taken_before = [refers_back(chat.question) == chat.follows for chat in chats]
        cells = [f"told before {_share(taken_before)} today {_share(taken)}"]
        for name, wording in _WORDINGS.items():
            worded = [wording(chat) for chat in chats]
            ranks = [
                searcher.rank(texts, chat.passage)
                for texts, chat in zip(worded, chats, strict=True)
            ]
            cells.append(f"{name} {_share(n == 1 for n in ranks)} / {_share(map(bool, ranks))}")
            if show and name == "today":
                for texts, chat, rank in zip(worded, chats, ranks, strict=True):
                    print(f"    {name} {rank} {chat.before.question} | {texts[0]}")
        print(f"{chat_set.name:10} {sort:9} {len(chats):4}  {'  '.join(cells)}", flush=True)


def _share(values: object) -> str:
    held = list(values)  # type: ignore[call-overload]
    return f"{sum(held) / max(1, len(held)):.2f}"


if __name__ == "__main__":
    sys.exit(main())
