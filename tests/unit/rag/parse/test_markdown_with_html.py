"""Markdown: HTML in it is read as a page, comments are left out, bars in cells stay in them."""

from __future__ import annotations

from pathlib import Path

from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed


def texts(path: Path, content: str) -> list[str]:
    return [text for _, text in blocks(parsed(samples.text(path, content)))]


def test_html_in_markdown(tmp_path: Path) -> None:
    assert texts(
        tmp_path / "a.md",
        "<table><tr><th>Ship</th><th>Crew</th></tr><tr><td>Alk</td><td>7</td></tr></table>\n\n"
        "<details><summary>More</summary>\n\nThe key hangs in the barn.\n\n</details>\n\n"
        "<!-- INTERNAL offer 99 -->\n\n"
        "The price <!-- was 5 --> is 6; `<!-- code -->` stays.\n\n"
        "<del>Old rule</del>\n",
    ) == [
        "Ship | Crew\nAlk | 7",
        "More",
        "The key hangs in the barn.",
        "The price  is 6; `<!-- code -->` stays.",
        "[struck out: Old rule]",
    ]


def test_bars_in_cells_are_told_from_those_between_them(tmp_path: Path) -> None:
    content = "| Ware | Price |\n|--|--|\n| Salt \\| fine | 3 |\n"
    assert texts(tmp_path / "a.md", content) == ["Ware | Price\nSalt|fine | 3"]


def test_very_many_parts_in_html_end_in_text(tmp_path: Path) -> None:
    found = texts(tmp_path / "a.md", "<div>x</div>\n\n" * 2_001)
    assert (found[0], found[-1]) == ("x", "<div>x</div>")


def test_notes_of_obsidian_are_read_as_it_shows_them(tmp_path: Path) -> None:
    path = samples.text(
        tmp_path / "note.md",
        "# Boiler %%draft%%\n\n"
        "See [[Contracts/Boiler 2024|the contract]] and [[Plan]].\n\n"
        "%%\nAsk Ann whether\n\nthe price of 900 is right.\n%%\n\n"
        "Use `%%x%%` and 50%% of it, or 5 %% more.\n\n"
        "| room | link |\n| --- | --- |\n| attic | [[Attic\\|upstairs]] |\n\n"
        "```mermaid\n%% a comment %%\nA --> [[B|C]]\n```\n",
    )
    document = parsed(path)
    assert document.text.split("\n\n") == [
        "Boiler",
        "See the contract (Contracts/Boiler 2024) and [[Plan]].",
        "Use `%%x%%` and 50%% of it, or 5 %% more.",
        "room | link\nattic | upstairs (Attic)",
        "```mermaid\n%% a comment %%\nA --> [[B|C]]\n```",
    ]
    assert document.notes == ("Hidden text was left out: 2 places.",)
