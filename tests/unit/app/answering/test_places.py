"""Questions for files are told from questions about what stands in them."""

from __future__ import annotations

import pytest

from app.answering.places import FileQuestion, recognise_files


@pytest.mark.parametrize(
    "question",
    [
        "Is there a note on bees?",
        "Are there any signed letters about the deposit?",
        "Do we have documents about the roof?",
        "Habe ich Unterlagen zum Dach?",
        "Ai-je un document sur le toit ?",
        "¿Tengo algún documento sobre el techo?",
    ],
)
def test_whoever_asks_for_files_gets_files(question: str) -> None:
    asked = recognise_files(question)
    assert asked is not None
    assert asked.how is FileQuestion.WHETHER


@pytest.mark.parametrize(
    "question",
    [
        "Do apprentices need a doctor's note on the first day?",
        "Do the tenants need a letter about the repairs?",
        "Are students given notes on safety?",
        "Haben die Mieter eine Datei mit Fotos?",
    ],
)
def test_what_others_do_with_files_is_a_question_for_what_stands_there(question: str) -> None:
    assert recognise_files(question) is None
