"""The shell commands as programs see them: real processes, store, embedder and a small model."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MODELS, TINY_CHAT_MODEL

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with the examples in it."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    done = studiolo("index", str(EXAMPLES), "--json", data_dir=folder)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {
        "added",
        "updated",
        "unchanged",
        "removed",
        "failed",
        "chunks",
        "seconds",
        "left_out",
        "left_out_count",
        "left_out_kinds",
    }
    assert report["added"] == sum(1 for file in EXAMPLES.rglob("*") if file.is_file())
    assert not report["failed"]
    return folder


def start(*arguments: str, data_dir: Path, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.main", *arguments],
        env={**os.environ, "STUDIOLO_DATA_DIR": str(data_dir), "STUDIOLO_MODELS_DIR": str(MODELS)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def studiolo(*arguments: str, data_dir: Path) -> subprocess.CompletedProcess[str]:
    with start(*arguments, data_dir=data_dir) as process:
        out, err = process.communicate(timeout=150)
    assert "Traceback" not in err
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def documents(line: str) -> Iterator[dict[str, Any]]:
    for text in line.splitlines():
        yield json.loads(text)


def test_a_second_run_does_nothing(data_dir: Path) -> None:
    done = studiolo("--json", "index", str(EXAMPLES), data_dir=data_dir)
    report = json.loads(done.stdout)
    assert (report["added"], report["updated"], report["removed"]) == (0, 0, 0)
    assert report["unchanged"] > 10


def test_search_finds_the_page(data_dir: Path) -> None:
    query = "how much notice to end the lease"
    done = studiolo("search", query, "-k", "3", "--json", data_dir=data_dir)
    result = json.loads(done.stdout)
    assert set(result) == {"hits", "seconds"}
    first = result["hits"][0]
    assert set(first) == {"rank", "path", "page", "locator", "score", "text"}
    assert first["path"].endswith(".pdf")
    assert "notice" in first["text"]
    assert first["locator"] == f"page {first['page']}"


def test_ask_answers_in_the_form_of_the_contract(data_dir: Path) -> None:
    question = "How many months' notice must be given to end the lease?"
    done = studiolo(
        *("ask", question, "--model", TINY_CHAT_MODEL, "-k", "2", "--json"), data_dir=data_dir
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    where_they_apply = {"sentences", "nearest", "stopped", "cut", "unmentioned"}
    told = {"answer", "abstained", "citations", "model", "timings"}
    assert set(answer) - where_they_apply == told
    assert answer["model"] == TINY_CHAT_MODEL
    assert set(answer["timings"]) == {
        "retrieve_s",
        "first_token_s",
        "total_s",
        "prompt_tokens",
        "completion_tokens",
    }
    assert answer["answer"]
    assert answer["abstained"] == (not answer["citations"])
    for citation in answer["citations"]:
        assert set(citation) == {"n", "path", "page", "locator", "quote"}
        assert f"[{citation['n']}]" in answer["answer"] or len(answer["citations"]) > 1


def test_a_batch_answers_each_line_and_goes_on_after_a_bad_one(
    data_dir: Path, tmp_path: Path
) -> None:
    lines = ['{"id": "a", "question": "notice period"}', "no json", '{"id": 2, "question": "rent"}']
    (tmp_path / "q.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = studiolo(
        "search", "--batch", str(tmp_path / "q.jsonl"), "-k", "2", "--json", data_dir=data_dir
    )
    assert done.returncode == 1
    first, bad, last = documents(done.stdout)
    assert (first["id"], last["id"]) == ("a", 2)
    assert len(first["hits"]) == 2
    assert "Line 2" in bad["error"]["message"]


def test_status_and_doctor(data_dir: Path) -> None:
    status = json.loads(studiolo("status", "--json", data_dir=data_dir).stdout)
    assert status["chunks"] == status["vectors"] > 20
    assert status["roots"] == [str(EXAMPLES)]
    doctor = json.loads(studiolo("doctor", "--json", data_dir=data_dir).stdout)
    assert doctor["ok"], [check for check in doctor["checks"] if not check["ok"]]
    said = {check["name"]: check["detail"] for check in doctor["checks"]}
    assert {"llama.cpp", "embedder", "library", "vector index", "network"} <= set(said)
    assert f"llama-cpp-python {version('llama-cpp-python')})" in said["llama.cpp"]


def test_models_are_listed_and_bad_ones_refused(tmp_path: Path) -> None:
    listed = json.loads(studiolo("models", "list", "--json", data_dir=tmp_path).stdout)
    assert TINY_CHAT_MODEL in {model["id"] for model in listed["models"] if model["installed"]}
    (tmp_path / "fake.gguf").write_bytes(b"not a model")
    done = studiolo("models", "add", str(tmp_path / "fake.gguf"), data_dir=tmp_path)
    assert done.returncode == 1
    assert "fake.gguf" in done.stderr


def test_bad_files_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "good.txt").write_text("The boiler is serviced in May.", encoding="utf-8")
    (files / "empty.txt").touch()
    (files / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (files / "fake.docx").write_bytes(b"PK\x03\x04 no more than a beginning")
    (files / "huge.txt").write_bytes(b"words and more words\n" * 3_000_000)
    done = studiolo(
        "index", str(files), str(tmp_path / "nowhere"), "--json", data_dir=tmp_path / "data"
    )
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["added"] == 1
    failed = {Path(f["path"]).name: f for f in report["failed"]}
    assert {name: f["reason"] for name, f in failed.items()} == {
        "empty.txt": "empty",
        "broken.pdf": "broken",
        "fake.docx": "broken",
        "huge.txt": "too_large",
        "nowhere": "missing",
    }
    assert all(f["detail"].endswith(".") for f in failed.values())


def test_files_of_other_kinds_in_a_folder_are_no_failure_of_the_run(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "good.txt").write_text("The boiler is serviced in May.", encoding="utf-8")
    other = files / "save.xyz"
    other.write_bytes(bytes(range(256)) * 40)
    (files / "Budget.gsheet").write_text('{"doc_id": "x"}')
    (files / "song.mp3").write_bytes(b"ID3" + bytes(100))
    done = studiolo("index", str(files), data_dir=tmp_path / "data")
    assert done.returncode == 0
    assert "Not read, by reason: cloud only: 1, unsupported: 1." in done.stdout
    assert "Left out by kind or rule: audio files: 1." in done.stdout
    done = studiolo("index", str(other), data_dir=tmp_path / "data")
    assert done.returncode == 1  # it was named


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_lead_out_are_told_and_followed_when_asked_for(tmp_path: Path) -> None:
    files, outside = tmp_path / "files", tmp_path / "outside"
    for folder in (files, outside):
        folder.mkdir()
    (files / "own.txt").write_text("The boiler is serviced in May.")
    (outside / "other.txt").write_text("The roof is looked at in June.")
    link, data = files / "link", tmp_path / "data"
    link.symlink_to(outside)
    told = {"path": str(link), "target": str(outside), "reason": "leads_out"}

    def index(*more: str) -> dict[str, Any]:
        done = studiolo("index", str(files), "--json", *more, data_dir=data)
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    report = index()
    assert (report["added"], report["left_out_count"]) == (1, 1)
    assert report["left_out"] == [{**told, "removed": 0}]
    report = index("--follow", str(link))
    assert (report["added"], report["left_out"]) == (1, [])
    assert index()["unchanged"] == 2
    report = index("--leave-out", str(link))
    assert (report["removed"], report["left_out"]) == (1, [{**told, "removed": 1}])
    done = studiolo("index", str(files), data_dir=data)
    assert f"Left out: {link}\n    leads out of the folder: {outside}" in done.stdout
    done = studiolo("index", str(files), "--follow", str(outside), data_dir=data)
    assert done.returncode == 1
    assert "is no link that leads to a file or folder" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("ask", "x" * 100_000), 1, "100,000 characters"),
        (("ask", "anything"), 1, "Add a folder"),
        (("ask", "anything", "--model", "no-such-model"), 1, "no-such-model"),
        (("ask", "anything", "--document", "/nowhere.pdf"), 1, "nowhere.pdf is not in the library"),
        (("search",), 2, "usage"),
        (("fly",), 2, "usage"),
        (("search", "--batch", "/nowhere.jsonl"), 1, "could not be read"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    done = studiolo(*arguments, data_dir=tmp_path / "data")
    assert done.returncode == status
    assert words in done.stderr
    assert not done.stdout


def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = studiolo("status", "--json", data_dir=tmp_path / "file" / "data")
    assert done.returncode == 1
    assert "cannot be used" in json.loads(done.stdout)["error"]["message"]


def test_ctrl_c_stops_cleanly_and_keeps_what_was_done(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(1000):  # more than any machine embeds in the 0.1 s between two reports
        text = f"Note {number}. " + "The committee met and wrote down what it decided. " * 20
        (files / f"{number:03}.txt").write_text(text, encoding="utf-8")
    terminal, inside = os.openpty()  # a terminal is told of the progress more often than a pipe
    with start("index", str(files), data_dir=tmp_path / "data", stderr=inside) as process:
        os.close(inside)
        err = ""
        while not re.search(r"embedding: [1-9]", err):
            err += os.read(terminal, 4096).decode()
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # Linux ends the reading of a terminal with an error
            while piece := os.read(terminal, 4096):
                err += piece.decode()
    os.close(terminal)
    assert process.returncode == 130
    assert "Traceback" not in err
    status = json.loads(studiolo("status", "--json", data_dir=tmp_path / "data").stdout)
    assert status["files"] < 1000
    assert status["chunks"] == status["vectors"]
    files.rename(tmp_path / "unplugged")
    said = studiolo("status", data_dir=tmp_path / "data").stdout
    assert f"{files} (not connected" in said


def test_names_of_files_are_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    name = "a\x1b]0;owned\x07\u202egpj.\n\x9b2J.txt"
    (folder / name).touch()
    told = studiolo("index", str(folder), data_dir=tmp_path / "data")
    assert "a⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+202E⟩gpj.⟨U+000A⟩⟨U+009B⟩2J.txt" in told.stdout
    for stream in (told.stdout, told.stderr):
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(stream)
    exact = studiolo("index", str(folder), "--json", data_dir=tmp_path / "data")
    assert json.loads(exact.stdout)["failed"][0]["path"] == str(folder / name)
    assert exact.stdout.isascii()


def test_damaged_chats_bar_no_command_that_needs_none(tmp_path: Path) -> None:
    folder, paper = tmp_path / "data", tmp_path / "lease.md"
    folder.mkdir()
    paper.write_text("# Lease\n\nThe notice period is three months.\n")
    damaged = b"no database " * 500
    (folder / "chats.sqlite").write_bytes(damaged)
    done = studiolo("index", str(paper), "--json", data_dir=folder)
    assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 1)
    done = studiolo("status", "--json", data_dir=folder)
    assert (done.returncode, json.loads(done.stdout)["files"]) == (0, 1)
    assert "cannot be read" in done.stderr
    assert "`studiolo doctor --repair`" in done.stderr
    done = studiolo("remove", str(paper), data_dir=folder)
    assert done.returncode == 0
    assert "Your chats cannot be read; they may hold its text." in done.stdout
    assert (folder / "chats.sqlite").read_bytes() == damaged


def test_what_is_to_be_indexed_before_the_model_is_here_is_remembered(tmp_path: Path) -> None:
    folder, paper = tmp_path / "data", tmp_path / "lease.md"
    paper.write_text("# Lease\n")
    environment = {
        **os.environ,
        "STUDIOLO_DATA_DIR": str(folder),
        "STUDIOLO_MODELS_DIR": str(tmp_path / "models"),
    }
    run = [sys.executable, "-m", "ui.main"]

    def tell(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*run, *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    done = tell("index", str(paper))
    assert done.returncode == 1
    assert "`studiolo models get all-minilm-l6-v2`" in done.stderr
    assert json.loads(tell("status", "--json").stdout)["pending"] == [str(paper)]
    done = tell("remove", str(paper))
    assert done.returncode == 0, done.stderr
    assert json.loads(tell("status", "--json").stdout)["pending"] == []
    assert "is not in the library" in tell("remove", str(paper)).stderr
