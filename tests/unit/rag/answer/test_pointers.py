"""Words that only say where something stands are told apart; quotes bring what they announce."""

from __future__ import annotations

import pytest

from rag.answer.pointers import is_list, only_points, quote_on, shown_quote

TASKS = "Which two tasks does the paper name?"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (TASKS, "The two tasks are described in this section."),
        (TASKS, "Section 4.2 describes the following tasks:"),
        (TASKS, "The tasks are listed on page 7 of the document."),
        ("Welche Aufgaben gibt es?", "Die Aufgaben werden im folgenden Abschnitt beschrieben."),
        ("Quelles sont les tâches ?", "Les tâches sont décrites dans la section suivante."),
        ("¿Cuáles son las tareas?", "Las tareas se describen en la sección siguiente."),
        ("Какие есть задачи?", "Задачи описаны в следующем разделе."),
    ],
)
def test_words_that_only_point(question: str, text: str) -> None:
    assert only_points(text, question)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (TASKS, "The two tasks are tagging and parsing."),
        ("How many tasks are listed?", "Three tasks are listed."),
        ("May the tenant sublet?", "The tenant may sublet."),
        ("Welche Aufgaben gibt es?", "Die Aufgaben sind Mähen und Gießen."),
        ("When is it due?", "It is listed for 3 May 2024."),
    ],
)
def test_words_that_say_something(question: str, text: str) -> None:
    assert not only_points(text, question)


@pytest.mark.parametrize(
    ("text", "quote", "whole"),
    [
        ("The tasks are:\n- tag\n- parse\n\nWe go on.", "The tasks are:", "parse"),
        (
            "The tasks are:\n• tag\n• parse it. Then stop.\nWe go on.",
            "The tasks are:\n• tag",
            "stop.",
        ),
        ("任务如下\uff1a\n1. 标注\n2. 解析\n结束。", "任务如下\uff1a", "解析"),
        (
            "The tasks are described in this section. First we tag. Then we parse. It is fun.",
            "The tasks are described in this section.",
            "parse.",
        ),
        ("The tasks are tag and parse. It is fun.", "The tasks are tag and parse.", "parse."),
        (
            "The tasks are described in this section.",
            "The tasks are described in this section.",
            "",
        ),
    ],
)
def test_a_quote_brings_what_it_announces(text: str, quote: str, whole: str) -> None:
    end = quote_on(text, 0, len(quote), TASKS)
    assert text[:end].endswith(whole)
    assert "fun" not in text[:end]
    assert "go on" not in text[:end]


def test_a_list_is_told_from_a_sentence() -> None:
    assert is_list("The tasks are:\n- tag\n- parse")
    assert not is_list("The tasks are: tag and parse")


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        (
            "It covers:\n\n• tags that are\nlong\n• parts",
            "It covers:\n\n- tags that are long\n- parts",
        ),
        ("It covers:\n1. tags\n2. parts", "It covers:\n\n1. tags\n2. parts"),
        ("It covers:\na) tags\nb) parts", "It covers:\n\n- a) tags\n- b) parts"),
        ("One line\nand more.", "One line and more."),
    ],
)
def test_a_list_is_shown_as_one(quote: str, shown: str) -> None:
    assert shown_quote(quote) == shown
