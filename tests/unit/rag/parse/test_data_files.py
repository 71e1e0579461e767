"""Property lists, places and XML elements that say something without holding anything."""

from __future__ import annotations

import datetime
import json
import plistlib
from pathlib import Path

import pytest

from rag.parse.dispatch import parse_file
from rag.parse.document import BlockKind
from rag.parse.failures import FailureReason, ParseFailure
from tests import samples
from tests.unit.rag.parse.invariants import parsed

_VALUES = {
    "Serial": "XK-7",
    "Enabled": False,
    "Limit": 42,
    "Since": datetime.datetime(2026, 3, 1, 12, 0),  # noqa: DTZ001  # as the format has it
    "Icon": b"\x00\x01\x02",
    "Ports": [{"name": "in", "open": True}, {"name": "out", "open": False}],
}


@pytest.mark.parametrize("form", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_each_key_of_a_property_list_has_its_value(
    tmp_path: Path, form: plistlib.PlistFormat
) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(plistlib.dumps(_VALUES, fmt=form, sort_keys=False))
    text = parsed(path).text
    assert "Serial: XK-7\nEnabled: no\nLimit: 42\nSince: 2026-03-01 12:00:00 UTC" in text
    assert "Icon: (3 bytes)" in text
    assert "name | open\nin | yes\nout | no" in text


def test_a_property_list_within_itself_is_refused(tmp_path: Path) -> None:
    value: list[object] = ["x"]
    for _ in range(40):
        value = [value, value]
    path = tmp_path / "a.plist"
    path.write_bytes(plistlib.dumps(value, fmt=plistlib.FMT_BINARY))
    failure = parse_file(path)
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.TOO_LARGE


def test_a_damaged_property_list_has_an_outcome(tmp_path: Path) -> None:
    path = tmp_path / "a.plist"
    path.write_bytes(b"bplist00\xff\xff" + bytes(40))
    failure = parse_file(path)
    assert isinstance(failure, ParseFailure)
    assert failure.reason is FailureReason.BROKEN
    samples.text(path, "<?xml version='1.0'?><plist><dict><key>Serial</key></dict></plist>")
    assert "Serial" in parsed(path).text


def test_features_of_a_map_are_a_table(tmp_path: Path) -> None:
    def feature(name: str, kind: str, coordinates: object) -> dict[str, object]:
        geometry = {"type": kind, "coordinates": coordinates}
        return {"type": "Feature", "properties": {"name": name, "dry": False}, "geometry": geometry}

    features = [
        feature("Well", "Point", [11.5, 48.25]),
        feature("Ditch", "LineString", [[1, 2], [3, 4], [5, 6.5]]),
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    document = parsed(samples.text(tmp_path / "a.geojson", content))
    (table,) = document.blocks
    assert (table.kind, table.header) == (
        BlockKind.TABLE,
        "name | dry | longitude | latitude | place",
    )
    assert document.text.split("\n")[1:] == [
        "Well | no | 11.5 | 48.25",
        "Ditch | no |  |  | LineString of 3 points, 1, 2 to 5, 6.5",
    ]
    assert document.notes == ("Of lines and areas, the first and last points were read.",)


def test_places_of_kml_have_words_and_named_coordinates(tmp_path: Path) -> None:
    content = (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Kiln</name>'
        "<description><![CDATA[<b>Key</b> at house 9]]></description>"
        "<Point><coordinates>11.2,48.1,0</coordinates></Point></Placemark>"
        "<Placemark><name>Path</name><LineString><coordinates>1,2 3,4 5,6</coordinates>"
        "</LineString></Placemark></Document></kml>"
    )
    document = parsed(samples.text(tmp_path / "a.kml", content))
    assert "description: Key at house 9" in document.text
    assert "longitude 11.2, latitude 48.1, altitude 0" in document.text
    (table,) = [block for block in document.blocks if block.kind is BlockKind.TABLE]
    assert table.header == "longitude | latitude"
    assert "3 | 4" in document.text


def test_an_element_that_never_holds_anything_says_that_it_is_there(tmp_path: Path) -> None:
    order = "<orders><order><item>Axe</item><express/></order><order><item>Saw</item></order>"
    text = parsed(samples.text(tmp_path / "a.xml", f"<?xml version='1.0'?>{order}</orders>")).text
    assert "item | express\nAxe | yes\nSaw" in text
    single = "<?xml version='1.0'?><order><express/><item>Axe</item><note/></order>"
    text = parsed(samples.text(tmp_path / "b.xml", single)).text
    assert "express: (no content)" in text


def test_an_empty_field_of_records_stays_empty(tmp_path: Path) -> None:
    people = "<people><p><n>Ada</n><tel/></p><p><n>Bo</n><tel>1</tel></p></people>"
    text = parsed(samples.text(tmp_path / "a.xml", f"<?xml version='1.0'?>{people}")).text
    assert "n | tel\nAda\nBo | 1" in text
