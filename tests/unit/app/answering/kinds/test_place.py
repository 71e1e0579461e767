"""Questions about places are answered from the document itself, by no model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from app.answering.context import ToReadAt
from app.answering.kinds.finding import FindingAnswerer
from app.answering.kinds.place import PlaceAnswerer
from app.answering.place_reader import PlaceReader
from app.events import Answer
from app.settings.store import SettingsStore
from rag.pages.labels import page_labels
from rag.store.files import StoredDocument
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.store.listing import list_files
from rag.store.whole_document import whole_document
from rag.types import Hit, WholeDocument
from tests.answering import Asker
from tests.unit.rag.indexing.test_indexer import Library

STATUTES = """# Statutes

## 1. Name

The club is named Larch.

## 2. Members

2.1 Members pay 60 francs a year.

2.2 A member may leave with six weeks of notice.

## 3. Board

The board is elected for two years.
"""
TENANCY = """# Mietordnung

## § 4 Garten

Der Garten ist offen.

Hunde bleiben an der Leine. Katzen nicht.

## § 5 Kündigung

(1) Die Frist beträgt drei Monate. Sie beginnt am Monatsersten.

(2) Kürzer ist sie

a) bei Untermiete: vier Wochen,

b) bei Garagen: zwei Wochen.

(3) Die Kündigung ist schriftlich.

## § 6 Schlüssel

(1) Es gibt vier Schlüssel. (2) Ein Verlust kostet 40 Euro.
"""
LEASE = """LEASE

between the estate and the boat house.

Clause 1. Rent. It is 3,600 francs and is paid in two halves, in January and in
July. It rises by the index.
Clause 2. Repairs. The tenant keeps the inside in repair. The owner keeps the roof in repair.
Clause 3. Ending. The tenant gives twelve months of notice.

