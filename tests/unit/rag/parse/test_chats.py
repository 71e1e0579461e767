"""Chats and logs in the layouts of the usual programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed


def lines(path: Path) -> list[str]:
    return [" ".join(text.split()) for _, text in blocks(parsed(path))]


TELEGRAM = """<!DOCTYPE html><html><head><title>Exported Data</title></head><body>
<div class="page_header"><div class="text bold">Allotment</div></div><div class="history">
<div class="message service"><div class="body details">12 March 2024</div></div>
<div class="message default clearfix"><div class="userpic">E</div><div class="body">
<div class="date details" title="12.03.2024 21:15:07 UTC+01:00">21:15</div>
<div class="from_name">Edda</div><div class="text">The pump<br>is broken</div></div></div>
<div class="message default clearfix joined"><div class="body">
<div class="date details" title="12.03.2024 21:16:07 UTC+01:00">21:16</div>
<div class="media_wrap"><div class="title">bill.pdf</div></div></div></div>
<div class="message default clearfix"><div class="body">
<div class="date details" title="12.03.2024 21:17:07 UTC+01:00">21:17</div>
<div class="from_name">Nils</div><div class="text">I call</div></div></div></div></body></html>"""

TEAMS = """<html><body><h1>Allotment</h1>
<div itemscope itemtype="http://schema.skype.com/Message"><span itemprop="author">Edda</span>
<time itemprop="datePublished" datetime="2024-03-12T21:15:07Z">9:15 PM</time>
<div itemprop="text">The pump is broken</div></div>
<div itemscope itemtype="http://schema.skype.com/Message"><span itemprop="author">Nils</span>
<time itemprop="datePublished" datetime="2024-03-12T21:16:07Z">9:16 PM</time>
<div itemprop="text">I call</div></div></body></html>"""

INSTAGRAM = """<html><head><title>Allotment</title></head><body><h1>Allotment</h1>
<div class="pam _3-95 _a6-g"><div class="_a6-h">Edda</div><div class="_a6-p">The pump is broken
</div><div class="_a6-o">Mar 12, 2024, 9:15 PM</div></div>
<div class="pam _3-95 _a6-g"><div class="_a6-h">Nils</div><div class="_a6-p">I call</div>
<div class="_a6-o">Mar 12, 2024, 9:16 PM</div></div></body></html>"""


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            TELEGRAM,
            [
                "12.03.2024 21:15:07 UTC+01:00 Edda: The pump is broken",
                "12.03.2024 21:16:07 UTC+01:00 Edda: (bill.pdf)",
                "12.03.2024 21:17:07 UTC+01:00 Nils: I call",
            ],
        ),
        (
            TEAMS,
            ["2024-03-12 21:15:07Z Edda: The pump is broken", "2024-03-12 21:16:07Z Nils: I call"],
        ),
        (
            INSTAGRAM,
            [
                "Mar 12, 2024, 9:15 PM Edda: The pump is broken",
                "Mar 12, 2024, 9:16 PM Nils: I call",
            ],
        ),
    ],
)
def test_chats_in_pages(tmp_path: Path, page: str, expected: list[str]) -> None:
    assert lines(samples.text(tmp_path / "messages.html", page)) == ["Allotment", *expected]


def test_short_messages_of_a_telephone(tmp_path: Path) -> None:
    content = """<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><smses count="3">
<sms address="+41791234567" date="1710274507000" type="1" body="The pump is broken"
 contact_name="Edda" /><sms address="+41791234567" date="1710274567000" type="2" body="I call"
 contact_name="(Unknown)" /><mms date="1710274597000" msg_box="1" address="1" contact_name="Edda">
