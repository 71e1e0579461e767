"""PDF: what lies beside the text of the pages: forms, tick boxes, comments, attached files."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from reportlab.pdfgen.canvas import Canvas

from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.mail.parts import part_bytes
from rag.parse.pdf import added_content, form_fields
from rag.text.tick_marks import without_words
from tests.unit.rag.parse.invariants import parsed, refused
from tests.unit.rag.parse.pdf_objects import FIRST, attached, form, page_pdf, stream


def lines(document: ParsedDocument) -> list[str]:
    return [line for line in document.text.split("\n") if line]


def widget(left: float, bottom: float, entries: str, width: float = 100, height: float = 16) -> str:
    box = f"[{left} {bottom} {left + width} {bottom + height}]"
    return f"/Subtype /Widget /Rect {box} /F 4 {entries}"


def button(left: float, bottom: float, name: str, *, on: bool, more: str = "") -> str:
    state = "Yes" if on else "Off"
    shapes = "/AP << /N << /Yes 5 0 R /Off 5 0 R >> >>"
    return widget(
        left, bottom, f"/FT /Btn /T ({name}) /V /{state} /AS /{state} {shapes} {more}", 14, 14
    )


def test_fields_stand_in_the_line_of_their_label(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(60, 700, "Surname:")
    canvas.acroForm.textfield(name="f1", x=150, y=694, width=120, height=18, value="Okonkwo")
    canvas.drawString(300, 700, "Born:")
    canvas.acroForm.textfield(name="f2", x=350, y=694, width=90, height=18, value="3 May 1988")
    canvas.drawString(60, 660, "Room:")
    canvas.acroForm.choice(
        name="f3", x=150, y=654, width=120, height=18, value="Blue", options=["Red", "Blue"]
    )
    canvas.drawString(60, 620, "Phone:")
    canvas.acroForm.textfield(name="f4", x=150, y=614, width=120, height=18, value="")
    canvas.save()
    assert lines(parsed(path)) == [
        "Surname: Okonkwo Born: 3 May 1988",
        "Room: Blue",
        "Phone: (empty)",
    ]


def test_check_boxes_and_radio_buttons_say_their_state(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for y, text, on in ((700, "I accept the terms", False), (670, "Send me the minutes", True)):
        canvas.acroForm.checkbox(name=text, x=60, y=y - 3, size=14, checked=on)
        canvas.drawString(84, y, text)
    canvas.drawString(60, 640, "Seat:")
    for x, value in ((120, "window"), (220, "aisle")):
        canvas.acroForm.radio(name="seat", value=value, selected=value == "aisle", x=x, y=637)
        canvas.drawString(x + 24, 640, value)
    canvas.save()
    assert lines(parsed(path)) == [
        "☐ I accept the terms (not ticked)",
        "☒ Send me the minutes (ticked)",
        "Seat: ◯ window (not selected)",
        "Seat: ◉ aisle (selected)",
    ]


def test_a_label_may_stand_before_its_box(tmp_path: Path) -> None:
    boxes = [button(150, 698, "a", on=True), button(220, 698, "b", on=False)]
    path = page_pdf(
        tmp_path / "a.pdf", [(72, 700, "Vegetarian: yes"), (200, 700, "no")], boxes, form(2)
    )
    assert lines(parsed(path)) == ["Vegetarian: yes (ticked ☒)", "Vegetarian: no (not ticked ☐)"]


def test_labels_above_a_field_in_a_tooltip_and_in_its_name(tmp_path: Path) -> None:
    fields = [
        widget(72, 670, "/FT /Tx /T (x1) /V (Ada)"),
        widget(300, 670, "/FT /Tx /T (x2) /V (Lovelace)"),
        widget(72, 400, "/FT /Tx /T (x3) /TU (Height in cm) /V (171)"),
        widget(72, 300, "/FT /Tx /T (form[0].page[0].Shoe_size[0]) /V (39)"),
        button(72, 200, "x5", on=False, more="/TU (May be called)"),
    ]
    text = [(72, 690, "Given name"), (300, 690, "Family name")]
    assert lines(parsed(page_pdf(tmp_path / "a.pdf", text, fields, form(5)))) == [
        "Given name Family name",
        "Given name: Ada",
        "Family name: Lovelace",
        "Height in cm: 171",
        "Shoe size: 39",
        "☐ May be called (not ticked)",
    ]


def test_the_words_of_a_label_that_goes_on_stay_together(tmp_path: Path) -> None:
    text = [
        (96, 700, "I have read the rules of the house,"),
        (96, 687, "and keep to them."),
        (72, 660, "Signed."),
    ]
    path = page_pdf(tmp_path / "a.pdf", text, [button(72, 698, "a", on=False)], form(1))
    assert lines(parsed(path)) == [
        "☐ I have read the rules of the house,",
        "and keep to them. (not ticked)",
        "Signed.",
    ]


def test_lists_passwords_signatures_and_push_buttons(tmp_path: Path) -> None:
    fields = [
        widget(
            200,
            696,
            "/FT /Ch /Ff 2097152 /T (a) /V [(1) (3)] /I [0 2] "
            "/Opt [[(1) (Oats)] [(2) (Rye)] [(3) (Barley)]]",
        ),
        widget(200, 666, "/FT /Tx /Ff 8192 /T (b) /V (hunter2)"),
        widget(200, 636, "/FT /Sig /T (c)"),
        widget(200, 606, "/FT /Btn /Ff 65536 /T (d) /TU (Print this form)"),
    ]
    text = [(72, 700, "Crops:"), (72, 670, "Code:"), (72, 640, "Signature:"), (72, 610, "End.")]
    document = parsed(page_pdf(tmp_path / "a.pdf", text, fields, form(4)))
    assert lines(document)[0] == "Crops: Oats, Barley"
    assert lines(document)[2:] == ["Signature: (not signed)", "End."]
    assert "hunter2" not in document.text


def test_a_form_without_any_printed_text_is_read(tmp_path: Path) -> None:
    fields = [widget(72, 700, "/FT /Tx /T (Keel) /V (14 m)")]
    assert lines(parsed(page_pdf(tmp_path / "a.pdf", [], fields, form(1)))) == ["Keel: 14 m"]


def test_only_so_many_fields_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added_content, "MOST_FIELDS", 3)
    fields = [widget(72, 700 - 20 * i, f"/FT /Tx /T (n{i}) /V (v{i})") for i in range(6)]
    document = parsed(page_pdf(tmp_path / "a.pdf", [], fields, form(6)))
    assert lines(document) == ["n0: v0", "n1: v1", "n2: v2"]
    assert document.notes == ("The first 3 fields of its form were read.",)


def test_forms_of_adobe_are_noted(tmp_path: Path) -> None:
    xfa = f"/AcroForm << /Fields [] /XFA [(template) {FIRST} 0 R] >>"
    objects = [stream(b"<template/>")]
    path = page_pdf(tmp_path / "a.pdf", [(72, 700, "Please wait")], (), xfa, objects)
    assert "XFA" in parsed(path).notes[0]


def test_comments_say_who_wrote_them_and_on_which_words(tmp_path: Path) -> None:
    quads = quad("We pay ", "900")
    date = "/M (D:20240503140500+02'00')"
    comments = [
        f"/Subtype /Text /Rect [0 0 9 9] /T (M. Adeyemi) {date} /Contents (Ask the surveyor.)",
        f"/Subtype /Highlight /Rect [72 698 160 712] {quads} /T (Jo) /Contents (Too low)",
        f"/Subtype /Underline /Rect [72 698 160 712] {quads}",
        "/Subtype /FreeText /Rect [72 600 200 620] /Contents (Moved to June)",
        "/Subtype /Popup /Rect [72 600 200 620] /Contents (Ask the surveyor.)",
        "/Subtype /Text /F 2 /Rect [0 0 9 9] /Contents (Hidden)",
        "/Subtype /Link /Rect [0 0 9 9] /Contents (A link)",
    ]
    document = parsed(page_pdf(tmp_path / "a.pdf", [(72, 700, "We pay 900 euros.")], comments))
    assert lines(document) == [
        "We pay 900 euros.",
        "Comment by M. Adeyemi, 2024-05-03 14:05: Ask the surveyor.",
        "Comment by Jo on the highlighted words “900”: Too low",
        "Underlined: “900”",
        "Comment: Moved to June",
    ]


def test_struck_out_words_say_so_where_they_stand(tmp_path: Path) -> None:
    strike = f"/Subtype /StrikeOut /Rect [72 698 200 712] {quad('Parking: ', 'yes')}"
    document = parsed(page_pdf(tmp_path / "a.pdf", [(72, 700, "Parking: yes / no")], [strike]))
    assert lines(document) == ["Parking: [struck out: yes] / no"]


def test_a_choice_that_is_highlighted_or_encircled_says_so(tmp_path: Path) -> None:
    left, right = span("Dog: ", "yes")
    box = f"/Rect [{left - 3} 697 {right + 3} 713]"
    for entries, words in (
        (f"/Subtype /Circle {box}", "Dog: yes (circled) / no"),
        (f"/Subtype /Square {box}", "Dog: yes (boxed) / no"),
        (f"/Subtype /Highlight {box} {quad('Dog: ', 'yes')}", "Dog: yes (highlighted) / no"),
        (f"/Subtype /Highlight {box} {quad('', 'Dog: yes / no')}", "Dog: yes / no"),
    ):
        path = page_pdf(tmp_path / "a.pdf", [(72, 700, "Dog: yes / no")], [entries])
        assert lines(parsed(path))[0] == words
    assert without_words("Dog: yes (circled) / no") == "Dog: yes / no"


@pytest.mark.parametrize(("font", "size"), [("Helvetica", 11), ("Times-Roman", 24), ("Courier", 9)])
@pytest.mark.parametrize("drawn", ["stroke", "filled"])
def test_strokes_through_words_strike_them_out(
    tmp_path: Path, font: str, size: int, drawn: str
) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.setFont(font, size)
    words = ("The rent is ", "800", " now")
    canvas.drawString(72, 700, "".join(words))
    left = 72 + canvas.stringWidth(words[0], font, size)
    width = canvas.stringWidth(words[1], font, size)
    thick = size / 18
    for above in (0.28 * size, -0.1 * size):  # the second one is an underline
        if drawn == "filled":
            canvas.rect(left, 700 + above, width, thick, stroke=0, fill=1)
        else:
            canvas.setLineWidth(thick)
            canvas.line(left, 700 + above, left + width, 700 + above)
    canvas.save()
    assert lines(parsed(path)) == ["The rent is [struck out: 800] now"]


def test_rules_that_are_no_strokes_through_words(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "Underlined word")
    canvas.line(72, 698, 130, 698)
    canvas.drawCentredString(300, 650, "Chapter")  # with a rule that goes on to both sides
    canvas.line(72, 654, 520, 654)
    canvas.drawString(72, 600, "Name")
    canvas.line(120, 604, 300, 604)  # beside the word
    canvas.rect(70, 590, 300, 20)
    canvas.save()
    assert lines(parsed(path)) == ["Underlined word", "Chapter", "Name"]


def span(before: str, marked: str) -> tuple[float, float]:
    """Left and right sides of words of a line of `page_pdf` at (72, 700)."""
    left, right = (
        72 + Canvas("unused.pdf").stringWidth(text, "Helvetica", 11)
        for text in (before, before + marked)
    )
    return left, right


def quad(before: str, marked: str) -> str:
    """The entry of an annotation that marks words of a line of `page_pdf` at (72, 700)."""
    left, right = span(before, marked)
    return f"/QuadPoints [{left} 712 {right} 712 {left} 698 {right} 698]"


def test_attached_files_are_parts(tmp_path: Path) -> None:
    inner = attached(tmp_path / "inner.pdf", ("deep.txt", b"The innermost words."))
    path = attached(
        tmp_path / "a.pdf",
        ("list.csv", b"crop,tons\nrye,14\n"),
        ("../../list.csv", b"crop,tons\noats,3\n"),
        ("inner.pdf", inner.read_bytes()),
        ("tool.exe", b"MZ\0\1\2\3" * 40),
    )
    document = parsed(path)
    names = [part.name for part in document.parts]
    assert names == ["list.csv", "_.._list.csv", "inner.pdf", "tool.exe"]
    assert f"Attachments: {', '.join(names)}" in document.text
    assert document.parts[0].document is not None
    assert "rye | 14" in document.parts[0].document.text
    nested = document.parts[2].document
    assert nested is not None
    assert [part.name for part in nested.parts] == ["deep.txt"]
    assert document.notes == ("Not read (not a kind of file that Studiolo can read): tool.exe.",)
    deep = part_bytes(f"{path}!/inner.pdf!/deep.txt")
    assert deep.read() == b"The innermost words."
    with pytest.raises(FileNotFoundError):
        part_bytes(f"{path}!/none.txt")


def test_a_portfolio_without_text_is_read_for_its_files(tmp_path: Path) -> None:
    document = parsed(attached(tmp_path / "a.pdf", ("plan.txt", b"Meet at the pier."), text=""))
    assert document.text == "Attachments: plan.txt"
    assert [part.name for part in document.parts] == ["plan.txt"]


def test_a_file_pinned_to_a_page_is_a_part(tmp_path: Path) -> None:
    pin = (
        "/Subtype /FileAttachment /Rect [72 600 90 620] /Contents (The sketch) "
        f"/FS << /Type /Filespec /F (sketch.txt) /UF (sketch.txt) /EF << /F {FIRST + 1} 0 R >> >>"
    )
    path = page_pdf(
        tmp_path / "a.pdf",
        [(72, 700, "See the pin.")],
        [pin],
        objects=[stream(b"A keel of oak.", "/Type /EmbeddedFile")],
    )
    document = parsed(path)
    assert lines(document) == ["See the pin.", "Comment: The sketch", "Attachments: sketch.txt"]
    assert part_bytes(f"{path}!/sketch.txt").read() == b"A keel of oak."


def test_damaged_attachments_are_noted(tmp_path: Path) -> None:
    catalog = f"/Names << /EmbeddedFiles << /Names [(a.txt) {FIRST} 0 R] >> >>"
    objects = ["<< /Type /Filespec /F (a.txt) >>"]
    path = page_pdf(tmp_path / "a.pdf", [(72, 700, "See a.txt.")], (), catalog, objects)
    document = parsed(path)
    assert document.notes == ("Not read (damaged): a.txt.",)


def test_very_large_forms_are_read_by_the_entries_of_their_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_fields, "MOST_FIELDS", 2)
    fields = [
        widget(150, 696, "/FT /Tx /T (a) /V (Ada)"),
        button(150, 668, "b", on=True),
        widget(150, 636, "/FT /Tx /Ff 8192 /T (c) /V (hunter2)"),
    ]
    text = [(72, 700, "Name:"), (172, 670, "Member"), (72, 640, "Code:")]
    document = parsed(page_pdf(tmp_path / "a.pdf", text, fields, form(3)))
    assert lines(document) == ["Name: Ada", "☒ Member (ticked)", "Code: (empty)"]


def test_boxes_printed_on_the_page_say_their_state(tmp_path: Path) -> None:
    dingbats = "/BaseFont /ZapfDingbats"
    path = page_pdf(tmp_path / "a.pdf", [(72, 700, "n o"), (72, 680, "o")], font=dingbats)
    assert lines(parsed(path)) == ["■ (ticked) ❏ (not ticked)", "❏ (not ticked)"]


@pytest.mark.parametrize(
    ("font", "letter", "shown"),
    [
        ("ABCDEF+Wingdings-Regular", "o", "☐ (not ticked)"),
        ("Wingdings", r"\376", "☑ (ticked)"),
        ("Wingdings", r"\375", "☒ (ticked)"),
        ("Wingdings2", "R", "☑ (ticked)"),
        ("Helvetica", "o", "o"),
        ("Wingdings", "often", "often"),
    ],
)
def test_boxes_in_symbol_fonts(tmp_path: Path, font: str, letter: str, shown: str) -> None:
    path = page_pdf(
        tmp_path / "a.pdf",
        [(72, 700, letter)],
        font=f"/BaseFont /{font} /Encoding /WinAnsiEncoding",
    )
    assert lines(parsed(path)) == [shown]


def test_a_page_without_anything_is_still_refused(tmp_path: Path) -> None:
    assert refused(page_pdf(tmp_path / "a.pdf", [])) is FailureReason.NO_TEXT


XFA_DATA = (
    b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1>'
    b"<Surname>Okonkwo</Surname><Dog>1</Dog><Cat>0</Cat><Shoe_size>39</Shoe_size><Empty/>"
    b"</form1></xfa:data></xfa:datasets>"
)
XFA_TEMPLATE = (
    b'<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/"><subform>'
    b'<field name="Surname"><caption><value><text>Family name:</text></value></caption></field>'
    b'<field name="Dog"><ui><checkButton/></ui><items><integer>1</integer><integer>0</integer>'
    b'</items></field><field name="Cat"><ui><checkButton/></ui></field></subform></template>'
)


def adobe_form(path: Path, text: str, data: bytes = XFA_DATA) -> Path:
    parts = f"[(template) {FIRST} 0 R (datasets) {FIRST + 1} 0 R]"
    catalog = f"/AcroForm << /Fields [] /XFA {parts} >>"
    objects = [stream(XFA_TEMPLATE), stream(data)]
    return page_pdf(path, [(72, 700, text)], (), catalog, objects)


def test_values_of_forms_of_adobe_are_read_with_their_labels(tmp_path: Path) -> None:
    document = parsed(adobe_form(tmp_path / "a.pdf", "Please wait..."))
    assert lines(document) == [
        "Please wait...",
        "Family name: Okonkwo",
        "☒ Dog (ticked)",
        "☐ Cat (not ticked)",
        "Shoe size: 39",
    ]
    assert "XFA" in document.notes[0]
    assert "Its values were read" in document.notes[0]


def test_values_of_forms_of_adobe_that_pages_show_are_read_once(tmp_path: Path) -> None:
    document = parsed(adobe_form(tmp_path / "a.pdf", "Family name: Okonkwo, size: 39"))
    assert lines(document)[1:] == ["☒ Dog (ticked)", "☐ Cat (not ticked)"]
    assert not document.notes


def test_a_damaged_form_of_adobe_is_noted(tmp_path: Path) -> None:
    document = parsed(adobe_form(tmp_path / "a.pdf", "Name", b"<datasets><data>"))
    assert lines(document) == ["Name"]
    assert "may be missing" in document.notes[0]


def test_signatures_say_who_signed_when_and_why(tmp_path: Path) -> None:
    contents = signed_by("Hanna Brandel").hex()
    signature = (
        "/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached "
        "/M (D:20240503140500+02'00') /Reason (I agree) /ByteRange [0 1 2 3] "
        f"/Contents <{contents}{'00' * 50}>"
    )
    field = widget(72, 600, f"/FT /Sig /T (s) /V << {signature} >>")
    path = page_pdf(tmp_path / "a.pdf", [(72, 700, "The lease.")], [field], form(1))
    assert lines(parsed(path))[-1] == (
        "Digital signature by Hanna Brandel, 2024-05-03 14:05 (not checked): I agree"
    )
    path = page_pdf(
        tmp_path / "b.pdf",
        [(72, 700, "The lease.")],
        [field.replace(contents, "3084ffffffff")],
        form(1),
    )
    assert lines(parsed(path))[-1] == "Digital signature, 2024-05-03 14:05 (not checked): I agree"


def signed_by(name: str) -> bytes:
    """A signature as PDF files hold it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Notary")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2034, 1, 1, tzinfo=datetime.UTC))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"The lease.")
    signer = builder.add_signer(certificate, key, hashes.SHA256())
    return signer.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])


