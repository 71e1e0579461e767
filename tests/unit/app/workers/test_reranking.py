"""The index worker's reranker: loaded when it is needed, and done without when it cannot be."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.model_library.service import NO_RERANKER
from app.workers.configs import IndexConfig
from app.workers.reranking import Rerankers, local_reranker
from models.catalog import load_catalog
from models.errors import InferenceFailed, ModelDamaged, ModelMissing
from rag.fakes import WordReranker

KNOWN = load_catalog().rerankers[0]


class Made(WordReranker):
    """Keeps what was made; one that is told to is not."""

    all: list[Made]
    broken = False

    def __init__(self, model_id: str) -> None:
        super().__init__()
        if self.broken:
            raise ModelDamaged("It is damaged.")
        self.name = model_id
        self.closed = False
        self.all.append(self)

    def close(self) -> None:
        self.closed = True


def make(_: IndexConfig, model_id: str) -> Made:
    return Made(model_id)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Made]:
    seen: list[Made] = []
    monkeypatch.setattr(Made, "all", seen, raising=False)
    monkeypatch.setattr(Made, "broken", False)
    return seen


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / KNOWN.files[0].name


@pytest.fixture
def rerankers(tmp_path: Path) -> Rerankers:
    return Rerankers(IndexConfig(str(tmp_path), str(tmp_path), reranker=f"{__name__}:make"))


def test_none_is_loaded_where_none_is_here_or_wanted(
    rerankers: Rerankers, made: list[Made], file: Path
) -> None:
    assert rerankers.get("") is None
    assert rerankers.get(KNOWN.id) is None
    file.touch()
    assert rerankers.get(NO_RERANKER) is None
    assert rerankers.get("another") is None
    assert made == []


def test_the_one_that_is_here_is_loaded_once(
    rerankers: Rerankers, made: list[Made], file: Path
) -> None:
    file.touch()
    assert made == []
    first = rerankers.get("")
    assert first is not None
    assert rerankers.get("") is rerankers.get(KNOWN.id) is first
    assert [one.name for one in made] == [KNOWN.id]


def test_it_is_freed_when_it_is_not_wanted_any_more(
    rerankers: Rerankers, made: list[Made], file: Path
) -> None:
    file.touch()
    rerankers.get("")
    rerankers.get(NO_RERANKER)
    assert made[0].closed
    rerankers.get("")
    file.unlink()
    assert rerankers.get("") is None
    file.touch()
    rerankers.get("")
    rerankers.close()
    rerankers.close()
    assert [one.closed for one in made] == [True, True, True]


@pytest.mark.expects_log
def test_one_that_cannot_be_loaded_is_told_once_and_tried_again_when_it_changed(
    rerankers: Rerankers,
    made: list[Made],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file.touch()
    monkeypatch.setattr(Made, "broken", True)
    assert rerankers.get("") is rerankers.get("") is None
    assert [record.getMessage() for record in caplog.records] == [
        f"the reranker {KNOWN.id} is not used: ModelDamaged"
    ]
    monkeypatch.setattr(Made, "broken", False)
    assert rerankers.get("") is None
    os.utime(file, ns=(1, 1))
    assert rerankers.get("") is made[0]


@pytest.mark.expects_log
def test_one_that_ended_the_process_is_left_alone_for_a_day_or_until_it_is_another(
    rerankers: Rerankers, made: list[Made], file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trial = file.with_name("states") / "reranker.trying"
    file.touch()
    trial.parent.mkdir()
    trial.touch()
    os.utime(file, (0, 0))
    assert rerankers.get("") is None
    assert "it ended the process" in caplog.text
    assert trial.exists()
    file.touch()
    os.utime(trial, (0, 0))
    assert rerankers.get("") is made[0]
    assert not trial.exists()
    trial.touch()
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(file, (0, 0))
    os.utime(trial, (long_ago, long_ago))
    assert rerankers.get("") is made[1]
    assert not trial.exists()


@pytest.mark.expects_log
@pytest.mark.parametrize("error", [InferenceFailed("It stopped."), OSError("no library")])
def test_one_that_gives_no_score_is_done_without(
    rerankers: Rerankers,
    made: list[Made],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def scores(*_: object) -> Iterator[float]:
        raise error

    monkeypatch.setattr(Made, "scores", scores)
    file.touch()
    assert rerankers.get("") is None
    assert made[0].closed
    assert not (file.with_name("states") / "reranker.trying").exists()


def test_the_real_one_is_checked_before_it_is_loaded(file: Path, tmp_path: Path) -> None:
    config = IndexConfig("", str(tmp_path))
    with pytest.raises(ModelMissing, match="reranker"):
        local_reranker(config, KNOWN.id)
    file.write_bytes(b"no model")
    with pytest.raises(ModelDamaged, match=f"reranker is incomplete|{KNOWN.id}"):
        local_reranker(config, KNOWN.id)
