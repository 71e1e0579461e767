"""The walk over folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.indexing import discover as walk
from rag.indexing.discover import discover
from rag.indexing.report import LeftOut
from rag.indexing.rules import Rules
from rag.parse.failures import FailureReason
from rag.parse.source import Source
from rag.store.files import FailedFile, SourceFile


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(folder: Path, *paths: Path) -> list[str]:
    """Paths of the files found, relative to `folder`."""
    return [
        os.path.relpath(found.path, folder)
        for found in discover(paths or [folder])
        if isinstance(found, SourceFile)
    ]


def failures(*paths: Path) -> dict[str, FailureReason]:
    return {
        Path(found.path).name: found.reason
        for found in discover(paths)
        if isinstance(found, FailedFile)
    }


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    put(tmp_path, "b.txt", "a/z.md", "c.pdf", "a/b/x.eml")
    assert names(tmp_path) == ["a/b/x.eml", "a/z.md", "b.txt", "c.pdf"]


def test_size_and_time_are_the_file_s(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    (found,) = discover([tmp_path])
    status = (tmp_path / "a.txt").stat()
    assert found == SourceFile(str(tmp_path / "a.txt"), status.st_size, status.st_mtime_ns)


def test_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path, ".a.txt", ".git/b.txt", "~$c.docx", "node_modules/d.md", "__MACOSX/e.pdf", "f.md")
    assert names(tmp_path) == ["f.md"]
    assert failures(tmp_path) == {}


def test_each_file_is_taken_or_named(tmp_path: Path) -> None:
    put(tmp_path, "a.xyz", "b.exe", "c.mobi", "d.PAGES", "e.txt", "f.7z", "g.part", "h.MP3")
    (tmp_path / "i.xyz").write_bytes(bytes(range(256)) * 40)
    left_out: list[LeftOut] = []
    found = list(discover([tmp_path], on_left_out=left_out.append))
    assert [Path(f.path).name for f in found if isinstance(f, SourceFile)] == ["a.xyz", "e.txt"]
    assert failures(tmp_path) == {
        "c.mobi": FailureReason.UNSUPPORTED,
        "d.PAGES": FailureReason.UNSUPPORTED,
        "f.7z": FailureReason.UNSUPPORTED,
        "i.xyz": FailureReason.UNSUPPORTED,
    }
    assert [(Path(item.path).name, item.rule) for item in left_out] == [
        ("b.exe", "programs"),
        ("g.part", "unfinished downloads"),
        ("h.MP3", "audio files"),
    ]


def test_placeholders_and_shortcuts_are_named(tmp_path: Path) -> None:
    put(tmp_path, ".Plan.pdf.icloud", "Tax.docx.nextcloud", "Budget.gsheet", "song.mp3.nextcloud")
    (tmp_path / "Office.lnk").write_bytes(b"L\0\0\0\x01\x14\x02" + bytes(range(200)))
    assert names(tmp_path) == []
    assert failures(tmp_path) == {
        "Plan.pdf": FailureReason.CLOUD_ONLY,
        "Tax.docx": FailureReason.CLOUD_ONLY,
        "Budget.gsheet": FailureReason.CLOUD_ONLY,
        "Office.lnk": FailureReason.UNSUPPORTED,
    }
    assert failures(tmp_path / "Budget.gsheet") == {"Budget.gsheet": FailureReason.CLOUD_ONLY}


def test_temporary_files_and_locks_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "~$a.docx", ".~lock.a.odt#", "b.pdf.part", "c.zip.crdownload", "d.tmp")
    put(tmp_path, ".DS_Store", "Thumbs.db", "a.docx")
    left_out: list[LeftOut] = []
    files = list(discover([tmp_path], on_left_out=left_out.append))
    assert [Path(file.path).name for file in files] == ["a.docx"]
    assert {Path(item.path).name: item.rule for item in left_out} == {
        "~$a.docx": "lock files",
        ".~lock.a.odt#": "lock files",
        "b.pdf.part": "unfinished downloads",
        "c.zip.crdownload": "unfinished downloads",
        "d.tmp": "unfinished downloads",
        ".DS_Store": "system file",
        "Thumbs.db": "system file",
    }


def test_a_full_stop_in_a_name_does_not_make_an_ending(tmp_path: Path) -> None:
    put(tmp_path, "Minutes 12.03.2024", "Scan v1.2 final", "letter.txt.bak")
    assert names(tmp_path) == ["Minutes 12.03.2024", "Scan v1.2 final", "letter.txt.bak"]
    assert Source.of_file(tmp_path / "Minutes 12.03.2024").stem == "Minutes 12.03.2024"


def test_old_office_files_are_looked_at_since_many_are_something_else(tmp_path: Path) -> None:
    put(tmp_path, "a.doc", "b.PPT")
    assert names(tmp_path) == ["a.doc", "b.PPT"]


def test_without_an_ending_the_content_decides(tmp_path: Path) -> None:
    put(tmp_path, "README", "bin/tool", "notes")
    (tmp_path / "Inbox").write_text("From a@example.org Mon Mar  3 10:00:00 2025\nSubject: x\n\nHi")
    (tmp_path / "lease").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    (tmp_path / "bin" / "tool").write_bytes(b"\x7fELF" + bytes(range(256)) * 40)
    (tmp_path / "nothing").write_bytes(b"")
    assert names(tmp_path) == ["Inbox", "README", "lease", "notes", "nothing"]
    assert failures(tmp_path) == {}


def test_a_file_that_is_named_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    put(tmp_path, "readme", ".hidden.txt")
    assert names(tmp_path, tmp_path / "readme", tmp_path / ".hidden.txt") == [
        "readme",
        ".hidden.txt",
    ]


def test_loops_of_links_end(tmp_path: Path) -> None:
    put(tmp_path, "a/b.txt")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "nowhere.txt").symlink_to("gone.txt")
    assert names(tmp_path) == ["a/b.txt"]
    assert failures(tmp_path) == {}


def test_links_that_lead_nowhere_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "b.txt")
    for name in ("nowhere.txt", ".#b.txt"):  # an editor's lock is a link to nothing, too
        (tmp_path / name).symlink_to("gone.txt")
    left_out: list[LeftOut] = []
    list(discover([tmp_path], on_left_out=left_out.append))
    rules = {Path(item.path).name: item.rule for item in left_out}
    assert rules.pop("nowhere.txt") == "links that lead nowhere"
    assert set(rules) == {".#b.txt"}
    assert rules[".#b.txt"] != "links that lead nowhere"


def test_nothing_is_found_twice(tmp_path: Path) -> None:
    put(tmp_path, "a/b.txt")
    paths = [tmp_path, tmp_path / "a", tmp_path / "a" / "b.txt", tmp_path / "a" / ".." / "a"]
    assert names(tmp_path, *paths) == ["a/b.txt"]


def test_what_is_missing_is_reported(tmp_path: Path) -> None:
    assert failures(tmp_path / "gone") == {"gone": FailureReason.MISSING}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_are_reported_if_named_and_counted_in_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert failures(tmp_path / "pipe.txt") == {"pipe.txt": FailureReason.NOT_A_FILE}
    left_out: list[LeftOut] = []
    assert list(discover([tmp_path], on_left_out=left_out.append)) == []
    assert [(Path(item.path).name, item.rule) for item in left_out] == [
        ("pipe.txt", "pipes, sockets and devices")
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_folder_without_permission_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "closed/b.txt")
    (tmp_path / "closed").chmod(0)
    try:
        assert names(tmp_path) == ["a.txt"]
        assert failures(tmp_path) == {"closed": FailureReason.NO_PERMISSION}
    finally:
        (tmp_path / "closed").chmod(0o700)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_that_is_no_text_is_reported_printably(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        with open(path, "wb") as file:  # noqa: PTH123  # a name of bytes
            file.write(b"x")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (found,) = discover([tmp_path])
    assert isinstance(found, FailedFile)
    assert found.reason is FailureReason.UNSUPPORTED
    found.path.encode()


def test_all_folders_are_walked_where_listings_do_not_tell_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows, `os.DirEntry.stat` gives neither device nor number."""
    put(tmp_path, "a/x.md", "b/y.md", "b/c/z.md", "d.txt")
    listed = walk._entries

    def without_numbers(folder: str | int) -> list[tuple[str, os.stat_result | OSError]]:
        return [
            (name, os.stat_result((entry.st_mode, 0, 0, 0, *entry[4:])))
            for name, entry in listed(folder)
            if isinstance(entry, os.stat_result)
        ]

    monkeypatch.setattr(walk, "_entries", without_numbers)
    monkeypatch.setattr(os, "supports_fd", os.supports_fd - {os.scandir})
    assert names(tmp_path) == ["a/x.md", "b/c/z.md", "b/y.md", "d.txt"]
    files = [found for found in discover([tmp_path]) if isinstance(found, SourceFile)]
    assert all(file.identity[1] for file in files)
    assert walk.folders([str(tmp_path)], Rules()) == [
        str(tmp_path / name) for name in (".", "a", "b", "b/c")
    ]
