"""Mail: headers, bodies, attachments as documents of their own, mailboxes, Outlook's format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.formats import DocumentKind
from rag.parse import parse_file
from rag.parse.attachments import (
    MOST,
    NAME_CHARACTERS,
    add_attachments,
    safe_name,
    unique_name,
)
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.mail.mailbox import parse as parse_mailbox
from rag.parse.office.compressed_rtf import unpacked
from rag.parse.source import Source
from tests import samples
from tests.unit.rag.parse import outlook
from tests.unit.rag.parse.invariants import blocks, check, parsed, refused

NONE: Mapping[str, outlook.Tree] = {}
HEAD = (
    "From: Hanna <hanna@brandel.example>\r\nTo: Edda <edda@fennimore.example>\r\n"
    "Date: Mon, 03 Mar 2025 10:00:00 +0100\r\nSubject: The tap\r\nMIME-Version: 1.0\r\n"
)


def raw(path: Path, headers: str, body: bytes | str = b"", head: str = HEAD) -> Path:
    content = body.encode() if isinstance(body, str) else body
    path.write_bytes(f"{head}{headers}\r\n".encode("latin-1") + content)
    return path


def body_of(document: ParsedDocument) -> str:
    return document.text.partition("\n\n")[2]


def letter(text: str = "Please see the files.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Hanna Brandel <hanna@brandel.example>"
    message["Date"] = "Mon, 03 Mar 2025 10:00:00 +0100"
    message["Subject"] = "The lease"
    message.set_content(text)
    return message


def save(path: Path, message: EmailMessage) -> Path:
    path.write_bytes(message.as_bytes())
    return path


def test_the_head_of_a_mail_is_its_first_block(tmp_path: Path) -> None:
    document = parsed(raw(tmp_path / "a.eml", "", "It drips."))
    assert document.text == (
        "From: Hanna <hanna@brandel.example>\nTo: Edda <edda@fennimore.example>\n"
        "Date: Mon, 03 Mar 2025 10:00:00 +0100 (2025-03-03 10:00+01:00)\nSubject: The tap\n\n"
        "It drips."
    )


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ("Content-Transfer-Encoding: quoted-printable", "Gr=C3=BC=\r\n=C3=9Fe", "Grüße"),
        ("Content-Transfer-Encoding: base64", "R3LDvMOfZQ==", "Grüße"),
        ("Content-Transfer-Encoding: 8bit", "Grüße".encode("cp1252"), "Grüße"),
        ("Content-Type: text/plain; charset=iso-8859-1", b"\x93Gr\xfc\xdfe\x94", "“Grüße”"),
        (
            "Content-Type: text/plain; charset=gb2312",
            "你好朱镕基".encode("gb18030"),
            "你好朱镕基",
        ),
        ("Content-Type: text/plain; charset=iso-2022-jp", "雨です".encode("iso-2022-jp"), "雨です"),
        ("Content-Type: text/plain; charset=koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("Content-Type: text/plain; charset=no-such-thing", "Grüße", "Grüße"),
        ("Content-Type: text/plain; charset=us-ascii", "Grüße", "Grüße"),
        ("Content-Type: text/plain; charset=hex", "41", "41"),
        (
            "Content-Type: text/html",
            "<meta charset=cp1252><p>Gr\xfc\xdfe".encode("cp1252"),
            "Grüße",
        ),
        ("Content-Type: multipart/mixed", "No boundary.", "No boundary."),
        ("Content-Type: ;;;=", "Broken.", "Broken."),
    ],
)
def test_bodies_in_any_encoding(tmp_path: Path, headers: str, body: bytes | str, text: str) -> None:
    assert body_of(parsed(raw(tmp_path / "a.eml", f"{headers}\r\n", body))) == text


def test_flowed_lines_are_joined(tmp_path: Path) -> None:
    body = "The tap in the \r\nkitchen drips.\r\nTwo.\r\n\r\n> It \r\n> does.\r\n"
    body += ">> Once.\r\n-- \r\nH.\r\n"
    flowed = raw(tmp_path / "a.eml", "Content-Type: text/plain; format=flowed\r\n", body)
    text = "The tap in the kitchen drips.\nTwo.\n\n> It does.\n>> Once.\n-- \nH."
    assert body_of(parsed(flowed)) == text
    spaced = "Content-Type: text/plain; format=flowed; delsp=yes\r\n"
    assert body_of(parsed(raw(tmp_path / "b.eml", spaced, "water \r\nfall"))) == "waterfall"


def test_headers_in_every_spelling(tmp_path: Path) -> None:
    head = (
        "From: =?utf-8?Q?J=C3=BCrgen?= =?utf-8?Q?_K=C3=B6nig?= <j@k.example>\r\n"
        "To: Fran\xe7ois <f@x.example>\r\nDate: the day before yesterday\r\n"
        "Subject: =?utf-8?B?4pyI?= and\r\n =?nonsense?Q?more?= =?utf-8?B?!!?=\r\n"
    )
    document = parsed(raw(tmp_path / "a.eml", "", "Words.", head))
    assert "From: Jürgen König <j@k.example>" in document.text
    assert "To: François <f@x.example>" in document.text
    assert "Date: the day before yesterday\n" in document.text
    assert "Subject: ✈ and" in document.text


def test_an_endless_header_is_cut(tmp_path: Path) -> None:
    head = "From: a@b.example\r\nTo: " + '"(<,' * 500_000 + "\r\n"
    document = parsed(
        raw(tmp_path / "a.eml", "Content-Type: " + "a;" * 500_000 + "\r\n", "W.", head)
    )
    assert len(document.text) < 40_000


def test_an_empty_plain_version_gives_way_to_the_html_one(tmp_path: Path) -> None:
    message = letter("\n")
    message.add_alternative("<p>It is <b>due</b>.</p>", subtype="html")
    assert body_of(parsed(save(tmp_path / "a.eml", message))) == "It is due."


def test_attachments_are_documents_of_their_own(tmp_path: Path) -> None:
    lease = samples.pdf(tmp_path / "lease.pdf", "The rent is 900.")
    message = letter()
    for name in ("lease.pdf", "LEASE.pdf", "../../etc/passwd.pdf"):
        data = lease.read_bytes()
        message.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    message.add_attachment("Seven keys.", filename="keys.txt")
    document = parsed(save(tmp_path / "a.eml", message))
    names = ["lease.pdf", "LEASE (2).pdf", "_.._etc_passwd.pdf", "keys.txt"]
    assert [part.name for part in document.parts] == names
    assert document.text.endswith(f"\n\nAttachments: {', '.join(names)}")
    first, last = document.parts[0].document, document.parts[-1].document
    assert first is not None
    assert last is not None
    assert (first.kind, first.text) == (DocumentKind.PDF, "The rent is 900.")
    assert check(last).text == "Seven keys."
    assert document.parts[0].size == lease.stat().st_size
    assert document.parts[0].content_hash == document.parts[1].content_hash
    assert document.notes == ()


def test_attachments_that_fail_are_named_by_kind(tmp_path: Path) -> None:
    locked = samples.pdf(tmp_path / "locked.pdf", "Secret.", encrypted=True).read_bytes()
    message = letter()
    for name in ("a.pdf", "b.pdf", "c.pdf", "d.pdf"):
        message.add_attachment(locked, maintype="application", subtype="pdf", filename=name)
    message.add_attachment(b"%PDF-1.7 no", maintype="application", subtype="pdf", filename="e.pdf")
    document = parsed(save(tmp_path / "a.eml", message))
    assert [part.failure.reason for part in document.parts if part.failure] == [
        *[FailureReason.ENCRYPTED] * 4,
        FailureReason.BROKEN,
    ]
    locked_note, damaged_note = document.notes
    assert locked_note.startswith("Not read (protected by a password; save it as")
    assert locked_note.endswith("a.pdf, b.pdf, c.pdf and 1 more.")
    assert damaged_note == "Not read (damaged): e.pdf."


def test_pictures_in_the_text_and_signatures_are_not_attachments(tmp_path: Path) -> None:
    message = letter()
    message.add_alternative("<p>Hello <img src='cid:x'></p>", subtype="html")
    html = list(message.iter_parts())[1]
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<x>")
    message.add_attachment(b"x", maintype="application", subtype="pgp-signature", filename="s.asc")
    document = parsed(save(tmp_path / "a.eml", message))
    assert document.parts == ()
    assert "Attachments" not in document.text


def test_what_was_attached_without_a_name_gets_one(tmp_path: Path) -> None:
    message = letter()
    message.add_attachment(b"Words.", maintype="text", subtype="plain")
    pdf = samples.pdf(tmp_path / "a.pdf").read_bytes()
    message.add_attachment(pdf, maintype="application", subtype="pdf")
    names = [part.name for part in parsed(save(tmp_path / "a.eml", message)).parts]
    assert names == ["attachment.txt", "attachment.pdf"]


def test_names_in_every_spelling(tmp_path: Path) -> None:
    boundary = 'Content-Type: multipart/mixed; boundary="b"\r\n'
    names = (
        b"filename*=utf-8''Miete%20M%C3%A4rz.txt",
        b"filename*0=Ne;\r\n filename*1=bel.txt",
        b'filename="=?utf-8?Q?=C3=9Cber.txt?="',
        "filename=Küche.txt".encode(),
        "filename=Tür.txt".encode("cp1252"),
        b'filename="a\x01/b\\c.txt"',
    )
    body = b"".join(
        b"--b\r\nContent-Disposition: attachment; " + name + b"\r\n\r\nWords.\r\n" for name in names
    )
    document = parsed(raw(tmp_path / "a.eml", boundary, body + b"--b--\r\n"))
    assert [part.name for part in document.parts] == [
        *("Miete März.txt", "Nebel.txt", "Über.txt", "Küche.txt", "Tür.txt"),
        "a_b_c.txt",
    ]


def test_names_are_safe_short_and_unique() -> None:
    assert safe_name("/") == "_"
    assert safe_name("..") == "attachment"
    assert safe_name("a\u202efdp.exe") == "a_fdp.exe"
    assert safe_name("x!/y") == "x!_y"
    taken: set[str] = set()
    names = [unique_name("w" * 300 + ".docx", taken) for _ in range(12)]
    assert len(set(names)) == 12
    assert {len(name) for name in names} == {NAME_CHARACTERS}
    assert names[-1].endswith("w (12).docx")


def test_mails_within_mails_are_parts_of_parts(tmp_path: Path) -> None:
    inner = letter("The deposit is 1,800.")
    inner.add_attachment("Seven keys.", filename="keys.txt")
    outer = letter()
    outer.replace_header("Subject", "Forwarded")
    outer.add_attachment(inner)
    document = parsed(save(tmp_path / "a.eml", outer))
    (part,) = document.parts
    assert part.name == "The lease.eml"
    assert part.document is not None
    assert part.document.kind is DocumentKind.EMAIL
    assert "The deposit is 1,800." in check(part.document).text
    assert [inside.name for inside in part.document.parts] == ["keys.txt"]


def test_mails_nested_too_deep_fail_alone(tmp_path: Path) -> None:
    message = letter("The innermost.")
    for _ in range(6):
        outer = letter()
        outer.add_attachment(message)
        message = outer
    document = parsed(save(tmp_path / "a.eml", message))
    depth = 0
    while document.parts[0].document is not None:
        depth += 1
        document = document.parts[0].document
    assert depth == 3
    assert document.parts[0].failure is not None
    assert document.notes


def test_only_so_many_attachments_are_read(tmp_path: Path) -> None:
    boundary = 'Content-Type: multipart/mixed; boundary="b"\r\n'
    one = "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nW.\r\n"
    document = parsed(raw(tmp_path / "a.eml", boundary, one * (MOST + 7) + "--b--\r\n"))
    assert len(document.parts) == len({part.name for part in document.parts}) == MOST
    assert "7 attachments were left out" in document.notes[-1]


def test_an_invitation_is_attached_once(tmp_path: Path) -> None:
    event = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Handover\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    message = letter()
    message.add_alternative(event, subtype="calendar")
    document = parsed(save(tmp_path / "a.eml", message))
    assert [part.name for part in document.parts] == ["invite.ics"]
    message.add_attachment(
        event.encode(), maintype="application", subtype="ics", filename="handover.ics"
    )
    document = parsed(save(tmp_path / "b.eml", message))
    assert [part.name for part in document.parts] == ["handover.ics"]


def test_an_encrypted_mail_says_so(tmp_path: Path) -> None:
    headers = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n"
    document = parsed(raw(tmp_path / "a.eml", headers, b"\x30\x80\x06"))
    assert document.parts == ()
    assert document.notes == ("The text of this mail is encrypted and cannot be read.",)


def test_deeply_nested_parts_are_read(tmp_path: Path) -> None:
    body = "".join(
        f'--{n}\r\nContent-Type: multipart/mixed; boundary="{n + 1}"\r\n\r\n' for n in range(200)
    )
    boundary = 'Content-Type: multipart/mixed; boundary="0"\r\n'
    document = parsed(raw(tmp_path / "a.eml", boundary, f"{body}--200\r\n\r\nDeep.\r\n"))
    assert body_of(document) == "Deep."


def mailbox(path: Path, *mails: str, mark: str = "From - Mon Mar  3 10:00:00 2025") -> Path:
    path.write_text("".join(f"{mark}\n{mail}\n\n" for mail in mails), encoding="utf-8")
    return path


def mail_text(subject: str, body: str) -> str:
    return (
        f"From: Hanna <h@b.example>\nDate: Mon, 03 Mar 2025 10:00:00 +0100\n"
        f"Subject: {subject}\n\n{body}"
    )


def test_a_mailbox_lists_its_mails_and_holds_them_as_parts(tmp_path: Path) -> None:
    with_file = letter()
    with_file.add_attachment("Seven keys.", filename="keys.txt")
    path = mailbox(
        tmp_path / "inbox.mbox",
        mail_text(
            "Re: The/lease", "One.\n\nFrom here on it rains.\n\n>From quoted.\n>>From twice."
        ),
        with_file.as_string(),
        mail_text("", "Three."),
    )
    document = parsed(path)
    assert document.kind is DocumentKind.MAILBOX
    assert blocks(document)[0] == (
        BlockKind.LIST_ITEM,
        "- 2025-03-03 10:00+01:00 – Hanna <h@b.example> – Re: The/lease",
    )
    names = ["0001 Re: The_lease.eml", "0002 The lease.eml", "0003 mail.eml"]
    assert [part.name for part in document.parts] == names
    first, second, third = (part.document for part in document.parts)
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.kind is DocumentKind.EMAIL
    assert body_of(first) == "One.\n\nFrom here on it rains.\n\nFrom quoted.\n>From twice."
    assert [part.name for part in second.parts] == ["keys.txt"]
    assert body_of(third) == "Three."


def test_a_mail_of_a_mailbox_that_is_too_large_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mailbox(tmp_path / "a.mbox", mail_text("Big", "w\n" * 5000), mail_text("Small", "Two."))
    monkeypatch.setattr("rag.parse.limits.TEXT_BYTES", 5000)
    document = parse_mailbox(Source.of_file(path))
    big, small = document.parts
    assert big.failure is not None
    assert big.failure.reason is FailureReason.TOO_LARGE
    assert big.size > 10_000
    assert small.document is not None
    assert document.notes == ("Not read (too large): 0001 Big.eml.",)


def test_only_so_many_mails_are_read(tmp_path: Path) -> None:
    path = mailbox(tmp_path / "a.mbox", *(mail_text(str(n), "Words.") for n in range(5)))
    document = parse_mailbox(Source.of_file(path), most=3)
    assert len(document.parts) == 3
    assert "The first 3 mails are read; 2 more were left out." in document.notes[0]


def test_what_is_no_mailbox_is_refused(tmp_path: Path) -> None:
    assert refused(samples.text(tmp_path / "a.mbox", "From here\n\nit rains.")) in (
        FailureReason.BROKEN,
        FailureReason.UNSUPPORTED,
    )


def outlook_mail(header: int = 32, children: Mapping[str, outlook.Tree] = NONE) -> outlook.Tree:
    sent = datetime(2025, 3, 3, 9, 0, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    values: dict[int, str | bytes | int] = {
        outlook.SUBJECT: "Grüße",
        outlook.BODY: "The tap drips.\r\n\r\nHanna",
        outlook.SENDER: "Hanna Brandel",
        outlook.SENDER_ADDRESS: "hanna@brandel.example",
        outlook.SENT: int(sent.total_seconds()) * 10**7,
    }
    return outlook.record(header, values, children)


def recipient(name: str, address: str, role: int) -> outlook.Tree:
    values: dict[int, str | bytes | int] = {
        outlook.NAME: name,
        outlook.ADDRESS: address,
        outlook.ROLE: role,
    }
    return outlook.record(8, values)


def attached(name: str, data: bytes, kind: str = "", hidden: int = 0) -> outlook.Tree:
    values: dict[int, str | bytes | int] = {
        outlook.FILE_NAME: name,
        outlook.FILE_DATA: data,
        outlook.FILE_KIND: kind,
        outlook.HIDDEN: hidden,
    }
    return outlook.record(8, values)


def test_outlook_mail_with_attachments(tmp_path: Path) -> None:
    inner: outlook.Tree = {
        outlook.INNER_MAIL: outlook_mail(24),
        "__properties_version1.0": bytes(8),
    }
    keys = samples.pdf(tmp_path / "keys.pdf", *(f"Page {n} names a key." for n in range(20)))
    path = outlook.write(
        tmp_path / "a.msg",
        outlook_mail(
            children={
                "__recip_version1.0_#00000000": recipient("Edda", "edda@f.example", 1),
                "__recip_version1.0_#00000001": recipient("Ole", "/O=FIRM/CN=OLE", 2),
                "__attach_version1.0_#00000000": attached("keys.pdf", keys.read_bytes()),
                "__attach_version1.0_#00000001": attached("logo.png", b"\x89PNG", "image/png", 1),
                "__attach_version1.0_#00000002": inner,
            }
        ),
    )
    document = parsed(path)
    assert document.kind is DocumentKind.EMAIL
    assert document.text == (
        "From: Hanna Brandel <hanna@brandel.example>\nTo: Edda <edda@f.example>\nCc: Ole\n"
        "Date: Mon, 03 Mar 2025 09:00:00 +0000 (2025-03-03 09:00+00:00)\nSubject: Grüße\n\n"
        "The tap drips.\n\nHanna\n\nAttachments: keys.pdf, Grüße.eml"
    )
    file, mail = document.parts
    assert file.document is not None
    assert file.document.page_count == 20
    assert mail.document is not None
    assert "The tap drips." in check(mail.document).text
    assert parsed(path) == document


def test_outlook_bodies_as_web_page_rich_text_and_in_old_encodings(tmp_path: Path) -> None:
    page = outlook.record(32, {outlook.SUBJECT: "A", outlook.HTML: b"<h1>Tides</h1><p>At six.</p>"})
    document = parsed(outlook.write(tmp_path / "a.msg", page))
    assert blocks(document)[1:] == [
        (BlockKind.HEADING, "Tides"),
        (BlockKind.PARAGRAPH, "At six."),
    ]
    rich = outlook.record(32, {outlook.SUBJECT: "A", outlook.RTF: RICH})
    assert body_of(parsed(outlook.write(tmp_path / "b.msg", rich))) == "hello world"
    old = outlook.record(
        32,
        {
            outlook.SUBJECT: "Привет".encode("cp1251"),
            outlook.BODY: "Дождь.".encode("cp1251"),
            outlook.PAGE: 1251,
        },
    )
    document = parsed(outlook.write(tmp_path / "c.msg", old))
    assert (document.title, body_of(document)) == ("Привет", "Дождь.")


RICH = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
    "0a800fa0"
)


def test_packed_rich_text() -> None:
    assert unpacked(RICH) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    assert unpacked(bytes.fromhex(crossing)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked(b"") == b""
    for damaged in (b"short", RICH[:8] + b"none" + RICH[12:], b"\xff" * 40):
        with pytest.raises(ValueError, match=r"."):
            unpacked(damaged)
    for length in range(16, len(RICH)):
        assert unpacked(RICH).startswith(unpacked(RICH[:length]))


def test_damaged_outlook_files_are_refused_or_read_in_part(tmp_path: Path) -> None:
    path = outlook.write(tmp_path / "a.msg", outlook_mail())
    whole = path.read_bytes()
    for cut in range(600, len(whole), 500):
        path.write_bytes(whole[:cut])
        result = parse_file(path)
        if isinstance(result, ParsedDocument):
            check(result)
        else:
            assert result.reason in (FailureReason.BROKEN, FailureReason.UNSUPPORTED)


def test_mail_as_apple_keeps_it(tmp_path: Path) -> None:
    mail = f"{HEAD}\r\nIt drips.\r\n".encode()
    path = tmp_path / "a.eml"
    path.write_bytes(b"%d\n" % len(mail) + mail + b"<?xml version='1.0'?><plist/>")
    assert body_of(parsed(path)) == "It drips."


def test_an_attachment_whose_bytes_cannot_be_had_fails_alone(tmp_path: Path) -> None:
    def gone() -> bytes:
        raise ValueError

    builder = DocumentBuilder()
    builder.add("A mail.")
    files = [("a.txt", gone), ("b.txt", lambda: b"Words.")]
    add_attachments(builder, Source("a.eml", data=b""), files)
    broken, sound = builder.parts
    assert broken.failure is not None
    assert broken.failure.reason is FailureReason.BROKEN
    assert sound.document is not None
    assert builder.notes == ["Not read (damaged): a.txt."]


def test_a_long_flowed_line_is_joined(tmp_path: Path) -> None:
    headers = "Content-Type: text/plain; format=flowed\r\n"
    document = parsed(raw(tmp_path / "a.eml", headers, "w \n" * 200_000))
    assert body_of(document).count("w") == 200_000


@pytest.mark.parametrize(
    ("plain", "page", "shown"),
    [
        ("Your program cannot show this mail.", "<p>The deposit is due today.</p>", "deposit is"),
        ("The deposit is 250 euros.", "<p>The deposit is 275 euros.</p>", "275"),
        ("The deposit\n\nis due.", "<p>The deposit is <b>due</b>.</p>", "The deposit\n\nis due."),
    ],
)
def test_the_page_of_a_mail_is_shown_where_it_says_more(
    tmp_path: Path, plain: str, page: str, shown: str
) -> None:
    message = EmailMessage()
    message["Subject"] = "Deposit"
    message.set_content(plain)
    message.add_alternative(page, subtype="html")
    path = tmp_path / "a.eml"
    path.write_bytes(message.as_bytes())
    assert shown in parsed(path).text
