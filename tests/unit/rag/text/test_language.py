"""The language of a question, by its small words."""

from __future__ import annotations

import pytest

from rag.text.language import language_of


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How long is the notice period of the lease?", "en"),
        ("What is the rent in the Rue de la Paix?", "en"),
        ("Wie lange ist die Kündigungsfrist?", "de"),
        ("Was kostet die Wohnung?", "de"),
        ("Quel est le délai de préavis du bail ?", "fr"),
        ("¿Cuál es el plazo de preaviso del contrato?", "es"),
        ("Qual è il periodo di preavviso della locazione?", "it"),
        ("Qual é o prazo de aviso do contrato?", "pt"),
        ("Hoe lang is de opzegtermijn van het contract?", "nl"),
        ("Ile wynosi czynsz i kiedy jest płatny?", "pl"),
        ("Kira sözleşmesi ne zaman bitiyor?", "tr"),
        ("Miete 2021?", ""),
        ("解除租约需要几个月", ""),
        ("", ""),
    ],
)
def test_small_words_tell(question: str, language: str) -> None:
    assert language_of(question) == language
