"""The kinds of files that hold no documents and are left out of folders, though counted."""

from __future__ import annotations

AUDIO = "audio files"
VIDEO = "videos"
FONT = "fonts"
RAW_PICTURE = "raw pictures"
PROGRAM = "programs"
DATABASE = "databases"
DISK_IMAGE = "disk images"
UNFINISHED = "unfinished downloads"
LOST_LINK = "links that lead nowhere"
NOT_STORED = "pipes, sockets and devices"

_OF_KIND = {
    AUDIO: (
        *(".mp3", ".m4a", ".m4b", ".wav", ".flac", ".ogg", ".oga", ".opus", ".aac", ".wma"),
        *(".aif", ".aiff", ".mid", ".midi", ".amr", ".ape"),
    ),
    VIDEO: (
        *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".wmv", ".flv", ".mpg", ".mpeg"),
        *(".3gp", ".mts", ".m2ts", ".vob", ".ogv"),
    ),
    FONT: (".ttf", ".otf", ".ttc", ".woff", ".woff2", ".eot", ".pfb"),
    RAW_PICTURE: (
        *(".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".rw2", ".raf", ".psd", ".xcf", ".ico"),
        *(".icns", ".cur"),
    ),
    PROGRAM: (
        *(".exe", ".dll", ".so", ".dylib", ".lib", ".o", ".obj", ".class", ".jar", ".war"),
        *(".pyc", ".pyd", ".whl", ".apk", ".ipa", ".msi", ".deb", ".rpm", ".appimage", ".xpi"),
        *(".sys", ".wasm", ".node", ".pdb"),
    ),
    DATABASE: (".db", ".sqlite", ".sqlite3", ".db3", ".mdb", ".accdb", ".db-wal", ".db-shm"),
    DISK_IMAGE: (".iso", ".img", ".dmg", ".vmdk", ".vdi", ".vhdx", ".qcow2", ".toast"),
    LOST_LINK: (),  # whatever its name
    NOT_STORED: (),
    UNFINISHED: (
        *(".crdownload", ".part", ".partial", ".download", ".opdownload", ".filepart", ".aria2"),
        *(".tmp", ".temp", ".swp", ".swo"),
    ),
}

KIND_OF = {ending: kind for kind, endings in _OF_KIND.items() for ending in endings}
"""The kind that each extension means, in lower case with its dot."""

KINDS = frozenset(_OF_KIND)
"""All kinds, as `rag.indexing.report.LeftOut` names them in its rule."""

DOCUMENTS_NOT_READ = frozenset(
    (
        *(".odg", ".odb", ".fodt", ".fods", ".fodp", ".mobi", ".azw3", ".pages", ".numbers"),
        *(".key", ".wpd", ".djvu", ".xps", ".pst", ".ost", ".one", ".heic", ".heif", ".avif"),
    )
)
"""Extensions of documents that people expect to be read: each is a failure."""

ARCHIVES_NOT_READ = frozenset(
    (".rar", ".7z", ".zst", ".tzst", ".cab", ".lzh", ".lha", ".arj", ".ace", ".sit", ".sitx")
)
"""Extensions of archives that may hold documents: each is a failure."""

SHORTCUTS = frozenset((".lnk", ".webloc"))
"""Extensions of files that hold a place, not a document; those that are text are read as text."""

# ELF (Linux), PE (Windows), Mach-O for one processor of either byte order, and for several.
_PROGRAMS = (
    *(b"\x7fELF", b"MZ", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf"),
    *(b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"),
)


def is_program(head: bytes) -> bool:
    """Tells whether a binary file begins like a program."""
    return head.startswith(_PROGRAMS)
