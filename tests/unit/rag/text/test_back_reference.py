"""Sentences that mean something only with the one before them are told, in any language."""

from __future__ import annotations

import pytest

from rag.text.back_reference import refers_back


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "These include your insurer."),
        ("en", "- They may keep it."),
        ("en", "Its roof was mended."),
        ("de", "Diese müssen schriftlich sein."),
        ("fr", "Cela comprend le chauffage."),
        ("es", "Estos incluyen el agua."),
        ("it", "Questo comprende il gas."),
        ("nl", "Deze zijn verboden."),
        ("pt", "Isso inclui a água."),
    ],
)
def test_a_pronoun_at_the_beginning_refers_back(language: str, sentence: str) -> None:
    assert refers_back(sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The insurer may keep these."),
        ("en", ""),
        ("de", "Die Miete ist fällig."),
        ("it", "Gli animali sono ammessi."),
        ("", "These include your insurer."),
        ("xx", "These include your insurer."),
    ],
)
def test_other_sentences_stand_alone(language: str, sentence: str) -> None:
    assert not refers_back(sentence, language)
