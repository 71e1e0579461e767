"""What programs export: notebooks, notes, outlines, statements, subtitles, chats and archives."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail import archive, tnef
from rag.parse.mail.parts import part_bytes
from tests import more_samples, samples
from tests.unit.rag.parse.invariants import blocks, parsed

CODE, HEADING, ITEM = BlockKind.CODE, BlockKind.HEADING, BlockKind.LIST_ITEM
PARAGRAPH, TABLE = BlockKind.PARAGRAPH, BlockKind.TABLE


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, data in files.items():
            whole.writestr(name, data)
    return stream.getvalue()


def test_a_notebook_is_its_text_code_and_output(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.ipynb", more_samples.NOTEBOOK))
    assert document.title == "Tides"
    assert blocks(document) == [
        (HEADING, "Tides"),
        (PARAGRAPH, "High water at six."),
        (CODE, "print(6)"),
        (CODE, "Output:\n6"),
        (CODE, "Output:\n<Figure>"),
    ]


def test_a_damaged_notebook_is_refused(tmp_path: Path) -> None:
    for content in ('{"cells": [{"cell_type": "code"', '{"nbformat": 4, "cells": 7}'):
        result = parse_file(samples.text(tmp_path / "a.ipynb", content))
        assert isinstance(result, ParseFailure)
        assert result.reason is FailureReason.BROKEN


def test_notes_have_title_date_tags_and_ticks(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.enex", more_samples.NOTES))
    texts = [text for _, text in blocks(document)]
    assert texts[:2] == ["The tap", "Created: 2025-03-03 10:15 UTC\nTags: kitchen"]
    assert "It drips." in texts
    assert "☑ Call Hanna (ticked)" in texts
    assert "☐ Buy a seal (not ticked)" in texts
    (part,) = document.parts
    assert part.document is not None
    assert (part.name, part.document.text) == ("valve.txt", "The valve is under the sink.")
    assert part_bytes(f"{tmp_path / 'a.enex'}!/valve.txt").read() == b"The valve is under the sink."


def test_an_outline_keeps_its_levels_and_notes(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.opml", more_samples.OUTLINE))
    assert document.title == "Trip"
    assert blocks(document) == [
        (HEADING, "Ferry"),
        (ITEM, "- Cabin 4117; _note: deck 8"),
        (ITEM, "- Bye"),
    ]
    assert document.blocks[1].locator.headings == ("Ferry",)
    assert document.blocks[2].locator.headings == ()


HEADER = "Date | Amount | Currency | Payee | Purpose | Kind"


def test_statements_in_ofx(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.ofx", more_samples.OFX))
    assert blocks(document) == [
        (PARAGRAPH, "Bank: 1203\nAccount: 77"),
        (TABLE, f"{HEADER}\n2025-02-03 | -84.20 | EUR | Linde & Berg | Seals | debit"),
        (PARAGRAPH, "Balance: 915.30 EUR on 2025-02-28"),
    ]


def test_statements_in_qif(tmp_path: Path) -> None:
    content = "!Type:Bank\nD02/03/2025\nT-84.20\nPLinde\nMSeals\nLHouse\n^\nD02/04/2025\nT5\n^\n"
    document = parsed(samples.text(tmp_path / "a.qif", content))
    assert blocks(document) == [
        (
            TABLE,
            (
                f"{HEADER}\n02/03/2025 | -84.20 |  | Linde | Seals; House | Bank\n"
                "02/04/2025 | 5 |  |  |  | Bank"
            ),
        )
    ]


def test_statements_in_mt940(tmp_path: Path) -> None:
    content = (
        ":20:STARTUMS\n:25:12030000/77\n:28C:5/1\n:60F:D250131EUR50,00\n"
        ":61:2502030203D1234,56NMSCNONREF\n:86:105?00DIRECT DEBIT?20POWER FEB?21RUARY?32TOWN\n"
        "?33WORKS\n:61:250214RD300,00NTRFNONREF\n:86:Back again\n:62F:C250228EUR15,44\n-\n"
    )
    document = parsed(samples.text(tmp_path / "a.sta", content))
    assert document.text.split("\n\n") == [
        "Account: 12030000/77",
        "Statement: 5/1",
        "Opening balance: -50,00 EUR on 2025-01-31",
        (
            f"{HEADER}\n2025-02-03 | -1234,56 | EUR | TOWN WORKS | POWER FEB RUARY | DIRECT DEBIT\n"
            "2025-02-14 | 300,00 | EUR |  | Back again | reversal"
        ),
        "Closing balance: 15,44 EUR on 2025-02-28",
    ]


def test_statements_in_camt(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
        "<BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE77</IBAN></Id></Acct>"
        '<Ntry><Amt Ccy="EUR">84.20</Amt><CdtDbtInd>DBIT</CdtDbtInd><BookgDt><Dt>2025-02-03</Dt>'
        "</BookgDt><NtryDtls><TxDtls><RltdPties><Cdtr><Nm>Linde</Nm></Cdtr><Dbtr><Nm>Edda</Nm>"
        "</Dbtr></RltdPties><RmtInf><Ustrd>Seals</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        "</Stmt></BkToCstmrStmt></Document>"
    )
    document = parsed(samples.text(tmp_path / "a.xml", content))
    assert "IBAN: DE77" in document.text
    assert blocks(document)[-1] == (
        TABLE,
        f"{HEADER}\n2025-02-03 | -84.20 | EUR | Linde | Seals | debit",
    )


def test_subtitles_are_whole_sentences_with_their_times(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.srt", more_samples.SUBTITLES))
    assert document.text == "[00:00:04] High water is at six.\n\n[00:01:12] Bring a rope."
    webvtt = (
        "WEBVTT\n\nNOTE by hand\n\n00:10.000 --> 00:15.000 align:start\n<v Edda>We move\n\n"
        "00:16.000 --> 00:20.000\n<v.loud Hanna Brandel>No &amp; never.</v>\n"
    )
    document = parsed(samples.text(tmp_path / "a.vtt", webvtt))
    assert document.text == "[00:10] Edda: We move\n\n[00:16] Hanna Brandel: No & never."
    document = parsed(samples.text(tmp_path / "a.sbv", "0:00:04.200,0:00:08.000\nHigh water.\n"))
    assert document.text == "[0:00:04] High water."


def test_latex_is_what_a_reader_sees(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.tex", more_samples.TEX))
    assert document.title == "Tides"
    assert blocks(document) == [
        (HEADING, "Tides"),
        (PARAGRAPH, "Author: Hanna Müller"),
        (HEADING, "High water"),
        (
            PARAGRAPH,
            (
                "High water is at six, as $x=5\\,\\%$ of all days show [berg2019]. "
                "It costs 5 € & more. (In Kiel.)"
            ),
        ),
        (ITEM, "- a rope"),
        (ITEM, "- a lamp"),
        (TABLE, "Day | Hour\nMonday | 6:10"),
        (PARAGRAPH, "Hours"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "\\section{" * 20_000,
        "\\begin{tabular}" * 20_000,
        "\\(" * 20_000,
        "$" * 40_001,
        "{" * 40_000,
        "\\'" * 20_000,
        "\\textbf{a" * 20_000,
    ],
)
def test_latex_that_never_closes_has_an_outcome(tmp_path: Path, content: str) -> None:
    path = samples.text(tmp_path / "a.tex", f"\\documentclass{{a}}\nWords first. {content} end")
    assert isinstance(parse_file(path), ParsedDocument)


def test_org_has_headings_properties_and_tables(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.org", more_samples.ORG))
    assert document.title == "House"
    assert blocks(document) == [
        (PARAGRAPH, "House"),
        (PARAGRAPH, "Author: Edda"),
        (HEADING, "TODO Replace the gate (garden, home)"),
        (
            PARAGRAPH,
            "DEADLINE: <2025-09-12 Fri>\nCOST: 430\nAsk Hanna (https://example.org/h) first.",
        ),
        (ITEM, "- a rope"),
        (TABLE, "Month | kWh\nJan | 412"),
        (CODE, "readmeter"),
    ]


def test_a_bibliography_is_its_entries(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.bib", more_samples.BIBLIOGRAPHY))
    assert document.text.split("\n\n") == [
        (
            "book berg2019\nAuthor: Hanna Müller; Edda Fennimore\nTitle: The Tides of Kiel\n"
            "Publisher: Harbour Press Kiel\nYear: 2019"
        ),
        "article lost\nTitle: Unclosed words",
        "misc end\nNote: Bye.",
    ]


@pytest.mark.parametrize(
    ("content", "title", "data"),
    [
        (
            '---\ntitle: "Roof: barn"\ntags: [roof, "barn"]\nby:\n  - Edda\n---\n# Head\n\nText',
            "Roof: barn",
            "title: Roof: barn\ntags: roof, barn\nby:\n  - Edda",
        ),
        ("+++\ntitle = 'Roof'\ndraft = true\n+++\nText", "Roof", "title: Roof\ndraft: true"),
    ],
)
def test_front_matter_is_data(tmp_path: Path, content: str, title: str, data: str) -> None:
    document = parsed(samples.text(tmp_path / "a.md", content))
    assert document.title == title
    assert blocks(document)[0] == (PARAGRAPH, data)
    assert blocks(document)[-1] == (PARAGRAPH, "Text")


def test_a_line_across_the_page_begins_no_front_matter(tmp_path: Path) -> None:
    document = parsed(samples.text(tmp_path / "a.md", "---\n\nWords\n\n---\n\nx: y\n"))
    assert document.text == "Words\n\nx: y"


@pytest.mark.parametrize(
    ("card", "lines"),
    [
        (
            (
                "VERSION:2.1\nFN:Edda\nTEL;HOME;VOICE:111\nTEL;WORK;FAX:222\nTEL;CELL;PREF:333\n"
                "ADR;WORK:;;Road 1;Kiel;;24103;Germany"
            ),
            [
                "Phone (home): 111",
                "Phone (work, fax): 222",
                "Phone (cell, preferred): 333",
                "Address (work): Road 1, 24103, Kiel, Germany",
            ],
        ),
        (
            (
                "VERSION:3.0\nFN:Edda\nitem1.TEL:444\nitem1.X-ABLabel:_$!<Boat>!$_\n"
                "EMAIL;TYPE=INTERNET,HOME,pref:edda@example.org"
            ),
            ["Phone (boat): 444", "Mail (home, preferred): edda@example.org"],
        ),
        (
            (
                'VERSION:4.0\nFN:Edda\nTEL;VALUE=uri;TYPE="voice,home":tel:+1-555\n'
                "TEL;TYPE=work,cell;PREF=1:666\nBDAY:--0203\nRELATED;TYPE=spouse:Hanna"
            ),
            [
                "Phone (home): +1-555",
                "Phone (work, cell, preferred): 666",
                "Birthday: 3 February",
                "Related (spouse): Hanna",
            ],
        ),
    ],
)
def test_numbers_and_addresses_have_their_types(
    tmp_path: Path, card: str, lines: list[str]
) -> None:
    path = samples.text(tmp_path / "a.vcf", f"BEGIN:VCARD\n{card}\nEND:VCARD\n")
    assert parsed(path).text.split("\n") == ["Contact: Edda", *lines]


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            (
                "12/03/2025, 18:02 - Edda: Who has the key?\n12/03/2025, 18:05 - Hanna: I do.\n"
                "From Monday on\n12/03/2025, 18:06 - Edda: Good"
            ),
            [
                "12/03/2025, 18:02 Edda: Who has the key?",
                "12/03/2025, 18:05 Hanna: I do. From Monday on",
                "12/03/2025, 18:06 Edda: Good",
            ],
        ),
        (
            (
                "\u200e[12.03.25, 18:02:01] ~\u202fEdda: Who has it?\n"
                "[12.03.25, 18:05:09] Hanna: I do: now\n[12.03.25, 18:06:00] ~\u202fEdda: Good"
            ),
            [
                "12.03.25, 18:02:01 Edda: Who has it?",
                "12.03.25, 18:05:09 Hanna: I do: now",
                "12.03.25, 18:06:00 Edda: Good",
            ],
        ),
        (
            "3/12/25, 6:02\u202fPM - Edda: Who?\n3/12/25, 6:05\u202fPM - Edda: And when?",
            ["3/12/25, 6:02 PM Edda: Who?", "3/12/25, 6:05 PM Edda: And when?"],
        ),
        (
            "[2025-03-12, 18:02] Me: Who has the key?\n[2025-03-12, 18:03] Hanna: I do.",
            ["2025-03-12, 18:02 Me: Who has the key?", "2025-03-12, 18:03 Hanna: I do."],
        ),
        (
            (
                "Apr 05, 2025  4:12:29 PM\nMe\nWho has it?\n\n"
                "Apr 05, 2025  4:13:00 PM (Read by you)\nHanna\nI do.\nToday.\n"
            ),
            [
                "Apr 05, 2025 4:12:29 PM Me: Who has it?",
                "Apr 05, 2025 4:13:00 PM (Read by you) Hanna: I do. Today.",
            ],
        ),
    ],
)
def test_messages_of_a_chat_have_sender_and_time_on_their_line(
    tmp_path: Path, content: str, lines: list[str]
) -> None:
    document = parsed(samples.text(tmp_path / "chat.txt", content))
    assert [" ".join(text.split()) for _, text in blocks(document)] == lines


def test_a_text_with_dates_is_no_chat(tmp_path: Path) -> None:
    content = "12/03/2025, 18:02 - the meeting begins\n\nAll are there: Edda, Hanna.\nIt ends late."
    document = parsed(samples.text(tmp_path / "a.txt", content))
    assert document.text == content


def test_chats_in_json(tmp_path: Path) -> None:
    telegram = {
        "name": "Trip",
        "messages": [
            {"date": "2025-01-10T20:01:00", "from": "Edda", "text": ["At ", {"text": "5:45"}]},
            {"date": "2025-01-10T20:03:00", "from": "Hanna", "text": "Good"},
            {"date": "2025-01-10T20:04:00", "from": "Hanna", "text": "", "photo": "a.jpg"},
        ],
    }
    document = parsed(samples.text(tmp_path / "result.json", json.dumps(telegram)))
    assert document.text.split("\n\n") == [
        "Trip",
        "2025-01-10 20:01:00 Edda: At 5:45",
        "2025-01-10 20:03:00 Hanna: Good",
        "2025-01-10 20:04:00 Hanna: (a.jpg)",
    ]
    newest_first = {
        "title": "Trip",
        "messages": [
            {"sender_name": "Hanna", "timestamp_ms": 1736539380000, "content": "Good"},
            {"sender_name": "Edda", "timestamp_ms": 1736539260000, "content": "At 5:45"},
        ],
    }
    document = parsed(samples.text(tmp_path / "message_1.json", json.dumps(newest_first)))
    assert document.text.split("\n\n") == [
        "Trip",
        "2025-01-10 20:01:00 UTC Edda: At 5:45",
        "2025-01-10 20:03:00 UTC Hanna: Good",
    ]


def test_records_that_are_no_chat_stay_a_table(tmp_path: Path) -> None:
    rows = [{"date": "2025-01-10", "name": "Rope", "price": "5"}] * 2
    document = parsed(samples.text(tmp_path / "a.json", json.dumps(rows)))
    assert document.text.startswith("date | name | price")


def test_a_saved_page_is_the_page(tmp_path: Path) -> None:
    content = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/ferry\n"
        "Subject: Ferry\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\n\n'
        "--b\nContent-Type: text/html\nContent-Location: https://example.org/ferry\n\n"
        "<h1>Ferry</h1><p>The last leaves at 21:05.</p>\n"
        "--b\nContent-Type: text/css\nContent-Location: https://example.org/a.css\n\np {}\n--b--\n"
    )
    for name in ("a.mht", "a.mhtml", "a.eml"):
        document = parsed(samples.text(tmp_path / name, content))
        assert document.kind is DocumentKind.HTML
        assert [text for _, text in blocks(document)] == ["Ferry", "The last leaves at 21:05."]
        assert document.parts == ()


def tnef_attribute(identity: int, value: bytes) -> bytes:
    head = struct.pack("<BHHI", 2, identity, 6, len(value))
    return head + value + struct.pack("<H", sum(value) & 0xFFFF)


def winmail(name: str, words: bytes) -> bytes:
    """A TNEF stream with one file, whose long name is a property behind a named one."""
    wide = (name + "\0").encode("utf-16-le")
    padded = wide.ljust(-(-len(wide) // 4) * 4, b"\0")
    properties = struct.pack("<I", 2)
    properties += struct.pack("<HH16sIII", 3, 0x8001, b"", 0, 7, 5)
    properties += struct.pack("<HHII", 31, 0x3707, 1, len(wide)) + padded
    return b"".join(
        (
            b"\x78\x9f\x3e\x22\x01\x00",
            tnef_attribute(0x9007, struct.pack("<II", 1252, 0)),
            tnef_attribute(0x9002, bytes(14)),
            tnef_attribute(0x8010, b"SHORT~1.TXT\0"),
            tnef_attribute(0x800F, words),
            tnef_attribute(0x9005, properties),
        )
    )


def test_files_that_outlook_packed_are_attachments(tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "hanna@brandel.example", "The quay"
    message.set_content("See attached.")
    data = winmail("plan of the quay.txt", b"It is closed until May.")
    message.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    path = tmp_path / "a.eml"
    path.write_bytes(message.as_bytes())
    (part,) = parsed(path).parts
    assert part.name == "plan of the quay.txt"
    assert part.document is not None
    assert part.document.text == "It is closed until May."
    assert part_bytes(f"{path}!/{part.name}").read() == b"It is closed until May."


def test_damaged_files_of_outlook_do_not_cost_the_mail() -> None:
    data = winmail("plan.txt", b"Words.")
    for end in range(len(data)):
        tnef.files(data[:end])
    assert tnef.files(data[:-4])[0] == ("SHORT~1.TXT", b"Words.")
    assert tnef.files(b"no TNEF") == []


def test_documents_in_an_archive_are_parts(tmp_path: Path) -> None:
    inner = packed({"deep.txt": b"Deep words."})
    path = more_samples.archive(
        tmp_path / "a.zip",
        {
            "bills/power.txt": b"84.20 euros.",
            "more.zip": inner,
            "junk.bin": bytes(range(256)) * 9,
            "__MACOSX/._power.txt": b"x",
            ".DS_Store": b"x",
        },
    )
    document = parsed(path)
    assert document.kind is DocumentKind.ARCHIVE
    assert [text for _, text in blocks(document)] == [
        "- bills/power.txt",
        "- more.zip",
        "- junk.bin",
    ]
    texts = {part.name: part.document for part in document.parts}
    power, more = texts["bills_power.txt"], texts["more.zip"]
    assert isinstance(power, ParsedDocument)
    assert power.text == "84.20 euros."
    assert isinstance(more, ParsedDocument)
    assert more.parts[0].document is not None
    assert any("junk.bin" in note for note in document.notes)
    assert part_bytes(f"{path}!/bills_power.txt").read() == b"84.20 euros."
    assert part_bytes(f"{path}!/more.zip!/deep.txt").read() == b"Deep words."
    with pytest.raises(FileNotFoundError):
        part_bytes(f"{path}!/gone.txt")


def test_bombs_locked_and_damaged_files_of_an_archive_cost_no_other(tmp_path: Path) -> None:
    path = more_samples.archive(
        tmp_path / "a.zip", {"bomb.txt": b"\0" * (60 << 20), "b.txt": b"x y"}
    )
    document = parsed(path)
    failures = {part.name: part.failure and part.failure.reason for part in document.parts}
    assert failures == {"bomb.txt": FailureReason.TOO_LARGE, "b.txt": None}
    assert any("bomb.txt" in note for note in document.notes)
    data = bytearray(packed({"a.txt": b"Words that are locked.", "b.txt": b"Open words."}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1  # the first is encrypted, it says
    (tmp_path / "b.zip").write_bytes(data)
    document = parsed(tmp_path / "b.zip")
    assert [part.failure and part.failure.reason for part in document.parts] == [
        FailureReason.ENCRYPTED,
        None,
    ]


def test_archives_within_archives_end(tmp_path: Path) -> None:
    data = b"Words."
    for depth in range(6):
        data = packed({f"{depth}.zip" if depth else "a.txt": data})
    (tmp_path / "a.zip").write_bytes(data)
    inner = parsed(tmp_path / "a.zip")
    for _ in range(2):
        assert inner.parts[0].document is not None
        inner = inner.parts[0].document
    deepest = inner.parts[0].document
    assert deepest is not None
    assert deepest.parts[0].failure is not None


def test_of_many_files_the_first_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    files = {f"{n}.txt": b"Words." for n in range(5)}
    document = parsed(more_samples.archive(tmp_path / "a.zip", files))
    assert [part.name for part in document.parts] == ["0.txt", "1.txt"]
    assert document.notes[-1].startswith("Files of the archive that were left out: 3.")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 9)
    result = parse_file(path)
    assert isinstance(result, ParseFailure)
    assert result.reason is FailureReason.BROKEN


def test_subtitles_of_substation_alpha(tmp_path: Path) -> None:
    script = (
        "[Script Info]\nTitle: x\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial\n\n"
        "[Events]\nFormat: Layer,Start, End, Style, Name, MarginL,MarginR, MarginV, Effect, Text\n"
        "Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,At noon.\n"
        "Dialogue: 0,0:00:01.00,0:00:03.00,Default,Ilse,,,,,{\\an8}The raven flies,\\Nat dusk.\n"
        "Comment: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,not shown\nDialogue: broken\n"
    )
    for ending in ("ass", "ssa"):
        document = parsed(samples.text(tmp_path / f"a.{ending}", script))
        assert document.text.split("\n\n") == [
            "[0:00:01] Ilse: The raven flies, at dusk.",
            "[0:00:05] At noon.",
        ]


def test_drawings_and_markup_in_xml_are_read_as_they_are_seen(tmp_path: Path) -> None:
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg'><title>Plan</title><text>Room <tspan>B2</tspan>"
    )
    path = samples.text(tmp_path / "a.svg", f"{drawing}</text><text>Hall</text></svg>")
    assert parsed(path).text == "Plan\nRoom B2\nHall"
    place = (
        "<kml><Placemark><name>Kiln</name><description>&lt;b&gt;Key&lt;/b&gt; at 9</description>"
    )
    path = samples.text(tmp_path / "a.kml", f"<?xml version='1.0'?>{place}</Placemark></kml>")
    assert "Key at 9" in parsed(path).text
    assert "<b>" not in parsed(path).text
