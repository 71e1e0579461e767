"""Documents inside files: stored, found, moved and forgotten with the file they are in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument, ParseOptions, Part, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.part_paths import file_of
from rag.parse.source import Source
from rag.store.files import FileOutcome
from tests.unit.rag.indexing.test_indexer import Library


def made(text: str, *parts: Part, scanned: tuple[int, ...] = ()) -> ParsedDocument:
    builder = DocumentBuilder()
    builder.add(text)
    builder.parts += parts
    builder.scanned += scanned
    return builder.finish(DocumentKind.TEXT, "Title", Source("file.txt"))


class MailParser:
    """A file is lines of text; a line ``> name: words`` is a part, ``? words`` a picture of them.

    `allowed` pictures are read, then the run is as good as cut off.
    """

    def __init__(self) -> None:
        self.recognised: list[tuple[str, int]] = []
        self.allowed = 100

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        pages = (options or ParseOptions()).recognised
        lines = path.read_text(encoding="utf-8").splitlines()
        pictures = [line for line in lines if line.startswith("? ")]
        read = [line.text for page in pages for line in page.lines]
        waiting = tuple(range(1, len(pictures) + 1)) if not pages else ()
        words = [line for line in lines if not line.startswith(("> ", "? "))] + read
        parts = [part(line) for line in lines if line.startswith("> ")]
        if not words and waiting:
            return ParseFailure(FailureReason.SCANNED, "Pictures only.", waiting)
        if not words:
            return ParseFailure(FailureReason.NO_TEXT, "Nothing was found.")
        return made(" ".join(words), *parts, scanned=waiting)

    def recognise(
        self, path: Path, page: int, password: str = "", identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        if len(self.recognised) >= self.allowed:
            raise RuntimeError("the power fails")
        self.recognised.append((path.name, page))
        pictures = [x[2:] for x in path.read_text().splitlines() if x.startswith("? ")]
        words = pictures[page - 1]
        if words == "unreadable":
            return ParseFailure(FailureReason.CRASHED, "It ended the process.")
        lines = (TextLine(words, 0.1, 0.1, 0.9, 0.2),) if words != "blank" else ()
        return RecognisedPage(page, lines)


def part(line: str) -> Part:
    name, _, words = line[2:].partition(": ")
    key = f"part-{words}"
    if words == "locked":
        failure = ParseFailure(FailureReason.ENCRYPTED, "It needs a password.")
        return Part(name, key, 6, failure=failure)
    inner = [part(f"> inner.txt: {words[7:]}")] if words.startswith("nested ") else []
    return Part(name, key, len(words), document=made(words, *inner))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path, MailParser())


def parser(library: Library) -> MailParser:
    assert isinstance(library.parser, MailParser)
    return library.parser


def paths(library: Library) -> list[str]:
    return [str(Path(file.path).relative_to(library.files)) for file in library.store.files()]


def test_a_part_is_found_under_its_own_path(library: Library) -> None:
    mail = library.write("offer.eml", "Dear Sir\n> lease.txt: the rent is nine hundred\n")
    library.run()
    (hit,) = library.retriever.search("rent nine hundred", 1)
    assert hit.path == f"{mail}!/lease.txt"
    stored = library.store.document(hit.path)
    assert stored is not None
    assert stored.current
    assert stored.document.text == "the rent is nine hundred"


def test_a_folder_may_be_named_as_if_parts_were_in_it(library: Library) -> None:
    wow, plain = library.files / "Wow!", library.files / "Wow"
    wow.mkdir()
    inside = wow / "offer.eml"
    inside.write_text("Dear Sir\n> lease.txt: the rent is nine hundred\n")
    plain.write_text("Ordinary words.\n")
    library.run()
    (hit,) = library.retriever.search("rent nine hundred", 1)
    assert hit.path == f"{inside}!/lease.txt"
    assert file_of(hit.path) == str(inside)
    assert file_of(str(inside)) == str(inside)
    stored = library.store.document(hit.path)
    assert stored is not None
    assert stored.current
    of_plain = library.store.chunk_ids_under([str(plain)])
    assert len(of_plain) == 1
    assert not of_plain & library.store.chunk_ids_under([str(wow)])
    plain.unlink()
    library.run()
    assert paths(library) == ["Wow!/offer.eml", "Wow!/offer.eml!/lease.txt"]


def test_parts_are_rows_of_their_own_and_name_their_file(library: Library) -> None:
    mail = library.write("offer.eml", "Dear\n> a.txt: nested apples\n> b.pdf: locked\n")
    library.run()
    assert paths(library) == [
        "offer.eml",
        "offer.eml!/a.txt",
        "offer.eml!/a.txt!/inner.txt",
        "offer.eml!/b.pdf",
    ]
    _, first, inner, locked = library.store.files()
    assert (first.parent, inner.parent) == (str(mail), f"{mail}!/a.txt")
    assert (locked.outcome, locked.reason) == (FileOutcome.FAILED, FailureReason.ENCRYPTED)
    status = library.store.status("hash-64", 0)
    assert (status.files, status.failed) == (1, 0)


def test_a_second_run_leaves_parts_alone(library: Library) -> None:
    library.write("offer.eml", "Dear\n> a.txt: apples\n")
    library.run()
    embedded = library.embedder.embedded
    report = library.run()
    assert (report.unchanged, report.removed) == (1, 0)
    assert library.embedder.embedded == embedded
    assert library.find("apples") == ["a.txt", "offer.eml"]


def test_a_moved_file_takes_its_parts_along(library: Library) -> None:
    mail = library.write("offer.eml", "Dear\n> a.txt: nested apples\n> b.pdf: locked\n")
    library.run()
    embedded = library.embedder.embedded
    mail.rename(library.files / "moved.eml")
    library.run()
    assert paths(library) == [
        "moved.eml",
        "moved.eml!/a.txt",
        "moved.eml!/a.txt!/inner.txt",
        "moved.eml!/b.pdf",
    ]
    assert library.embedder.embedded == embedded


def test_a_part_that_is_dropped_is_forgotten(library: Library) -> None:
    mail = library.write("offer.eml", "Dear\n> a.txt: apples\n> b.txt: pears\n")
    library.run()
    mail.write_text("Dear\n> b.txt: pears\n", encoding="utf-8")
    library.run()
    assert paths(library) == ["offer.eml", "offer.eml!/b.txt"]
    assert library.index.count() == 2
    assert "a.txt" not in library.find("apples")


def test_a_file_that_is_removed_takes_its_parts_with_it(library: Library) -> None:
    mail = library.write("offer.eml", "Dear\n> a.txt: nested apples\n")
    library.write("offer.eml.txt", "A neighbour by name only")
    library.run()
    mail.unlink()
    library.run()
    assert paths(library) == ["offer.eml.txt"]
    assert library.index.count() == 1


def test_a_part_that_is_also_a_file_stays_when_the_mail_goes(library: Library) -> None:
    mail = library.write("one.eml", "Dear\n> a.txt: apples\n")
    library.write("two.eml", "Hello\n> a.txt: apples\n")
    library.run()
    mail.unlink()
    library.run()
    assert paths(library) == ["two.eml", "two.eml!/a.txt"]
    assert library.find("apples")[0] == "a.txt"


def test_parts_are_in_the_folder_of_their_file(library: Library) -> None:
    library.write("in/offer.eml", "Dear\n> a.txt: apples\n")
    library.write("out/other.eml", "Dear all\n> b.txt: apples as well\n")
    library.run()
    hits = library.retriever.search("apples", 5, (str(library.files / "in"),))
    assert {Path(hit.path).name for hit in hits} == {"a.txt", "offer.eml"}


def test_pictures_are_read_after_everything_else(library: Library) -> None:
    library.write("a-scan.txt", "? the boiler was serviced\n? in May\n")
    library.write("z.txt", "plain words")
    report = library.run()
    assert (report.added, report.failed) == (2, ())
    assert library.find("boiler serviced May")[0] == "a-scan.txt"
    assert parser(library).recognised == [("a-scan.txt", 1), ("a-scan.txt", 2)]
    lines = library.store.recognised_lines(str(library.files / "a-scan.txt"), 2)
    assert [line.text for line in lines] == ["in May"]


def test_a_file_with_text_and_pictures_is_counted_once(library: Library) -> None:
    library.write("mixed.txt", "the cover letter\n? the picture of a table\n")
    report = library.run()
    assert (report.added, report.updated, report.unchanged) == (1, 0, 0)
    assert library.find("picture table")[0] == "mixed.txt"
    (file,) = library.store.files()
    assert file.scanned == ()
    again = library.run()
    assert (again.unchanged, len(parser(library).recognised)) == (1, 1)


def test_pages_that_were_read_are_not_read_again_after_a_crash(library: Library) -> None:
    library.write("scan.txt", "? one\n? two\n? three\n")
    parser(library).allowed = 2
    with pytest.raises(RuntimeError, match="power"):
        library.run()
    parser(library).allowed = 100
    library.run()
    assert parser(library).recognised == [("scan.txt", 1), ("scan.txt", 2), ("scan.txt", 3)]
    assert library.find("three")[0] == "scan.txt"


def test_pictures_wait_until_they_are_wanted(library: Library) -> None:
    scan = library.write("scan.txt", "? the boiler\n")
    mixed = library.write("mixed.txt", "some words\n? and a picture\n")
    report = library.run(pictures=False)
    assert [failed.reason for failed in report.failed] == [FailureReason.SCANNED]
    assert parser(library).recognised == []
    by_path = {file.path: file for file in library.store.files()}
    assert by_path[str(mixed)].scanned == (1,)
    assert library.run(scan, mixed).failed == ()
    assert library.find("boiler")[0] == "scan.txt"
    assert library.find("picture")[0] == "mixed.txt"


def test_a_picture_without_words_fails_in_plain_words(library: Library) -> None:
    library.write("photo.txt", "? blank\n")
    report = library.run()
    assert [failed.reason for failed in report.failed] == [FailureReason.NO_TEXT]
    library.run()
    assert len(parser(library).recognised) == 1


def test_a_page_that_ends_the_process_costs_only_itself(library: Library) -> None:
    library.write("scan.txt", "? unreadable\n? the good page\n")
    assert library.run().failed == ()
    assert library.find("good page")[0] == "scan.txt"


def test_what_was_recognised_goes_with_its_file(library: Library) -> None:
    library.write("scan.txt", "? the boiler canary\n")
    library.run()
    library.remove(library.files)
    with library.store.database.read() as db:
        assert db.execute("SELECT count(*) FROM recognised").get == 0
        assert db.execute("SELECT count(*) FROM parts").get == 0


def test_the_data_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    from rag.store.database import Database
    from rag.store.schema import APPLICATION_ID, MIGRATIONS
    from rag.store.store import Store

    path = tmp_path / "old.sqlite"
    old = Database(path, APPLICATION_ID, MIGRATIONS[:1])
    with old.write() as db:
        db.execute(
            "INSERT INTO contents (hash, recipe, kind, title, text, blocks, notes) "
            "VALUES ('h', 'r', 'text', 'T', 'words', x'90', x'90')"
        )
        db.execute(
            "INSERT INTO files VALUES ('/a.txt', 5, 1, 'indexed', last_insert_rowid(), NULL, '', 0)"
        )
    old.close()
    shutil.copy(path, tmp_path / "copy.sqlite")
    with Store(path) as store:
        (file,) = store.files()
        assert (file.path, file.parent, file.scanned) == ("/a.txt", "", ())
        assert store.known_files()[0].content_hash == "h"
