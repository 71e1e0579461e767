"""Stand-ins for services while a test looks at the window only."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.chats.outside_reply import OutsideReply
from app.errors import AppError, Cancelled
from app.escalation.service import EscalationService
from app.events import (
    Answer,
    AnswerDone,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
    Timings,
)
from app.jobs import CancelToken
from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.secrets import FakeSecrets
from app.settings.store import SettingsStore
from rag.errors import RagError
from rag.formats import DocumentKind
from rag.indexing.report import IndexReport
from rag.pages.page_image import PageImage
from rag.store.files import FileOutcome, FileRecord, LibraryStatus, StoredDocument
from rag.types import Citation, Hit, Locator
from tests.escalations import nowhere_else


@dataclass(frozen=True)
class ChatSummary:
    id: int
    title: str
    updated_at: float
    turns: int = 0
    collection: str = ""


@dataclass(frozen=True)
class Turn:
    id: int
    question: str
    answer: Answer | None
    created_at: float
    replies: tuple[OutsideReply, ...] = ()


class Chats:
    def __init__(self) -> None:
        self._chats: dict[int, ChatSummary] = {}
        self._turns: dict[int, list[Turn]] = {}
        self._deleted: dict[int, ChatSummary] = {}
        self._ids = itertools.count(1)

    def chats(self, search: str = "") -> tuple[ChatSummary, ...]:
        found = [
            c
            for c in self._chats.values()
            if search.lower() in c.title.lower()
            or any(search.lower() in t.question.lower() for t in self._turns[c.id])
        ]
        return tuple(sorted(found, key=lambda c: -c.updated_at))

    def create(self, title: str = "") -> ChatSummary:
        chat = ChatSummary(next(self._ids), title, time.time())
        self._chats[chat.id] = chat
        self._turns[chat.id] = []
        return chat

    def rename(self, chat_id: int, title: str) -> None:
        self._chats[chat_id] = replace(self._chats[chat_id], title=title)

    def set_collection(self, chat_id: int, collection: str) -> None:
        self._chats[chat_id] = replace(self._chats[chat_id], collection=collection)

    def delete(self, chat_id: int) -> None:
        self._deleted[chat_id] = self._chats.pop(chat_id)

    def deleted(self) -> tuple[ChatSummary, ...]:
        return tuple(reversed(self._deleted.values()))

    def bring_back(self, chat_id: int) -> None:
        self._chats[chat_id] = self._deleted.pop(chat_id)

    def turns(self, chat_id: int) -> tuple[Turn, ...]:
        return tuple(self._turns[chat_id])

    def add_turn(self, chat_id: int, question: str, answer: Answer | None) -> Turn:
        turn = Turn(next(self._ids), question, answer, time.time())
        self._turns[chat_id].append(turn)
        return turn

    def replace_answer(self, turn_id: int, answer: Answer) -> None:
        for turns in self._turns.values():
            turns[:] = [replace(t, answer=answer) if t.id == turn_id else t for t in turns]

    def add_reply(self, turn_id: int, reply: OutsideReply) -> bool:
        for turns in self._turns.values():
            for at, turn in enumerate(turns):
                if turn.id == turn_id:
                    turns[at] = replace(turn, replies=(*turn.replies, reply))
                    return True
        return False


def hit(path: str, page: int, text: str, rank: int = 1) -> Hit:
    return Hit(
        rank, f"h{rank}", path, path, DocumentKind.PDF, Locator(0, len(text), page), text, "", 0.5
    )


def citation(n: int, path: str, locator: Locator, quote: str) -> Citation:
    kind = DocumentKind(path.rpartition(".")[2])
    return Citation(n, path, path, kind, locator, quote, f"c{n}")


LEASE = citation(
    1,
    "/home/ada/Archive/lease.pdf",
    Locator(0, 10, 2),
    "Either party may end this agreement with three months' notice, given in writing and to "
    "the end of a calendar month.",
)
MAIL = citation(
    2,
    "/home/ada/Archive/budget.xlsx",
    Locator(0, 10, None, "Household", "A2:D14"),
    "Rent 1,240.00 due on the 3rd of each month",
)
ANSWER = Answer(
    "The notice period is **three months**, in writing, to the end of a calendar month [1]. "
    "Until then the rent stays due:\n\n"
    "- 1,240.00 a month [2]\n- payable by the **3rd** of each month [2]\n\n"
    "If you give notice in May, the agreement ends on 31 August [1].",
    (LEASE, MAIL),
    False,
    (),
    "qwen2.5-coder-1.5b-instruct",
    Timings(0.2, 3.1, 9.4, 900, 120),
)
ABSTAINED = Answer(
    "Your documents do not say.",
    (),
    True,
    (
        hit("/home/ada/Archive/warranty.pdf", 1, "The warranty covers the compressor for ten years "
            "and all other parts for two years from the date of purchase.", 1),
        hit("/home/ada/Archive/lease.pdf", 4, "Pets may be kept with the consent of the landlord, "
            "which shall not be refused without good reason.", 2),
    ),
    "qwen2.5-coder-1.5b-instruct",
    Timings(0.2, 3.1, 5.0, 900, 40),
)  # fmt: skip


@dataclass
class Answers:
    """Plays an answer; `gate` holds it back before the text, `pace` seconds between words."""

    answer: Answer = ANSWER
    error: Exception | None = None
    gate: threading.Event | None = None
    pace: float = 0.0
    asked: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)

    def read_ahead(
        self, history: Sequence[Any] = (), document: str = "", collection: str = ""
    ) -> None:
        """There is no model."""

    def ask(
        self,
        question: str,
        history: Sequence[Any],
        on_event: Callable[[object], None],
        token: CancelToken,
        *,
        passages: int | None = None,
        collection: str = "",
        document: str = "",
    ) -> Answer:
        self.documents.append(document)
        self.asked.append((question, tuple(history)))
        on_event(Searching(question))
        on_event(PassagesFound((hit("a", 1, "x"), hit("b", 1, "y", 2))))
        for quoted in self.answer.citations:
            on_event(EvidenceFound(quoted))
        while self.gate is not None and not self.gate.wait(0.01):
            if token.cancelled:
                raise Cancelled
        if self.error is not None:
            raise self.error
        text = ""
        for word in self.answer.text.split(" "):
            if token.cancelled:
                stopped = replace(self.answer, text=text, stopped=True)
                on_event(AnswerDone(stopped))
                return stopped
            text += word + " "
            on_event(AnswerText(word + " "))
            time.sleep(self.pace)
        on_event(AnswerDone(self.answer))
        return self.answer


@dataclass
class Library:
    records: tuple[FileRecord, ...] = ()

    def files(self) -> tuple[FileRecord, ...]:
        return self.records

    def status(self) -> LibraryStatus:
        return LibraryStatus((), len(self.records), 0, 0, 0, "fake")

    def rescan(self, on_progress: Callable[[object], None], token: CancelToken) -> IndexReport:
        return IndexReport(unchanged=len(self.records))


@dataclass(frozen=True)
class Entry:
    id: str = "starter"
    name: str = "Qwen2.5 1.5B Instruct"
    bytes: int = 1_117_000_000


@dataclass(frozen=True)
class Catalog:
    starter: Entry = Entry()
    embedder: Entry = Entry("embedder", "Embedder", 90_000_000)


@dataclass
class Models:
    here: bool = True
    pace: float = 0.01
    catalog: Catalog = Catalog()

    def embedder_folder(self) -> str:
        return self.resolve("").name

    def resolve(self, model_id: str) -> Entry:
        from models.errors import ModelMissing

        if not self.here:
            raise ModelMissing("There is no model.")
        return self.catalog.starter

    def installed(self) -> tuple[Entry, ...]:
        return (self.catalog.starter,) if self.here else ()

    def is_installed(self, model_id: str) -> bool:
        return self.here

    def fetch(
        self, model_id: str, on_progress: Callable[[int, int], None], token: CancelToken
    ) -> None:
        for part in range(5):
            token.raise_if_cancelled()
            on_progress(part, 4)
            time.sleep(self.pace)
        self.here = True


@dataclass
class OpenedChats:
    """Chats that can be used, unless a test says otherwise."""

    fault: AppError | None = None
    lasting: bool = True


class Reader:
    """Has no document."""

    def document(self, path: str) -> StoredDocument:
        raise RagError("The document is not in the library.", "Add it.")

    def page(self, path: str, page: int, width_px: int, quote: str = "") -> PageImage:
        raise RagError("The document is not in the library.", "Add it.")


@dataclass
class Services:
    paths: Paths
    settings: SettingsStore
    library: Library
    answers: Answers
    chats: Chats
    models: Models
    escalation: EscalationService
    gate: FakeGate
    forgetting: None = None
    opened_chats: OpenedChats = field(default_factory=OpenedChats)
    reader: Reader = field(default_factory=Reader)
    restarts: int = 0
    read: list[str] = field(default_factory=list)
    died: Callable[[Exception], None] | None = None

    def on_inference_died(self, callback: Callable[[Exception], None]) -> None:
        self.died = callback

    def close(self) -> None:
        """Nothing runs."""

    def warm(self) -> None:
        """There is no worker."""

    def read_ahead(
        self, history: Sequence[Turn] = (), document: str = "", collection: str = ""
    ) -> None:
        """There is no model; notes what it would read."""
        self.read.append(document)

    def restart_inference(self) -> None:
        self.restarts += 1
        self.answers.error = None


def record(path: str, kind: DocumentKind) -> FileRecord:
    return FileRecord(path, kind, 1000, 0, FileOutcome.INDEXED, 5, 0.0)


FILES = (
    record("/home/ada/Archive/lease.pdf", DocumentKind.PDF),
    record("/home/ada/Archive/minutes.docx", DocumentKind.DOCX),
    record("/home/ada/Archive/budget.xlsx", DocumentKind.XLSX),
)


def services(paths: Paths) -> Services:
    settings, chats, gate = SettingsStore(paths.settings), Chats(), FakeGate()
    keys = FakeSecrets()
    escalation = EscalationService(settings, chats, keys, gate, nowhere_else)  # type: ignore[arg-type]
    library = Library(FILES)
    return Services(paths, settings, library, Answers(), chats, Models(), escalation, gate)
