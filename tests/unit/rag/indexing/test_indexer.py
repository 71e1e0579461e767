"""Indexing does what is needed and nothing twice; what is stored can be found and forgotten."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from app.errors import Cancelled
from models.fakes import HashEmbedder
from rag.chunking.chunk import Chunker
from rag.errors import StoreDamaged, StoreTooNew
from rag.fakes import MemoryIndex
from rag.formats import DocumentKind
from rag.indexing.indexer import Indexer
from rag.indexing.report import IndexReport
from rag.indexing.rules import Rules
from rag.pages.ocr import recognise_page
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.document_parser import DocumentParser
from rag.parse.failures import FailureReason, ParseFailure
from rag.search.retrieve import Retriever
from rag.store.files import FileOutcome
from rag.store.store import Store


class CountingParser:
    """The real parsers; counts the files and the pictures."""

    def __init__(self) -> None:
        self.parsed: list[str] = []
        self.recognised: list[tuple[str, int]] = []

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        self.parsed.append(path.name)
        return parse_file(path, options)

    def recognise(
        self, path: Path, page: int, password: str = "", identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        self.recognised.append((path.name, page))
        return recognise_page(path, page)


class Library:
    """A whole library in a folder, with a quick embedder."""

    def __init__(self, folder: Path, parser: DocumentParser | None = None) -> None:
        self.files = folder / "files"
        self.files.mkdir()
        self.path = folder / "library.sqlite"
        self.store = Store(self.path)
        self.index = MemoryIndex()
        self.embedder = HashEmbedder()
        self.counting = CountingParser()
        self.parser = parser or self.counting
        self.reopen()

    def reopen(self, tokens: int = 60) -> None:
        """Begins to work with `store` as it is now; passages have so many tokens."""
        chunker = Chunker(None, tokens)
        self._indexer = Indexer(self.store, self.index, self.embedder, self.parser, chunker)
        self.retriever = Retriever(self.store, self.index, self.embedder)

    def write(self, name: str, text: str) -> Path:
        path = self.files / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(
        self,
        *paths: Path,
        stop_after: int = 0,
        pictures: bool = True,
        passwords: Mapping[str, str] | None = None,
    ) -> IndexReport:
        steps = 0

        def checkpoint() -> None:
            nonlocal steps
            steps += 1
            if stop_after and steps > stop_after:
                raise Cancelled

        return self._indexer.run(
            list(paths or (self.files,)),
            lambda _progress: None,
            checkpoint,
            rules=Rules(pictures=pictures),
            passwords=passwords,
        )

    def remove(self, path: Path) -> IndexReport:
        return self._indexer.remove([path])

    def find(self, query: str) -> list[str]:
        return [Path(hit.path).name for hit in self.retriever.search(query, 5)]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    yield made
    made.store.close()


def test_new_files_are_found(library: Library) -> None:
    library.write("lease.txt", "The notice period of the lease is three months.")
    library.write("boiler.txt", "The boiler is serviced every May by the plumber.")
    report = library.run()
    assert (report.added, report.chunks, report.failed) == (2, 2, ())
    assert library.find("boiler service")[0] == "boiler.txt"
    assert library.index.count() == 2


def test_a_second_run_parses_and_embeds_nothing(library: Library) -> None:
    library.write("a.txt", "Something about gardens.")
    library.run()
    parsed, embedded = len(library.counting.parsed), library.embedder.embedded
    report = library.run()
    assert (report.unchanged, report.added) == (1, 0)
    assert len(library.counting.parsed) == parsed
    assert library.embedder.embedded == embedded


def test_only_what_changed_is_done_again(library: Library) -> None:
    library.write("a.txt", "The first text about gardens.")
    changed = library.write("b.txt", "The second text about roofs.")
    library.run()
    changed.write_text("Now it speaks of cellars instead.", encoding="utf-8")
    library.counting.parsed.clear()
    report = library.run()
    assert (report.updated, report.unchanged) == (1, 1)
    assert library.counting.parsed == ["b.txt"]
    assert library.find("cellars")[0] == "b.txt"
    assert library.index.count() == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows does not keep when a file was touched")
def test_other_content_of_the_same_size_and_time_is_noticed(library: Library) -> None:
    changed = library.write("a.txt", "The code of the shed is 1111.")
    library.run()
    before = changed.stat()
    time.sleep(0.05)  # the system's clock for files is coarse
    changed.write_text("The code of the shed is 2222.", encoding="utf-8")
    os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.run().updated == 1
    assert library.find("code of the shed") == ["a.txt"]
    assert library.run().unchanged == 1
    changed.chmod(0o600)  # touched, but the same
    assert library.run().unchanged == 1


def test_a_file_that_became_unreadable_leaves_the_library(library: Library) -> None:
    notes = library.write("notes of May", "The heron stands in the harbour.")
    library.run()
    notes.write_bytes(bytes(range(256)) * 40)
    report = library.run()
    assert [failed.reason for failed in report.failed] == [FailureReason.UNSUPPORTED]
    assert library.find("heron") == []


def test_a_file_that_moved_is_not_embedded_again(library: Library) -> None:
    path = library.write("a.txt", "A text that moves about.")
    library.run()
    embedded = library.embedder.embedded
    path.rename(library.files / "b.txt")
    report = library.run()
    assert (report.added, report.removed) == (1, 1)
    assert library.embedder.embedded == embedded
    assert library.find("moves") == ["b.txt"]


def test_the_folder_of_a_file_counts_and_a_new_name_of_it_too(library: Library) -> None:
    for folder, number in (("Insurance", 1), ("Garden", 2), ("Taxes", 3)):
        library.write(f"{folder}/letter-{number}.txt", f"We have got your letter of May {number}.")
    library.run()
    assert library.find("letter about taxes")[0] == "letter-3.txt"
    (library.files / "Garden").rename(library.files / "Allotment")
    library.run()
    assert library.find("letter about allotment")[0] == "letter-2.txt"
    library.index.query = lambda *_: []  # type: ignore[method-assign]  # by words alone
    assert library.find("garden") == []


def test_the_same_content_twice_is_embedded_and_shown_once(library: Library) -> None:
    library.write("a.txt", "The very same words in two files.")
    library.write("b.txt", "The very same words in two files.")
    report = library.run()
    assert report.added == 2
    assert library.embedder.embedded == 1
    assert len(library.find("same words")) == 1
    (library.files / "a.txt").unlink()
    library.run()
    assert library.find("same words") == ["b.txt"]


def test_deleted_files_leave_nothing_behind(library: Library) -> None:
    path = library.write("a.txt", "The canary sings canary-5d1e at noon.")
    library.write("b.txt", "Another text.")
    library.run()
    path.unlink()
    report = library.run()
    assert report.removed == 1
    assert library.find("canary") in ([], ["b.txt"])
    assert library.index.count() == 1
    for file in library.path.parent.glob("library.sqlite*"):
        assert b"canary-5d1e" not in file.read_bytes()


def test_a_root_that_cannot_be_reached_is_not_a_deletion(library: Library) -> None:
    library.write("a.txt", "Kept while the drive is away.")
    library.run()
    away = library.files.with_name("away")
    library.files.rename(away)
    report = library.run()
    assert report.removed == 0
    assert [failed.reason.value for failed in report.failed] == ["missing"]
    assert library.find("drive") == ["a.txt"]
    shutil.move(away, library.files)
    assert library.run().unchanged == 1


def test_bad_files_are_reported_and_the_rest_goes_on(library: Library) -> None:
    library.write("good.txt", "A good text.")
    (library.files / "empty.txt").touch()
    (library.files / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
    report = library.run()
    assert report.added == 1
    assert {f.reason.value for f in report.failed} == {"empty", "broken"}
    outcomes = {Path(r.path).name: r.outcome for r in library.store.files()}
    assert outcomes == {
        "good.txt": FileOutcome.INDEXED,
        "empty.txt": FileOutcome.FAILED,
        "bad.pdf": FileOutcome.FAILED,
    }


def test_what_was_done_before_a_stop_is_kept(library: Library) -> None:
    for number in range(40):
        library.write(f"{number:02}.txt", f"Text number {number} about subject {number}.")
    stopped = library.run(stop_after=20)
    assert stopped.cancelled
    done = stopped.added
    rest = library.run()
    assert rest.added + rest.unchanged == 40
    assert rest.unchanged >= done
    assert library.index.count() == 40


def test_removing_takes_a_file_out_and_leaves_it_on_the_disk(library: Library) -> None:
    path = library.write("a.txt", "Only the library forgets this.")
    library.run()
    assert library.remove(path).removed == 1
    assert path.exists()
    assert library.find("forgets") == []


@pytest.mark.parametrize(
    "query",
    [
        '"unbalanced AND (quotes NEAR *',
        "title: OR -x ^ {} [] \\ ; DROP TABLE files",
        "🙂 👩‍👩‍👧 \u202e",
        "the and of",
        "word " * 20_000,
        "庭の手入れ",
        "\x00",
    ],
)
def test_any_text_can_be_searched_for(library: Library, query: str) -> None:
    library.write("a.txt", "Gardens are looked after in spring. 庭の手入れは春です。")
    library.run()
    hits = library.retriever.search(query, 3)
    assert all(0 <= hit.score <= 1 for hit in hits)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_nothing_is_found_for_nothing(library: Library) -> None:
    library.write("a.txt", "Some text.")
    library.run()
    assert library.retriever.search("   ", 3) == []
    assert library.retriever.search("text", 0) == []


def test_a_store_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    import apsw

    path = tmp_path / "library.sqlite"
    Store(path).close()
    db = apsw.Connection(str(path))
    db.pragma("user_version", 999)
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew):
        Store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_bytes(b"nothing like a database " * 200)
    with pytest.raises(StoreDamaged):
        Store(path)
    assert path.read_bytes().startswith(b"nothing like")


def test_an_edit_does_not_compare_the_whole_index(library: Library) -> None:
    for number in range(20):
        library.write(f"{number}.txt", f"Letter number {number}.")
    library.run()
    looked = 0

    def ids() -> set[str]:
        nonlocal looked
        looked += 1
        return MemoryIndex.ids(library.index)

    library.index.ids = ids  # type: ignore[method-assign]
    library.write("3.txt", "Something else altogether.")
    (library.files / "4.txt").unlink()
    report = library.run()
    assert (report.updated, report.removed) == (1, 1)
    assert looked == 0
    assert MemoryIndex.ids(library.index) == library.store.chunk_ids(library.embedder.id)
    library.index.remove(sorted(MemoryIndex.ids(library.index))[:2])  # it lost some
    library.run()
    assert looked == 1
    assert MemoryIndex.ids(library.index) == library.store.chunk_ids(library.embedder.id)


def test_in_folders_too_the_content_decides(library: Library) -> None:
    library.write("letter.doc", "{\\rtf1\\ansi The heron stands in the harbour.}")
    library.write(
        "Inbox", "From a@example.org Mon Mar  3 10:00:00 2025\nSubject: Heron\n\nIt fishes."
    )
    (library.files / "tool").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    report = library.run()
    assert (report.added, report.failed) == (2, ())
    assert report.kinds == (("programs", 1),)
    kinds = {Path(file.path).name: file.kind for file in library.store.files() if not file.parent}
    assert kinds == {"letter.doc": DocumentKind.RTF, "Inbox": DocumentKind.MAILBOX}


class ParserThatTakesTooLong(CountingParser):
    """Gives up on every file that says so."""

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        parsed = super().parse(path, options)
        if "endless" in path.name:
            return ParseFailure(FailureReason.TIMEOUT, "It takes longer than 30 seconds.")
        return parsed


def test_a_file_that_takes_too_long_is_not_tried_at_every_start(tmp_path: Path) -> None:
    parser = ParserThatTakesTooLong()
    library = Library(tmp_path, parser)
    slow = library.write("endless.txt", "Round and round.")
    library.write("other.txt", "Straight.")
    for _ in range(3):
        report = library.run()
        assert [failed.reason for failed in report.failed] == [FailureReason.TIMEOUT]
    assert parser.parsed.count("endless.txt") == 1
    library.run(slow)  # "Try again"
    assert parser.parsed.count("endless.txt") == 2
    with library.store.database.write() as db:
        db.execute("UPDATE files SET indexed_at = indexed_at - 90000")  # yesterday
    library.run()
    assert parser.parsed.count("endless.txt") == 3
    assert parser.parsed.count("other.txt") == 1


class ParserOfAFileBeingWritten(CountingParser):
    """Writes on at the file while it is read, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        parsed = super().parse(path, options)
        if path.name == "growing.txt" and self.times:
            self.times -= 1
            with path.open("a", encoding="utf-8") as stream:
                stream.write(f" And line {self.times} of the heron.")
        return parsed


