"""Answers that end in every way there is, made by the real service with a model that is played.

The same seed makes the same question with the same end, as often as it is asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.answering.kinds.compare import ComparisonAnswerer
from app.answering.kinds.kept_summaries import KeptSummaries
from app.answering.kinds.listing import FilesAnswerer
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.kinds.summary import SummaryAnswerer
from app.answering.kinds.table import TableAnswerer
from app.answering.packing import Packer
from app.answering.service import AnswerService
from app.errors import NothingIndexed
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from bench.tables import Files
from models.catalog import load_catalog
from models.chat import GenerationEvent, GenerationOptions, Message, TextPiece
from models.errors import InferenceFailed
from models.fakes import FakeChatModel
from models.states import make_drawer
from rag.indexing.preview import Preview
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.whole_document import whole_document
from rag.types import Hit, WholeDocument
from tests.unit.rag.indexing.test_indexer import Library

_FACTS = (
    "The notice period of the flat is three months.",
    "The board measures 2*3*4 mm and costs 12 €.",
    "The files lie in \\\\server\\share\\_archive and C:\\_data\\*.txt here.",
    "The name of the start module is __main__.",
    "The rule *args and **kwargs holds for all functions [3].",
    "The rent is 900 euro & 5 < 6 <b>net</b> &amp; no more.",
    "The formula \\(a^{*}b_1\\) and $x*y*z$ gives the area.",
)
_SMALL = "smollm2-135m-instruct-q4_1"
_STRICT = "qwen2.5-coder-1.5b-instruct-q4_k_m"


@dataclass
class Play:
    """A question, and how its answer goes.

    Attributes:
        kind: how it ends, in a word.
        stop_at: stopped when the model has written so many pieces; 0 before it is asked; -1 never.
        fail_at: the model fails after so many pieces; -1 never.
        empty: nothing is found.
    """

    kind: str
    question: str
    replies: tuple[str, ...] = ()
    model: str = "fake"
    stop_at: int = -1
    fail_at: int = -1
    tokens: int = 512
    empty: bool = False


def _reply(*quotes: str, answer: str | None) -> str:
    lines = "".join(f'Quote: "{quote}"\n' for quote in quotes)
    return f"{lines}Found: {'no' if answer is None else f'yes{chr(10)}Answer: {answer}'}"


def plays(count: int, seed: int = 0) -> Iterator[Play]:
    """So many; every kind comes in its turn."""
    chance = random.Random(seed)
    for number in range(count):
        yield _KINDS[number % len(_KINDS)](chance)


def _fact(chance: random.Random) -> tuple[str, str]:
    """A fact, and a question for it."""
    fact = chance.choice(_FACTS)
    subject = " ".join(fact.split()[1:3])
    return fact, f"What is said of the {subject}?"


def _answered(chance: random.Random) -> Play:
    fact, question = _fact(chance)
    more = chance.choice(
        ("", " [7]", " The moon is full of cheese.", " **It is so**.", " See [1].")
    )
    return Play("answered", question, (_reply(fact, answer=fact + more),))


def _several(chance: random.Random) -> Play:
    first, second = chance.sample(_FACTS, 2)
    reply = _reply(first, second, answer=f"{first} {second}")
    return Play("answered", "What is said of the flat, board, files and rule?", (reply,))


def _left_out(chance: random.Random) -> Play:
    first, second = chance.sample(_FACTS, 2)
    return Play("answered", "What is there to know of it?", (_reply(first, second, answer=first),))


def _small(chance: random.Random) -> Play:
    fact, question = _fact(chance)
    return Play("answered", question, (f'Quote: "{fact}"\n',), model=_SMALL)


def _judged(chance: random.Random) -> Play:
    judgement = chance.choice(("yes", "no"))
    play = _answered(chance)
    return replace(play, kind="judged", replies=(judgement, *play.replies), model=_STRICT)


def _abstained(chance: random.Random) -> Play:
    fact, question = _fact(chance)
    reply = chance.choice(
        (
            _reply(fact, answer=None),
            _reply(fact, answer="The passages do not say what was asked."),
            _reply(fact, answer="It happened in 1887 and cost 4,711 dollars."),
            _reply("The landlord is kind to all.", answer="Kind."),
            "Something else altogether.",
        )
    )
    return Play("abstained", question, (reply,))


def _unheard(chance: random.Random) -> Play:
    name = chance.choice(("Kowalski", "Nakamura", "O'Brien"))
    return Play("unmentioned", f"What is the notice period of {name}?")


def _stopped(chance: random.Random) -> Play:
    return replace(_answered(chance), kind="stopped", stop_at=chance.randrange(40))


def _cut(chance: random.Random) -> Play:
    fact, question = _fact(chance)
    words = " ".join([fact] * 30)
    return Play("cut", question, (_reply(fact, answer=words),), tokens=64)


def _failed(chance: random.Random) -> Play:
    return replace(_answered(chance), kind="failed", fail_at=chance.randrange(40))


def _nothing(_chance: random.Random) -> Play:
    return Play("failed", "What is the notice period?", empty=True)


def _table(chance: random.Random) -> Play:
    query = chance.choice(
        (
            'SELECT SUM("Price") FROM data',
            'SELECT SUM("Price"), AVG("Price") FROM data',
            'SELECT "Room*", SUM("Price") FROM data GROUP BY "Room*"',
            'SELECT "Item", SUM("Price") FROM data GROUP BY "Item"',
        )
    )
    return Play("computed", "How much do the things cost in total, the sum of Price?", (query,))


def _listing(chance: random.Random) -> Play:
    question = chance.choice(("How many files are there?", "Which text files are there?"))
    return Play("listed", question)


def _comparison(chance: random.Random) -> Play:
    reply = chance.choice(("They differ in notice period", "They differ in the price of fish"))
    stop_at = chance.choice((-1, -1, 1))
    question = "Compare “lease__flat.txt” with “lease_shop.txt”"
    return Play("compared", question, (reply,), stop_at=stop_at)


def _summary(chance: random.Random) -> Play:
    quote = "The notice period of the flat is three months."
    point = chance.choice((quote, "Birds can fly.", "**Three months** is the notice period."))
    reply = f'Quote: "{quote}"\nAnswer: {point}'
    return Play(
        "summed up", "Summarise “lease__flat.txt”", (reply,), stop_at=chance.choice((-1, 1))
    )


_KINDS: tuple[Callable[[random.Random], Play], ...] = (
    _answered, _several, _left_out, _small, _judged, _abstained, _abstained, _unheard, _unheard,
    _stopped, _stopped, _cut, _failed, _nothing, _table, _listing, _comparison, _summary,
)  # fmt: skip


class _Played(FakeChatModel):
    """Stops itself and fails as a play says."""

    def __init__(self, play: Play, token: CancelToken) -> None:
        entry = load_catalog().find(play.model)
        sha256 = entry.sha256 if entry else ""
        super().__init__(*play.replies, model_id=play.model, sha256=sha256)
        self._play = play
        self._token = token
        self._pieces = 0

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        for event in super().generate(messages, options, should_stop):
            if self._pieces == self._play.fail_at:
                raise InferenceFailed("The model stopped.", "Ask again.")
            if self._pieces == self._play.stop_at:
                self._token.cancel()
            self._pieces += isinstance(event, TextPiece)
            yield event


@dataclass
class World:
    """Documents in a real library, and services that answer from them as plays say.

    Attributes:
        folder: where they lie.
    """

    folder: Path
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        self.library = Library(self.folder)
        self.library.write("facts.txt", "\n\n".join(_FACTS))
        self.library.write("lease__flat.txt", f"{_FACTS[0]} It has a garden of 40 m².")
        self.library.write("lease_shop.txt", "The notice period of the *shop* is six months.")
        self.things = str(
            self.library.write(
                "things.csv",
                "Item,Room*,Price\nLamp_,Study,20\n*Desk*,Study,80\n`Table`,Kitchen,200\n",
            )
        )
        self.library.run()
        self.tables = Files()

    def close(self) -> None:
        """Closes the library."""
        self.library.store.close()

    def services(self, play: Play, token: CancelToken, folder: Path) -> Any:
        """What a window or a shell asks, for one play. `folder`: for settings and states."""
        settings = SettingsStore(folder / "settings.json")
        settings.change(answer_tokens=play.tokens)
        model = _Played(play, token)
        files = _Files(self)
        if play.stop_at == 0:
            token.cancel()

        def search(text: str, k: int, folders: Sequence[str]) -> tuple[Hit, ...]:
            if play.empty:
                raise NothingIndexed("There is nothing to search.", "Add a folder.")
            if play.kind == "computed":
                return tuple(self.tables.hits([self.things]))
            return files.search(text, k, folders)

        summaries = folder / "summaries"
        kept = KeptSummaries(summaries, partial(make_drawer, summaries))
        packer = Packer(search, marker=lambda: "m")
        answerers = (
            FilesAnswerer(files, lambda _: Preview(0, 0, (), (), 0, ())),
            SummaryAnswerer(files.whole, kept, str.upper),
            ComparisonAnswerer(files, files.whole, lambda: "m"),
            TableAnswerer(self.tables),
            PassagesAnswerer(packer),
        )
        answers = AnswerService(settings, model, packer, answerers, files=files)
        return SimpleNamespace(
            answers=answers,
            settings=settings,
            start=lambda _document: None,
            read_ahead=lambda *_: None,
        )


class _Files:
    """The library as what is asked of it wants it."""

    def __init__(self, world: World) -> None:
        self._library = world.library

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        return list_files(self._library.store, which, order, most)

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        return tuple(self._library.retriever.search(query, k, folders))

    def whole(self, path: str) -> WholeDocument:
        document = whole_document(self._library.store, path)
        assert document is not None
        return document
