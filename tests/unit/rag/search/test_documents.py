"""Of passages that say the same, those of the document that the query is about come first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.search.documents import CandidateDocuments
from rag.search.lexical import search_words
from tests.unit.rag.indexing.test_indexer import Library

CLAUSE = "The notice period is three months to the end of a quarter."
FILLING = "The cellar is swept on Mondays. Bins stand in the yard."
LEASES = {
    "a.txt": "Ms Weber rents the flat in Kiel",
    "b.txt": "Mr Okafor rents the flat in Bonn",
    "c.txt": "Ms Lindqvist rents the shop in Bonn",
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    for name, tenant in LEASES.items():
        pages = [tenant, *[f"{FILLING} {number}" for number in range(3)], CLAUSE]
        made.write(name, "\n\n".join(f"{page} " + "and so on " * 150 for page in pages))
    made.run()
    yield made
    made.store.close()


def about(library: Library, query: str) -> dict[str, float]:
    """Returns what each file is about, by its name."""
    words = search_words(library.store.database, query, 50)
    ids = [key for key, _ in words.scores]
    values = CandidateDocuments(library.store.database, words.terms, ids).about()
    passages = library.store.passages(ids)
    return {Path(p.path).name: values[p.chunk.id] for p in passages}


@pytest.mark.parametrize(("who", "name"), [("Weber", "a.txt"), ("Okafor", "b.txt")])
def test_a_name_on_the_first_page_finds_the_clause_of_its_document(
    library: Library, who: str, name: str
) -> None:
    queried = f"How long is the notice period of {who}?"
    passages = [hit for hit in library.retriever.search(queried, 6) if CLAUSE in hit.text]
    assert Path(passages[0].path).name == name


def test_a_word_of_few_documents_weighs_more(library: Library) -> None:
    values = about(library, "the notice period of Lindqvist in Bonn")
    assert values["c.txt"] == 1.0
    assert values["c.txt"] > values["b.txt"] > values["a.txt"] == 0.0


def test_the_name_of_a_file_counts_for_all_of_it(library: Library) -> None:
    (library.files / "b.txt").rename(library.files / "garage.txt")
    library.run()
    values = about(library, "notice period garage")
    assert values == {"a.txt": 0.0, "garage.txt": 1.0, "c.txt": 0.0}


def of_others(library: Library, query: str, *names: str) -> set[str]:
    """Returns the files that lack a name which others have."""
    words = search_words(library.store.database, query, 50)
    ids = [key for key, _ in words.scores]
    lacking = CandidateDocuments(library.store.database, words.terms, ids).of_other_names(names)
    return {Path(p.path).name for p in library.store.passages(ids) if p.chunk.id in lacking}


def test_documents_without_a_name_that_others_have_are_told(library: Library) -> None:
    query = "How long is Lindqvist's notice period in Bonn?"
    assert of_others(library, query, "Lindqvist") == {"a.txt", "b.txt"}
    assert of_others(library, query, "Bonn") == {"a.txt"}
    assert of_others(library, query) == set()
    assert of_others(library, "How long is Marek's notice period?", "Marek") == set()


def test_a_document_that_has_the_name_in_its_own_is_no_other(library: Library) -> None:
    (library.files / "b.txt").rename(library.files / "Lindqvist (old).txt")
    library.run()
    query = "How long is Lindqvist's notice period?"
    assert of_others(library, query, "Lindqvist") == {"a.txt"}


def test_a_document_of_one_passage_is_no_other(library: Library) -> None:
    library.write("note.txt", CLAUSE)
    library.run()
    query = "How long is Lindqvist's notice period?"
    assert of_others(library, query, "Lindqvist") == {"a.txt", "b.txt"}


def test_a_passage_of_another_document_comes_behind(library: Library) -> None:
    """It repeats the question's words, and is about somebody else."""
    library.write(
        "d.txt",
        "\n\n".join(
            [
                "Ms Abara rents the flat in Ulm " + "and so on " * 150,
                "The notice period in months is three months to the end of a quarter.",
            ]
        ),
    )
    library.run()
    hits = library.retriever.search("How long is the notice period in months for Weber?", 2)
    assert Path(hits[0].path).name == "a.txt"


def test_words_of_all_documents_tell_none_apart(library: Library) -> None:
    assert set(about(library, "notice period").values()) == {0.0}


def test_a_word_counts_by_its_share_where_it_is_not_at_the_beginning(library: Library) -> None:
    text = "\n\n".join(["Rules " + "and so on " * 150, f"Geese. {FILLING} " + "and so on " * 150])
    library.write("d.txt", text)
    library.write("e.txt", "\n\n".join(["Geese " + "and so on " * 150, FILLING * 9]))
    library.run()
    values = about(library, "geese")
    assert values["e.txt"] == 1.0
    assert 0.2 < values["d.txt"] < 1.0


def test_where_every_document_is_one_passage_nothing_is_added(tmp_path: Path) -> None:
    made = Library(tmp_path)
    for name, tenant in LEASES.items():
        made.write(name, f"{tenant}. {CLAUSE}")
    made.run()
    assert set(about(made, "notice period of Lindqvist").values()) == {0.0}
    made.store.close()


def test_without_words_or_passages_nothing_is_told(library: Library) -> None:
    database = library.store.database
    assert CandidateDocuments(database, (), ()).about() == {}
    words = search_words(database, "notice", 5)
    assert CandidateDocuments(database, words.terms, ["no such passage"]).about() == {}
    documents = CandidateDocuments(database, (), [words.scores[0][0]])
    assert set(documents.about().values()) == {0.0}
