"""Tells by rules which kind of question it is. What is not wholly understood is an ordinary one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from app.answering.times import span
from rag.formats import DocumentKind
from rag.store.inventory import FileFilter, FileOrder

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


Asked = SummaryAsked | ListAsked | PagesAsked | CompareAsked

_NOUNS: tuple[tuple[str, str, tuple[DocumentKind, ...]], ...] = (
    (r"pdfs?", "PDF", (K.PDF,)),
    (r"(?:ms )?word|docx?|odt", "text document", (K.DOCX, K.ODT)),
    (r"presentations?|slide ?decks?|powerpoints?|pptx?", "presentation", (K.PPTX, K.ODP)),
    (r"spread ?sheets?|excels?|xlsx?", "spreadsheet", (K.XLSX, K.XLS, K.ODS)),
    (r"csvs?", "CSV file", (K.CSV,)),
    (r"e-?mails?|mails?", "mail", (K.EMAIL,)),
    (r"photos?|pictures?|images?|scans?|screenshots?", "picture", (K.IMAGE,)),
    (r"e-?books?|epubs?", "e-book", (K.EPUB,)),
    (r"web ?pages?|html", "web page", (K.HTML,)),
    (r"markdown", "Markdown file", (K.MARKDOWN,)),
    (r"text", "text file", (K.TEXT,)),
    (r"(?:source )?code", "code file", (K.CODE,)),
)
_NEEDS_FILES = ("text", "word", "code", "html", "markdown", "doc", "odt", "epub")
_ANY = r"files?|documents?|docs"
_KIND = "|".join(pattern for pattern, _, _ in _NOUNS)
_NOUN = re.compile(rf"(?:(?P<kind>{_KIND})(?P<files> (?:{_ANY}))?|(?:{_ANY}))(?=$|[ ,])")
_COUNT = re.compile(
    r"(?:how many|(?:please )?count(?: all)?(?: of)?(?: the| my)?|(?:what is )?the number of) "
)
_ASKS = re.compile(r"(?:which|what)(?:(?: is| are) (?:the|my))? ")
_TELLS = re.compile(
    r"(?:please |can you |could you )*(?:list|show|give)(?: me)?(?: a list of)?(?: all| every)*"
    r"(?: of)?(?: the| my)* "
)
_NUMBER = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twenty": 20}
_FIRST = re.compile(r"(?:(?P<n>\d{1,3}|" + "|".join(_NUMBER) + r") )")
_ORDERS = (
    (r"newest|latest|most recent(?:ly (?:changed|modified))?|last changed", FileOrder.NEWEST),
    (r"oldest|earliest", FileOrder.OLDEST),
    (r"largest|biggest", FileOrder.LARGEST),
    (r"smallest", FileOrder.SMALLEST),
    (r"longest", FileOrder.LONGEST),
)
_FAILED = re.compile(r"(?:unreadable|failed|unread) ")
_PAGES = re.compile(
    r"how many pages (?:does|do|has|are (?:there )?in|are in) (?:the |my )?(?P<name>.+?)"
    r"(?: (?:have|has|got|long))?"
)
_FILLER = re.compile(
    r"(?:that |which )?(?:"
    r"(?:do|did) (?:i|we) have|have (?:i|we)(?: got)?|(?:i|we|you) have|are you aware of"
    r"|(?:are|is) (?:there|here)|there are|are available|of mine|there|altogether|in total"
    r"|(?:do|can) you (?:know|see|have|read|search)(?: of)?"
    r"|have (?:you|i|we) (?:added|indexed|read)"
    r"|(?:are|were|have been) (?:indexed|added)"
    r"|(?:does|do) (?:studiolo|(?:the|my) library|my (?:folders|collection)) (?:have|hold|contain)"
    r"|(?:are )?(?:in|inside|on) (?:the|my|this) (?:library|collection|archive|index|computer"
    r"|laptop|folders|files|documents)"
    r"|(?:do|does) (?:i|we) own)(?=$|[ ,])"
)
_NOT_READ = re.compile(
    r"(?:that |which )?(?:(?:could|can|did|do|were|was|have|has)(?:n't| ?not)(?: been| you| get)?"
    r" (?:be )?(?:read|opened|indexed|searched)|(?:have )?failed(?: to (?:be )?(?:read|index))?"
    r"|(?:are|is|were) (?:unreadable|not read)|have you failed to read)(?=$|[ ,])"
)
_OUTSIDE = re.compile(
    r"(?:that |which )?(?:(?:are|is|were|was|have been|did|do|does)(?:n't| ?not) (?:(?:be )?part of"
    r"|(?:be |get )?(?:in|inside|into|found in)) (?:the|my|your|studiolo's) "
    r"(?:library|collection|index)|(?:are|were|was|have been|did (?:you|studiolo))"
    r" (?:left out|leave out|skip(?:ped)?|ignored?|passed over"
    r"|missing from (?:the|my|your) (?:library|index)))"
    r"(?=$|[ ,])"
)
# The same in other words and in German, as a whole question.
_WHAT_IS_MISSING = re.compile(
    r"(?:which|what) (?:files?|documents?) (?:are|is) missing"
    r"|(?:welche|was für) (?:dateien|dokumente|unterlagen) (?:fehlen|sind nicht|wurden nicht"
    r"|wurden ausgelassen|sind ausgelassen)"
    r"(?: (?:in|aus) (?:der|meiner|deiner) (?:bibliothek|sammlung)"
    r"| gelesen| eingelesen| indexiert| erfasst| dabei)?"
)
_MORE_PAGES = re.compile(
    r"(?:that |which )?(?:with|have|has|having|of) (?P<how>more than|over|at least|fewer than"
    r"|less than|under|at most) (?P<n>\d{1,5}) (?:pages?|slides?)(?=$|[ ,])"
)
_TAIL_ORDER = re.compile(
    r"(?:is|are) (?:the )?(?:" + "|".join(f"(?:{p})" for p, _ in _ORDERS) + r")(?=$|[ ,])"
)
_NAMED = re.compile(
    r"(?:that |which )?(?:are |is )?(?:called|named|with the name|have the name) (?P<name>.+)"
)
_DATE = re.compile(
    r"(?:that |which )?(?:were |was |are |have been |i )?(?:last )?"
    r"(?:(?:changed|modified|edited|saved|dated|updated) )?"
    r"(?P<date>(?:(?:from|in|of|during|since|after|before|until) .{2,20}?)"
    r"|today|yesterday|(?:in |from )?(?:the )?(?:this|last|past) .{2,14}?)"
    r"(?=$|,| (?:in|are|do|with) )"
)
_FOLDER = re.compile(
    r"(?:that |which )?(?:are |is |do i have )?(?:there )?(?:in|inside|under|from) "
    r"(?:the |my )?(?:(?:folder|directory) )?(?P<folder>.+?)(?: (?:folder|directory))?"
)
_ARTICLE = r"(?:the |my |our |both )?"
_ABOUT = (
    r"(?:,? (?:with respect to|with regard to|regarding|concerning|in terms of|as to|when it comes"
    r" to) (?P<about>.+))?"
)
_A, _B = rf"{_ARTICLE}(?P<a>.+?)", rf"{_ARTICLE}(?P<b>.+?)"
_COMPARE = (
    rf"(?:please )?compare {_A} (?:and|with|to|against) {_B}{_ABOUT}",
    rf"(?:what|which) (?:is|are) the (?:\w+ )?differences? between {_A} and {_B}{_ABOUT}",
    rf"(?:how|in what way) (?:do|does|is|are) {_A} (?:differ|different) from {_B}{_ABOUT}",
    rf"(?:how|in what way) (?:do|are) {_A} and {_B} (?:differ|different){_ABOUT}",
)
_COMPARISONS = tuple(re.compile(pattern) for pattern in _COMPARE)
_SUMMARISE = re.compile(
    r"(?:please |can you |could you )*(?:summari[sz]e|sum up"
    r"|(?:(?:give|write|make|show)(?: me)? )?(?:a |the )?(?:short |brief )?summary of"
    r"|what is the (?:gist|summary) of) (?:all (?:of )?)?"
    r"(?:(?P<this>(?:this|these|the|my) (?:documents?|files?|folder|collection|pdf))"
    r"|(?:the |my )?(?:(?:document|file) )?(?P<name>.+?))"
    r"(?: (?:document|file))?(?: for me| please)?"
)
_QUOTES = str.maketrans(dict.fromkeys("\"'“”„«»`") | {"’": "'"})


def recognise(question: str, now: datetime) -> Asked | None:
    """Returns what a question asks about the files themselves; None leaves it to the passages.

    Args:
        question: as the person wrote it.
        now: what "last month" is counted from.
    """
    asked = " ".join(question.split()).rstrip(" ?.!")
    if not asked or len(asked) > _LONGEST:
        return None
    plain = asked.translate(_QUOTES).casefold() if "n't" not in asked else asked.casefold()
    pages = _PAGES.fullmatch(plain)
    if pages is not None:
        return PagesAsked(pages["name"])
    summary = _SUMMARISE.fullmatch(plain)
    if summary is not None:
        return SummaryAsked(summary["name"] or "")
    for comparison in _COMPARISONS:
        match = comparison.fullmatch(plain)
        if match is not None:
            return CompareAsked(match["a"], match["b"], match["about"] or "")
    return _listed(plain, now)


def _listed(plain: str, now: datetime) -> ListAsked | None:
    if _WHAT_IS_MISSING.fullmatch(plain):
        return ListAsked(FileFilter(failed=True), FileOrder.NAME, _LISTED, False, "file", True)
    count, asks = _COUNT.match(plain), _ASKS.match(plain)
    head = count or asks or _TELLS.match(plain)
    if head is None:
        return None
    reading = _Reading(plain[head.end() :], now)
    has_adjective = reading.adjectives()
    if not reading.noun():
        return None
    while reading.rest:
        if not reading.tail():
            return None
        has_adjective = True
    # "Which files?" asks about an earlier answer.
    if not has_adjective and head in (count, asks):
        return None
    return ListAsked(
        reading.which,
        reading.order,
        reading.most,
        head is count,
        reading.name_of_kind,
        reading.outside,
    )


class _Reading:
    """Takes a question apart from its beginning."""

    def __init__(self, text: str, now: datetime) -> None:
        self.rest = text
        self.which = FileFilter()
        self.order = FileOrder.NAME
        self.most = _LISTED
        self.name_of_kind = "file"
        self.outside = False
        self._now = now

    def adjectives(self) -> bool:
        """Takes "five newest", "unreadable"; returns whether there was any."""
        before = self.rest
        number = self._take(_FIRST)
        if number is not None:
            self.most = min(_NUMBER.get(number["n"]) or int(number["n"]), 10 * _LISTED)
        if self._take(_FAILED):
            self.which = replace(self.which, failed=True)
        for pattern, order in _ORDERS:
            if self._take(re.compile(rf"(?:{pattern}) ")):
                self.order = order
                self.most = 1 if number is None else self.most
        return self.rest != before

    def noun(self) -> bool:
        """Takes "PDF files"."""
        found = self._take(_NOUN)
        if found is None:
            return False
        word = found["kind"]
        if word is None:
            plural = found.group().endswith("s")
        else:
            if word in _NEEDS_FILES and not found["files"]:
                return False
            for pattern, noun, kinds in _NOUNS:
                if re.fullmatch(pattern, word):
                    self.which = replace(self.which, kinds=kinds)
                    self.name_of_kind = noun
            plural = (found["files"] or word).endswith("s")
        if plural and self.most == 1:
            self.most = _LISTED
        return True

    def tail(self) -> bool:
        """Takes one of the things that can be said of files; returns whether it understood."""
        for pattern, take in (
            (_FILLER, self._nothing),
            (_NOT_READ, self._failed),
            (_OUTSIDE, self._outside),
            (_MORE_PAGES, self._pages),
            (_TAIL_ORDER, self._ordered),
            (_NAMED, self._named),
            (_DATE, self._dated),
        ):
            match = pattern.match(self.rest)
            if match is not None and take(match):
                self.rest = self.rest[match.end() :].lstrip(" ,")
                return True
        match = _FOLDER.fullmatch(self.rest)
        if match is None or self.which.folder:
            return False
        self.which = replace(self.which, folder=match["folder"])
        self.rest = ""
        return True

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.rest)
        if match is not None:
            self.rest = self.rest[match.end() :].lstrip(" ,")
        return match

    def _nothing(self, _: re.Match[str]) -> bool:
        return True

    def _failed(self, _: re.Match[str]) -> bool:
        self.which = replace(self.which, failed=True)
        return True

    def _outside(self, _: re.Match[str]) -> bool:
        self.outside = True
        self.which = replace(self.which, failed=True)
        return True

    def _named(self, match: re.Match[str]) -> bool:
        self.which = replace(self.which, name=match["name"])
        return True

    def _pages(self, match: re.Match[str]) -> bool:
        number, how = int(match["n"]), match["how"]
        if how in ("more than", "over", "at least"):
            least = number + (how != "at least")
            self.which = replace(self.which, pages_from=least)
        else:
            self.which = replace(self.which, pages_to=number - (how != "at most"))
        return True

    def _ordered(self, match: re.Match[str]) -> bool:
        self.order = next(o for p, o in _ORDERS if re.search(rf"(?:{p})$", match.group()))
        self.most = 1 if self.most == _LISTED else self.most
        return True

    def _dated(self, match: re.Match[str]) -> bool:
        between = span(match["date"], self._now)
        if between is None:
            return False
        self.which = replace(self.which, since=between[0], until=between[1])
        return True
