"""Finds the files to index. Opens only those whose names do not say what they are."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rag.indexing.kinds_left_out import (
    ARCHIVES_NOT_READ,
    DOCUMENTS_NOT_READ,
    KIND_OF,
    LOST_LINK,
    NOT_STORED,
    PROGRAM,
    SHORTCUTS,
    is_program,
)
from rag.indexing.link_resolver import (
    Identity,
    LinkDestination,
    LinkResolver,
    ResolvedLink,
    identity,
    is_link,
    is_same,
)
from rag.indexing.report import LeftOut
from rag.indexing.rules import HIDDEN, LEADS_OUT, Filter, Rules
from rag.parse.cloud_only import stands_for, why_cloud_only
from rag.parse.failures import FailureReason
from rag.parse.identify import ENDINGS, HEAD_BYTES, may_be_read
from rag.parse.source import open_file
from rag.parse.unread_formats import by_ending, by_head
from rag.store.files import FailedFile, SourceFile
from rag.text.path_forms import is_under, leads_away

# Many of these are rich text, HTML or a newer format: their content is checked, and the old formats
# themselves are refused then.
_OLD_OFFICE = frozenset((".doc", ".dot", ".ppt", ".pps", ".pot", ".wps"))
_SUPPORTED = _OLD_OFFICE.union(ENDINGS)
_MOST_LINKS = 40  # in a chain, as on Linux


OnLeftOut = Callable[[LeftOut], None]
"""Called with a file or folder that is left out, and the rule or kind that does it."""


def discover(
    paths: Sequence[Path],
    rules: Rules | None = None,
    roots: Sequence[str] = (),
    on_left_out: OnLeftOut = lambda _: None,
) -> Iterator[SourceFile | FailedFile]:
    """Walks files and folders, in the order of their names.

    A file that is named is always taken. In folders, files are taken if their extension is
    supported, or if it is none that Studiolo knows and they begin like a document: "Minutes
    12.03.2024" has no extension. Kinds that hold no documents, such as music, are left out, and
    so is whatever the rules say. No file is passed over without a word.

    A folder means its content: a link to something inside is passed over, since that is found
    where it lies, and a link that leads out is left out unless the rules follow it. An added folder
    or file is taken even if it is a link itself. Mounted file systems count as content.

    Args:
        paths: files and folders.
        rules: patterns to leave out of folders, and links to follow.
        roots: folders that the person added: patterns are relative to the one a path lies in, and
            a path in one of them is treated as in a walk of all of it.
        on_left_out: called with whatever the rules leave out, and with kinds that are not read.

    Yields:
        `SourceFile` for each candidate; `FailedFile` for each other file, with the reason.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """
    wholes = [os.path.abspath(path) for path in paths]  # noqa: PTH100  # keeps links
    bases = [next((root for root in roots if is_under(whole, root)), whole) for whole in wholes]
    walk = _FolderWalk(rules or Rules(), tuple(dict.fromkeys((*roots, *bases))), on_left_out)
    visited: set[str] = set()
    for whole, base in zip(wholes, bases, strict=True):
        for file in walk.from_root(whole, base):
            if file.path not in visited:
                visited.add(file.path)
                yield file


def folders(roots: Sequence[str], rules: Rules) -> list[str]:
    """Returns the folders whose files `discover` looks at, including `roots`.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """
    walk = _FolderWalk(rules, roots, lambda _: None, files=False)
    for root in roots:
        for _ in walk.from_root(root, root):
            pass
    return list(walk.entered.values())


_Found = Iterator[SourceFile | FailedFile]
_Entry = tuple[str, os.stat_result | OSError]
"""A name or path, and its status (links not followed) or the error instead."""


class _FolderWalk:
    """Walks folders, each of them once.

    Attributes:
        entered: the folders that were walked.
    """

    def __init__(
        self,
        rules: Rules,
        added: Sequence[str],
        on_left_out: OnLeftOut,
        *,
        files: bool = True,
    ) -> None:
        self._rules = rules
        self._filter = Filter(rules)
        self._added = added
        self._on_left_out = on_left_out
        self._files = files
        self._base = ""
        self._links: LinkResolver
        self.entered: dict[Identity, str] = {}

    def from_root(self, whole: str, base: str) -> _Found:
        """Yields the files at `whole`, which is the added `base` or lies in it."""
        self._base = base.rstrip(os.sep) + os.sep
        self._links = LinkResolver(base, self._added, self._rules.followed)
        try:
            reached = self._locate(whole, base)
        except OSError as error:
            yield _failed(whole, error)
            return
        if reached is None:
            return
        path, status = reached
        if stat.S_ISDIR(status.st_mode):
            yield from self._folder(path, status)
        elif why := why_cloud_only(os.path.basename(path), status):  # noqa: PTH119
            yield _in_cloud(path, why)
        elif stat.S_ISREG(status.st_mode):
            yield _source(path, status)
        else:
            yield FailedFile(
                printable(path),
                FailureReason.NOT_A_FILE,
                "This is a device or a pipe, not a file that can be read.",
            )

    def _locate(self, whole: str, base: str) -> tuple[str, os.stat_result] | None:
        """Returns the path under which `whole` is listed, with its status; None if it is left out.

        Raises:
            OSError: it does not exist.
        """
        path, status = base, os.stat(base)  # noqa: PTH116  # paths are strings here
        for name in filter(None, whole.removeprefix(base).split(os.sep)):  # noqa: PTH206
            path = os.path.join(path, name)  # noqa: PTH118
            status = os.lstat(path)
            if not is_link(status):
                continue
            if _leads_away(path):
                self._leave_out(path, LEADS_OUT, os.readlink(path))  # noqa: PTH115
                return None
            led = self._links.follow(path)
            if led is None:
                raise FileNotFoundError
            if led.leads is LinkDestination.OUT:
                self._leave_out(path, LEADS_OUT, led.target)
                return None
            if led.leads is LinkDestination.ADDED:
                return None
            if led.leads is LinkDestination.INSIDE:
                path = (self._base + led.relative.replace("/", os.sep)).rstrip(os.sep) or os.sep
            status = led.status
        return path, status

    def _folder(self, folder: str, status: os.stat_result) -> _Found:
        """Walks without recursion: folders may be nested deeper than Python's stack."""
        inside = [self._enter(folder, status)]
        while inside:
            try:
                path, entry = next(inside[-1])
            except StopIteration:
                inside.pop()
                continue
            except OSError as error:
                inside.pop()
                yield _failed(error.filename, error)
                continue
            if isinstance(entry, OSError):
                if entry.errno != errno.ENOENT:  # else it was removed meanwhile
                    yield _failed(path, entry)
                continue
            try:
                if is_link(entry) and _leads_away(path):
                    yield _elsewhere(path)
                    continue
                deeper = self._accepted(path, entry)
            except FileNotFoundError:
                continue  # it was removed meanwhile, or has no target
            except OSError as error:
                yield _failed(path, error)
                continue
            if isinstance(deeper, os.stat_result):
                if stat.S_ISDIR(deeper.st_mode):
                    inside.append(self._enter(path, deeper))
                elif self._files:
                    yield from self._file(path, deeper)

    def _enter(self, folder: str, status: os.stat_result) -> Iterator[_Entry]:
        """Yields the paths in a folder with their status; none if it was walked before."""
        known_as = _identity_of(folder, status)
        if known_as in self.entered:
            return
        self.entered[known_as] = folder
        try:
            entries = _listed(folder, status)
        except OSError as error:
            error.filename = folder
            raise
        for name, entry in entries:
            yield os.path.join(folder, name), entry  # noqa: PTH118

    def _accepted(self, path: str, status: os.stat_result) -> os.stat_result | None:
        """Returns the status of the file or folder to take at `path`; None if there is none.

        Raises:
            OSError: it is a link whose target cannot be looked at.
        """
        name = os.path.basename(path)  # noqa: PTH119
        relative = path.removeprefix(self._base).replace(os.sep, "/")
        led = self._links.follow(path) if is_link(status) else None
        is_lost = led is None and is_link(status)
        status = status if led is None else led.status
        folder = stat.S_ISDIR(status.st_mode)
        is_stored = folder or is_lost or stat.S_ISREG(status.st_mode)
        # Rules apply to the file that a placeholder stands for: ".Plan.pdf.icloud" is not hidden.
        stub = name if folder else stands_for(name)
        relative = f"{relative.removesuffix(name)}{stub}"
        rule = self._filter.leaves_out(stub, relative, folder=folder)
        if rule := rule or (LOST_LINK if is_lost else "" if is_stored else NOT_STORED):
            self._leave_out(path, rule)
            return None
        if led is None or led.leads is LinkDestination.FOLLOWED:
            return status
        if led.leads is LinkDestination.OUT and (folder or _is_named_like_a_document(name)):
            self._leave_out(path, LEADS_OUT, led.target)
        if led.leads is LinkDestination.INSIDE and led.relative:
            return self._linked_file(path, led, folder=folder)
        return None

    def _linked_file(self, path: str, led: ResolvedLink, *, folder: bool) -> os.stat_result | None:
        """Returns the status of a link's target, if only the link makes it a supported file.

        A file that is hidden, or of a kind that is left out, may be added by way of a link to it.
        """
        rule = self._filter.rule_of(led.relative, folder=folder)
        if folder or rule not in ("", HIDDEN):
            if rule:
                self._leave_out(path, rule)
            return None
        is_listed = not rule and _is_named_like_a_document(led.target)
        return None if is_listed or _ending(path) not in _SUPPORTED else led.status

    def _leave_out(self, path: str, rule: str, target: str = "") -> None:
        self._on_left_out(LeftOut(printable(path), rule, printable(target)))

    def _file(self, path: str, status: os.stat_result) -> _Found:
        name = os.path.basename(path)  # noqa: PTH119
        stub = stands_for(name)
        ending = _ending(stub)
        if ending in KIND_OF:
            self._leave_out(path, KIND_OF[ending])
        elif why := why_cloud_only(name, status):
            yield _in_cloud(path.removesuffix(name) + stub, why)
        elif ending in DOCUMENTS_NOT_READ:
            unread = by_ending(ending)
            yield _unsupported(
                path,
                unread.sentences
                if unread
                else f"Studiolo cannot read {ending} files yet. Save it as PDF or text and add it.",
            )
        elif ending in ARCHIVES_NOT_READ:
            yield _unsupported(
                path, f"Studiolo cannot look into {ending} archives. Unpack it and add the folder."
            )
        elif ending in _SUPPORTED:
            yield self._candidate(path, status)
        else:
            yield from self._by_content(path, status)

    def _by_content(self, path: str, status: os.stat_result) -> _Found:
        """Looks into a file whose name does not say what it is."""
        head = _head(path, status)
        if not head or may_be_read(head):  # why an empty or closed one is not read, its parser says
            yield self._candidate(path, status)
        elif is_program(head):
            self._leave_out(path, PROGRAM)
        elif _ending(path) in SHORTCUTS:
            yield _unsupported(
                path, "This is a shortcut, not a document. Add what it leads to by itself."
            )
        else:
            unread = by_head(head) or by_ending(_ending(path))
            yield _unsupported(
                path,
                unread.sentences
                if unread
                else "Studiolo cannot read this kind of file. Save it as PDF or text and add that.",
            )

    def _candidate(self, path: str, status: os.stat_result) -> SourceFile | FailedFile:
        largest = self._rules.largest_bytes
        if not largest or status.st_size <= largest:
            return _source(path, status)
        return FailedFile(
            printable(path),
            FailureReason.TOO_LARGE,
            f"The file is larger than the {largest >> 20} MB that the settings "
            "allow. Raise the limit there, or add this file by itself.",
        )


