"""The entries of the application's `Info.plist` on macOS, besides its name, version and icon."""

from __future__ import annotations

import platform

DOCUMENT_TYPES = (
    # Uniform type identifiers; "Alternate" offers Studiolo under Open With and makes it no default.
    *("com.adobe.pdf", "org.openxmlformats.wordprocessingml.document"),
    *("org.openxmlformats.spreadsheetml.sheet", "org.openxmlformats.presentationml.presentation"),
    *("org.oasis-open.opendocument.text", "org.oasis-open.opendocument.spreadsheet"),
    *("org.oasis-open.opendocument.presentation", "public.rtf", "org.idpf.epub-container"),
    *("public.plain-text", "net.daringfireball.markdown", "public.comma-separated-values-text"),
    *("public.html", "com.apple.mail.email"),
)

INFO: dict[str, object] = {
    "CFBundleDisplayName": "Studiolo",
    "LSApplicationCategoryType": "public.app-category.productivity",
    # What onnxruntime needs; the last version for Intel processors is content with less.
    "LSMinimumSystemVersion": "13.0" if platform.machine() == "x86_64" else "14.0",
    "NSHighResolutionCapable": True,
    "NSHumanReadableCopyright": "Apache License 2.0",
    "CFBundleDocumentTypes": [
        {
            "CFBundleTypeName": "Document",
            "CFBundleTypeRole": "Viewer",
            "LSHandlerRank": "Alternate",
            "LSItemContentTypes": list(DOCUMENT_TYPES),
        }
    ],
    # The reasons that macOS shows when it asks whether Studiolo may read these folders.
    "NSDocumentsFolderUsageDescription": "To read the documents that you add to your library.",
    "NSDesktopFolderUsageDescription": "To read the documents that you add to your library.",
    "NSDownloadsFolderUsageDescription": "To read the documents that you add to your library.",
    "NSRemovableVolumesUsageDescription": "To read the documents that you add to your library.",
    "NSNetworkVolumesUsageDescription": "To read the documents that you add to your library.",
}
