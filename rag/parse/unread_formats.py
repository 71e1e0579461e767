"""Names the formats of documents that Studiolo does not read, and says what to do with each.

Content decides: the streams of an OLE container, the members of a zip file, the first bytes.
Only where these tell nothing, the file's ending does.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnreadFormat:
    """A format that is not read.

    Attributes:
        name: with its article: "a Visio drawing".
        remedy: a sentence for the person.
    """

    name: str
    remedy: str

    @property
    def sentences(self) -> str:
        """What the file is, and what to do."""
        return f"This is {self.name}, which Studiolo cannot read. {self.remedy}"


def _saved(programs: str, ending: str) -> str:
    return f"Open it in {programs} and save it as {ending}."


def _exported(programs: str, ending: str = "PDF") -> str:
    return f"Open it in {programs} and export it as {ending}."


WORD = UnreadFormat("a Word document of before 1997", _saved("Word or LibreOffice", ".docx"))
SLIDES = UnreadFormat(
    "a PowerPoint presentation of before 1997", _saved("PowerPoint or LibreOffice", ".pptx")
)
WORKS = UnreadFormat("a document of Microsoft Works", _saved("LibreOffice", ".docx"))
PUBLISHER = UnreadFormat("a Publisher document", _exported("Publisher or LibreOffice"))
VISIO = UnreadFormat("a Visio drawing", _exported("Visio or LibreOffice"))
PROJECT = UnreadFormat("a plan of Microsoft Project", _exported("Project"))
ONE_NOTE = UnreadFormat("a section of a OneNote notebook", _exported("OneNote", "PDF or .docx"))
ACCESS = UnreadFormat("an Access database", _exported("Access or LibreOffice Base", ".xlsx"))
DRAWING = UnreadFormat("an AutoCAD drawing", _exported("AutoCAD or another CAD program"))
PAGES = UnreadFormat("a Pages document", _exported("Pages", "PDF or Word"))
NUMBERS = UnreadFormat("a Numbers spreadsheet", _exported("Numbers", "Excel"))
KEYNOTE = UnreadFormat("a Keynote presentation", _exported("Keynote", "PDF or PowerPoint"))
IWORK = UnreadFormat("a document of Pages or Numbers", _exported("its program"))
XPS = UnreadFormat("an XPS document", _saved("its viewer", "PDF"))
OPEN_DRAWING = UnreadFormat("an OpenDocument drawing or formula", _exported("LibreOffice"))
OPEN_BASE = UnreadFormat("an OpenDocument database", _exported("LibreOffice Base", ".ods"))
STAR_OFFICE = UnreadFormat("a document of StarOffice", _saved("LibreOffice", ".odt"))
WORD_PERFECT = UnreadFormat("a WordPerfect document", _saved("LibreOffice", ".docx"))
HANGUL = UnreadFormat("a Hangul document", _saved("Hangul or LibreOffice", ".docx"))
KINDLE = UnreadFormat("a Kindle book", "Convert it to EPUB, for example with Calibre.")
DJVU = UnreadFormat("a DjVu document", _saved("a DjVu viewer", "PDF"))
OUTLOOK = UnreadFormat(
    "a mailbox of Outlook", "Save its mails as .msg or .eml files and add their folder."
)
PHOTO = UnreadFormat("a photo of a newer kind (HEIC or AVIF)", _saved("a photo viewer", "JPEG"))

_BY_STREAM = {  # names at the top of an OLE container, in lower case
    "pp40": SLIDES,
    "matost": WORKS,
    "quill": PUBLISHER,
    "visiodocument": VISIO,
    "   114": PROJECT,
    "   112": PROJECT,
    "starwriterdocument": STAR_OFFICE,
    "starcalcdocument": STAR_OFFICE,
    "stardrawdocument3": STAR_OFFICE,
    "hwpsummaryinformation": HANGUL,
}
_BY_HEAD = (
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", ONE_NOTE),
    (0, b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", ONE_NOTE),
    (4, b"Standard Jet DB", ACCESS),
    (4, b"Standard ACE DB", ACCESS),
    (0, b"AC10", DRAWING),
    (0, b"\xffWPC", WORD_PERFECT),
    (60, b"BOOKMOBI", KINDLE),
    (0, b"AT&TFORM", DJVU),
    (0, b"!BDN", OUTLOOK),
    (4, b"ftyphei", PHOTO),
    (4, b"ftyphev", PHOTO),
    (4, b"ftypmif1", PHOTO),
    (4, b"ftypavif", PHOTO),
    (0, b"\xdb\xa5-\x00", WORD),  # Word 2.0
    (0, b"1\xbe\x00\x00", WORD),  # Word for DOS, Write
    (0, b"\x01\xfe", WORKS),  # Works for DOS
)
_BY_ENDING = {
    **dict.fromkeys((".doc", ".dot"), WORD),
    **dict.fromkeys((".ppt", ".pps", ".pot"), SLIDES),
    **dict.fromkeys((".wps", ".wks", ".wdb"), WORKS),
    ".pub": PUBLISHER,
    **dict.fromkeys((".vsd", ".vss", ".vsdx"), VISIO),
    ".mpp": PROJECT,
    **dict.fromkeys((".one", ".onetoc2"), ONE_NOTE),
    **dict.fromkeys((".mdb", ".accdb"), ACCESS),
    ".dwg": DRAWING,
    ".pages": PAGES,
    ".numbers": NUMBERS,
    ".key": KEYNOTE,
    **dict.fromkeys((".xps", ".oxps"), XPS),
    **dict.fromkeys((".odg", ".otg", ".odf"), OPEN_DRAWING),
    ".odb": OPEN_BASE,
    **dict.fromkeys((".sdw", ".sdc", ".sdd"), STAR_OFFICE),
    ".wpd": WORD_PERFECT,
    ".hwp": HANGUL,
    **dict.fromkeys((".mobi", ".azw", ".azw3"), KINDLE),
    ".djvu": DJVU,
    **dict.fromkeys((".pst", ".ost"), OUTLOOK),
    **dict.fromkeys((".heic", ".heif", ".avif"), PHOTO),
}


def by_streams(names: Collection[str]) -> UnreadFormat | None:
    """Returns the format of an OLE container by the names at its top, in lower case."""
    return next((format_ for name, format_ in _BY_STREAM.items() if name in names), None)


def by_members(names: Collection[str], ending: str) -> UnreadFormat | None:
    """Returns the format of a zip file by the names of its members.

    Args:
        names: of the members.
        ending: of the file, in lower case with its dot: it parts Pages from Numbers.
    """
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        if any(name.startswith(("Index/Slide", "Index/TemplateSlide")) for name in names):
            return KEYNOTE
        return _BY_ENDING[ending] if ending in (".pages", ".numbers", ".key") else IWORK
    if "Index.zip" in names or "buildVersionHistory.plist" in names:  # of 2009 to 2013
        if "index.apxl" in names:
            return KEYNOTE
        return _BY_ENDING[ending] if ending in (".pages", ".numbers", ".key") else IWORK
    if any(name.endswith((".fdseq", ".fpage")) for name in names):
        return XPS
    return VISIO if "visio/document.xml" in names else None


def by_head(head: bytes) -> UnreadFormat | None:
    """Returns the format of a file by its first bytes."""
    return next((format_ for at, mark, format_ in _BY_HEAD if head.startswith(mark, at)), None)


def by_ending(ending: str) -> UnreadFormat | None:
    """Returns the format that an ending means, in lower case with its dot."""
    return _BY_ENDING.get(ending)
