"""Questions about the files themselves, answered from what the library knows of them.

No model has a part in it: the index worker counts, and the words are fixed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.answering.context import AnswerContext
from app.answering.kinds.fixed import fixed_answer, folder_of
from app.answering.recognise import ListAsked, PagesAsked, PresenceAsked
from app.answering.run import AnswerRun
from app.events import Answer
from rag.formats import DocumentKind
from rag.indexing.preview import Preview
from rag.store.inventory import FileFilter, FileListing, FileOrder, ListedFile, name_of
from rag.text.answer_markup import code
from rag.text.describe_locator import SLIDES
from rag.types import Hit, Locator

_WITH_COUNT = 10  # files listed below a number that was asked for
_SAME_NAME = 5
_EXAMPLES = 3  # files that are named of each kind that was left out
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


class Files(Protocol):
    """Knows the library's files; the index worker does."""

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        """Returns how many files pass the filter `which`, and the first of them."""
        ...


PreviewOf = Callable[[Sequence[str]], Preview]
"""Looks through these folders, or through all when there are none, and reads nothing."""


class FilesAnswerer:
    """Answers questions about the files; not those that name a folder or file that is not there.

    Args:
        files: knows the files.
        preview: looks for files that the library does not hold.
    """

    def __init__(self, files: Files, preview: PreviewOf) -> None:
        self._files = files
        self._preview = preview

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Lists files, see `app.answering.run.Answerer`. Loads no model."""
        under = context.folders
        match context.wanted:
            case PresenceAsked(name=name):
                answer = self._presence(name, under)
            case PagesAsked(name=name):
                answer = self._page_counts(name, under)
            case ListAsked() as asked:
                answer = self._list(asked, under)
            case _:
                return None
        return run.told(answer) if answer.text else None

    def _presence(self, name: str, under: tuple[str, ...]) -> Answer:
        """Says whether a file is in the library, and if not, why."""
        which = FileFilter(name=name, under=under)
        read = self._files.list_files(which, FileOrder.NAME, _SAME_NAME)
        if any(_has_name(file.path, name) for file in read.files):
            return _answer(_present(read), read.files, under or ("",))
        failed = self._files.list_files(replace(which, failed=True), FileOrder.NAME, _SAME_NAME)
        text = _absent(name, failed, self._preview(under), read)
        return _answer(text, (*failed.files, *read.files), under or ("",))

    def _page_counts(self, name: str, under: tuple[str, ...]) -> Answer:
        which = FileFilter(name=name, under=under)
        listing = self._files.list_files(which, FileOrder.NAME, _SAME_NAME)
        is_all = listing.total == len(listing.files)
        return _answer(_pages(listing), listing.files, () if is_all else under or ("",))

    def _list(self, asked: ListAsked, under: tuple[str, ...]) -> Answer:
        most = min(asked.most, _WITH_COUNT) if asked.count else asked.most
        listing = self._files.list_files(replace(asked.which, under=under), asked.order, most)
        if asked.which.folder and not listing.folders:
            text = ""
        elif asked.outside:
            text = _outside(asked, listing, self._preview(under))
        else:
            text = _listed(asked, listing)
        return _answer(text, listing.files, listing.folders or under or ("",))


def _answer(text: str, files: Sequence[ListedFile], counted: Sequence[str]) -> Answer:
    nearest = [_named(rank, file) for rank, file in enumerate(files, 1)]
    return fixed_answer(text, nearest=nearest, counted=counted)


def _named(rank: int, file: ListedFile) -> Hit:
    """Returns a file as a source without text: its name stays where the file must stay."""
    kind = file.kind or DocumentKind.TEXT
    return Hit(rank, f"file:{file.path}", file.path, file.title, kind, Locator(0, 0), "", "", 0.0)


def _listed(asked: ListAsked, listing: FileListing) -> str:
    which = asked.which
    if not listing.total:
        if which == FileFilter(failed=True):
            return "Every file of your library could be read."
        return f"Your library holds no {_plural(asked.noun, 0)}{_conditions(which, listing)}."
    ordered = asked.order is not FileOrder.NAME
    number = f"**{listing.total:,} {_plural(asked.noun, listing.total)}**"
    inside = f" ({listing.parts:,} of them inside other files)" if listing.parts else ""
    head = f"Your library holds {number}{_conditions(which, listing)}{inside}."
    if ordered:
        shown = len(listing.files)
        which_ones = f"The {asked.order.name.lower()}"
        head += f" {which_ones}:" if shown == 1 else f" {which_ones} {shown}:"
    lines = [head, "", *(f"- {_line(file, asked)}" for file in listing.files)]
    return "\n".join(lines if ordered else [*lines, *_rest(listing)])


def _outside(asked: ListAsked, listing: FileListing, preview: Preview) -> str:
    """Names the files that could not be read, and counts those that were left out by kind."""
    if not listing.total and not preview.rules:
        return "Every file of your folders is in the library."
    lines: list[str] = []
    if listing.total:
        number = f"**{listing.total:,} {_plural(asked.noun, listing.total)}**"
        lines += [f"{number} could not be read:", ""]
        lines += [f"- {_line(file, asked)}" for file in listing.files]
        lines += [*_rest(listing), ""]
    if preview.rules:
        count = preview.left_out_count
        noun = "file or folder was" if count == 1 else "files and folders were"
        lines += [f"**{count:,}** {noun} left out by kind or rule:", ""]
        for rule, number_of_rule in preview.rules:
            names = [item.path for item in preview.left_out if item.rule == rule][:_EXAMPLES]
            examples = ", ".join(code(Path(path).name) for path in names)
            more = ", …" if number_of_rule > len(names) else ""
            lines.append(f"- {rule}: {number_of_rule:,} ({examples}{more})")
    return "\n".join(lines).rstrip()


def _present(listing: FileListing) -> str:
    if listing.total == 1:
        return f"Yes, {_name(listing.files[0])} is in your library, {_folder(listing.files[0])}."
    lines = [f"- {_name(file)}, {_folder(file)}" for file in listing.files]
    return "\n".join([f"Yes, **{listing.total:,} files** match:", "", *lines, *_rest(listing)])


def _rest(listing: FileListing) -> list[str]:
    """Returns the line that counts the files that are not listed; none where all are."""
    rest = listing.total - len(listing.files)
    return [f"- … and {rest:,} more"] if rest else []


def _absent(name: str, failed: FileListing, preview: Preview, similar: FileListing) -> str:
    """Says why a file is not in the library, and which files have a similar name."""
    lines = [
        f"No, {_name(file)} could not be read: {' '.join(file.detail.split())}"
        for file in failed.files
        if _has_name(file.path, name)
    ]
    lines += [
        f"No, {code(Path(item.path).name)} was left out by kind or rule: {item.rule}."
        for item in preview.left_out
        if _has_name(item.path, name)
    ][:_SAME_NAME]
    if not lines:
        lines.append(f"No, there is no file called {code(name)} in your library.")
        if preview.left_out_count > len(preview.left_out):
            lines.append(
                f"{preview.left_out_count:,} files and folders were left out by kind or "
                "rule: too many to look for the name among all of them."
            )
    if similar.files:
        lines += ["", "Similar names:", "", *(f"- {_name(f)}, {_folder(f)}" for f in similar.files)]
    return "\n".join(lines)


def _has_name(path: str, name: str) -> bool:
    """Tells whether words are the name of a file, or its name without the ending, or its words."""
    own, wanted = (unicodedata.normalize("NFC", part).casefold() for part in (name_of(path), name))
    return own == wanted or (not Path(wanted).suffix and wanted in own)


def _pages(listing: FileListing) -> str:
    with_pages = [file for file in listing.files if file.pages is not None]
    if not with_pages:
        return ""
    if listing.total == 1:
        return f"{_name(with_pages[0])} has **{_page_count(with_pages[0])}**."
    lines = ["Several files have this name:", ""]
    return "\n".join([*lines, *(f"- {_name(file)}: {_page_count(file)}" for file in with_pages)])


def _line(file: ListedFile, asked: ListAsked) -> str:
    if asked.which.failed:
        return f"{_name(file)}: {' '.join(file.detail.split())}"
    facts = [_folder(file)]
    if file.pages is not None:
        facts.append(_page_count(file))
    if asked.order in (FileOrder.LARGEST, FileOrder.SMALLEST):
        facts.append(_size(file.size))
    else:
        facts.append(_date(file.mtime_ns / 1e9))
    return f"{_name(file)}: {', '.join(facts)}"


def _name(file: ListedFile) -> str:
    return code(name_of(file.path))


def _folder(file: ListedFile) -> str:
    return f"in {folder_of(file.path)}"


def _page_count(file: ListedFile) -> str:
    word = "slide" if file.kind in SLIDES else "page"
    return f"{file.pages:,} {word}{'' if file.pages == 1 else 's'}"


def _size(size: int) -> str:
    for unit, factor in _UNITS:
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def _plural(noun: str, number: int) -> str:
    return noun if number == 1 else f"{noun}s"


def _conditions(which: FileFilter, listing: FileListing) -> str:
    """Returns the filter in words, to follow the noun."""
    conditions = ""
    if which.failed:
        conditions += " that could not be read"
    if which.name:
        conditions += f" called {code(which.name)}"
    if which.pages_from is not None:
        conditions += f" with at least {which.pages_from:,} pages"
    if which.pages_to is not None:
        conditions += f" with at most {which.pages_to:,} pages"
    if which.folder:
        names = " and ".join(code(folder) for folder in listing.folders)
        conditions += f" in {names}"
    if which.since is not None or which.until is not None:
        conditions += ", last changed"
    if which.since is not None:
        conditions += f" from {_date(which.since)} on"
    if which.until is not None:
        conditions += f" until {_date(which.until - 1)}"
    return conditions


def _date(seconds: float) -> str:
    when = datetime.fromtimestamp(seconds).astimezone()
    return f"{when.day} {when:%B %Y}"
