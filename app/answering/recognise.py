"""Tells by rules which kind of question it is. What is not wholly understood is an ordinary one.

All words are those of `rag.text.question_words`, of any language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from rag.formats import DocumentKind
from rag.store.inventory import FileFilter, FileOrder
from rag.text.language import language_of
from rag.text.periods import period_at
from rag.text.question_words import folded, pattern, phrases, tables, templates

_LISTED = 20
_LONGEST = 200  # characters; longer questions have more to them than these rules can see
K = DocumentKind


@dataclass(frozen=True, slots=True)
class ListAsked:
    """Asks for files by what is known of them.

    Attributes:
        which: the files.
        order: which come first.
        most: how many are listed.
        count: only their number was asked for.
        noun: what the person calls them: "PDF", "spreadsheet", "file".
        outside: those that the library does not hold; the failed ones are only some of them.
    """

    which: FileFilter
    order: FileOrder
    most: int
    count: bool
    noun: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class PagesAsked:
    """Asks how many pages the document with this name has."""

    name: str


@dataclass(frozen=True, slots=True)
class CompareAsked:
    """Asks to compare two things; whether they are documents, the library knows.

    Attributes:
        about: what they are to be compared in; "" for everything.
    """

    first: str
    second: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class SummaryAsked:
    """Asks for a summary of the documents with this name; "" for those that the chat is about."""

    name: str


@dataclass(frozen=True, slots=True)
class PresenceAsked:
    """Asks whether a file is in the library.

    Attributes:
        name: as the person wrote it.
    """

    name: str

    @property
    def is_file_name(self) -> bool:
        """True if it has an ending, as only names of files do."""
        return bool(_ENDING.search(self.name))


Asked = SummaryAsked | ListAsked | PagesAsked | CompareAsked

_ENGLISH = "en"  # reads questions that do not show their language
# The role of the words for a format, what it is called, and its kinds.
_FORMATS: tuple[tuple[str, str, tuple[DocumentKind, ...]], ...] = (
    ("pdf", "PDF", (K.PDF,)),
    ("texts", "text document", (K.DOCX, K.ODT)),
    ("slides", "presentation", (K.PPTX, K.PPT, K.ODP)),
    ("spreadsheets", "spreadsheet", (K.XLSX, K.XLS, K.ODS)),
    ("csvs", "CSV file", (K.CSV,)),
    ("mails", "mail", (K.EMAIL,)),
    ("pictures", "picture", (K.IMAGE,)),
    ("ebooks", "e-book", (K.EPUB,)),
    ("pages_web", "web page", (K.HTML,)),
    ("markdowns", "Markdown file", (K.MARKDOWN,)),
    ("plain_texts", "text file", (K.TEXT,)),
    ("codes", "code file", (K.CODE,)),
)
_ORDERS = {
    "newest": FileOrder.NEWEST,
    "oldest": FileOrder.OLDEST,
    "largest": FileOrder.LARGEST,
    "smallest": FileOrder.SMALLEST,
    "longest": FileOrder.LONGEST,
}
# The bounds of a number of pages: which one it is, and what is added to the number.
_PAGES = {
    "pages_above": ("pages_from", 1),
    "pages_from": ("pages_from", 0),
    "pages_below": ("pages_to", -1),
    "pages_to": ("pages_to", 0),
}
_DIGITS = re.compile(r"\d{1,3}(?=\s)\s+")
_ENDING = re.compile(r"[^\s.]\.[^\W_]{1,9}$")
_QUOTES = re.compile("[\"“”„«»`]|(?<!\\w)'|'(?!\\w)")


def recognise(question: str, now: datetime) -> Asked | None:
    """Returns what a question asks about the files themselves; None leaves it to the passages.

    Args:
        question: as the person wrote it.
        now: what "last month" is counted from.
    """
    asked = " ".join(question.replace("’", "'").split()).strip(" ?.!¿¡")
    if not asked or len(asked) > _LONGEST:
        return None
    asked = _QUOTES.sub("", asked)
    language = language_of(asked)
    for known in dict.fromkeys((language if language in tables() else _ENGLISH, _ENGLISH)):
        reading = _Reading(asked, known, now)
        found = reading.pages() or reading.summary() or reading.comparison() or reading.listing()
        if found is not None:
            return found
    return None


def recognise_presence(question: str) -> PresenceAsked | None:
    """Returns the file that a question looks for: "Is lease.pdf in the library?".

    Args:
        question: as the person wrote it.
    """
    asked = _QUOTES.sub("", " ".join(question.replace("’", "'").split())).strip(" ?.!¿¡")
    if not asked or len(asked) > _LONGEST:
        return None
    plain = folded(asked)
    for role in ("in_library", "was_read"):
        matches = (t.fullmatch(plain) for known in tables() for t in templates(role, known))
        for match in filter(None, matches):
            presence = PresenceAsked(asked[slice(*match.span("a"))].strip())
            if role == "in_library" or presence.is_file_name:  # a person reads a report, too
                return presence
    return None


class _Reading:
    """Takes a question apart from its beginning, with the words of one language."""

    def __init__(self, text: str, language: str, now: datetime) -> None:
        lower = text.lower()
        self._text = lower if len(lower) == len(text) else text
        self._plain = folded(text)
        self._language = language
        self._now = now
        self._at = 0
        self._which = FileFilter()
        self._order = FileOrder.NAME
        self._most = _LISTED
        self._noun = "file"
        self._outside = False

    def pages(self) -> PagesAsked | None:
        """Reads "How many pages does the lease have?"."""
        match = self._whole("pages_of", len(self._plain))
        return None if match is None else PagesAsked(self._slot(match, "a"))

    def summary(self) -> SummaryAsked | None:
        """Reads "Summarise the lease"; what is only called "this document" has no name."""
        match = self._whole("summarise", len(self._plain))
        if match is None:
            return None
        if pattern("this_one", self._language).fullmatch(folded(self._slot(match, "a"))):
            return SummaryAsked("")
        return SummaryAsked(self._without_end(self._slot(match, "a"), "name_end"))

    def comparison(self) -> CompareAsked | None:
        """Reads "Compare A and B with regard to C"."""
        respect = pattern("in_respect", self._language).search(self._plain)
        end = len(self._plain) if respect is None else respect.start()
        match = self._whole("compare", len(self._plain[:end].rstrip(" ,")))
        if match is None:
            return None
        about = "" if respect is None else self._text[respect.end() :]
        return CompareAsked(self._slot(match, "a"), self._slot(match, "b"), about)

    def listing(self) -> ListAsked | None:
        """Reads "Which PDFs were changed last month?": a kind of file, and what is true of it."""
        heads = ("count", "which_are", "tell")
        head = next((role for role in heads if self._take(role)), None)
        if head is None:
            return None
        is_described = self._adjectives()
        if not self._kind():
            return None
        while self._at < len(self._plain):
            if not self._tail():
                return None
            is_described = True
        if not is_described and head != "tell":  # "Which files?" asks about an earlier answer
            return None
        return ListAsked(
            self._which, self._order, self._most, head == "count", self._noun, self._outside
        )

    def _adjectives(self) -> bool:
        """Takes "five newest", "unreadable"; returns whether there was any."""
        before = self._at
        number = _DIGITS.match(self._plain, self._at)
        words = phrases("numbers", self._language)
        named = self._take("numbers") if number is None else None
        if number is not None:
            self._at = number.end()
            self._most = min(int(number.group()), 10 * _LISTED)
        elif named is not None:
            self._most = words.index(named.group().strip()) + 2
        if self._take("unreadable"):
            self._which = replace(self._which, failed=True)
        self._ordered(is_counted=bool(number or named))
        return self._at != before

    def _ordered(self, *, is_counted: bool) -> bool:
        for role, order in _ORDERS.items():
            if self._take(role):
                self._order = order
                self._most = self._most if is_counted else 1
                return True
        return False

    def _kind(self) -> bool:
        """Takes "PDF files"."""
        taken = None
        for role, noun, kinds in _FORMATS:
            taken = self._take(role)
            if taken is not None:
                self._noun, self._which = noun, replace(self._which, kinds=kinds)
                break
        taken = self._take("files") or taken
        if taken is None:
            return False
        if self._most == 1 and taken.group().strip().endswith(phrases("plural", self._language)):
            self._most = _LISTED
        return True

    def _tail(self) -> bool:
        """Takes one of the things that can be said of files; returns whether it understood."""
        if self._take("filler") or self._described():
            return True
        if self._take("named"):
            self._which = replace(self._which, name=self._text[self._at :])
            self._at = len(self._plain)
            return True
        if self._dated():
            return True
        if self._which.folder or not self._take("in_folder"):
            return False
        folder = self._without_end(self._text[self._at :], "folder_end")
        self._which = replace(self._which, folder=folder)
        self._at = len(self._plain)
        return bool(folder)

    def _described(self) -> bool:
        """Takes what is said of their place in the library, of their pages, and of their order."""
        for role in ("not_read", "outside", "absent"):
            if self._take(role):
                self._which = replace(self._which, failed=True)
                self._outside = self._outside or role != "not_read"
                return True
        for role, (bound, more) in _PAGES.items():
            for template in templates(role, self._language):
                match = template.match(self._plain, self._at)
                if match is not None:
                    pages = int(match["n"]) + more
                    if bound == "pages_from":
                        self._which = replace(self._which, pages_from=pages)
                    else:
                        self._which = replace(self._which, pages_to=pages)
                    self._at = match.end()
                    return True
        before, counted = self._at, self._most != _LISTED
        self._take("is")
        if self._ordered(is_counted=counted):
            return True
        self._at = before
        return False

    def _dated(self) -> bool:
        before = self._at
        changed = self._take("changed")
        match = period_at(self._plain, self._at, self._language, self._now)
        if match is None:
            is_dated = self._which.since is not None or self._which.until is not None
            if changed is not None and changed.group() and is_dated:
                return True
            self._at = before
            return False
        (since, until), place = match
        self._which = replace(self._which, since=since, until=until)
        self._at = place.end()
        return True

    def _take(self, role: str) -> re.Match[str] | None:
        match = pattern(role, self._language).match(self._plain, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _whole(self, role: str, end: int) -> re.Match[str] | None:
        matches = (t.fullmatch(self._plain, 0, end) for t in templates(role, self._language))
        return next((match for match in matches if match is not None), None)

    def _slot(self, match: re.Match[str], name: str) -> str:
        return self._text[slice(*match.span(name))]

    def _without_end(self, name: str, role: str) -> str:
        """Returns a name without words that only say what it is: "lease document for me"."""
        for phrase in phrases(role, self._language) * 2:  # "file please": in any order
            name = name.removesuffix(f" {phrase}")
        return name