def _unsupported(path: str, detail: str) -> FailedFile:
    return FailedFile(printable(path), FailureReason.UNSUPPORTED, detail)


def _in_cloud(path: str, why: str) -> FailedFile:
    return FailedFile(printable(path), FailureReason.CLOUD_ONLY, why)


def _elsewhere(path: str) -> FailedFile:
    return FailedFile(
        printable(path),
        FailureReason.MISSING,
        "This is a link to another computer. Add what it leads to by itself.",
    )


def _leads_away(link: str) -> bool:
    """Tells whether following a link, or the links behind it, may open a connection.

    Raises:
        OSError: it cannot be looked at.
    """
    for _ in range(_MOST_LINKS):
        if leads_away(link):
            return True
        if not (os.path.lexists(link) and is_link(os.lstat(link))):
            return False
        folder = os.path.dirname(link)  # noqa: PTH120  # paths are strings here
        link = os.path.normpath(os.path.join(folder, os.readlink(link)))  # noqa: PTH115, PTH118
    return False


def _listed(folder: str, status: os.stat_result) -> list[_Entry]:
    """Returns a folder's entries by name, if it is still the folder of `status`."""
    if os.scandir not in os.supports_fd:
        return _entries(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if identity(os.fstat(handle)) != identity(status):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return _entries(handle)
    finally:
        os.close(handle)


def _entries(folder: str | int) -> list[_Entry]:
    entries: list[_Entry] = []
    with os.scandir(folder) as scanned:
        for entry in sorted(scanned, key=lambda entry: entry.name):
            try:
                entries.append((entry.name, entry.stat(follow_symlinks=False)))
            except OSError as error:
                entries.append((entry.name, error))
    return entries


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122  # a Path for each is slow


def _is_named_like_a_document(name: str) -> bool:
    return _ending(name) not in KIND_OF


def _head(path: str, status: os.stat_result) -> bytes | None:
    """Returns the first bytes of a file; None if it cannot be read or has been replaced."""
    try:
        with open_file(Path(path)) as stream:
            opened = os.fstat(stream.fileno())
            return stream.read(HEAD_BYTES) if is_same(identity(status), opened) else None
    except OSError:
        return None


def _source(path: str, status: os.stat_result) -> SourceFile | FailedFile:
    try:
        path.encode()
    except UnicodeEncodeError:
        return FailedFile(
            printable(path),
            FailureReason.UNSUPPORTED,
            "The file's name is not valid text. Rename it and add it again.",
        )
    changed_at = 0.0 if os.name == "nt" else status.st_ctime  # on Windows, when it was created
    return SourceFile(
        path, status.st_size, status.st_mtime_ns, _identity_of(path, status), changed_at
    )


def _identity_of(path: str, status: os.stat_result) -> Identity:
    """Returns device and file number, which a directory listing on Windows does not contain."""
    if status.st_ino:
        return identity(status)
    try:
        return identity(os.stat(path))  # noqa: PTH116
    except OSError:
        return identity(status)


def _failed(path: str, error: OSError) -> FailedFile:
    path = printable(path)
    if isinstance(error, PermissionError):
        return FailedFile(
            path, FailureReason.NO_PERMISSION, "You do not have permission to read this."
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return FailedFile(path, FailureReason.MISSING, "There is nothing at this path.")
    return FailedFile(
        path, FailureReason.MISSING, f"This could not be reached: {error.strerror or 'error'}."
    )


def printable(path: str) -> str:
    """Returns the path without undecodable characters, so that it can be shown and sent."""
    return path.encode("utf-8", "replace").decode()
