"""The forms in which words are looked up: stems in English, roots in every other language."""

# ruff: noqa: RUF001 - letters of other scripts look like Latin ones

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.redaction.vocabulary import SMALL_WORDS
from app.redaction.word_lists import names
from rag.chunking.chunk import Chunk
from rag.fakes import plain_document
from rag.search.lexical import search_words
from rag.store.cut_texts import CutText
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.text import language, words
from rag.text.words import STOP_WORDS, Term, forms, root, stem
from rag.types import Locator

TEXTS = {
    "de": "Die Kündigungsfristen der Wohnungen betragen drei Monate.",
    "en": "The notice period of the apartment is three months.",
    "ru": "Срок уведомления о расторжении договора составляет три месяца.",
    "el": "Η προειδοποίηση για τη λύση της σύμβασης είναι τρεις μήνες.",
    "tr": "Sözleşmenin feshi için bildirim süresi üç aydır.",
    "ar": "مدة الإشعار لإنهاء العقد ثلاثة أشهر والإيجار شهري.",
    "ko": "계약을 해지하려면 석 달 전에 통지해야 합니다.",
    "zh": "解除租约需要提前三个月通知。",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("words") / "library.sqlite") as made:
        for language, text in TEXTS.items():
            chunk = Chunk(language, language, 0, Locator(0, len(text)), text, "")
            file = SourceFile(str(Path(f"/made-up/{language}.txt")), 1, 1)
            made.save_document(
                file, "recipe", CutText(language, plain_document("", text), (chunk,))
            )
        yield made


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("de", "Kündigungsfrist Wohnung"),
        ("en", "How much notice for these apartments?"),
        ("ru", "уведомление о расторжении договоров"),
        ("el", "προειδοποιήσεις συμβάσεων"),
        ("tr", "bildirimin süreleri"),
        ("ar", "إشعار إيجار"),
        ("ko", "계약의 해지"),
        ("zh", "提前通知"),
    ],
)
def test_other_endings_and_articles_of_a_word_are_found(
    store: Store, language: str, query: str
) -> None:
    assert [key for key, _ in search_words(store.database, query, 3).scores] == [language]


@pytest.mark.parametrize("allowed", [None, set(TEXTS), lambda _: True])
def test_scores_do_not_depend_on_how_the_search_is_narrowed(
    store: Store, allowed: set[str] | None
) -> None:
    query = "Kündigungsfrist Wohnung bildirimin"
    everything = search_words(store.database, query, 3).scores
    assert [key for key, _ in everything] == ["de", "tr"]
    assert search_words(store.database, query, 3, allowed).scores == everything


def test_an_english_question_is_looked_up_by_its_stems() -> None:
    words = [Term("What", "what", 0), Term("apartments", "apart", 0)]
    assert forms(words) == words


def test_words_that_may_be_english_are_looked_up_in_both_forms() -> None:
    stem, begins = forms([Term("Wohnungen", "wohnungen", 0)])
    assert (stem.stem, stem.begins) == ("wohnungen", False)
    assert (begins.stem, begins.begins) == ("wohnu", True)
    assert begins.weight < stem.weight


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("haus", ""),
        ("wohnung", "wohnu"),
        ("договора", "догов"),
        ("والكتاب", "كتاب"),
        ("학교에서", "학교"),
        ("三个", ""),
    ],
)
def test_roots(word: str, expected: str) -> None:
    assert root(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("offers", "offer"),
        ("offered", "offer"),
        ("offering", "offer"),
        ("process", "proces"),
        ("ring", "ring"),
        ("bus", "bus"),
        ("kündigungsfrist", "kündig"),
    ],
)
def test_forms_of_a_word_have_their_stem_in_common(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_every_list_of_english_function_words_is_a_part_of_the_longest() -> None:
    assert words._ENGLISH < STOP_WORDS
    assert language.function_words("en") < STOP_WORDS
    assert SMALL_WORDS["en"] < STOP_WORDS


def test_the_words_that_bar_names_are_no_names_unlike_others() -> None:
    assert {"will", "can"} <= STOP_WORDS & names()
    assert SMALL_WORDS["en"].isdisjoint({"will", "can"})
