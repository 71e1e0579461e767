"""Searching by words: what two steps find, and scores that are those of the full-text index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from rag.chunking.chunk import Chunk
from rag.fakes import plain_document
from rag.ports import Allowed
from rag.search import lexical
from rag.search.bm25 import Weights
from rag.search.lexical import search_words
from rag.store.cut_texts import CutText
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.text.words import Term, forms, root
from rag.types import Locator

LETTERS = "bdfgklmnprtvz"
WORDS = [a + x + b + "ok" for x in "aeiou" for a in LETTERS for b in LETTERS]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """3,000 passages of 5 to 60 words, the n-th word being n times as rare as the first."""
    with Store(tmp_path_factory.mktemp("words") / "library.sqlite") as made:
        with made.together():
            _fill(made)
        yield made


def _fill(store: Store) -> None:
    random = np.random.default_rng(1)
    shares = 1 / np.arange(1, len(WORDS) + 1)
    shares /= shares.sum()
    for number in range(300):
        chunks = tuple(
            Chunk(
                id=f"p{number * 10 + i}",
                content_hash=f"c{number}",
                position=i,
                locator=Locator(0, 1),
                text=" ".join(random.choice(WORDS, random.integers(5, 60), p=shares)),
                context=str(random.choice(WORDS)),
            )
            for i in range(10)
        )
        file = SourceFile(f"/made-up/{WORDS[number % 60]} {number}.txt", 1, 1)
        text = CutText(f"c{number}", plain_document("", "text"), chunks)
        store.save_document(file, "recipe", text)


# In about 10, 39, 1 and 0.6 of a hundred passages.
QUERY = f"What is {WORDS[40]} {WORDS[8]} {WORDS[300]} of {WORDS[700]}?"


def ids(store: Store, query: str, k: int, allowed: Allowed | None = None) -> list[str]:
    return [key for key, _ in search_words(store.database, query, k, allowed).scores]


class TestSearchWords:
    def test_words_without_a_subject_are_left_out(self, store: Store) -> None:
        terms = search_words(store.database, QUERY, 5).terms
        assert [term.word for term in terms] == [WORDS[n] for n in (40, 8, 300, 700)]

    def test_scores_counted_anew_are_those_of_the_full_text_index(self, store: Store) -> None:
        ranked = search_words(store.database, QUERY, 50)
        everything = {f"p{n}" for n in range(3000)}
        assert len(everything) > lexical._FEW
        counted = search_words(store.database, QUERY, 50, everything)
        assert dict(counted.scores) == pytest.approx(dict(ranked.scores))
        values = [value for _, value in ranked.scores]
        assert values == sorted(values, reverse=True)
        assert len(values) == 50

    def test_two_steps_find_what_one_finds(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = search_words(store.database, QUERY, 10)
        monkeypatch.setattr(lexical, "_MOST_RANKED", 400)
        two_steps = search_words(store.database, QUERY, 10)
        assert [key for key, _ in two_steps.scores[:5]] == [key for key, _ in whole.scores[:5]]
        assert len(dict(two_steps.scores).keys() & dict(whole.scores).keys()) >= 8

    def test_a_query_of_frequent_words_only_still_finds_passages(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lexical, "_MOST_RANKED", 10)
        assert len(ids(store, f"{WORDS[0]} {WORDS[1]}", 20)) == 20

    @pytest.mark.parametrize("size", [50, 2000])
    def test_only_allowed_ids_come_back_in_the_same_order(self, store: Store, size: int) -> None:
        allowed = {f"p{n}" for n in range(0, 3000, 3000 // size)}
        expected = [key for key in ids(store, QUERY, 3000) if key in allowed]
        assert expected
        for given in (allowed, sorted(allowed), allowed.__contains__):
            assert ids(store, QUERY, 10, given) == expected[:10]

    def test_few_allowed_passages_are_found_past_many_others(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lexical, "_MOST_RANKED", 200)
        frequent = ids(store, WORDS[12], 3000)
        allowed = set(frequent[-40:])
        query = f"{WORDS[300]} {WORDS[12]}"
        assert set(ids(store, query, 40, allowed)) == allowed

    def test_none_allowed_or_none_wanted(self, store: Store) -> None:
        assert ids(store, QUERY, 10, set()) == []
        assert ids(store, QUERY, 10, lambda _: False) == []
        assert ids(store, QUERY, 0) == []
        assert ids(store, "", 10) == []


SCRIPTS = [
    "lease",
    "leases",
    "leasing",
    "rent",
    "rents",
    "rental",
    "Miete",
    "Mietern",
    "Mieterin",
    "warranty",
    "warranties",
    "임대료를",
    "임대인",
    "보증금",
    "الإيجار",
    "إيجار",
    "والعقد",
    "аренда",
    "аренды",
    "租金",
    "一个",
    "ค่า",
]


@hypothesis.given(
    st.lists(st.sampled_from(SCRIPTS), max_size=12), st.lists(st.sampled_from(SCRIPTS), max_size=4)
)
def test_words_that_count_are_found_whatever_their_script(
    passage: list[str], asked: list[str]
) -> None:
    words = [Term(word, word, 0) for word in asked]
    terms = [replace(term, passages=1) for term in forms(words)]
    expected = [
        term.stem + "*" * term.begins
        for word in passage
        for term in terms
        if (term.stem == (root(word) or word) if term.begins else term.stem == word)
    ]
    found = Weights(terms, 10).among(passage)
    assert sorted(name for name, _ in found) == sorted(expected)