The lessor built it in
2019. Then it was let.
"""
CHAT = """12/03/2025, 18:02 - Dagny: Who has the key?
12/03/2025, 18:05 - Ruben: I gave it to Petra
12/03/2025, 18:07 - Petra: I bring it on Saturday
"""


def _labels(path: str) -> tuple[str, ...]:
    return page_labels(Path(path))


class Desk:
    """Real documents in a real index."""

    def __init__(self, folder: Path) -> None:
        self.library = Library(folder)
        canvas = Canvas(str(self.library.files / "house-rules.pdf"))
        for page in (
            "Quiet hours are from ten to six.",
            "Bicycles stand in the cellar.",
            "Laundry: Mondays.",
        ):
            canvas.drawString(72, 700, page)
            canvas.showPage()
        canvas.save()
        book = Canvas(str(self.library.files / "handbook.pdf"))
        book.addPageLabel(0, style="ROMAN_LOWER")
        book.addPageLabel(2, style="ARABIC")
        for page in ("Foreword.", "Thanks to all.", "Ladders lean.", "Ropes are checked.", "End."):
            book.drawString(72, 700, page)
            book.showPage()
        book.save()
        self.library.write("club/statutes.md", STATUTES)
        self.library.write("club/chat.txt", CHAT)
        self.library.write("club/lease.txt", LEASE)
        self.library.write("club/tenancy.md", TENANCY)
        self.library.write("costs.csv", "Name,Amount\nPaint,12\nNails,7\nGlue,5\n")
        self.library.write("a/notes.txt", "The first paragraph.\n\nThe second one.")
        self.library.write("b/notes.txt", "Only one paragraph.")
        self.library.run()
        settings = SettingsStore(folder / "settings.json")
        answerers = (PlaceAnswerer(self, labels=_labels), FindingAnswerer(self))
        self.asker = Asker(settings, self, answerers)

    def ask(self, question: str) -> Answer:
        """The answer, whose citations are slices of their documents."""
        answer = self.asker.answer(question)
        assert answer is not None, question
        for cited in answer.citations:
            text = self.document(cited.path).document.text
            assert text[cited.locator.start : cited.locator.end] == cited.quote
        return answer

    def document(self, path: str) -> StoredDocument:
        document = self.library.store.document(path)
        assert document is not None
        return document

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        return list_files(self.library.store, which, order, most)

    def whole(self, path: str) -> WholeDocument:
        document = whole_document(self.library.store, path)
        assert document is not None
        return document

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        return tuple(self.library.retriever.search(query, k, folders))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.library.store.close()


@pytest.mark.parametrize(
    "question",
    [
        "What does page 2 of house-rules.pdf say?",
        "What is on the second page of house rules.pdf?",
        "Was steht auf Seite 2 von house-rules.pdf?",
        "Was steht auf der 2. Seite von House_Rules.pdf?",
        "Que dit la page 2 de house-rules.pdf ?",
        "¿Qué dice la página 2 de house-rules.pdf?",
        "house-rules.pdf, p. 2",
        "What does page 2 of the house rules say?",
    ],
)
def test_a_page_is_quoted_and_nothing_else(desk: Desk, question: str) -> None:
    answer = desk.ask(question)
    assert [cited.locator.page for cited in answer.citations] == [2]
    assert "Bicycles stand in the cellar. [1]" in answer.text
    assert answer.model == ""


def test_pages_of_a_range(desk: Desk) -> None:
    answer = desk.ask("What is on pages 2 to 9 of house-rules.pdf?")
    assert [cited.locator.page for cited in answer.citations] == [2, 3]
    assert "It has **3 pages**." in answer.text


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "What does page 9 of house-rules.pdf say?",
            "`house-rules.pdf` has **3 pages**; there is no “page 9”.",
        ),
        (
            "Was sagt § 7 in statutes.md?",
            "`statutes.md` has **5 numbered parts** (1, 2, 2.1, 2.2, 3); there is no “§ 7”.",
        ),
        ("What is in row 40 of costs.csv?", "`costs.csv` has **4 rows**; there is no “row 40”."),
        (
            "What does page 2 of statutes.md say?",
            "`statutes.md` has no pages that Studiolo can count, so there is no “page 2”.",
        ),
        ("What does page 2 of lease.pdf say?", "Your library holds no file called `lease.pdf`."),
        ("How much is the rent in lease.pdf?", "Your library holds no file called `lease.pdf`."),
    ],
)
def test_what_is_not_there_is_said_with_how_many_there_are(
    desk: Desk, question: str, sentence: str
) -> None:
    answer = desk.ask(question)
    assert answer.text == sentence
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("question", "words", "others"),
    [
        ("What does clause 2.2 of statutes.md say?", "six weeks", "60 francs"),
        ("Ziffer 3 der statutes", "two years", "francs"),
        ("What does section 2 of the statutes say?", "60 francs", "two years"),
        ("¿Qué dice el artículo 1 de statutes.md?", "named Larch", "francs"),
        ("What was the last message in chat.txt?", "on Saturday", "Who has"),
        ("What is in row 3 of costs.csv?", "Name | Amount: Nails | 7", "Paint"),
        ("Was steht in Zeile 2 von costs.csv?", "Paint | 12", "Nails"),
    ],
)
def test_other_places(desk: Desk, question: str, words: str, others: str) -> None:
    answer = desk.ask(question)
    assert words in answer.text
    assert others not in answer.text
    assert answer.citations


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Was steht in § 5 Abs. 1 von tenancy.md?", "(1) Die Frist beträgt drei Monate. Sie"),
        ("Was steht in § 5 Absatz 3 von tenancy.md?", "(3) Die Kündigung ist schriftlich."),
        ("Was sagt § 5 Abs. 2 lit. b in tenancy.md?", "b) bei Garagen: zwei Wochen."),
        ("Was sagt § 5 Abs. 2 Buchst. a in tenancy.md?", "a) bei Untermiete: vier Wochen,"),
        ("Was sagt § 5 Abs. 1 Satz 2 in tenancy.md?", "Sie beginnt am Monatsersten."),
        ("What does section 5(2)(b) of tenancy.md say?", "b) bei Garagen: zwei Wochen."),
        ("What does section 5, paragraph 3 of tenancy.md say?", "(3) Die Kündigung ist"),
        ("What does paragraph 3 of section 5 of tenancy.md say?", "(3) Die Kündigung ist"),
        ("What does the third paragraph of section 5 of tenancy.md say?", "(3) Die Kündigung"),
        ("Que dit l'art. 5 al. 3 de tenancy.md ?", "(3) Die Kündigung ist schriftlich."),
        ("Que dit l'alinéa 3 de l'article 5 de tenancy.md ?", "(3) Die Kündigung ist"),
        ("¿Qué dice el artículo 5.3 de tenancy.md?", "(3) Die Kündigung ist schriftlich."),
        ("¿Qué dice el párrafo 3 del artículo 5 de tenancy.md?", "(3) Die Kündigung ist"),
        ("Was steht in § 6 Abs. 1 von tenancy.md?", "(1) Es gibt vier Schlüssel."),
        ("Was steht in § 6 Abs. 2 von tenancy.md?", "(2) Ein Verlust kostet 40 Euro."),
        ("Was steht in § 4 Abs. 2 von tenancy.md?", "Hunde bleiben an der Leine. Katzen nicht."),
        ("What does section 2, paragraph 1 of statutes.md say?", "2.1 Members pay 60 francs"),
        ("What does section 3, paragraph 1 of statutes.md say?", "The board is elected"),
    ],
)
def test_a_part_within_a_numbered_part(desk: Desk, question: str, quote: str) -> None:
    answer = desk.ask(question)
    assert [cited.quote[: len(quote)] for cited in answer.citations] == [quote]
    assert len(answer.citations[0].quote) < 80


def test_parts_of_a_range(desk: Desk) -> None:
    answer = desk.ask("Was steht in § 5 Abs. 2 bis 3 von tenancy.md?")
    text = "".join(cited.quote for cited in answer.citations)
    assert text.startswith("(2) Kürzer")
    assert text.endswith("schriftlich.")


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            "Was steht in § 5 Abs. 7 von tenancy.md?",
            "Part 5 of `tenancy.md` has **3 numbered parts** (1, 2, 3); there is no “§ 5 Abs. 7”.",
        ),
        (
            "What does section 1(b) of statutes.md say?",
            (
                "Part 1 of `statutes.md` has no parts that Studiolo can count, "
                "so there is no “section 1(b)”."
            ),
        ),
    ],
)
def test_a_part_that_is_not_there(desk: Desk, question: str, sentence: str) -> None:
    answer = desk.ask(question)
    assert answer.text == sentence
    assert answer.citations == ()


def test_a_question_about_something_in_a_part_reads_only_that(desk: Desk) -> None:
    question = "Wie lang ist die Frist für Garagen nach § 5 Abs. 2 lit. b von tenancy.md?"
    wanted = desk.asker.context(question).wanted
    assert isinstance(wanted, ToReadAt)
    hits = PlaceReader(desk).hits(wanted.paths[0], wanted.place)
    assert [hit.text for hit in hits] == ["b) bei Garagen: zwei Wochen."]
    text = desk.document(wanted.paths[0]).document.text
    assert text[hits[0].locator.start : hits[0].locator.end] == hits[0].text


def test_files_of_one_name_are_all_named(desk: Desk) -> None:
    answer = desk.ask("What does the second paragraph of notes.txt say?")
    assert "2 files have this name." in answer.text
    assert "The second one. [1]" in answer.text
    assert "in `files/b` has **1 paragraph**; there is no “second paragraph”." in answer.text
    narrowed = desk.ask("What does the first paragraph of b/notes.txt say?")
    assert [Path(cited.path).parent.name for cited in narrowed.citations] == ["b"]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("On which page of house-rules.pdf are the bicycles?", "**page 2**"),
        ("Auf welcher Seite steht Laundry?", "**page 3**"),
        ("À quelle page est Laundry ?", "**page 3**"),
        ("¿En qué página está Laundry?", "**page 3**"),
        ("In which clause is the notice?", "**2. Members, 2.2**"),
        ("In which row is the glue?", "**row 4**"),
        ("In which clause of lease.txt is the roof?", "`lease.txt`, **2**: "),
        ("Which clause of lease.txt says who repairs the roof?", "`lease.txt`, **2**: "),
        ("Which clause covers the two halves?", "`lease.txt`, **1**: "),
        ("Welche Klausel regelt twelve months?", "`lease.txt`, **3**: "),
    ],
)
def test_where_something_stands_is_told_from_its_quote(
    desk: Desk, question: str, place: str
) -> None:
    answer = desk.ask(question)
    assert place in answer.text
    assert answer.citations


def test_clauses_on_lines_of_one_paragraph_are_parts(desk: Desk) -> None:
    answer = desk.ask("What does clause 2 of lease.txt say?")
    assert "Clause 2. " in answer.text
    assert "The owner keeps the roof in repair." in answer.text
    assert "Rent" not in answer.text
    assert "Ending" not in answer.text


def test_a_line_that_happens_to_begin_with_a_number_is_no_part(desk: Desk) -> None:
    answer = desk.ask("What does clause 2019 of lease.txt say?")
    assert "has **3 numbered parts** (1, 2, 3); there is no “clause 2019”." in answer.text


def test_which_clause_without_what_it_says_may_be_about_a_thing(desk: Desk) -> None:
    assert desk.asker.answer("Which article was sold in July?") is None


def test_where_something_stands_that_nothing_mentions_is_left_to_the_passages(desk: Desk) -> None:
    assert desk.asker.answer("On which page is the swimming pool?") is None


def test_a_question_about_something_on_a_page_reads_only_that_page(desk: Desk) -> None:
    question = "Where do bicycles stand by page 2 of house-rules.pdf?"
    assert desk.asker.answer(question) is None
    wanted = desk.asker.context(question).wanted
    assert isinstance(wanted, ToReadAt)
    hits = PlaceReader(desk).hits(wanted.paths[0], wanted.place)
    assert [hit.locator.page for hit in hits] == [2]


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("What is the total amount in costs.csv?", ["costs.csv"]),
        ("What is the total amount in Costs CSV?", ["costs.csv"]),
        ("What are the total costs?", []),
    ],
)
def test_a_named_file_binds(desk: Desk, question: str, documents: list[str]) -> None:
    assert [Path(path).name for path in desk.asker.context(question).documents] == documents


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Where is the file about the bicycles?", ["house-rules.pdf"]),
        ("Wo ist die Datei über Laundry?", ["house-rules.pdf"]),
        ("Which files mention a paragraph?", ["notes.txt", "notes.txt"]),
        ("Do I have a document about the board?", ["statutes.md"]),
        ("Which document contains the phrase “elected for two years”?", ["statutes.md"]),
        ("Where is costs.csv?", ["costs.csv"]),
    ],
)
def test_files_are_found_by_what_they_say(desk: Desk, question: str, names: list[str]) -> None:
    answer = desk.ask(question)
    assert sorted(Path(cited.path).name for cited in answer.citations) == names
    assert all(f"`{name}`" in answer.text for name in names)


def test_no_file_has_a_phrase(desk: Desk) -> None:
    assert desk.asker.answer("Which document contains the phrase “never heard of”?") is None


def test_printed_page_numbers(desk: Desk) -> None:
    physical = desk.ask("What does page 3 of handbook.pdf say?")
    assert "Ladders lean. [1]" in physical.text
    assert "*The number 3 is printed on page 5.*" in physical.text
    roman = desk.ask("What does page ii of handbook.pdf say?")
    assert "**page ii, which is page 2 of the file**" in roman.text
    assert "Thanks to all. [1]" in roman.text
    where = desk.ask("On which page of handbook.pdf are the ropes?")
    assert "**page 4 (printed: 2)**" in where.text


def test_a_file_without_printed_numbers(desk: Desk) -> None:
    assert page_labels(desk.library.files / "house-rules.pdf") == ()
    assert page_labels(desk.library.files / "costs.csv") == ()
    missing = desk.ask("What does page xx of house-rules.pdf say?")
    assert missing.text == "`house-rules.pdf` has **3 pages**; there is no “page xx”."
