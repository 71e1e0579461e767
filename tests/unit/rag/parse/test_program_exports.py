"""What programs export: chats in JSON, journals, directories, logs of terminals, names in LaTeX."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests import samples
from tests.unit.rag.parse.invariants import parsed

GOOGLE = {
    "messages": [
        {
            "creator": {"name": "Ines Falk", "email": "i@x.example", "user_type": "Human"},
            "created_date": "Tuesday, March 5, 2024 at 9:20:02 AM UTC",
            "text": "The bulb costs 88 pounds",
        }
    ]
}
TEAMS = {
    "value": [
        {
            "createdDateTime": "2024-03-05T09:20:02Z",
            "from": {"application": None, "user": {"displayName": "Ines Falk", "id": "1"}},
            "body": {"contentType": "html", "content": "<p>The bulb costs <b>88</b> pounds</p>"},
        }
    ]
}
SKYPE = {
    "userId": "8:a",
    "conversations": [
        {
            "displayName": "Stage",
            "MessageList": [
                {
                    "displayName": None,
                    "originalarrivaltime": "2024-03-05T09:20:02Z",
                    "from": "Ines Falk",
                    "content": "The bulb costs 88 pounds",
                }
            ],
        }
    ],
}
MATRIX = {
    "room_name": "Stage",
    "messages": [
        {
            "sender": "Ines Falk",
            "origin_server_ts": 1709630402000,
            "content": {"msgtype": "m.text", "body": "The bulb costs 88 pounds"},
        }
    ],
}


@pytest.mark.parametrize("export", [GOOGLE, TEAMS, SKYPE, MATRIX])
def test_a_message_has_its_sender_and_time(tmp_path: Path, export: dict[str, Any]) -> None:
    text = parsed(samples.text(tmp_path / "a.json", json.dumps(export))).text
    line = next(line for line in text.split("\n") if "bulb" in line)
    assert line.endswith("Ines Falk: The bulb costs 88 pounds")
    assert "2024" in line


def test_an_entry_of_a_journal_is_a_line(tmp_path: Path) -> None:
    entry = {
        "__REALTIME_TIMESTAMP": "1709629200000000",
        "_HOSTNAME": "mill",
        "SYSLOG_IDENTIFIER": "pumpd",
        "_PID": "412",
        "PRIORITY": "3",
        "MESSAGE": "sensor 7 lost",
    }
    content = "\n".join(json.dumps({**entry, "_PID": str(number)}) for number in (412, 413))
    text = parsed(samples.text(tmp_path / "a.json", content)).text
    assert "2024-03-05 09:00:00 UTC mill pumpd[412]: error: sensor 7 lost\n" in text
    odd = {**entry, "PRIORITY": "99", "MESSAGE": None, "_PID": None}
    text = parsed(samples.text(tmp_path / "b.json", json.dumps(odd))).text
    assert text == "2024-03-05 09:00:00 UTC mill pumpd: None"


def test_values_of_a_directory_are_decoded(tmp_path: Path) -> None:
    words = base64.b64encode("Gärtnerin".encode()).decode()
    picture = base64.b64encode(b"\xff\xd8\xff\xe0" + b"\0" * 40).decode()
    content = (
        "version: 1\n\ndn: cn=Uma Pike,dc=x\nobjectClass: person\ncn: Uma Pike\n"
        f"telephoneNumber: 0555\n -93\ndescription:: {words}\njpegPhoto:: {picture}\n\n"
        "dn: cn=Ned,dc=x\ncn: Ned\nmail:: ?\n"
    )
    document = parsed(samples.text(tmp_path / "a.ldif", content))
    assert document.text == (
        "cn: Uma Pike\ntelephoneNumber: 0555-93\ndescription: Gärtnerin\n\ncn: Ned"
    )


def test_colours_of_a_terminal_are_no_text(tmp_path: Path) -> None:
    content = "\x1b]0;title\x1b\\\x1b[1;32mOK\x1b[0m turbine at 77 rpm\x1b[K\n"
    assert parsed(samples.text(tmp_path / "a.log", content)).text == "OK turbine at 77 rpm"


def test_a_name_for_words_is_expanded(tmp_path: Path) -> None:
    content = (
        "\\newcommand{\\firm}{Gannet \\emph{Ltd}}\\def\\due{9 May}\\newcommand{\\x}[1]{#1 no}\n"
        "\\begin{document}The fee of \\firm{} is due on \\due. \\firmly said.\\end{document}"
    )
    text = parsed(samples.text(tmp_path / "a.tex", content)).text
    assert text == "The fee of Gannet Ltd is due on 9 May. said."


def test_names_do_not_grow(tmp_path: Path) -> None:
    pairs = zip("abcdef", "bcdefg", strict=True)
    defined = "".join("\\def\\" + name + "{" + f"\\{inner} " * 40 + "}" for inner, name in pairs)
    content = f"{defined}\\begin{{document}}Words \\g end\\end{{document}}"
    assert len(parsed(samples.text(tmp_path / "a.tex", content)).text) < 200
