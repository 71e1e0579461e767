"""Questions about the files themselves: told from others by rules, answered from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from app.answering.kinds.listing import FilesAnswerer
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.packing import Packer
from app.answering.recognise import (
    ListAsked,
    PagesAsked,
    PresenceAsked,
    recognise,
    recognise_presence,
)
from app.answering.service import AnswerService
from app.chats.store import Turn
from app.escalation.draft import new_draft
from app.events import AnswerDone, AnswerEvent, AnswerText, Searching
from app.settings.fields import Collection
from app.settings.store import SettingsStore
from models.fakes import FakeChatModel
from rag.formats import DocumentKind
from rag.indexing.preview import Preview, preview
from rag.indexing.rules import Rules
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.store.cut_texts import CutText
from rag.store.files import FailedFile, SourceFile
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.store import Store
from rag.text.periods import period_at
from rag.types import Hit
from tests.answering import Asker
from tests.escalations import TEAM, limits

NOW = datetime(2026, 11, 25, 12).astimezone()
PDF = (DocumentKind.PDF,)


class Shelf:
    """A real store with files that exist in it only."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "Home"
        self.store = Store(folder / "library.sqlite")
        self.store.save_root(str(self.root), 1)

    def put(self, name: str, kind: DocumentKind, pages: int | None = None, day: str = "") -> str:
        path = str(self.root / name)
        when = datetime.fromisoformat(day or "2026-01-15T12:00").timestamp()
        document = ParsedDocument(kind, Path(name).stem, name, (), pages)
        file = SourceFile(path, 1000 + len(name), int(when * 1e9))
        self.store.save_document(file, "recipe", CutText(name, document, ()))
        return path

    def fail(self, name: str) -> None:
        path = str(self.root / name)
        failure = FailedFile(path, FailureReason.BROKEN, "It is damaged.")
        self.store.save_failure(SourceFile(path, 9, 0), failure)

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        return list_files(self.store, which, order, most)

    def preview(self, folders: Sequence[str]) -> Preview:
        places = [Path(folder) for folder in folders] or [self.root]
        return preview(places, Rules(), [str(self.root)])

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        raise AssertionError("such questions need no search")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.put("Verträge/lease.pdf", DocumentKind.PDF, 12, "2023-05-01")
    made.put("Verträge/insurance.pdf", DocumentKind.PDF, 140, "2024-02-10")
    made.put("Bills/2024/power.pdf", DocumentKind.PDF, 2, "2024-03-05")
    made.put("Bills/budget.xlsx", DocumentKind.XLSX, None, "2026-11-24")
    made.fail("Bills/torn.pdf")
    yield made
    made.store.close()


def ask(shelf: Shelf, question: str, collection: str = "") -> str:
    settings = SettingsStore(shelf.root.parent / "settings.json")
    settings.change(collections=(Collection(name="Bills", folders=(str(shelf.root / "Bills"),)),))
    answer = Asker(settings, shelf, (FilesAnswerer(shelf, shelf.preview),)).answer(
        question, collection
    )
    return "" if answer is None else answer.text


@pytest.mark.parametrize(
    ("question", "which"),
    [
        ("How many PDFs do I have?", FileFilter(kinds=PDF)),
        ("how many files are there", FileFilter()),
        ("How many documents are in the folder Bills?", FileFilter(folder="bills")),
        ("List all files called “power”.", FileFilter(name="power")),
        ("Which files couldn't be read?", FileFilter(failed=True)),
        ("Which files could not be read?", FileFilter(failed=True)),
        ("Which files could not be read and why?", FileFilter(failed=True)),
        ("Which files are not in the library?", FileFilter(failed=True)),
        ("Which documents have been left out?", FileFilter(failed=True)),
        ("Which files are missing?", FileFilter(failed=True)),
        ("Welche Dateien fehlen?", FileFilter(failed=True)),
        ("Welche Dokumente sind nicht in der Bibliothek?", FileFilter(failed=True)),
        ("Which PDFs have more than 100 pages?", FileFilter(kinds=PDF, pages_from=101)),
        ("List the PDF files with at most 3 pages", FileFilter(kinds=PDF, pages_to=3)),
    ],
)
def test_questions_about_files_are_understood(question: str, which: FileFilter) -> None:
    asked = recognise(question, NOW)
    assert isinstance(asked, ListAsked)
    assert asked.which == which


