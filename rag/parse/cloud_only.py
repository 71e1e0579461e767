"""Tells files whose content is only in a cloud from files on this computer. Opens none of them.

To open such a file is to fetch it, which is for the person to decide, not for a run. Linux has no
mark for it: programs there leave a stub with an ending of its own. A file without blocks is no
sign, since its content may lie in its inode (btrfs, ext4) or be a hole.
"""

from __future__ import annotations

import os
import re
import stat

# Windows: FILE_ATTRIBUTE_OFFLINE, _RECALL_ON_OPEN and _RECALL_ON_DATA_ACCESS (winnt.h).
_RECALLED = 0x1000 | 0x4_0000 | 0x40_0000
# macOS: SF_DATALESS (sys/stat.h).
_DATALESS = 0x4000_0000
# macOS before 14: iCloud Drive writes ".Plan.pdf.icloud" in the place of "Plan.pdf".
_ICLOUD = re.compile(r"\.(.+)\.icloud")
# Placeholders of the Nextcloud and the ownCloud client: "Plan.pdf.nextcloud", with one byte.
_SUFFIXES = (".nextcloud", ".owncloud")
# Google Drive: a few bytes of JSON with the address of a document that exists only there.
_GOOGLE = frozenset(
    (
        *(".gdoc", ".gsheet", ".gslides", ".gdraw", ".gform", ".gjam", ".gmap", ".gsite"),
        *(".gscript", ".gtable", ".gnote", ".glink"),
    )
)

IN_CLOUD = "The file is in the cloud only. Make it available offline, then it is read."
"""The reason for which a placeholder is not read."""
_AT_GOOGLE = (
    "This is a link to a document at Google, which holds its text. Download the document as PDF or "
    "as an Office file and add that."
)


def why_cloud_only(name: str, status: os.stat_result) -> str:
    """Says why a file's content is not on this computer; "" if it is.

    Args:
        name: of the file, without its folder.
        status: of the file.
    """
    if not stat.S_ISREG(status.st_mode):
        return ""
    attributes: int = getattr(status, "st_file_attributes", 0)
    flags: int = getattr(status, "st_flags", 0)
    if attributes & _RECALLED or flags & _DATALESS or stands_for(name) != name:
        return IN_CLOUD
    return _AT_GOOGLE if os.path.splitext(name)[1].lower() in _GOOGLE else ""  # noqa: PTH122


def stands_for(name: str) -> str:
    """Returns the name of the file for which a placeholder stands; the name itself for others."""
    if stub := _ICLOUD.fullmatch(name):
        return stub[1]
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