<parts><part ct="application/smil" text="x"/><part ct="text/plain" text="See it"/>
<part ct="image/jpeg" name="a.jpg" text="null"/></parts></mms></smses>"""
    assert lines(samples.text(tmp_path / "sms.xml", content)) == [
        "2024-03-12 20:15:07 UTC Edda: The pump is broken",
        "2024-03-12 20:16:07 UTC Me to +41791234567: I call",
        "2024-03-12 20:16:37 UTC Edda: See it (a.jpg)",
    ]


def test_letters_in_exports_of_facebook_are_mended(tmp_path: Path) -> None:
    def spoilt(text: str) -> str:
        return text.encode().decode("latin-1")

    chat = {
        "title": spoilt("Jürg"),
        "messages": [
            {"sender_name": spoilt("Jürg"), "timestamp_ms": 1710274507000, "content": "Ja"},
            {
                "sender_name": "Edda",
                "timestamp_ms": 1710274407000,
                "content": spoilt("Grüezi – 🚲"),
            },
            {"sender_name": "Edda", "timestamp_ms": 1710274307000, "photos": [{"uri": "p/a.jpg"}]},
        ],
    }
    assert lines(samples.text(tmp_path / "message_1.json", json.dumps(chat))) == [
        "Jürg",
        "2024-03-12 20:11:47 UTC Edda: (a.jpg)",
        "2024-03-12 20:13:27 UTC Edda: Grüezi – 🚲",
        "2024-03-12 20:15:07 UTC Jürg: Ja",
    ]
    sound = {"title": "Straße", "word": "Ã¼ber"}
    assert "Straße" in parsed(samples.text(tmp_path / "a.json", json.dumps(sound))).text


def test_members_and_files_of_slack_and_discord_have_their_names(tmp_path: Path) -> None:
    slack = [
        {"user": "U1", "ts": "1710274507.1", "text": "Ask <@U2>", "user_profile": {"name": "e"}},
        {"user": "U2", "ts": "1710274508.1", "text": "Ok", "user_profile": {"real_name": "Nils"}},
        {"user": "U2", "ts": "1710274509.1", "text": "See", "files": [{"name": "a.pdf"}]},
    ]
    assert lines(samples.text(tmp_path / "2024-03-12.json", json.dumps(slack))) == [
        "2024-03-12 20:15:07 UTC e: Ask @Nils",
        "2024-03-12 20:15:08 UTC Nils: Ok",
        "2024-03-12 20:15:09 UTC Nils: See (a.pdf)",
    ]


def test_discord_in_text_and_signal_in_markdown(tmp_path: Path) -> None:
    discord = (
        "=====\nGuild: Allotment\nChannel: general\n=====\n\n[12-Mar-24 09:15 PM] Edda#1234\n"
        "The pump: is broken\n\n[12-Mar-24 09:16 PM] nils\nI call\nthem\n"
    )
    assert lines(samples.text(tmp_path / "a.txt", discord)) == [
        "Guild: Allotment Channel: general",
        "12-Mar-24 09:15 PM Edda#1234: The pump: is broken",
        "12-Mar-24 09:16 PM nils: I call them",
    ]
    signal = "[2024-03-12, 21:15] Edda: The pump\n[2024-03-12, 21:16] Me: I call\n"
    assert lines(samples.text(tmp_path / "chat.md", signal)) == [
        "2024-03-12, 21:15 Edda: The pump",
        "2024-03-12, 21:16 Me: I call",
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "2024-03-12 21:{0:02}:07,123 INFO  [main] app.Start - Started {0}",
        "[2024-03-12T21:{0:02}:07.123+01:00] INFO Started {0}",
        "Mar 12 21:{0:02}:07 host sshd[1]: Started {0}",
        "<34>1 2024-03-12T21:{0:02}:07Z host app - - - Started {0}",
        '10.0.0.1 - - [12/Mar/2024:21:{0:02}:07 +0100] "GET /{0} HTTP/1.1" 200 512',
        "[    1.0000{0:02}] eth0: Started {0}",
        "WARN: Started {0}",
    ],
)
def test_entries_of_a_log_stay_whole(tmp_path: Path, entry: str) -> None:
    trace = (
        "java.lang.IllegalStateException: no pump\n\tat app.Jobs.run(Jobs.java:17)\n\nCaused by: x"
    )
    written = [entry.format(number) + (f"\n{trace}" if number == 3 else "") for number in range(99)]
    document = parsed(samples.text(tmp_path / "app.log", "\n".join(written)))
    assert len(document.blocks) > 1
    texts = [text for _, text in blocks(document)]
    assert all(any(line in text for text in texts) for line in written)
    assert all(len(text) < 1200 for text in texts)


def test_a_diary_is_no_log(tmp_path: Path) -> None:
    content = "March\n\nOn 2024-03-12 at 21:15:07 the pump broke.\n\nIt is mended."
    assert len(parsed(samples.text(tmp_path / "a.txt", content)).blocks) == 3


@pytest.mark.parametrize(
    ("export", "times"),
    [
        (
            (
                "2024. 3. 12. 오후 9:15 - Edda: 펌프가 고장 났어요\n"
                "2024. 3. 12. 오후 9:16 - Nils: 전화할게요\n두 번째 줄\n"
            ),
            ["2024. 3. 12. 오후 9:15", "2024. 3. 12. 오후 9:16"],
        ),
        (
            (
                "[2024. 3. 12. 오후 9:15:07] Edda: 펌프가 고장 났어요\n"
                "[2024. 3. 12. 오후 9:16:07] Nils: 전화할게요\n두 번째 줄\n"
            ),
            ["2024. 3. 12. 오후 9:15:07", "2024. 3. 12. 오후 9:16:07"],
        ),
        (
            (
                "2024년 3월 12일 오후 9:15, Edda : 펌프가 고장 났어요\n"
                "2024년 3월 12일 오후 9:16, Nils : 전화할게요\n두 번째 줄\n"
            ),
            ["2024년 3월 12일 오후 9:15", "2024년 3월 12일 오후 9:16"],
        ),
    ],
    ids=["android", "iphone", "kakaotalk"],
)
def test_chats_of_korean_phones_are_told_by_message(
    tmp_path: Path, export: str, times: list[str]
) -> None:
    path = samples.text(tmp_path / "chat.txt", export)
    assert lines(path) == [
        f"{times[0]} Edda: 펌프가 고장 났어요",
        f"{times[1]} Nils: 전화할게요 두 번째 줄",
    ]
