"""A question goes one way, which can be read at once; each kind of answer has one method."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from app.answering import service
from app.answering.run import Answerer
from app.paths import Paths
from app.services import build_services

MOST_LINES = 200


@pytest.fixture
def answerers(tmp_path: Path) -> tuple[Answerer, ...]:
    services = build_services(Paths(tmp_path / "data", tmp_path / "models"))
    try:
        return services.answers.answerers
    finally:
        services.close()


def test_the_way_of_a_question_can_be_read_at_once() -> None:
    assert len(inspect.getsource(service).splitlines()) < MOST_LINES


def test_an_answerer_has_one_method(answerers: tuple[Answerer, ...]) -> None:
    methods = [
        [name for name, _ in inspect.getmembers(type(one), callable) if not name.startswith("_")]
        for one in answerers
    ]
    assert methods == [["answer"]] * len(answerers)
    modules = {type(one).__module__ for one in answerers}
    assert len(modules) == len(answerers)  # one module each


def test_the_last_answerer_answers_every_question(answerers: tuple[Answerer, ...]) -> None:
    returned = [inspect.signature(one.answer).return_annotation for one in answerers]
    assert returned == ["Answer | None"] * (len(answerers) - 1) + ["Answer"]
