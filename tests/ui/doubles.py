"""Stand-ins for services while a test looks at the window only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.opening import OpenedChats
from app.chats.store import ChatStore, Turn
from app.errors import Cancelled
from app.escalation.service import EscalationService
from app.events import (
    Answer,
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
    Timings,
)
from app.jobs import CancelToken
from app.library.reader import ReaderService
from app.library.service import LibraryService, OnProgress
from app.model_library.installed import InstalledModel, missing
from app.model_library.recommended import Offer, offers
from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.secrets import FakeSecrets, SecretStore
from app.settings.store import SettingsStore
from app.specialists.service import Specialists
from app.updates.service import Updates
from models.hardware import Hardware
from rag.errors import RagError
from rag.formats import DocumentKind
from rag.indexing.preview import Preview
from rag.indexing.report import IndexReport
from rag.indexing.rules import Rules
from rag.pages.page_image import PageImage
from rag.parse.document import TextLine
from rag.store.files import FileOutcome, FileRecord, LibraryStatus, StoredDocument
from rag.types import Citation, Hit, Locator
from tests.escalations import nowhere_else
from tests.unit.app.specialists.parts import LocalLearner, LocalReader, WordEmbedder


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
    wishes: list[ChatSettings] = field(default_factory=list)

    def read_ahead(
        self,
        history: Sequence[Turn] = (),
        document: str = "",
        token: CancelToken | None = None,
        *,
        collection: str = "",
        own: ChatSettings = USUAL,
    ) -> None:
        """There is no model."""

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_event: Callable[[AnswerEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
        *,
        passages: int | None = None,
        collection: str = "",
        document: str = "",
        own: ChatSettings = USUAL,
    ) -> Answer:
        self.wishes.append(own)
        token = token or CancelToken()
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


class Index:
    """Holds files of which only the records are there; fits what the real services ask for."""

    def __init__(self, records: tuple[FileRecord, ...]) -> None:
        self.records = records

    def index(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None = None,
        token: CancelToken | None = None,
        *,
        rules: Rules | None = None,
        passwords: Mapping[str, str] | None = None,
        embedder: str | None = None,
    ) -> IndexReport:
        return IndexReport(unchanged=len(self.records))

    def preview(
        self, paths: Sequence[str | Path], rules: Rules, token: CancelToken | None = None
    ) -> Preview:
        return Preview(0, 0, (), (), 0, ())

    def watch(
        self, rules: Rules, on_change: Callable[[tuple[str, ...]], None], token: CancelToken
    ) -> None:
        """Nothing changes."""

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        return IndexReport()

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        return ()

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        return tuple(passages)

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        return tuple(passages)

    def files(self) -> tuple[FileRecord, ...]:
        return self.records

    def status(self) -> LibraryStatus:
        return LibraryStatus((), len(self.records), 0, 0, 0, "fake")

    def document(self, path: str | Path) -> StoredDocument:
        raise RagError("The document is not in the library.", "Add it.")

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        return ()

    def labels(self, path: Path) -> tuple[str, ...]:
        return ()

    def render(
        self,
        path: Path,
        page: int,
        width_px: int,
        quote: str = "",
        lines: tuple[TextLine, ...] = (),
    ) -> PageImage:
        raise RagError("The document is not in the library.", "Add it.")


class Library(LibraryService):
    """The real one, over files that a test can exchange."""

    def __init__(self, index: Index, settings: SettingsStore) -> None:
        super().__init__(index, settings)
        self._records = index

    @property
    def records(self) -> tuple[FileRecord, ...]:
        return self._records.records

    @records.setter
    def records(self, records: tuple[FileRecord, ...]) -> None:
        self._records.records = records


class Models(ModelLibrary):
    """The real one, which holds the models to start with while `here`, and fetches at a `pace`."""

    def __init__(self, here: bool = True, pace: float = 0.01) -> None:
        super().__init__(Path("no-models"))
        self.here = here
        self.pace = pace

    def offers(self) -> tuple[Offer, ...]:
        """Returns what a laptop with 8 GB and four cores is offered."""
        return offers(self.catalog, Hardware("Linux", "x86_64", 8, 4, 8 * 10**9, 8 * 10**9))

    def installed(self) -> tuple[InstalledModel, ...]:
        starter = self.catalog.starter
        path = self.folder / starter.files[0].name
        model = InstalledModel(
            starter.id, starter.name, path, starter.bytes, starter.memory_mb, starter
        )
        return (model,) if self.here else ()

    def is_installed(self, model_id: str) -> bool:
        return self.here and model_id in (self.catalog.starter.id, self.catalog.embedder.id)

    def resolve(self, model_id: str = "") -> InstalledModel:
        for model in self.installed():
            if model_id in ("", model.id):
                return model
        raise missing(model_id or self.catalog.starter.id, self.catalog)

    def embedder_folder(self, model_id: str = "") -> Path:
        if not self.here:
            raise missing(model_id or self.catalog.embedder.id, self.catalog)
        return self.folder / self.catalog.embedder.id

    def fetch(
        self,
        model_id: str,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        token: CancelToken | None = None,
    ) -> Path:
        entry = self.catalog.get(model_id)
        for part in range(5):
            (token or CancelToken()).raise_if_cancelled()
            on_progress(part * entry.bytes // 4, entry.bytes)
            time.sleep(self.pace)
        self.here = True
        return self.folder / entry.files[0].name


@dataclass
class Services:
    paths: Paths
    settings: SettingsStore
    library: Library
    answers: Answers
    opened_chats: OpenedChats
    models: Models
    escalation: EscalationService
    gate: FakeGate
    reader: ReaderService
    specialists: Specialists
    updates: Updates
    forgetting: None = None
    restarts: int = 0
    read: list[str] = field(default_factory=list)
    read_with: list[ChatSettings] = field(default_factory=list)
    died: Callable[[Exception], None] | None = None

    @property
    def chats(self) -> ChatStore:
        return self.opened_chats.store

    def on_inference_died(self, callback: Callable[[Exception], None]) -> None:
        self.died = callback

    def close(self, *, launcher: bool = True) -> None:
        """Nothing runs."""
        self.chats.close()
        self.specialists.close()

    def warm(self) -> None:
        """There is no worker."""

    def read_ahead(
        self,
        history: Sequence[Turn] = (),
        document: str = "",
        collection: str = "",
        own: ChatSettings = USUAL,
    ) -> None:
        """There is no model; notes what it would read."""
        self.read_with.append(own)
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


def services(paths: Paths, secrets: SecretStore | None = None) -> Services:
    settings, chats, gate, index = (
        *(SettingsStore(paths.settings), ChatStore(paths.chats)),
        *(FakeGate(), Index(FILES)),
    )
    return Services(
        paths,
        settings,
        Library(index, settings),
        Answers(),
        OpenedChats(chats),
        Models(),
        EscalationService(settings, chats, secrets or FakeSecrets(), gate, nowhere_else),
        gate,
        ReaderService(index, index),
        Specialists(paths, WordEmbedder(), LocalLearner(), LocalReader()),
        Updates(gate, settings, paths.updates),
    )
