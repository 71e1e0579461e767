"""Text that a person who opens the file does not see, in documents of office programs."""

from __future__ import annotations

from pathlib import Path

from rag.parse.document import ParsedDocument
from tests.unit.rag.parse.invariants import parsed
from tests.unit.rag.parse.test_open_state import opened
from tests.unit.rag.parse.test_rich_state import rich
from tests.unit.rag.parse.test_word import run, with_body

NOTE = "Hidden text was left out: {} places."


def dressed(properties: str, text: str) -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def lines(document: ParsedDocument) -> list[str]:
    return document.text.split("\n\n")


def test_word(tmp_path: Path) -> None:
    hidden = "<w:vanish/>"
    shown = dressed("<w:vanish w:val='0'/>", "Seen.")
    parts = (run("Price "), dressed(hidden, "margin "), dressed(hidden, "31"), run("is 310."))
    path = with_body(
        tmp_path / "a.docx",
        f"<w:p>{''.join(parts)}</w:p>",
        f"<w:p>{dressed(hidden, 'A whole paragraph.')}</w:p>",
        f"<w:p>{shown}</w:p>",
        f"<w:p>{dressed('<w:webHidden/>', 'Seen in print.')}{dressed(hidden, ' ')}</w:p>",
        f"<w:tbl><w:tr><w:tc><w:p>{run('Site')}</w:p></w:tc><w:tc><w:p>{run('Hours')}"
        f"{dressed(hidden, ' SECRET')}</w:p></w:tc></w:tr></w:tbl>",
    )
    document = parsed(path)
    assert lines(document) == ["Price is 310.", "Seen.", "Seen in print.", "Site | Hours"]
    assert document.notes == (NOTE.format(3),)


def test_opendocument(tmp_path: Path) -> None:
    styles = (
        "<style:style style:name='h' style:family='text'>"
        "<style:text-properties text:display='none'/></style:style>"
    )
    span = "<text:span text:style-name='h'>{}</text:span>"
    body = (
        f"<text:p>Price {span.format('margin 31 ')}is 310.</text:p>"
        "<text:p>Rent<text:hidden-text text:is-hidden='true'> SECRET</text:hidden-text> 9</text:p>"
        "<text:p><text:hidden-paragraph text:is-hidden='true'/>SECRET</text:p>"
        "<text:p><text:hidden-paragraph text:is-hidden='false'/>Seen.</text:p>"
        "<text:section text:display='none'><text:p>SECRET</text:p></text:section>"
        "<text:section text:display='true'><text:p>Also seen.</text:p></text:section>"
    )
    document = parsed(opened(tmp_path / "a.odt", body, styles))
    assert lines(document) == ["Price is 310.", "Rent 9", "Seen.", "Also seen."]
    assert document.notes == (NOTE.format(4),)


def test_rich_text(tmp_path: Path) -> None:
    document = rich(
        tmp_path / "a.rtf",
        "Price {\\v margin 31 }is 310.\\par {\\v A whole paragraph.\\par}"
        "a\\v  SECRET\\v0  b\\v x\\plain  c\\par {\\xe {\\v index}}Seen.\\par "
        "\\trowd\\cellx10\\cellx2000\\intbl Site{\\v  SECRET\\cell} Hours\\cell\\row",
    )
    assert lines(document) == ["Price is 310.", "a b c", "Seen.", "Site | Hours"]
    assert document.notes == (NOTE.format(5),)
