"""Lists are read whole: all of their things are named, or counted, with their words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.answering.kinds.things import ThingsAnswerer
from app.events import Answer
from tests.unit.app.answering.kinds.test_place import Desk

KEYS = "# Who holds keys\n\n" + "\n".join(
    f"- {door}: {who}"
    for door, who in (
        ("front door", "Ottilie Brandt, Casimir Vogt"),
        ("cellar", "Casimir Vogt"),
        ("attic", "Thea Lorenz"),
        ("shed", "Edvin Sund"),
        ("garage", "Nuria Pla"),
    )
)
PROJECTS = "# Projects\n\n" + "\n\n".join(
    f"## Project {n:02}: Task {n}\n\nStatus: {'done' if n % 3 == 0 else 'open'}. Lead: Thea."
    for n in range(1, 14)
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    made.library.write("keys.md", KEYS)
    made.library.write("projects.md", PROJECTS)
    made.library.write("tasks.md", "# Tasks\n\n- Roof: done\n- Fence: not done\n- Gate: done\n")
    made.library.run()
    made.asker.answerers = (ThingsAnswerer(made),)
    yield made
    made.library.store.close()


def _ask(desk: Desk, question: str) -> Answer:
    return desk.ask(question)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many projects are listed in projects.md?", 13),
        ("How many projects are done?", 4),
        ("How many projects are open?", 9),
        ("Wie viele Projects stehen in projects.md?", 13),
        ("Combien de projects y a-t-il dans projects.md ?", 13),
        ("How many keys does Casimir Vogt hold?", 2),
    ],
)
def test_things_are_counted(desk: Desk, question: str, count: int) -> None:
    answer = _ask(desk, question)
    assert answer.text.startswith(f"**{count}**, by ")
    assert len(answer.citations) == count
    assert answer.model == ""


@pytest.mark.parametrize(
    "question", ["List all people who have a key.", "Please list everyone with a key"]
)
def test_a_list_is_given_whole(desk: Desk, question: str) -> None:
    answer = _ask(desk, question)
    assert answer.text.startswith("`keys.md`, Who holds keys:")
    assert [Path(cited.path).name for cited in answer.citations] == ["keys.md"] * 5


def test_only_things_that_are_meant(desk: Desk) -> None:
    assert len(_ask(desk, "List all projects that are done").citations) == 4


@pytest.mark.parametrize(
    "question",
    [
        "How many tasks are done?",  # "not done" has the word, too
        "How many projects are not done?",
        "How many projects cost more than the roof of Skarvik?",
        "How many windows does the cellar have?",
        "What is done?",
    ],
)
def test_what_is_not_clear_is_left_to_others(desk: Desk, question: str) -> None:
    assert desk.asker.answer(question) is None
