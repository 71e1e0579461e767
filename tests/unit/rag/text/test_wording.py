"""The same words are found however they are set and cut; other words are not."""

from __future__ import annotations

import random
import unicodedata

import pytest

from rag.text.wording import RUN, Wording, letters

TEXT = (
    "Der Patient hat im Frühjahr einen Wert von elf Komma vier gehabt, und das ist „zu wenig“.\n\n"
    "Er soll vor den Sommerferien noch einmal gemessen werden, sagte die Ärztin am Telefon. "
    "Bis dahin: viel Bewegung!\n\nMit freundlichen Grüßen\n"
)
KNOWN = Wording.of(TEXT)
OTHER = (
    "Either party may end the lease with three months' notice, in writing. The rent is 900 euro."
)


@pytest.mark.parametrize(
    "same",
    [
        TEXT,
        TEXT.upper(),
        " ".join(TEXT.split()),
        TEXT.replace(" ", "\n"),
        TEXT.replace("„", '"').replace("“", '"').replace(",", " –"),
        TEXT.replace("Sommerferien", "Sommer-\nferien"),
        TEXT.replace("Frühjahr", "Früh\u00adjahr\u200b"),
        unicodedata.normalize("NFD", TEXT),
        TEXT.replace("ü", "u").replace("Ä", "A"),
        TEXT.replace("fi", "\ufb01").replace("ff", "\ufb00"),
        f"{OTHER} {TEXT[60:150]} {OTHER}",
        f"{OTHER}\n{TEXT.splitlines()[2]}\n{OTHER}",
        "Bis dahin: viel Bewegung!",
    ],
)
def test_the_same_words(same: str) -> None:
    assert KNOWN.shares(same)


@pytest.mark.parametrize(
    "other",
    [
        "",
        " \n",
        "…",
        OTHER,
        f"{OTHER}\nMit freundlichen Grüßen\n",  # what any letter ends with
        f"{OTHER} Bis dahin: viel Bewegung!",
        "Der Patient hat keinen Wert. Die Ärztin war am Telefon.",
        "Im Frühjahr misst man in den Ferien die Bewegung.",
    ],
)
def test_other_words(other: str) -> None:
    assert not KNOWN.shares(other)


def test_every_run_of_so_many_letters_is_found_wherever_it_is_cut() -> None:
    chance = random.Random(7)  # no secret
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=n)) for n in range(2, 12)] * 9
    text = " ".join(chance.choices(words, k=4000))
    known, whole = Wording.of(text), letters(text)
    for _ in range(300):
        start = chance.randrange(len(whole) - RUN)
        assert known.shares(f"{OTHER} {whole[start : start + RUN]} {OTHER}")
    assert not known.shares(OTHER)


def test_rows_of_a_table_in_another_order() -> None:
    rows = [
        f"{month} | {value} mg | taken" for month, value in zip("ABCDEF", range(6), strict=True)
    ]
    known = Wording.of("\n".join(rows))
    assert known.shares("\n".join(rows[::-1]))
    assert not known.shares(f"{rows[0]}\n{OTHER}")


def test_several_texts_together() -> None:
    both = Wording.of_all([KNOWN, Wording.of(OTHER)])
    assert both.shares(TEXT)
    assert both.shares(OTHER)
    assert not Wording.of_all([]).shares(TEXT)


def test_scripts_without_blanks() -> None:
    text = "患者的血红蛋白在春天是十一点四。医生希望在暑假之前再次测量。这个数值太低了。"
    club = "象棋俱乐部每周四晚上八点在旧图书馆后面的大厅聚会。欢迎所有人参加。"
    assert Wording.of(text).shares(text.replace("。", ".\n"))
    assert Wording.of(text).shares(f"{club}{text[16:31]}{club}")
    assert not Wording.of(text).shares(club)