def test_a_file_that_changes_while_it_is_read_is_read_again_when_it_rests(tmp_path: Path) -> None:
    library = Library(tmp_path, ParserOfAFileBeingWritten(1))
    growing = library.write("growing.txt", "The heron stands in the harbour.")
    library.write("other.txt", "A text that rests.")
    report = library.run()
    assert (report.added, report.failed) == (2, ())
    stored = library.store.document(str(growing))
    assert stored is not None
    assert "line 0" in stored.document.text
    library.store.close()


def test_a_file_that_is_always_written_keeps_its_text_until_it_rests(tmp_path: Path) -> None:
    parser = ParserOfAFileBeingWritten(0)
    library = Library(tmp_path, parser)
    growing = library.write("growing.txt", "The heron stands in the harbour.")
    library.run()
    growing.write_text("The heron has left.", encoding="utf-8")
    parser.times = 2
    report = library.run()
    assert [failed.reason for failed in report.failed] == [FailureReason.CHANGED]
    assert library.find("harbour") == ["growing.txt"]
    assert library.run().updated == 1  # it rests now
    assert library.find("left") == ["growing.txt"]
    library.store.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows does not keep when a file was touched")
def test_other_content_of_the_same_size_and_time_is_noticed_when_it_is_opened(
    library: Library,
) -> None:
    path = library.write("a.txt", "The code of the shed is 1111.")
    library.run()
    before = path.stat()
    time.sleep(0.05)  # the system's clock for files is coarse
    path.chmod(0o600)  # touched, but the same
    opened = library.store.document(str(path))
    assert opened is not None
    assert opened.current
    path.write_text("The code of the shed is 2222.", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened = library.store.document(str(path))
    assert opened is not None
    assert not opened.current
    assert not library.store.is_current(str(path))


def test_a_text_stays_when_its_file_is_moved_to_the_cloud(library: Library) -> None:
    plan = library.write("Plan.pdf.txt", "The heron stands in the harbour.")
    library.run()
    plan.unlink()
    library.write(".Plan.pdf.txt.icloud", "bplist00")
    library.write(".New.pdf.icloud", "bplist00")
    report = library.run()
    assert (report.unchanged, report.removed) == (1, 0)
    assert [(Path(f.path).name, f.reason) for f in report.failed] == [
        ("New.pdf", FailureReason.CLOUD_ONLY)
    ]
    assert library.find("harbour") == ["Plan.pdf.txt"]


# Libraries of earlier versions.


def _make_older(library: Library) -> None:
    """Gives every row the recipe of an earlier version, which stored none with failures."""
    with library.store.database.write() as db:
        db.execute("UPDATE contents SET recipe = 'chunk-2-60'")
        db.execute("UPDATE files SET recipe = NULL")


def test_what_an_earlier_version_read_or_failed_to_read_is_read_once_more(library: Library) -> None:
    library.write("lease.txt", "The notice period of the lease is three months.")
    (library.files / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    library.run()
    embedded = library.embedder.embedded
    _make_older(library)
    library.counting.parsed.clear()
    library.run()
    assert sorted(library.counting.parsed) == ["broken.pdf", "lease.txt"]
    assert library.embedder.embedded == embedded  # the words are the same
    library.counting.parsed.clear()
    report = library.run()
    assert library.counting.parsed == []
    assert (report.unchanged, len(report.failed)) == (1, 1)


class LockedParser(CountingParser):
    """Gives some files' text only with a password, as a protected file."""

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        if path.name == "locked.txt" and not (options and options.password):
            self.parsed.append(path.name)
            return ParseFailure(FailureReason.ENCRYPTED, "It is protected.")
        return super().parse(path, options)


def test_a_protected_file_keeps_the_text_of_an_earlier_version(tmp_path: Path) -> None:
    parser = LockedParser()
    library = Library(tmp_path, parser)
    path = library.write("locked.txt", "The vault holds a canary made of gold.")
    library.run(passwords={str(path): "secret"})
    _make_older(library)
    report = library.run()
    assert (report.unchanged, report.failed) == (1, ())
    assert library.find("canary vault") == ["locked.txt"]
    parser.parsed.clear()
    library.run()
    assert parser.parsed == []
    path.write_text("Now something else.", encoding="utf-8")
    report = library.run()
    assert [failed.reason for failed in report.failed] == [FailureReason.ENCRYPTED]
    assert library.find("canary vault") == []
    library.store.close()


def test_recognised_text_outlives_an_update_while_recognition_is_off(library: Library) -> None:
    picture = Image.new("L", (900, 160), 255)
    font = ImageFont.load_default(60)
    ImageDraw.Draw(picture).text((40, 40), "Invoice canary 4711", fill=0, font=font)
    picture.save(library.files / "scan.png", dpi=(200, 200))
    library.run()
    assert library.find("invoice canary") == ["scan.png"]
    recognised = list(library.counting.recognised)
    _make_older(library)
    library.run(pictures=False)
    assert library.find("invoice canary") == ["scan.png"]
    assert library.counting.recognised == recognised
