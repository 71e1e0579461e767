"""Chunks are exact slices that fit the embedder and respect pages, sheets and headings."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking.chunk import Chunk, Chunker, chunk_id, embedding_text
from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.source import Source
from tests.conftest import EMBEDDER, MODELS

TOKENIZER = MODELS / EMBEDDER / "tokenizer.json"
LIMIT = 64
SENTENCES = "The tenant pays the rent on the first day of each month. It is due by noon. " * 30


@pytest.fixture(scope="module")
def chunker() -> Chunker:
    return Chunker(TOKENIZER, LIMIT)


def document(builder: DocumentBuilder) -> ParsedDocument:
    return builder.finish(DocumentKind.PDF, "Lease", Source("lease.pdf"), 9)


def check(made: ParsedDocument, chunks: list[Chunk]) -> None:
    """What holds for the chunks of any document."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert chunk.text == made.text[chunk.locator.start : chunk.locator.end]
        assert chunk.text.strip()
        text = embedding_text(chunk)
        assert len(tokenizer.encode(text).ids) <= LIMIT or not text.isascii()
    for before, after in itertools.pairwise(chunks):
        assert before.locator.end <= after.locator.start


def test_long_text_is_cut_at_sentences(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    builder.add(SENTENCES, page=1)
    made = document(builder)
    chunks = chunker.chunk(made, "hash")
    check(made, chunks)
    assert len(chunks) > 5
    assert all(chunk.text.endswith(".") for chunk in chunks)
    words = " ".join(chunk.text for chunk in chunks).split()
    assert words == made.text.split()


def test_a_language_that_is_cut_into_letters_still_gives_passages(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    builder.add("Арендатор платит аренду в первый день каждого месяца. " * 30, page=1)
    made = document(builder)
    chunks = chunker.chunk(made, "hash")
    check(made, chunks)
    assert min(len(chunk.text) for chunk in chunks) > 2 * LIMIT
    assert max(len(chunk.text) for chunk in chunks) < 4 * LIMIT


def test_no_chunk_spans_two_pages(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    for page in range(1, 4):
        builder.add("Short.", page=page)
    made = document(builder)
    assert [chunk.locator.page for chunk in chunker.chunk(made, "hash")] == [1, 2, 3]


def test_headings_stand_in_the_context(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    builder.heading("Rent", 1, page=1)
    builder.heading("Deposit", 2, page=1)
    builder.add(SENTENCES, page=1)
    chunks = chunker.chunk(document(builder), "hash")
    assert "Rent" in embedding_text(chunks[0])
    assert all("Lease\nRent > Deposit" in chunk.context for chunk in chunks[2:])


def test_a_chunk_that_begins_with_a_heading_stands_under_it(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    builder.add("Before.")
    builder.heading("Rent", 1)
    builder.heading("Deposit", 2)
    builder.add("It is paid in three instalments.")
    builder.heading("Keys", 1)
    builder.add("There are two.")
    chunks = chunker.chunk(document(builder), "hash")
    assert [chunk.locator.headings for chunk in chunks] == [(), ("Rent", "Deposit"), ("Keys",)]
    assert chunks[1].text.startswith("Rent")


def test_tables_are_cut_between_rows_and_keep_their_header(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    rows = ["Item | Month | Amount", *(f"Electricity {n} | May | {n} euros" for n in range(60))]
    builder.add("\n".join(rows), BlockKind.TABLE, sheet="Budget", cells="A1:C61", header=rows[0])
    made = document(builder)
    chunks = chunker.chunk(made, "hash")
    check(made, chunks)
    assert len(chunks) > 3
    for chunk in chunks:
        assert all(line in rows for line in chunk.text.splitlines())
        assert rows[0] in embedding_text(chunk)
    assert chunks[0].locator.cells is not None
    assert chunks[0].locator.cells.startswith("A1:C")
    assert chunks[-1].locator.cells is not None
    assert chunks[-1].locator.cells.endswith(":C61")


def test_rows_know_their_header_wherever_the_chunk_begins(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    builder.heading("Huts", 1)
    rows = ["Hut | Beds", *(f"Elm {n} | {n}" for n in range(60))]
    builder.add("\n".join(rows), BlockKind.TABLE, header=rows[0])
    chunks = chunker.chunk(document(builder), "hash")
    assert len(chunks) > 2
    assert {chunk.context.split("\n")[2] for chunk in chunks} == {rows[0]}
    assert all(embedding_text(chunk).count(rows[0]) == 1 for chunk in chunks)


def test_rows_of_two_tables_have_each_their_own_header(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    for rows in (("Hut | Beds", "Elm | 7"), ("Day | Hour", "Monday | 6")):
        builder.add("\n".join(rows), BlockKind.TABLE, header=rows[0])
    builder.add("The huts are open in summer.")
    chunks = chunker.chunk(document(builder), "hash")
    assert [chunk.context.split("\n")[2] for chunk in chunks] == ["Hut | Beds", "Day | Hour"]
    assert [chunk.text.split("\n")[1] for chunk in chunks] == ["Elm | 7", "Monday | 6"]


def test_the_name_of_a_sheet_is_searched_with_its_rows(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    for sheet in ("2023", "2024"):
        builder.add("Rent | 7", BlockKind.TABLE, sheet=sheet, cells="A1:B1")
    chunks = chunker.chunk(document(builder), "hash")
    assert [chunk.context for chunk in chunks] == ["Lease\n2023", "Lease\n2024"]


def test_ids_follow_the_content_and_the_place(chunker: Chunker) -> None:
    assert chunk_id("a", "recipe", 0) == chunk_id("a", "recipe", 0)
    assert len({chunk_id(h, r, n) for h in "ab" for r in "xy" for n in range(3)}) == 12


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text(max_size=300), st.integers(1, 3)), max_size=8))
def test_any_text_is_cut_into_exact_slices(parts: list[tuple[str, int]]) -> None:
    builder = DocumentBuilder()
    builder.add("Something.", page=1)
    for text, page in sorted(parts, key=lambda part: part[1]):
        builder.add(text, page=page)
    made = document(builder)
    check(made, Chunker(TOKENIZER, LIMIT).chunk(made, "hash"))


def test_the_rest_of_a_long_row_keeps_the_names_of_its_own_columns(chunker: Chunker) -> None:
    builder = DocumentBuilder()
    names = " | ".join(f"Name{n}" for n in range(30))
    cells = " | ".join(f"cell{n}" for n in range(30))
    builder.add(f"{names}\n{cells}", BlockKind.TABLE, cells="A1:AD2", header=names)
    made = document(builder)
    chunks = chunker.chunk(made, "h")
    check(made, chunks)
    below = [chunk for chunk in chunks if chunk.text.startswith("cell")]
    assert len(below) > 1
    for chunk in below:
        first = chunk.text.split(" | ")[0].removeprefix("cell")
        assert f"Name{first}" in chunk.context.split("\n")[-1].split(" | ")[0]
