"""Which files a question names, in any way of writing their names."""

from __future__ import annotations

import pytest

from rag.text.file_mention import FileMention


@pytest.mark.parametrize(
    ("question", "path", "named"),
    [
        ("What does lease.pdf say?", "/a/lease.pdf", True),
        ("what does LEASE.PDF say", "/a/Lease.pdf", True),
        ("See “lease.pdf”.", "/a/lease.pdf", True),
        ("Is it in lease.pdf or not", "/a/old-lease.pdf", False),
        ("Is it in old-lease.pdf or not", "/a/lease.pdf", False),
        ("Is it in lease.pdf.bak or not", "/a/lease.pdf", False),
        ("What does the lease say?", "/a/lease.pdf", False),
        ("What does the file lease say?", "/a/lease.pdf", True),
        ("What does the lease file say?", "/a/lease.pdf", True),
        ("What does “lease” say?", "/a/lease.pdf", True),
        ("What is on scan_0042?", "/a/scan_0042.png", True),
        ("What is on scan_00421?", "/a/scan_0042.png", False),
        ("Sum up the report Q3-2024", "/a/Q3-2024.xlsx", True),
        ("Sum up annual report 2024.pdf", "/a/Annual report 2024.pdf", True),
        ("Sum up my file annual report", "/a/Annual Report.docx", True),
        ("Was steht in Prüfung.pdf?", "/a/Pru\u0308fung.pdf", True),
        ("And the attachment invoice7.pdf?", "/a/mail.eml!/invoice7.pdf", True),
        ("Which file is newest?", "/a/is.md", False),
        ("What is in bank export.csv?", "/a/bank-export.csv", True),
        ("What is in Bank_Export.csv?", "/a/bank export.csv", True),
        ("Was steht in Prufung.pdf?", "/a/Prüfung.pdf", True),
        ("Wie hoch ist die Summe in der Datei umsatz?", "/a/umsatz.csv", True),
        ("Que dit le fichier bail ?", "/a/bail.odt", True),
        ("¿Qué dice el archivo contrato?", "/a/contrato.docx", True),
        ("What is in Home/lease.pdf?", "/a/Home/lease.pdf", True),
        ("What is in Home/lease.pdf?", "/a/Work/lease.pdf", False),
        ("What is in Minutes 12.03.2024?", "/a/Minutes 12.03.2024", True),
        ("What did the annual report say?", "/a/Annual Report.docx", False),
        ("What happened in 2024?", "/a/2024.pdf", False),
        ("I like the lease. Pdf is good.", "/a/lease.pdf", False),
    ],
)
def test_a_question_names_a_file(question: str, path: str, named: bool) -> None:
    mention = FileMention(question)
    assert mention.names(path) is named
    assert mention.possible or not named


@pytest.mark.parametrize(
    "question",
    ["What is the notice period?", "How much is 1.5 times the rent, e.g. in May?", "Why? Because."],
)
def test_most_questions_name_no_file(question: str) -> None:
    assert not FileMention(question).possible


def test_several_words_name_a_file_where_it_can_only_be_missing() -> None:
    mention = FileMention("What did the annual report say?")
    assert mention.names("/a/Annual Report.docx", loosely=True)


def test_a_name_inside_a_longer_one_is_not_meant() -> None:
    mention = FileMention("What does old lease.pdf say?")
    assert mention.named(["/a/lease.pdf", "/a/old lease.pdf"]) == ["/a/old lease.pdf"]


def test_of_files_with_one_name_the_folder_decides() -> None:
    paths = ["/docs/Home/lease.pdf", "/docs/Work/lease.pdf"]
    assert FileMention("What does lease.pdf say?").named(paths) == paths
    assert FileMention("What does the lease.pdf in my Work folder say?").named(paths) == paths[1:]


def test_a_name_that_no_file_has() -> None:
    mention = FileMention("Is the rent in lease.pdf or in plan.pdf?")
    assert mention.unknown({".pdf"}, ["/a/lease.pdf"]) == "plan.pdf"
    assert mention.unknown({".txt"}, ["/a/lease.pdf"]) == ""
    assert FileMention("In Annual report.pdf").unknown({".pdf"}, ["/a/annual report.pdf"]) == ""


def test_names_are_taken_out_of_a_question() -> None:
    text = FileMention("What does page 3 of lease.pdf say?").without(["/a/lease.pdf"])
    assert text.split() == ["What", "does", "page", "3", "of", "say?"]
