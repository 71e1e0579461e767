"""Specialists that are taught, applied and run over files, with parts that compute here."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import Cancelled, NoSuchSpecialist, SpecialistUnreadable
from app.jobs import CancelToken
from app.paths import Paths
from app.specialists.definition import Label, Specialist
from app.specialists.kept import KeptSpecialists, file_stem
from app.specialists.records import Example
from app.specialists.runs import TableRuns
from app.specialists.service import LABEL, Lesson, Specialists
from app.specialists.sorting import Item
from tests.unit.app.specialists.parts import LocalLearner, LocalReader, WordEmbedder

SORT = Specialist(
    "Sort",
    "classify",
    labels=(Label("garden", "rose soil spade hedge"), Label("kitchen", "flour oven whisk butter")),
)
GARDEN = ("The rose needs soil.", "A spade for the hedge.", "The hedge and the rose.")
KITCHEN = ("Butter and flour in the oven.", "The whisk is in the oven.", "Flour and a whisk.")
LESSONS = [
    *(Lesson(text, label="garden") for text in GARDEN),
    *(Lesson(text, label="kitchen") for text in KITCHEN),
]


@pytest.fixture
def specialists(tmp_path: Path) -> Specialists:
    paths = Paths(tmp_path / "data", tmp_path / "models")
    paths.ensure()
    made = Specialists(paths, WordEmbedder(), LocalLearner(), LocalReader())
    made.kept.keep(SORT)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, text in (("a", GARDEN[0]), ("b", KITCHEN[0]), ("c", "The oven. And butter!")):
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_templates_are_there_and_can_be_used() -> None:
    kept = KeptSpecialists(Path("/nowhere"))
    names = {specialist.name: template for specialist, template in kept.all()}
    assert names["Lease"]
    assert kept.find("lease").kind == "extract"
    assert len(kept.find("Contract clauses").labels) == 38
    assert {s.kind for s, _ in kept.all()} == {"extract", "clauses", "classify"}


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("invoice", "Did you mean “Invoice or receipt”?"),
        ("Laese", "Did you mean “Lease”?"),
        ("Zebra", "List them to see the names."),
    ],
)
def test_a_name_that_is_nearly_right_is_proposed(name: str, advice: str) -> None:
    with pytest.raises(NoSuchSpecialist) as caught:
        KeptSpecialists(Path("/nowhere")).find(name)
    assert caught.value.advice == advice


def test_ones_own_takes_the_place_of_a_template(specialists: Specialists) -> None:
    specialists.kept.keep(Specialist("LEASE", "classify", labels=(Label("a"),)))
    assert specialists.kept.find("Lease").kind == "classify"
    specialists.kept.remove("lease")
    assert specialists.kept.find("Lease").kind == "extract"
    with pytest.raises(NoSuchSpecialist, match="Templates cannot"):
        specialists.kept.remove("Lease")


def test_file_names_are_safe_and_different() -> None:
    names = ("../../etc", "etc", "a/b", "a b", "a-b", "Ä", "CON:", "x" * 300, ".", "", "?")
    stems = [file_stem(name) for name in names]
    assert len(set(stems)) == len(names)
    assert not any(set(stem) & set("/\\:.") for stem in stems)
    assert file_stem("Mail") == file_stem(" mail ")


def test_it_sorts_before_it_was_taught(specialists: Specialists) -> None:
    (done,) = specialists.sorter.sort(SORT, [Item("The soil around the rose")])
    assert done.prediction.label == "garden"


def test_teaching_adds_examples_and_learns(specialists: Specialists) -> None:
    lessons = [*LESSONS, Lesson("What?", label="attic"), Lesson("", label="garden")]
    taught = specialists.teach("sort", lessons)
    assert taught.added == len(LESSONS)
    assert [number for number, _ in taught.failed] == [len(LESSONS), len(LESSONS) + 1]
    assert taught.version is not None
    assert taught.version.current
    assert specialists.teach("sort", LESSONS).added == 0


def test_examples_are_embedded_once(specialists: Specialists) -> None:
    embedder = specialists._embedder
    assert isinstance(embedder, WordEmbedder)
    specialists.teach("Sort", LESSONS)
    before = embedder.embedded
    specialists.teach("Sort", [Lesson("One more rose", label="garden")])
    assert embedder.embedded - before == 1 + len(SORT.labels)


def test_a_change_that_is_worse_is_kept_but_not_used(specialists: Specialists) -> None:
    specialists.teach("Sort", LESSONS)
    learner = specialists._learner
    assert isinstance(learner, LocalLearner)
    learner.accuracy = 0.0
    worse = specialists.teach("Sort", [Lesson("One more rose", label="garden")]).version
    assert worse is not None
    assert not worse.current
    assert "worse" in worse.note
    learner.accuracy = 1.0
    better = specialists.teach("Sort", [Lesson("More flour", label="kitchen")]).version
    assert better is not None
    assert better.current
    specialists.store.examples.use_version("Sort", 1)
    current = [version.current for version in specialists.store.examples.versions("Sort")]
    assert current == [True, False, False]


def test_a_run_fills_a_row_for_each_file(specialists: Specialists, folder: Path) -> None:
    specialists.teach("Sort", LESSONS)
    (folder / "empty.txt").write_text("")
    runs = TableRuns(specialists)
    report = runs.run("Sort", [folder])
    assert (report.filled, len(report.failed)) == (3, 1)
    rows = specialists.store.rows(report.table.id)
    labels = {Path(row.path).name: row.cells[LABEL].value for row in rows if row.cells}
    assert labels == {"a.txt": "garden", "b.txt": "kitchen", "c.txt": "kitchen"}
    for row in rows:
        for cell in row.cells.values():
            for quote in cell.quotes:
                text = Path(row.path).read_text()
                assert text[quote.start : quote.end] == quote.text


def test_a_second_run_does_only_what_is_new_or_changed(
    specialists: Specialists, folder: Path
) -> None:
    runs = TableRuns(specialists)
    runs.run("Sort", [folder])
    (folder / "a.txt").write_text(KITCHEN[1])
    (folder / "d.txt").write_text(GARDEN[1])
    report = runs.run("Sort", [])
    assert (report.filled, report.unchanged) == (2, 2)
    row = specialists.store.row(report.table.id, str(folder / "a.txt"))
    assert row.cells[LABEL].value == "kitchen"


def test_a_stopped_run_goes_on_where_it_was(specialists: Specialists, folder: Path) -> None:
    token = CancelToken()
    runs = TableRuns(specialists)
    with pytest.raises(Cancelled):
        runs.run(
            "Sort", [folder], on_progress=lambda p: token.cancel() if p.done else None, token=token
        )
    report = runs.run("Sort", [folder])
    assert (report.filled, report.unchanged) == (2, 1)


def test_a_correction_stays_and_is_learned(specialists: Specialists, folder: Path) -> None:
    runs = TableRuns(specialists)
    table = runs.run("Sort", [folder]).table
    path = str(folder / "a.txt")
    row = runs.correct("Sort", path, LABEL, "kitchen")
    assert (row.cells[LABEL].value, row.cells[LABEL].state) == ("kitchen", "corrected")
    (folder / "a.txt").write_text(GARDEN[2])
    runs.run("Sort", [])
    assert specialists.store.row(table.id, path).cells[LABEL].value == "kitchen"
    (example,) = specialists.store.examples.examples("Sort")
    assert (example.label, example.source, example.path) == ("kitchen", "corrected", path)


def test_confirming_a_label_says_so(specialists: Specialists, folder: Path) -> None:
    runs = TableRuns(specialists)
    runs.run("Sort", [folder])
    row = runs.correct("Sort", str(folder / "b.txt"), LABEL, "kitchen")
    assert row.cells[LABEL].state == "confirmed"


@pytest.mark.parametrize(
    ("row", "column", "value", "error"),
    [
        ("999", LABEL, "garden", NoSuchSpecialist),
        ("1", "Rent", "garden", NoSuchSpecialist),
        ("1", LABEL, "attic", SpecialistUnreadable),
    ],
)
def test_what_cannot_be_corrected_is_told(
    specialists: Specialists,
    folder: Path,
    row: str,
    column: str,
    value: str,
    error: type[Exception],
) -> None:
    runs = TableRuns(specialists)
    runs.run("Sort", [folder])
    with pytest.raises(error):
        runs.correct("Sort", row, column, value)


def test_clauses_are_found_in_their_words_or_are_absent(
    specialists: Specialists, tmp_path: Path
) -> None:
    clauses = Specialist(
        "Clauses",
        "clauses",
        labels=(Label("law", "governed by the laws of a state"), Label("rent", "monthly rent")),
        strictness=0.0,
    )
    specialists.kept.keep(clauses)
    file = tmp_path / "contract.txt"
    file.write_text(
        "This contract is governed by the laws of Utah.\n\nGoverned by laws, too, it is."
    )
    _, (cells,) = specialists.fill(clauses, file)
    assert cells["law"].state == "found"
    assert cells["law"].quotes[0].text in file.read_text()
    assert (cells["rent"].state, cells["rent"].quotes) == ("absent", ())


def test_removing_a_specialist_removes_what_it_was_taught(specialists: Specialists) -> None:
    specialists.teach("Sort", LESSONS)
    specialists.remove("sort")
    assert specialists.store.examples.examples("Sort") == []
    assert specialists.store.examples.versions("Sort") == []
    with pytest.raises(NoSuchSpecialist):
        specialists.kept.find("Sort")


def test_removed_documents_are_forgotten(specialists: Specialists, folder: Path) -> None:
    runs = TableRuns(specialists)
    table = runs.run("Sort", [folder]).table
    runs.correct("Sort", str(folder / "a.txt"), LABEL, "kitchen")
    specialists.forget_documents(str(folder))
    assert specialists.store.rows(table.id) == []
    assert specialists.store.examples.examples("Sort") == []


def test_a_mail_is_sorted_by_subject_and_body_and_quoted_from_them(
    specialists: Specialists, tmp_path: Path
) -> None:
    specialists.teach("Sort", LESSONS)
    mail = tmp_path / "mail.eml"
    mail.write_text(
        "From: Ann <ann@garden.example>\nTo: bob@kitchen.example\n"
        "Date: Mon, 3 Jun 2024 10:00:00 +0000\nSubject: News\nReply-To: x@else.example\n\n"
        "Hello Bob.\n\nButter and flour are in the oven.\n"
    )
    item = specialists.sorter.item(mail)
    assert "garden" not in item.text
    assert item.document is not None
    assert "reply-elsewhere" in item.document.signs
    (done,) = specialists.sorter.sort(SORT, [item])
    assert done.prediction.label == "kitchen"
    assert done.quote is not None
    assert done.quote.text == "Butter and flour are in the oven."
    text = item.document.document.text
    assert text[done.quote.start : done.quote.end] == done.quote.text


def test_examples_of_a_document_keep_its_place(specialists: Specialists, folder: Path) -> None:
    example = specialists.example_of(SORT, str(folder / "a.txt"), "garden")
    assert example == Example(GARDEN[0], str(folder / "a.txt"), example.content_hash, (), "garden")
