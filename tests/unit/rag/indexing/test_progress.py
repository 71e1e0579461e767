"""An indexing run tells steadily how far it is, also before the first files are stored."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from app.shell.commands import _progress_line
from models.fakes import HashEmbedder
from rag.chunking.chunk import Chunker
from rag.fakes import MemoryIndex
from rag.indexing.indexer import Indexer
from rag.indexing.progress import Meter
from rag.indexing.read_ahead import ReadFile, UnreadFile, reading_ahead
from rag.indexing.report import IndexProgress
from rag.parse import parse_file
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.failures import FailureReason, ParseFailure
from rag.store.files import FailedFile, SourceFile
from rag.store.store import Store


class _Parser:
    """Parses in this process."""

    def parse(self, path: Path, options: ParseOptions) -> ParsedDocument | ParseFailure:
        return parse_file(path, options)

    def recognise(self, *_: object) -> RecognisedPage | ParseFailure:
        raise AssertionError("no pictures here")


@pytest.fixture
def told(tmp_path: Path) -> list[IndexProgress]:
    """What a run over 300 files tells; several groups of them are stored."""
    folder = tmp_path / "papers"
    folder.mkdir()
    for n in range(300):
        (folder / f"{n:03}.md").write_text(f"# Paper {n}\n\nThe paper says {n}.\n" * 3)
    seen: list[IndexProgress] = []
    embedder = HashEmbedder()
    with Store(tmp_path / "library.sqlite") as store:
        chunker = Chunker(None, embedder.max_tokens)
        indexer = Indexer(store, MemoryIndex(), embedder, _Parser(), chunker)  # type: ignore[arg-type]
        indexer.run([folder], seen.append)
    return seen


def test_no_part_of_a_run_stands_still(told: list[IndexProgress]) -> None:
    fractions = [p.fraction for p in told if p.fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    steps = [after - before for before, after in itertools.pairwise(fractions)]
    assert max(steps) < 0.1
    before_any_is_stored = [p for p in told if p.total and not p.done]
    counts = {p.read for p in before_any_is_stored}
    assert max(counts) > 50
    assert counts == set(range(max(counts) + 1))
    assert max(p.fraction or 0 for p in before_any_is_stored) > 0.1


def test_the_stages_are_told_in_their_order(told: list[IndexProgress]) -> None:
    stages = [stage for stage, _ in itertools.groupby(p.stage for p in told)]
    assert stages[:5] == ["finding", "reading", "loading", "embedding", "reading"]
    assert stages[-1] == "finishing"
    assert stages.count("loading") == 1
    assert told[-1].read == told[-1].done == told[-1].total == 300


def test_what_is_found_is_told_while_folders_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.indexing.progress._TELL_SECONDS", 0.0)
    seen: list[IndexProgress] = []
    meter = Meter(seen.append)
    for n in range(3):
        meter.found(f"/papers/{n}")
    assert [(p.found, p.total, p.fraction) for p in seen] == [(n, 0, None) for n in (1, 2, 3)]
    assert seen[-1].current == "/papers/2"


def test_a_large_file_counts_for_more_than_a_small_one() -> None:
    seen: list[IndexProgress] = []
    meter = Meter(seen.append)
    small, large = SourceFile("/small", 1_000, 0), SourceFile("/large", 9_000_000, 0)
    meter.begin([small, large], done=0, failed=0)
    meter.read(small, stage="reading")
    meter.finished(small)
    assert 0 < (seen[-1].fraction or 0) < 0.01
    meter.read(large, stage="reading")
    meter.embedding(100)
    for _ in range(4):
        meter.embedded(25)
    halves = [p.fraction or 0 for p in seen[-4:]]
    assert halves == sorted(halves)
    assert halves[0] < 0.5 < halves[1] < 1
    meter.finished(large)
    assert seen[-1].fraction == 1.0


def test_a_file_that_takes_long_to_read_is_named_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rag.indexing.read_ahead._WAIT_SECONDS", 0.01)
    named = threading.Event()

    class Slow:
        def read(self, file: SourceFile) -> ReadFile | UnreadFile:
            assert named.wait(20)
            return UnreadFile(file, FailedFile(file.path, FailureReason.BROKEN, "no"))

    waited: list[str] = []

    def on_wait(file: SourceFile) -> None:
        waited.append(file.path)
        named.set()

    files = [SourceFile("/slow.pdf", 1, 0)]
    with reading_ahead(Slow(), files, lambda: None, on_wait) as results:
        assert [item.file.path for item in results] == ["/slow.pdf"]
    assert set(waited) == {"/slow.pdf"}


FINDING = IndexProgress(0, 0, 0, 0, "/a/b.md", stage="finding", found=12)
READING = IndexProgress(0, 400, 0, 0, "/a/b.md", read=30, fraction=0.02)
EMBEDDING = IndexProgress(0, 400, 0, 64, "", 30.0, "embedding", read=256, fraction=0.4)
MOVING = IndexProgress(0, 0, 0, 50, stage="embedding", fraction=0.5)


@pytest.mark.parametrize(
    ("progress", "line"),
    [
        (FINDING, "finding: 12 files found  b.md"),
        (READING, "reading: 2%, 30 of 400 files  b.md"),
        (EMBEDDING, "embedding: 40%, 256 of 400 files, about 30 s left"),
        (MOVING, "embedding: 50%, 50 passages"),
        (IndexProgress(0, 0, 0, 0, stage="finding"), "finding:"),
    ],
)
def test_the_shell_tells_the_same(progress: IndexProgress, line: str) -> None:
    assert _progress_line(progress) == line
