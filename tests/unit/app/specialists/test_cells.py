import msgspec
import pytest

from app.specialists.cells import absent, page_at, quote_of, unreadable
from app.specialists.records import Alternative, Cell, Quote
from tests.unit.app.specialists.sheets import invoice, paragraphs


def test_a_value_without_a_quote_cannot_exist() -> None:
    with pytest.raises(ValueError, match="neither"):
        Cell("2 years", "found")
    with pytest.raises(ValueError, match="no quote"):
        Alternative("2 years", ())


def test_nor_can_a_quote_without_its_words() -> None:
    with pytest.raises(ValueError, match="as long"):
        Quote(1, 0, 4, "two years")


def test_a_stored_cell_is_checked_when_it_is_read() -> None:
    stored = msgspec.json.encode({"value": "2 years", "state": "found"})
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored, type=Cell)


def test_absent_and_unreadable_cells_have_no_value() -> None:
    assert absent().state == "absent"
    assert unreadable("Page 2 holds no text.").reason == "Page 2 holds no text."


def test_a_quote_is_cut_out_of_the_document_without_outer_blanks() -> None:
    document = paragraphs("The term is  two years.\n\nMore.")
    quote = quote_of(document, 11, 22)
    assert quote == Quote(1, 13, 22, "two years")
    cell = Cell("2 years", "found", quotes=(quote,))
    assert cell.is_verbatim(document.text)
    assert not cell.is_verbatim(document.text.upper())


def test_a_quote_knows_its_page() -> None:
    document = invoice()
    assert page_at(document, document.text.index("Total due")) == 2
    assert page_at(document, len(document.text) + 5) is None