def test_drawings_by_hand_are_noted(tmp_path: Path) -> None:
    ink = "/Subtype /Ink /Rect [72 690 120 720] /InkList [[72 690 120 720]]"
    document = parsed(page_pdf(tmp_path / "a.pdf", [(72, 700, "Agreed.")], [ink]))
    assert document.notes == ("Drawings by hand (ink) on its pages were not read.",)


def link(left: float, right: float, bottom: float, address: str) -> str:
    box = f"[{left} {bottom} {right} {bottom + 12}]"
    return f"/Subtype /Link /Rect {box} /A << /S /URI /URI ({address}) >>"


def test_the_target_of_a_link_stands_behind_its_words(tmp_path: Path) -> None:
    path = page_pdf(
        tmp_path / "a.pdf",
        [
            (72, 700, "See the map of the lock."),
            (72, 650, "Ask lock.example/a or write."),
            (72, 600, "The rules of the"),
            (72, 586, "harbour apply here."),
        ],
        annotations=[
            link(90, 129, 698, "https://map.example/z3"),
            link(93, 168, 648, "https://lock.example/a"),
            link(72, 160, 598, "https://harbour.example/rules"),
            link(72, 113, 584, "https://harbour.example/rules"),
            "/Subtype /Link /Rect [72 698 90 712] /Dest [3 0 R /Fit]",
        ],
    )
    assert lines(parsed(path)) == [
        "See the map (https://map.example/z3) of the lock.",
        "Ask lock.example/a or write.",
        "The rules of the",
        "harbour (https://harbour.example/rules) apply here.",
    ]
