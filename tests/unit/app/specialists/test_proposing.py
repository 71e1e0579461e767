"""Columns that documents are proposed for, by what they share."""

from pathlib import Path

import pytest

from app.errors import SpecialistUnreadable
from app.specialists.definition import check
from app.specialists.extract.proposing import propose
from app.specialists.proposals import specialist_of
from app.specialists.service import Specialists
from rag.fakes import plain_document
from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from tests.unit.app.specialists.test_columns import built


def forms(*rows: tuple[str, str, str]) -> list[ParsedDocument]:
    return [
        plain_document(
            f"{number}.txt",
            f"Rechnung Nr: {name}\nDatum: {day}\nBetrag: {amount}\n\nUnterschrift von niemand.",
        )
        for number, (name, day, amount) in enumerate(rows)
    ]


def letters() -> list[ParsedDocument]:
    texts = (
        "Thanks.\n\nThe monthly rent is £980.00.\n\nThe tenancy begins on 1 February 2024.",
        "Dear Sir.\n\nYour monthly rent is £1,250.00.\n\nOur tenancy begins on 4 May 2023.",
        "Hello again.\n\nThe monthly rent is £77.00.\n\nA dog was seen on 3 June 2022.",
    )
    return [plain_document(f"{number}.txt", text) for number, text in enumerate(texts)]


def test_labels_that_documents_share_become_columns_with_their_types() -> None:
    documents = forms(("A-1", "02.02.2024", "10,00 EUR"), ("B-2", "03.04.2024", "99,50 EUR"))
    columns = [proposal.column for proposal in propose(documents)]
    assert [(column.name, column.type) for column in columns] == [
        ("Rechnung Nr", "text"),
        ("Datum", "date"),
        ("Betrag", "money"),
    ]
    assert all(column.question for column in columns)


def test_words_before_values_become_columns() -> None:
    proposals = {each.column.name: each for each in propose(letters())}
    rent, begin = proposals["Monthly rent"], proposals["Tenancy begins"]
    assert (rent.column.type, rent.documents, rent.source) == ("money", 3, "words")
    assert rent.examples == ("£980.00", "£1,250.00", "£77.00")
    assert (begin.column.type, begin.documents) == ("date", 2)
    assert not any("seen" in name for name in proposals)  # only one document has it


def test_heads_of_tables_become_rows_where_there_is_nothing_else(tmp_path: Path) -> None:
    documents = []
    for number in (1, 2):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"Article,Price\nChair,€{number}0.00\nTable,€{number}5.00\n")
        document = parse_file(file)
        assert isinstance(document, ParsedDocument)
        documents.append(document)
    proposals = propose(documents)
    assert [(each.column.name, each.column.type) for each in proposals] == [
        ("Article", "text"),
        ("Price", "money"),
    ]
    specialist = specialist_of("Articles", proposals)
    assert specialist.rows == "items"
    check(specialist)


def test_a_single_document_gives_its_labels_and_unlike_ones_give_nothing() -> None:
    (form,) = forms(("A-1", "02.02.2024", "10,00 EUR"))
    assert len(propose([form])) == 3
    nothing = propose([form, plain_document("b.txt", "Nothing like it at all.")])
    assert nothing == []
    with pytest.raises(SpecialistUnreadable, match="share nothing"):
        specialist_of("Nothing", nothing)


def test_hostile_labels_are_few_and_short() -> None:
    text = "\n".join(f"Label {'x' * (n % 70)}{n}: value {n}" for n in range(500))
    proposals = propose([plain_document("a.txt", text), plain_document("b.txt", text)])
    assert 0 < len(proposals) <= 24
    check(specialist_of("Many", proposals))


@pytest.fixture
def specialists(tmp_path: Path) -> Specialists:
    return built(tmp_path)


def test_three_documents_of_a_folder_are_looked_at(
    specialists: Specialists, tmp_path: Path
) -> None:
    folder = tmp_path / "bills"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.txt").write_text(f"Number: B-{number}\nTotal: €{number}.50\n")
    (folder / "4.txt").write_text("")  # cannot be read: another one is
    proposals = specialists.propose([folder])
    assert [Path(path).name for path in proposals.paths] == ["0.txt", "8.txt", "1.txt"]
    assert [each.column.name for each in proposals.proposals] == ["Number", "Total"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SpecialistUnreadable):
        specialists.propose([empty])
