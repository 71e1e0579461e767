"""The supported file extensions, and the formats that they usually mean."""

from __future__ import annotations

from rag.formats import DocumentKind

_OF_KIND = {
    DocumentKind.PDF: (".pdf",),
    DocumentKind.DOCX: (".docx", ".docm", ".dotx", ".dotm"),
    DocumentKind.DOC: (".doc", ".dot"),
    DocumentKind.PPT: (".ppt", ".pps", ".pot"),
    DocumentKind.PPTX: (".pptx", ".pptm", ".ppsx", ".ppsm"),
    DocumentKind.XLSX: (".xlsx", ".xlsm", ".xlsb", ".xltx"),
    DocumentKind.XLS: (".xls", ".xlt"),
    DocumentKind.ODT: (".odt", ".ott"),
    DocumentKind.ODS: (".ods", ".ots"),
    DocumentKind.ODP: (".odp", ".otp"),
    DocumentKind.RTF: (".rtf",),
    DocumentKind.EPUB: (".epub",),
    DocumentKind.HTML: (".html", ".htm", ".xhtml", ".svg"),
    DocumentKind.MARKDOWN: (".md", ".markdown", ".mdx"),
    DocumentKind.TEXT: (".txt", ".text", ".log"),
    DocumentKind.CSV: (".csv", ".tsv", ".tab"),
    DocumentKind.JSON: (".json", ".jsonl", ".ndjson", ".geojson"),
    DocumentKind.XML: (
        *(".xml", ".nxml", ".svg", ".drawio", ".fb2", ".kml", ".gpx", ".xliff", ".xlf", ".plist"),
        *(".rss", ".atom", ".xsl", ".xslt", ".xsd"),
    ),
    DocumentKind.YAML: (".yaml", ".yml"),
    DocumentKind.EMAIL: (".eml", ".msg", ".emlx", ".mht", ".mhtml"),
    DocumentKind.MAILBOX: (".mbox",),
    DocumentKind.CALENDAR: (".ics", ".ical", ".ifb"),
    DocumentKind.CONTACTS: (".vcf", ".vcard", ".ldif", ".ldi"),
    DocumentKind.IMAGE: (
        *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif"),
        ".jp2",
        ".j2k",
    ),
    DocumentKind.ARCHIVE: (*(".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"),),
    DocumentKind.NOTEBOOK: (".ipynb",),
    DocumentKind.NOTES: (".enex",),
    DocumentKind.OUTLINE: (".opml",),
    DocumentKind.BANK: (".ofx", ".qfx", ".qif", ".sta", ".mt940", ".940"),
    DocumentKind.SUBTITLES: (".srt", ".vtt", ".sbv", ".ass", ".ssa"),
    DocumentKind.TEX: (".tex", ".ltx", ".latex"),
    DocumentKind.ORG: (".org",),
    DocumentKind.BIBLIOGRAPHY: (".bib",),
    DocumentKind.MARKUP: (
        *(".rst", ".rest", ".adoc", ".asciidoc", ".wiki", ".mediawiki", ".mw"),
        *(".textile", ".creole"),
    ),
    DocumentKind.CODE: (
        *(".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte"),
        *(".java", ".kt", ".kts", ".scala", ".groovy", ".gradle", ".clj", ".c", ".h", ".cc"),
        *(".cpp", ".cxx", ".hh", ".hpp", ".cs", ".fs", ".vb", ".go", ".rs", ".rb", ".php"),
        *(".pl", ".pm", ".lua", ".r", ".jl", ".m", ".swift", ".dart", ".hs", ".ml", ".ex"),
        *(".exs", ".erl", ".sql", ".sh", ".bash", ".zsh", ".fish", ".ps1", ".bat", ".cmd"),
        *(".css", ".scss", ".sass", ".less", ".toml", ".ini", ".cfg", ".conf", ".properties"),
        *(".f90", ".pas", ".asm", ".vhd", ".sv", ".proto", ".graphql", ".tf", ".cmake", ".zig"),
    ),
}

ENDINGS = {ending: kind for kind, endings in _OF_KIND.items() for ending in endings}
"""Each extension in lower case, with its dot."""
