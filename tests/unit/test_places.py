r"""Paths out of stored data: which of them lead away, and that those are not looked at.

Windows is asked for nothing here: what a path is, is decided by its form.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.escalation.draft import new_draft
from app.escalation.payload import Route
from app.reader import ReaderService
from app.settings import Settings
from rag import places
from rag.discover import discover
from rag.errors import RagError
from rag.folders import Folders
from rag.on_disk import is_unchanged, look_at, may_look_at
from rag.page_image import PageImage
from rag.places import leads_away, real
from rag.sources import Place, Source
from rag.types import (
    FailedFile,
    SourceFile,
    StoredDocument,
    TextLine,
    file_of,
)
from rag.whereabouts import Whereabouts
from tests.escalations import TEAM, hit, limits, turn
from tests.unit.test_indexer import Library
from ui.reader import documents

AWAY = (
    r"\\evil.example\share\a.pdf",
    r"\\evil.example\share\mail.eml!/lease.pdf",
    "//evil.example/share/a.pdf",
    r"\/evil.example\share\a.pdf",
    r"/\evil.example\share\a.pdf",
    r"\\evil.example@SSL@8443\DavWWWRoot\a.pdf",
    r"\\10.0.0.7\c$\a.pdf",
    r"\\?\UNC\evil.example\share\a.pdf",
    r"\\?\unc\evil.example\share\a.pdf",
    "//?/UNC/evil.example/share/a.pdf",
    r"\\?\GLOBALROOT\Device\Mup\evil.example\share\a.pdf",
    r"\\.\UNC\evil.example\share\a.pdf",
    r"\\.\pipe\name",
    r"\\.\PhysicalDrive0",
    r"\??\UNC\evil.example\share\a.pdf",
    r"\\?\Volume{00000000-0000-0000-0000-000000000000}\a.pdf",
)
HERE = (
    r"C:\Users\ada\a.pdf",
    "C:/Users/ada/a.pdf",
    r"\\?\C:\Users\ada\a.pdf",
    "//?/C:/Users/ada/a.pdf",
    r"\??\C:\a.pdf",
    r"\Users\ada\a.pdf",
    "a.pdf",
    "",
)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths mean what they mean to Windows."""
    monkeypatch.setattr(places, "WINDOWS", True)


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever looks at a path that leads away fails."""

    def guarded(real_call: object) -> object:
        def call(path: object, *arguments: object, **more: object) -> object:
            if isinstance(path, str | bytes | os.PathLike):
                assert "evil" not in os.fsdecode(path), "that would be a connection"
            return real_call(path, *arguments, **more)  # type: ignore[operator]

        return call

    with monkeypatch.context() as patch:
        for name in ("stat", "lstat", "open", "scandir", "listdir", "readlink", "access"):
            patch.setattr(os, name, guarded(getattr(os, name)))
        patch.setattr(os.path, "realpath", guarded(os.path.realpath))
        patch.setattr(builtins, "open", guarded(builtins.open))
        patch.setattr(io, "open", guarded(io.open))
        yield


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("path", AWAY)
def test_shares_and_devices_lead_away(path: str) -> None:
    assert leads_away(path)


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("path", HERE)
def test_drives_do_not(path: str) -> None:
    assert not leads_away(path)


def test_elsewhere_hosts_are_mounted_by_their_names() -> None:
    assert leads_away("/net/evil.example/share/a.pdf")
    assert leads_away("//afs/evil.example/a.pdf")
    assert not leads_away("/network/a.pdf")
    assert not leads_away("/home/ada/net/a.pdf")
    assert not leads_away(r"\\evil.example\share\a.pdf")  # a strange name of a file
    assert not leads_away("//home/ada/a.pdf")


@pytest.mark.usefixtures("windows", "untouched")
@pytest.mark.parametrize("path", AWAY)
def test_what_leads_away_is_not_looked_at(path: str) -> None:
    assert file_of(path) == path.partition("!/")[0]
    assert real(path) == path
    assert look_at(path, ()) is None
    assert not is_unchanged(look_at(path, ("/home/ada",)), path, 1, 1)
    assert not Folders(["/home/ada/health"]).hold(path)
    assert not Folders([path]).hold("/home/ada/a.pdf")
    assert Route.to(TEAM.model_copy(update={"ca_file": path}), Settings()).certificates == ""


def test_it_is_where_the_person_added_it(monkeypatch: pytest.MonkeyPatch, windows: None) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    share = r"\\nas\home"
    assert may_look_at(rf"{share}\a.pdf", [share])
    assert not may_look_at(r"\\nas\homes\a.pdf", [share])
    assert not may_look_at(r"\\evil.example\share\a.pdf", [share])


@pytest.mark.usefixtures("windows", "untouched")
def test_a_draft_of_an_old_chat_looks_at_nothing() -> None:
    path = r"\\evil.example\share\a.pdf"
    draft = new_draft(turn(hit("a", path)), [turn(hit("b", path), number=4)], TEAM, limits("/x"))
    assert [e.local_only for e in draft.excerpts] == [False]
    assert [e.local_only for e in draft.history] == [False]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path)
    yield made
    made.store.close()


def _steal(library: Library, path: str) -> None:
    """Puts a path into the library that nobody added, as somebody else's backup may hold it."""
    library.write("a.txt", "The chess club meets every Thursday.")
    library.run()
    with library.store.database.write() as db:
        db.execute("UPDATE files SET path = ?", (path,))