@pytest.mark.parametrize(
    ("question", "order", "most"),
    [
        ("What is the newest file?", FileOrder.NEWEST, 1),
        ("What are my five largest files?", FileOrder.LARGEST, 5),
        ("Which document is the longest?", FileOrder.LONGEST, 1),
        ("Show me the 3 oldest PDFs", FileOrder.OLDEST, 3),
    ],
)
def test_the_first_ones_are_understood(question: str, order: FileOrder, most: int) -> None:
    asked = recognise(question, NOW)
    assert isinstance(asked, ListAsked)
    assert (asked.order, asked.most) == (order, most)


def test_a_question_for_pages_names_the_document() -> None:
    assert recognise("How many pages does the lease have?", NOW) == PagesAsked("lease")


@pytest.mark.parametrize(
    "question",
    [
        "How many documents must be handed in with an application?",
        "Which documents are about the boiler?",
        "Which files?",
        "What documents are required for a visa?",
        "List all employees in the folder Staff",
        "How many pictures did she paint?",
        "What is the largest planet?",
        "What text is shown to visitors?",
        "How many emails did Ada send to Bob?",
        "List all files that mention the deposit",
        "How many PDFs are there? And what do they say about heating?",
        "",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert recognise(question, NOW) is None


@pytest.mark.parametrize(
    ("words", "begin", "end"),
    [
        ("in march 2024", "2024-03-01", "2024-04-01"),
        ("from december 2023", "2023-12-01", "2024-01-01"),
        ("from 2023", "2023-01-01", "2024-01-01"),
        ("since 2022", "2022-01-01", None),
        ("after 2022", "2023-01-01", None),
        ("before 2022", None, "2022-01-01"),
        ("until 2022", None, "2023-01-01"),
        ("today", "2026-11-25", None),
        ("yesterday", "2026-11-24", "2026-11-25"),
        ("this week", "2026-11-23", None),
        ("last week", "2026-11-16", "2026-11-23"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("from last year", "2025-01-01", "2026-01-01"),
        ("in the last 5 days", "2026-11-20", None),
    ],
)
def test_times_are_understood(words: str, begin: str | None, end: str | None) -> None:
    period = period_at(words, 0, "en", NOW)
    assert period is not None
    assert period[0] == tuple(
        None if day is None else datetime.fromisoformat(day).astimezone().timestamp()
        for day in (begin, end)
    )


def test_other_words_are_no_time() -> None:
    assert period_at("in the contract", 0, "en", NOW) is None


def test_files_are_counted_and_listed(shelf: Shelf) -> None:
    text = ask(shelf, "How many PDFs do I have?")
    assert text.startswith("Your library holds **3 PDFs**.\n\n- `power.pdf`: in `Bills/2024`, 2 p")
    assert "`lease.pdf`: in `Home/Verträge`, 12 pages, 1 May 2023" in text
    assert "torn" not in text


def test_folders_are_known_whatever_their_capitals(shelf: Shelf) -> None:
    text = ask(shelf, "Which files are in VERTRÄGE?")
    assert "**2 files** in" in text
    assert "power" not in text
    assert ask(shelf, "How many files are in the budget for next year?") == ""
    assert ask(shelf, f"Which files are in {shelf.root.parent.name}?") == ""  # not of the library


def test_dates_pages_and_names_narrow_it(shelf: Shelf) -> None:
    assert "lease" not in ask(shelf, "List all PDFs from 2024")
    assert "**2 PDFs**, last changed from 1 January 2024" in ask(shelf, "List all PDFs from 2024")
    assert "- `insurance.pdf`" in ask(shelf, "Which PDFs have more than 100 pages?")
    assert "**1 file** called `power`" in ask(shelf, "List all files called power")
    assert ask(shelf, "How many e-books do I have?") == "Your library holds no e-books."
    assert "The longest:\n\n- `insurance.pdf`" in ask(shelf, "Which PDF is the longest?")


def test_files_that_failed_say_why(shelf: Shelf) -> None:
    assert "- `torn.pdf`: It is damaged." in ask(shelf, "Which files could not be read?")
    shelf.store.remove_files([str(shelf.root / "Bills" / "torn.pdf")])
    assert ask(shelf, "Which files failed?") == "Every file of your library could be read."


def test_files_that_are_not_in_the_library_are_named_and_counted(shelf: Shelf) -> None:
    (shelf.root / "Music").mkdir(parents=True)
    for name in ("a.mp3", "b.MP3", "tool.exe", ".hidden"):
        (shelf.root / "Music" / name).write_bytes(b"x")
    text = ask(shelf, "Which files are not in the library?")
    assert "**1 file** could not be read:" in text
    assert "- `torn.pdf`: It is damaged." in text
    assert "**4** files and folders were left out by kind or rule:" in text
    assert "- audio files: 2 (`a.mp3`, `b.MP3`)" in text
    assert "- programs: 1 (`tool.exe`)" in text
    assert "- hidden: 1 (`.hidden`)" in text


def test_nothing_is_missing_from_the_library(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.root.mkdir()
    try:
        expected = "Every file of your folders is in the library."
        assert ask(shelf, "Which files are not in the library?") == expected
    finally:
        shelf.store.close()


def test_a_long_list_is_cut_and_says_so(shelf: Shelf) -> None:
    for number in range(240):
        shelf.put(f"note-{number:03}.txt", DocumentKind.TEXT)
    text = ask(shelf, "List all text files")
    assert text.count("- `note-") == 20
    assert text.endswith("- … and 220 more")


def test_pages_of_a_document(shelf: Shelf) -> None:
    assert ask(shelf, "How many pages does the lease have?") == "`lease.pdf` has **12 pages**."
    assert ask(shelf, "How many pages does the budget have?") == ""
    assert ask(shelf, "How many pages does the novel have?") == ""


def test_a_collection_holds_it_to_its_folders(shelf: Shelf) -> None:
    assert "**1 PDF**" in ask(shelf, "How many PDFs do I have?", "Bills")


@pytest.mark.parametrize(
    "question",
    ["Which PDFs do I have?", "How many pages does the lease have?", "Which files failed?"],
)
def test_names_of_files_that_never_leave_stay(shelf: Shelf, question: str) -> None:
    settings = SettingsStore(shelf.root.parent / "settings.json")
    answer = Asker(settings, shelf, (FilesAnswerer(shelf, shelf.preview),)).answer(question)
    assert answer is not None
    earlier = Turn(1, question, answer, 0.0)
    made = new_draft(Turn(2, "And?", None, 0.0), (earlier,), TEAM, limits(str(shelf.root)))
    assert [exchange.local_only for exchange in made.history] == [True]
    assert new_draft(earlier, (), TEAM).excerpts == ()


def test_it_is_answered_without_a_search_or_a_model(shelf: Shelf, tmp_path: Path) -> None:
    events: list[AnswerEvent] = []
    model = FakeChatModel()
    settings = SettingsStore(tmp_path / "settings.json")
    packer = Packer(shelf.search)
    answerers = (FilesAnswerer(shelf, shelf.preview), PassagesAnswerer(packer))
    service = AnswerService(settings, model, packer, answerers, files=shelf)
    answer = service.ask("How many files are there?", (), events.append)
    assert answer.text.startswith("Your library holds **4 files**.")
    assert [type(event) for event in events] == [Searching, AnswerText, AnswerDone]
    assert (answer.model, answer.abstained, model.prompts) == ("", False, [])
    assert answer.timings.total_s > 0


@pytest.mark.parametrize(
    "question",
    [
        "Is power.pdf in the library?",
        "Do you have “power.pdf” in your library?",
        "Have you read power.pdf?",
        "Ist power.pdf in der Bibliothek?",
        "Wurde power.pdf eingelesen?",
        "Est-ce que power.pdf est dans la bibliothèque ?",
        "power.pdf est-il dans ma bibliothèque ?",
        "¿Está power.pdf en la biblioteca?",
        "¿Se ha leído el archivo power.pdf?",
    ],
)
def test_a_file_is_looked_for_in_the_library(shelf: Shelf, question: str) -> None:
    assert recognise_presence(question) == PresenceAsked("power.pdf")
    assert ask(shelf, question) == "Yes, `power.pdf` is in your library, in `Bills/2024`."


def test_it_is_said_why_a_file_is_not_in_the_library(shelf: Shelf) -> None:
    (shelf.root / "Music").mkdir(parents=True)
    (shelf.root / "Music" / "song.mp3").write_bytes(b"ID3")
    assert ask(shelf, "Is song.mp3 in the library?") == (
        "No, `song.mp3` was left out by kind or rule: audio files."
    )
    assert ask(shelf, "Is torn.pdf in the library?") == (
        "No, `torn.pdf` could not be read: It is damaged."
    )
    assert ask(shelf, "Ist Mietvertrag 2023.docx in der Bibliothek?") == (
        "No, there is no file called `Mietvertrag 2023.docx` in your library."
    )
    assert ask(shelf, "Is the lease in the library?").startswith("Yes, `lease.pdf`")


def test_things_in_a_library_are_left_to_the_passages(shelf: Shelf) -> None:
    for question in (
        "Is smoking allowed in the library?",
        "Is the Picasso in the collection?",
        "Was the report read?",
    ):
        assert ask(shelf, question) == ""
