"""What a mail is like beside its words."""

from __future__ import annotations

from pathlib import Path

from rag.parse.mail.signs import read_signs

PLAIN = (
    "From: Ann Lee <ann@mail.house.example>\nTo: bob@home.example\n"
    "Date: Mon, 3 Jun 2024 10:00:00 +0000\nMessage-ID: <1@house.example>\n"
    "Reply-To: ann@house.example\nReturn-Path: <ann@house.example>\n"
    "In-Reply-To: <0@home.example>\nSubject: Re: Lunch\n\nSee https://house.example/menu.\n"
)
ODD = (
    'From: "support@bank.example" <x1234@else.example>\nReply-To: y@third.example\n'
    "Subject: ACT NOW!\nContent-Type: text/html\n\n"
    '<img src="https://a.example/x.gif"><a href="http://10.0.0.1/">bank</a>'
    '<a href="http://bank.example@evil.example/">bank</a><form></form>'
)


def signs_of(folder: Path, text: str, name: str = "mail.eml") -> set[str]:
    file = folder / name
    file.write_text(text)
    return set(read_signs(file))


def test_an_ordinary_reply(tmp_path: Path) -> None:
    signs = signs_of(tmp_path, PLAIN)
    assert {"in-reply", "subject-of-reply", "links-to-sender", "recipients-one"} <= signs
    assert not any(sign.endswith(("-missing", "link-to-number")) for sign in signs)
    assert not {"reply-elsewhere", "return-elsewhere", "message-id-elsewhere"} & signs


def test_a_mail_that_is_not_what_it_seems(tmp_path: Path) -> None:
    assert {
        *("sender-named-as-address", "sender-with-digits", "reply-elsewhere", "date-missing"),
        *("message-id-missing", "recipients-no", "subject-shouted", "subject-exclaims"),
        *("html-only", "link-to-number", "link-disguised", "links-elsewhere"),
        *("picture-from-network", "form-or-script"),
    } <= signs_of(tmp_path, ODD)


def test_a_mailbox_counts_as_its_first_mail(tmp_path: Path) -> None:
    boxed = f"From ann Mon Jun  3 10:00:00 2024\n{PLAIN}"
    assert "in-reply" in signs_of(tmp_path, boxed, "mail.mbox")


def test_other_files_have_no_signs(tmp_path: Path) -> None:
    assert signs_of(tmp_path, "Hello.", "note.txt") == set()
    assert read_signs(tmp_path / "missing.eml") == ()