@pytest.mark.usefixtures("windows", "untouched")
@pytest.mark.parametrize("path", AWAY[:8])
def test_a_document_of_the_library_is_shown_without_a_look_at_its_file(
    library: Library, path: str
) -> None:
    _steal(library, path)
    stored = library.store.document(path)
    assert stored is not None
    assert (stored.current, stored.missing) == (False, True)
    assert documents.load(ReaderService(_Documents(library), _Pages()), path).missing
    where = Whereabouts(library.store).of([Source(path, "")], ["/home/ada/health"])
    assert where == (Place.UNKNOWN,)
    with pytest.raises(RagError, match="another computer"):
        ReaderService(_Documents(library), _Pages()).page(path, 1, 100, "chess")


class _Documents:
    def __init__(self, library: Library) -> None:
        self._store = library.store

    def document(self, path: str | Path) -> StoredDocument:
        document = self._store.document(str(path))
        assert document is not None
        return document

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        return self._store.recognised_lines(str(path), page)


class _Pages:
    def render(self, *_arguments: object) -> PageImage:
        raise AssertionError("that would be a connection")


def test_a_folder_has_one_name_however_it_is_spelt(tmp_path: Path) -> None:
    composed, decomposed = "M\u00fcller", "Mu\u0308ller"
    assert Folders([str(tmp_path / composed)]).hold(str(tmp_path / decomposed / "a.pdf"))
    assert Folders([str(tmp_path / decomposed)]).hold(str(tmp_path / composed / "a.pdf"))


def test_where_the_system_does_not_tell_capitals_apart_neither_do_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "HEALTH" / "a.pdf")
    assert not Folders([str(tmp_path / "Health")]).hold(path)
    monkeypatch.setattr("rag.folders._CASE_MATTERS", False)
    assert Folders([str(tmp_path / "Health")]).hold(path)


def test_a_link_that_leads_away_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Here.")
    (tmp_path / "b.txt").symlink_to("/net/evil.example/share/b.txt")
    (tmp_path / "c").symlink_to("../../../../../../../../../net/evil.example/share")
    (tmp_path / "d.txt").symlink_to("a.txt")
    found = list(discover([tmp_path]))
    assert [Path(f.path).name for f in found if isinstance(f, SourceFile)] == ["a.txt"]
    failed = [f for f in found if isinstance(f, FailedFile)]
    assert [Path(f.path).name for f in failed] == ["b.txt", "c"]
    assert all("another computer" in f.detail for f in failed)
