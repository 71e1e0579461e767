"""A folder means what lies in it: where links lead, and which are followed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from rag.errors import NotALink
from rag.indexing.discover import discover, folders
from rag.indexing.link_resolver import followed_link, is_link
from rag.indexing.preview import preview
from rag.indexing.report import IndexReport, LeftOut
from rag.indexing.rules import LEADS_OUT, FollowedLink, Rules
from rag.parse.failures import FailureReason
from rag.store.files import FailedFile, SourceFile
from tests.unit.rag.indexing.test_discover import put
from tests.unit.rag.indexing.test_indexer import Library

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


class Place:
    """A folder that is added, and what lies outside it."""

    def __init__(self, tmp_path: Path) -> None:
        self.inside = tmp_path / "inside"
        self.outside = tmp_path / "outside"
        put(self.inside, "own.txt")
        put(self.outside, "secret.txt", "deep/more.txt")

    def link(self, name: str, target: str | Path) -> Path:
        path = self.inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
        return path

    def found(
        self, *paths: Path, rules: Rules | None = None, roots: tuple[Path, ...] = ()
    ) -> tuple[list[str], list[LeftOut]]:
        """Paths of the files, relative to the folder, and what was left out."""
        left_out: list[LeftOut] = []
        items = discover(paths or (self.inside,), rules, tuple(map(str, roots)), left_out.append)
        names = [os.path.relpath(i.path, self.inside) for i in items if isinstance(i, SourceFile)]
        return names, left_out


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("name", ["a.txt", "folder", "deep/a.txt"])
def test_what_leads_out_is_left_out_and_told(place: Place, name: str) -> None:
    target = place.outside if name == "folder" else place.outside / "secret.txt"
    link = place.link(name, target)
    names, left_out = place.found()
    assert names == ["own.txt"]
    assert left_out == [LeftOut(str(link), LEADS_OUT, str(target))]


def test_so_do_links_to_the_whole_disk_and_to_files_of_the_system(place: Place) -> None:
    place.link("disk", "/")
    place.link("passwd", "/etc/passwd")
    names, left_out = place.found()
    assert names == ["own.txt"]
    assert [(Path(link.path).name, link.target) for link in left_out] == [
        ("disk", "/"),
        ("passwd", "/etc/passwd"),
    ]


def test_chains_are_followed_to_their_end(place: Place) -> None:
    (place.outside / "again").symlink_to(place.outside / "secret.txt")
    place.link("a.txt", place.outside / "again")
    place.link("b.txt", "a.txt")
    back = place.outside / "back"
    back.symlink_to(place.inside / "own.txt")
    place.link("c.txt", back)
    names, left_out = place.found()
    assert names == ["own.txt"]
    assert [link.target for link in left_out] == [str(place.outside / "secret.txt")] * 2


def test_going_up_in_a_target_leads_out_as_well(place: Place) -> None:
    place.link("sub/a.txt", "../../outside/secret.txt")
    place.link("sub/b.txt", "../sub/../own.txt")
    names, left_out = place.found()
    assert names == ["own.txt"]
    assert [Path(link.path).name for link in left_out] == ["a.txt"]


def test_what_leads_inside_is_found_once_where_it_lies(place: Place) -> None:
    put(place.inside, "z/real.txt")
    place.link("a-link.txt", "z/real.txt")
    place.link("a-folder", "z")
    place.link("z/up", "..")
    place.link("z/self", "self")
    place.link("nowhere.txt", "gone.txt")
    files, left_out = place.found()
    assert files == ["own.txt", "z/real.txt"]
    assert {Path(link.path).name for link in left_out} == {"nowhere.txt", "self"}


def test_a_link_shows_a_file_that_is_hidden_but_not_one_that_is_left_out(place: Place) -> None:
    put(place.inside, ".store/1234.txt", "private/b.txt")
    place.link("report.txt", ".store/1234.txt")
    place.link("other.txt", "private/b.txt")
    place.link("folder", "private")
    names, left_out = place.found(rules=Rules(patterns=("private/",)))
    assert names == ["own.txt", "report.txt"]
    assert {(Path(link.path).name, link.rule) for link in left_out} == {
        (".store", "hidden"),
        ("folder", "private/"),
        ("other.txt", "private/"),
        ("private", "private/"),
    }


def test_what_leads_to_another_folder_of_the_library_is_found_there(
    place: Place, tmp_path: Path
) -> None:
    place.link("there", place.outside)
    place.link("deeper", place.outside / "deep")
    names, left_out = place.found(place.inside, place.outside)
    assert names == ["own.txt", "../outside/deep/more.txt", "../outside/secret.txt"]
    assert left_out == []
    assert place.found(roots=(place.inside, place.outside)) == (["own.txt"], [])


def test_a_folder_that_was_added_may_be_a_link_itself(place: Place, tmp_path: Path) -> None:
    place.link("out.txt", place.outside / "secret.txt")
    added = tmp_path / "added"
    added.symlink_to(place.inside)
    items = [item.path for item in discover([added])]
    assert items == [str(added / "own.txt")]


def test_a_link_that_is_added_by_name_is_followed(place: Place) -> None:
    link = place.link("a.txt", place.outside / "secret.txt")
    assert place.found(link) == (["a.txt"], [])
    folder = place.link("folder", place.outside)
    assert place.found(folder) == (["folder/deep/more.txt", "folder/secret.txt"], [])


def test_in_a_folder_of_the_library_nothing_is_reached_by_way_of_a_link_that_leads_out(
    place: Place,
) -> None:
    link = place.link("folder", place.outside)
    for path in (link, link / "deep", link / "deep" / "more.txt"):
        names, left_out = place.found(path, roots=(place.inside,))
        assert names == []
        assert left_out == [LeftOut(str(link), LEADS_OUT, str(place.outside))]


def test_a_choice_holds_for_as_long_as_the_link_leads_there(place: Place, tmp_path: Path) -> None:
    link = place.link("folder", place.outside)
    rules = Rules(followed=(followed_link(str(link)),))
    (place.outside / "further").symlink_to(tmp_path)
    names, left_out = place.found(rules=rules)
    assert names == ["folder/deep/more.txt", "folder/secret.txt", "own.txt"]
    assert [Path(item.path).name for item in left_out] == ["further"]
    part = link / "deep"
    assert place.found(part, rules=rules, roots=(place.inside,)) == (["folder/deep/more.txt"], [])
    link.unlink()
    link.symlink_to(place.outside / "deep")
    names, left_out = place.found(rules=rules)
    assert names == ["own.txt"]
    assert left_out == [LeftOut(str(link), LEADS_OUT, str(place.outside / "deep"))]


def test_a_choice_of_a_file_and_of_the_whole_disk_end(place: Place) -> None:
    link = place.link("a.txt", place.outside / "secret.txt")
    above = place.link("above", place.inside.parent)
    rules = Rules(followed=(followed_link(str(link)), followed_link(str(above))))
    names, left_out = place.found(rules=rules)
    assert sorted(names) == [
        "a.txt",
        "above/outside/deep/more.txt",
        "above/outside/secret.txt",
        "own.txt",
    ]
    assert left_out == []


def test_only_a_link_that_leads_somewhere_can_be_chosen(place: Place) -> None:
    nowhere = place.link("nowhere", "gone")
    for path in (nowhere, place.inside / "own.txt", place.inside / "missing"):
        with pytest.raises(NotALink):
            followed_link(str(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_links_to_devices_and_pipes_are_counted_and_not_followed(place: Place) -> None:
    os.mkfifo(place.outside / "pipe")
    place.link("pipe.txt", place.outside / "pipe")
    place.link("zero.txt", "/dev/zero")
    names, left_out = place.found()
    assert names == ["own.txt"]
    assert [item.rule for item in left_out] == ["pipes, sockets and devices"] * 2


def test_junctions_are_links_and_files_of_a_cloud_drive_are_not() -> None:
    def status(tag: int) -> os.stat_result:
        return cast("os.stat_result", SimpleNamespace(st_mode=0o40755, st_reparse_tag=tag))

    assert is_link(status(0xA0000003))  # IO_REPARSE_TAG_MOUNT_POINT
    assert is_link(status(0xA000000C))  # IO_REPARSE_TAG_SYMLINK
    assert not is_link(status(0x9000001A))  # IO_REPARSE_TAG_CLOUD
    assert not is_link(status(0))


def test_a_folder_that_is_exchanged_for_a_link_is_not_entered(place: Place) -> None:
    put(place.inside, "sub/a.txt")
    walk = discover([place.inside])
    assert next(walk) == next(discover([place.inside / "own.txt"]))
    (place.inside / "sub").rename(place.inside / "moved")
    place.link("sub", place.outside)
    (item,) = walk
    assert isinstance(item, FailedFile)
    assert (Path(item.path).name, item.reason) == ("sub", FailureReason.MISSING)


def test_of_thousands_of_links_few_are_listed(place: Place) -> None:
    for number in range(5_000):
        place.link(f"{number}.txt", place.outside / "secret.txt")
    shown = preview([place.inside], Rules())
    assert (shown.files, shown.left_out_count, len(shown.left_out)) == (1, 5_000, 500)


def test_folders_nested_deeper_than_python_s_stack(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(600):
            Path("d").mkdir()
            os.chdir("d")
        Path("deep.txt").write_text("deep")
    finally:
        os.chdir(before)
    found = list(discover([tmp_path]))
    assert [Path(item.path).name for item in found] == ["deep.txt"]


def test_only_folders_that_are_read_are_watched(place: Place) -> None:
    put(place.inside, "sub/a.txt", ".hidden/b.txt")
    link = place.link("out", place.outside)
    assert folders([str(place.inside)], Rules()) == [
        str(place.inside),
        str(place.inside / "sub"),
    ]
    rules = Rules(followed=(followed_link(str(link)),))
    assert str(link / "deep") in folders([str(place.inside)], rules)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    yield made
    made.store.close()


def run(library: Library, *followed: FollowedLink) -> IndexReport:
    return library._indexer.run([library.files], rules=Rules(followed=followed))


def test_what_was_read_by_way_of_a_link_goes_and_is_told(library: Library, tmp_path: Path) -> None:
    library.write("own.txt", "The boiler is serviced in May.")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("The secret is kept in the safe.")
    (outside / "b.txt").write_text("Another secret is kept there.")
    link = library.files / "link"
    link.symlink_to(outside)
    report = run(library, followed_link(str(link)))
    assert (report.added, report.left_out) == (3, ())
    report = run(library)
    assert (report.added, report.removed, report.failed) == (0, 2, ())
    assert report.left_out == (LeftOut(str(link), LEADS_OUT, str(outside), forgotten=2),)
    assert report.left_out_count == 1
    assert library.find("secret") == ["own.txt"]


def test_a_file_that_is_exchanged_before_it_is_read_is_not_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = library.write("a.txt", "The boiler is serviced in May.")
    outside = tmp_path / "secret.txt"
    outside.write_text("The secret is kept in the safe.")
    status = path.stat()
    save_root = library.store.save_root

    def exchange(root: str, inode: int) -> None:
        """What somebody does between the finding and the reading of the file."""
        save_root(root, inode)
        path.unlink()
        path.symlink_to(outside)
        os.utime(outside, ns=(status.st_atime_ns, status.st_mtime_ns))

    monkeypatch.setattr(library.store, "save_root", exchange)
    report = library.run()
    assert report.added == 0
    assert [failed.reason for failed in report.failed] == [FailureReason.CHANGED]
    assert library.counting.parsed == []
    assert library.find("secret") == []
