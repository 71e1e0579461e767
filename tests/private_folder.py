"""A person with a folder that never leaves this computer, and everybody who would like to see it.

Real files, store, indexer, search, chats, settings and escalation; a model that says what it is
told to say, and a gate that writes down what would leave.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from app.answering.kinds.compare import ComparisonAnswerer
from app.answering.kinds.kept_summaries import KeptSummaries
from app.answering.kinds.listing import FilesAnswerer
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.kinds.summary import SummaryAnswerer
from app.answering.kinds.table import TableAnswerer
from app.answering.marker import Marker
from app.answering.packing import Packer
from app.answering.pinned import PinnedDocuments
from app.answering.service import AnswerService
from app.answering.talks import Talks
from app.chats.store import ChatStore, Turn
from app.errors import AppError
from app.escalation import draft as drafts
from app.escalation.draft import EscalationDraft
from app.escalation.service import EscalationService
from app.escalation.session import Click, Session
from app.events import Answer
from app.library.local_only import Provenance
from app.privacy.egress.fakes import FakeGate
from app.secrets import FakeSecrets
from app.settings.fields import Collection
from app.settings.store import SettingsStore
from models.fakes import FakeChatModel
from models.states import make_drawer
from rag.indexing.passage_finder import PassageFinder
from rag.indexing.preview import Preview
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.store import Store
from rag.store.whole_document import whole_document
from rag.tables.engine import compute
from rag.tables.read import tables_of
from rag.tables.table import Computed, TableSketch
from rag.tables.table_summary import sketch
from rag.types import Hit, WholeDocument
from tests.escalations import TEAM
from tests.unit.rag.indexing.test_indexer import Library

SECRET = "quillwort"
"""Stands in everything that must not leave, and in no question."""
BLOOD = (
    "The haemoglobin of the patient was eleven quillwort in the spring of this year.",
    "The doctor wants to measure the quillwort again before the summer holidays begin.",
)
CLUB = "The chess club meets every Thursday at eight in the hall behind the old library."
HALL = "The hall behind the old library is closed for repairs until the end of October."
RESULTS = "Test,Month,Price\nquillwort,May,20\nquillwort,June,80\niron,May,200\n"


def told(answer: str, *quotes: str) -> str:
    """What the model writes."""
    return "\n".join(
        [*(f'Quote: "{quote}"' for quote in quotes), "Found: yes", f"Answer: {answer}"]
    )


class World:
    """A home with a private and a public folder, all of it in the library.

    Attributes:
        private: the folder of a collection that never leaves, once `mark` was called.
        public: another one.
        secret: what must not leave in this case, where that is not `SECRET`.
        old: turns are kept as an older version of the program did, which noted nothing.
    """

    def __init__(self, folder: Path, *, old: bool = False) -> None:
        self.folder = folder
        self.old = old
        self.secret = SECRET
        self.library = Library(folder)
        self.home = self.library.files
        self.private, self.public = self.home / "health", self.home / "archive"
        self.settings = SettingsStore(folder / "settings.json")
        self.settings.change(cloud_enabled=True, cloud_providers=(TEAM,))
        self.chats = ChatStore(folder / "chats.sqlite")
        self.chat = self.chats.create(f"About my {SECRET}").id
        self.gate = FakeGate()
        self.model = FakeChatModel()
        self.write(self.private / "blood.txt", "\n\n".join(BLOOD))
        self.write(self.public / "club.txt", CLUB)
        self.write(self.public / "hall.txt", HALL)
        self._open()

    def _open(self) -> None:
        find = PassageFinder(self.library.store).of
        self.escalation = EscalationService(
            self.settings, self.chats, FakeSecrets(), self.gate, find
        )
        marker = Marker(self.folder / "key")
        summaries = self.folder / "summaries"
        kept = KeptSummaries(summaries, partial(make_drawer, summaries))
        packer = Packer(
            self.search,
            pinned=PinnedDocuments(self.whole, marker),
            marker=marker,
            talks=Talks(lambda passages, _collection: set(passages)),
        )
        answerers = (
            FilesAnswerer(self, lambda _: Preview(0, 0, (), (), 0, ())),
            SummaryAnswerer(self.whole, kept, marker),
            ComparisonAnswerer(self, self.whole, marker),
            TableAnswerer(self),
            PassagesAnswerer(packer),
        )
        provenance = Provenance(self.settings, find)
        self.answers = AnswerService(
            self.settings, self.model, packer, answerers, files=self, provenance=provenance
        )

    def close(self) -> None:
        """Closes what is open."""
        self.chats.close()
        self.library.store.close()

    # What happens to files.

    def write(self, path: Path, text: str) -> Path:
        """Writes a file, with a time of its own: two writes are two times."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._age(path)
        return path

    def write_mail(self, path: Path, attachment: str) -> Path:
        """Writes a mail with an attachment."""
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = "Result", "a@example.org", "b@example.org"
        mail.set_content("The result is attached to this message, as we said on the telephone.")
        mail.add_attachment(attachment, filename="result.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mail.as_bytes())
        self._age(path)
        return path

    def _age(self, path: Path) -> None:
        self._writes = getattr(self, "_writes", 0) + 1
        os.utime(path, ns=(10**18 + self._writes * 10**9,) * 2)

    def index(self, *paths: Path) -> None:
        """Brings the library up to date."""
        self.library.run(*(paths or (self.home,)), pictures=False)

    # What the person does.

    def mark(self, *folders: Path, name: str = "Health", on: bool = True) -> None:
        """Makes one collection of folders, which never leaves if `on`."""
        named = tuple(str(folder) for folder in folders or (self.private,))
        self.settings.change(collections=(Collection(name=name, folders=named, local_only=on),))

    def ask(
        self, question: str, *replies: str, document: Path | str = "", collection: str = ""
    ) -> Answer:
        """Asks, and keeps the turn."""
        self.model.queue(*replies)
        answer = self.answers.ask(
            question, self.turns, document=str(document), collection=collection
        )
        kept = replace(answer, grounds=None) if self.old else answer
        self.chats.add_turn(self.chat, question, kept)
        return answer

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the chat."""
        return self.chats.turns(self.chat)

    def save(self) -> Path:
        """Makes a backup."""
        into = self.folder / "backup"
        into.mkdir()
        self.library.store.database.back_up(into / "library.sqlite")
        self.chats.back_up(into / "chats.sqlite")
        shutil.copy(self.folder / "settings.json", into)
        return into

    def restore(self, backup: Path, *names: str) -> None:
        """Puts files of a backup in the places of today's, and starts anew."""
        self.close()
        for name in names or ("library.sqlite", "chats.sqlite", "settings.json"):
            for leftover in self.folder.glob(f"{name}-*"):
                leftover.unlink()
            shutil.copy(backup / name, self.folder)
        self.restart()

    def restart(self) -> None:
        """Starts the program anew."""
        self.close()
        self.library.store = Store(self.library.path)
        self.library.reopen()
        self.chats = ChatStore(self.folder / "chats.sqlite")
        self.settings = SettingsStore(self.folder / "settings.json")
        self._open()

    # Who tries to get it out.

    def try_all(self, change: Callable[[], object], moment: str) -> str:
        """Tries to send all of the chat, by hand and past all rules, from its end and after it.

        Args:
            change: what happens meanwhile.
            moment: "before" the draft is made, once it is "drafted", or "shown" and clicked.

        Returns:
            All that left, in small letters.
        """
        changes = [change]

        def happens(now: str) -> None:
            if now == moment and changes:
                changes.pop()()

        happens("before")
        *earlier, turn = self.turns
        after = Turn(turn.id, "And what does that mean?", None, 0.0)
        made = [
            self._ticked(asked, before, forged=forged)
            for asked, before in ((turn, earlier), (after, self.turns))
            for forged in (False, True)
        ]
        happens("drafted")
        sessions = [self._clicked(draft) for draft in made]
        happens("shown")
        for session in sessions:
            if session is not None:
                with contextlib.suppress(AppError):
                    self.escalation.send(session, turn.id)
        assert not changes
        return "\n".join(ticket.body.decode().casefold() for ticket in self.gate.sent)

    def left(self, change: Callable[[], object], moment: str) -> str:
        """What `try_all` gives, with `SECRET` in it if this case's secret is."""
        sent = self.try_all(change, moment)
        return f"{sent} {SECRET}" if self.secret in sent else sent

    def _ticked(self, turn: Turn, earlier: Sequence[Turn], *, forged: bool) -> EscalationDraft:
        draft = self.escalation.draft(turn, earlier)
        keys = [excerpt.key for excerpt in draft.excerpts] + [past.key for past in draft.history]
        if forged:
            return replace(draft, ticked=frozenset(keys))
        for key in keys:
            with contextlib.suppress(AppError):
                draft = drafts.tick(draft, key)
        return draft

    def _clicked(self, draft: EscalationDraft) -> Session | None:
        payload = self.escalation.prepare(draft).payload
        if payload is None:
            return None
        session = Session()
        session.show(payload)
        session.confirm(Click(), payload.seal)
        return session

    # What the index worker does for the services.

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """As `IndexClient` has it."""
        return tuple(self.library.retriever.search(query, k, folders))

    def whole(self, path: str) -> WholeDocument:
        """As `IndexClient` has it."""
        document = whole_document(self.library.store, path)
        assert document is not None
        return document

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        """As `IndexClient` has it."""
        return list_files(self.library.store, which, order, most)

    def tables(self, path: str, question: str) -> tuple[TableSketch, ...]:
        """As `IndexClient` has it."""
        document = self.library.store.document(path)
        assert document is not None
        found = tables_of(document.document)
        return tuple(sketch(number, table, question) for number, table in enumerate(found))

    def compute(self, path: str, number: int, query: str) -> Computed | None:
        """As `IndexClient` has it."""
        document = self.library.store.document(path)
        assert document is not None
        return compute(document, tables_of(document.document)[number], query)
