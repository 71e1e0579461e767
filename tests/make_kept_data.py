"""Makes the data folder of the present format that is kept as text in `tests/fixtures`.

Run it once, when a version is released, with the program of that version:
``python -m tests.make_kept_data tests/fixtures/data-<version>``. What was released is not made
again: its tests show that data written by the program of that time can still be read.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import apsw
import apsw.shell
import msgspec

from app.chats.store import ChatStore
from app.events import Answer, Timings
from app.paths import Paths
from app.privacy.attempts import Attempt
from app.privacy.egress.record import Begun, EgressRecord, Over
from app.settings.fields import CloudProvider, Collection, ModelSettings, ThemeChoice
from app.settings.store import SettingsStore
from app.specialists.definition import Column, Label, Specialist, write_specialist
from app.specialists.kept import KeptSpecialists
from app.specialists.records import Cell, Example, Quote
from app.specialists.store import SpecialistStore
from app.updates.manifest import Seen
from app.updates.service import State
from models.fakes import HashEmbedder
from rag.chunking.chunk import Chunker
from rag.fakes import MemoryIndex
from rag.indexing.indexer import Indexer
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.failures import ParseFailure
from rag.search.retrieve import Retriever
from rag.store.store import Store
from rag.types import Citation
from tests.escalations import outside_reply
from tests.kept_data import DATABASES, HOME

DOCUMENTS = {
    "lease.md": "# Lease\n\n## Rent\n\nThe rent is EUR 640.00 a month.\n\n"
    "## Notice\n\nThe notice period is three months, in writing.\n",
    "boat.txt": "The boat lies at the Grünau harbour; its mooring costs 85 euros a month.\n",
    "meters.csv": "Month,Power,Water\nJanuary 2024,210,4\nFebruary 2024,190,5\nMarch 2024,170,4\n",
    "old letter.pdf": "%PDF-1.7 cut off",
}
LEASES = Specialist(
    "Leases",
    "extract",
    description="What flats cost.",
    columns=(
        Column("Rent", "What is the monthly rent?", "money", required=True),
        Column("Notice", "How long is the notice period?", "text"),
    ),
)
MAIL = Specialist("Sort mail", "classify", labels=(Label("bill", "asks for money"), Label("other")))


class _Parser:
    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        return parse_file(path, options)

    def recognise(
        self, path: Path, page: int, password: str = "", identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        raise AssertionError("there are no images")


def main(target: Path) -> None:
    """Writes the folder `target`, which must not exist."""
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder, "data"), Path(folder, "models"))
        paths.ensure()
        _library(paths, Path(folder, *Path(HOME).parts[1:]))
        _tables(paths)
        _others(paths)
        for name in DATABASES:
            (target / f"{name}.sql").write_text(_dump(paths.data / name), "utf-8", newline="\n")
        kept = [paths.settings, paths.updates, *paths.specialists.iterdir()]
        kept += [file for file in paths.egress.rglob("*") if file.is_file()]
        for file in kept:
            place = target / file.relative_to(paths.data)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())


def _library(paths: Paths, papers: Path) -> None:
    """Indexes the documents and asks about one; then they lie where no test has a folder."""
    papers.mkdir(parents=True)
    for name, text in DOCUMENTS.items():
        (papers / name).write_text(text, "utf-8", newline="\n")
    with Store(paths.store) as store:
        index, embedder = MemoryIndex(), HashEmbedder()
        Indexer(store, index, embedder, _Parser(), Chunker(None, 60)).run([papers])
        with store.together(), store.database.write() as db:
            for table in ("roots", "files"):
                db.execute(f"UPDATE {table} SET path = replace(path, ?, ?)", (str(papers), HOME))
        hits = Retriever(store, index, embedder).search("How long is the notice period?", 2)
    best = hits[0]
    quote = "The notice period is three months"
    assert quote in best.text
    citation = Citation(1, best.path, best.title, best.kind, best.locator, quote, best.chunk_id)
    answer = Answer(
        "Three months. [1]", (citation,), False, tuple(hits), "local", Timings(0.1, 1.5, 2.5, 90, 9)
    )
    chats = ChatStore(paths.chats)
    chat = chats.create("Lease")
    chats.set_collection(chat.id, "Home")
    turn = chats.add_turn(chat.id, "How long is the notice period?", answer)
    chats.add_reply(turn.id, outside_reply("Grüße 🙂"))
    chats.add_turn(chat.id, "And the boat?")
    chats.create("Empty")
    chats.close()


def _tables(paths: Paths) -> None:
    """Keeps two specialists and a table with a cell of a run and one of the person."""
    kept = KeptSpecialists(paths.specialists)
    kept.keep(LEASES)
    kept.keep(MAIL)
    lease, text = f"{HOME}/lease.md", DOCUMENTS["lease.md"]
    digest = hashlib.sha256(text.encode()).hexdigest()

    def cell(value: str, words: str) -> Cell:
        start = text.index(words)
        quotes = (Quote(None, start, start + len(words), words),)
        return Cell(value, "found", "high", "search", quotes, path=lease)

    store = SpecialistStore(paths.tables)
    table = store.make_table("Flats", LEASES.name, write_specialist(LEASES), [HOME])
    row = store.add_row(table.id, lease, digest)
    store.fill(row, "Rent", cell("EUR 640.00", "EUR 640.00"))
    store.fill(row, "Notice", cell("three months", "three months"))
    store.set_row(row, "done")
    store.correct(
        row,
        "Rent",
        Cell("EUR 650.00", "corrected", "high", "person", path=lease),
        LEASES.name,
        Example("", lease, digest, cells={"Rent": "EUR 650.00"}, source="corrected"),
    )
    store.examples.add(MAIL.name, [Example("Please pay 85 euros.", label="bill")])
    store.examples.keep_vectors("hash-64", {"Please pay 85 euros.": b"\0\0\x80?" * 64})
    store.close()


def _others(paths: Paths) -> None:
    """Writes the settings, the record of what left the computer, and what is seen of versions."""
    SettingsStore(paths.settings).change(
        theme=ThemeChoice.DARK,
        passages=7,
        own_words=("Ada Example",),
        left_out=("drafts/",),
        collections=(Collection(name="Home", folders=(HOME,), local_only=True),),
        cloud_providers=(
            CloudProvider(name="Team", base_url="https://team.example/v1", model="big"),
        ),
        per_model=(ModelSettings(model="local", temperature=0.5, rules="Be brief."),),
    )
    payload = b'{"question": "How long?"}'
    record = EgressRecord(paths.egress)
    at = "2025-03-01T10:00:00.000+00:00"
    digest = hashlib.sha256(payload).hexdigest()
    begun = Begun(at, "a1", "escalate", "team.example", len(payload), digest, payload="a1.json")
    record.begin(begun, payload)
    record.end(Over(at, "a1", "done", 200, 512))
    record.begin(Begun(at, "a2", "download", "models.example"))
    record.attempt(Attempt("parse", "socket.connect"))
    state = State(Seen(3, "0.1.0"), datetime(2025, 3, 1, tzinfo=UTC))
    paths.updates.write_bytes(msgspec.json.encode(state))


def _dump(database: Path) -> str:
    """Returns a database as SQL; comments, which say where and when it was made, are left out."""
    out = io.StringIO()
    db = apsw.Connection(str(database))
    shell = apsw.shell.Shell(stdout=out, stderr=sys.stderr, db=db)
    shell.process_command(".dump")  # type: ignore[no-untyped-call]
    db.close()
    lines = out.getvalue().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("--"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
