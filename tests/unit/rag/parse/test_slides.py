"""PowerPoint: charts and diagrams, the order of slides, and what slides hold in two forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Cm

from rag.parse.document import BlockKind
from rag.parse.office import drawings
from tests import samples
from tests.unit.rag.parse.invariants import blocks, parsed

PLACE = (Cm(2), Cm(5), Cm(20), Cm(10))
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"


def untyped(make: Callable[[], Any]) -> Any:
    return make()


def test_a_chart_is_a_table_of_its_values(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Water"
    data: Any = untyped(CategoryChartData)
    data.categories = ["March", "April"]
    data.add_series("Inflow", (0.1 + 0.2, 4))
    data.add_series("Outflow", (None, 5.5))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Litres a day"
    deck.save(str(tmp_path / "a.pptx"))
    document = parsed(tmp_path / "a.pptx")
    assert blocks(document) == [
        (BlockKind.HEADING, "Water"),
        (BlockKind.PARAGRAPH, "Chart: Litres a day"),
        (BlockKind.TABLE, " | Inflow | Outflow\nMarch | 0.3\nApril | 4 | 5.5"),
    ]
    assert document.blocks[-1].header == " | Inflow | Outflow"
    assert document.blocks[-1].locator.page == 1


def test_values_of_a_chart_are_in_their_number_format() -> None:
    def chart(code: str, *values: str) -> str:
        points = "".join(
            f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values)
        )
        cache = f"<c:numCache><c:formatCode>{code}</c:formatCode>{points}</c:numCache>"
        space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
        data = (
            f'<c:chartSpace xmlns:c="{space}"><c:ser><c:tx><c:v>A</c:v></c:tx>'
            f"<c:val><c:numRef>{cache}</c:numRef></c:val></c:ser></c:chartSpace>"
        )
        _, rows = drawings.chart(data.encode())
        return ", ".join(row[1] for row in rows[1:])

    assert chart("0%", "0.35", "0.65") == "35%, 65%"
    assert chart("yyyy-mm-dd", "45352") == "2024-03-01"
    assert chart("General", "0.30000000000000004", "n/a") == "0.3, n/a"
    assert chart("yyyy", "1e300", "nan") == "1e300, nan"


def test_a_chart_without_values_is_noted(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Water"
    data: Any = untyped(CategoryChartData)
    data.categories = ["March"]
    data.add_series("Inflow", (4,))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data).chart
    for series in list(chart._chartSpace.iter("{*}ser")):
        series.getparent().remove(series)
    deck.save(str(tmp_path / "a.pptx"))
    document = parsed(tmp_path / "a.pptx")
    assert document.text == "Water"
    assert document.notes == ("The chart on slide 1 holds no values and was not read.",)


def test_a_scatter_plot_gives_its_points(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data: Any = untyped(XyChartData)
    for name, points in (("Low", ((1, 2), (3, 4))), ("High", ((5, 6),))):
        series = data.add_series(name)
        for point in points:
            series.add_data_point(*point)
    slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *PLACE, data)
    deck.save(str(tmp_path / "a.pptx"))
    assert parsed(tmp_path / "a.pptx").text == " | Low\n1 | 2\n3 | 4\n | High\n5 | 6"


def test_a_diagram_is_a_list_of_its_texts(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    point = (
        '<dgm:pt modelId="{}" type="{}"><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>'
    )
    points = "".join(
        point.format(number, kind, text)
        for number, (kind, text) in enumerate(
            (("doc", "no"), ("node", "Sign"), ("parTrans", "no"), ("node", "Pay"), ("pres", "no"))
        )
    )
    data = (
        f'<dgm:dataModel xmlns:dgm="{DIAGRAM}" xmlns:a="{MAIN}"><dgm:ptLst>{points}</dgm:ptLst>'
        "</dgm:dataModel>"
    ).encode()
    name = PackURI("/ppt/diagrams/data1.xml")
    kind = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    part = Part(name, kind, deck.part.package, data)
    relation = slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    frame = slide.shapes.add_table(1, 1, *PLACE)._element
    content = frame.find(f".//{{{MAIN}}}graphicData")
    content.set("uri", DIAGRAM)
    for child in list(content):
        content.remove(child)
    family = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    etree.SubElement(content, f"{{{DIAGRAM}}}relIds", {f"{{{family}}}dm": relation})
    deck.save(str(tmp_path / "a.pptx"))
    assert blocks(parsed(tmp_path / "a.pptx")) == [
        (BlockKind.LIST_ITEM, "- Sign"),
        (BlockKind.LIST_ITEM, "- Pay"),
    ]


def test_slides_are_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    path = samples.slides(
        tmp_path / "a.pptx", ("One", ("x", "y"), ""), ("Two", ("x", "y"), ""), ("Three", ("x",), "")
    )
    deck = Presentation(str(path))
    order = deck.slides._sldIdLst
    order.insert(0, order[2])
    deck.save(str(path))
    document = parsed(path)
    heads = [b.locator for b in document.blocks if b.kind is BlockKind.HEADING]
    assert [(document.text[h.start : h.end], h.page) for h in heads] == [
        ("Three", 1),
        ("One", 2),
        ("Two", 3),
    ]


def test_what_is_held_in_two_forms_is_read_once(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for text in ("New.", "Old."):
        slide.shapes.add_textbox(*PLACE).text_frame.text = text
    new, old = (shape._element for shape in slide.shapes)
    family = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = etree.SubElement(slide.shapes.element, f"{{{family}}}AlternateContent")
    etree.SubElement(both, f"{{{family}}}Choice", {"Requires": "a14"}).append(new)
    etree.SubElement(both, f"{{{family}}}Fallback").append(old)
    deck.save(str(tmp_path / "a.pptx"))
    assert parsed(tmp_path / "a.pptx").text == "New."


def test_templates_and_shows_are_read(tmp_path: Path) -> None:
    path = samples.slides(tmp_path / "a.pptx", ("Tides", ("High", "Low"), ""))
    types = "[Content_Types].xml"
    for kind in (b"slideshow.main", b"template.main"):
        content = samples.part(path, types).replace(b"presentation.main", kind)
        copy = tmp_path / f"{kind[:5].decode()}.pptx"
        copy.write_bytes(path.read_bytes())
        assert parsed(samples.replace_part(copy, types, content)).text.startswith("Tides")


def test_drawings_that_are_damaged_give_nothing() -> None:
    assert drawings.chart(b"<no") == ("", [])
    assert drawings.chart(b"<no/>") == ("", [])
    assert drawings.diagram(b"") == []
