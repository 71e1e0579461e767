"""The file formats that Studiolo reads."""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """A file format that Studiolo reads."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    DOC = "doc"
    XLS = "xls"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    RTF = "rtf"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    CODE = "code"
    CSV = "csv"
    JSON = "json"
    XML = "xml"
    YAML = "yaml"
    EMAIL = "email"
    MAILBOX = "mailbox"
    CALENDAR = "calendar"
    CONTACTS = "contacts"
    IMAGE = "image"
    ARCHIVE = "archive"
    NOTEBOOK = "notebook"
    NOTES = "notes"
    OUTLINE = "outline"
    BANK = "bank"
    SUBTITLES = "subtitles"
    TEX = "tex"
    ORG = "org"
    BIBLIOGRAPHY = "bibliography"
    MARKUP = "markup"
