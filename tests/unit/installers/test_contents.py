"""Every part of the packages is listed, with its licence and a checksum."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path

from installers.build import write_sums
from installers.contents import _used, licences, sbom


def test_a_part_is_inside_if_a_module_or_a_file_of_it_is() -> None:
    parts = [metadata.distribution(name) for name in ("numpy", "pytest", "msgspec")]
    native = next(str(path) for path in parts[2].files or () if path.suffix == ".so")
    used = list(_used(parts, {"numpy.linalg"}, {native}))
    assert [part.metadata["Name"] for part in used] == ["msgspec", "numpy"]


def test_licences_and_the_list_of_parts_name_each() -> None:
    numpy = metadata.distribution("numpy")
    assert "BSD" in licences([numpy])
    components = sbom([numpy])["components"]
    assert isinstance(components, list)
    assert components[0]["purl"] == f"pkg:pypi/numpy@{numpy.version}"


def test_sums_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.deb").write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    assert write_sums(tmp_path).read_text() == f"{digest}  a.deb\n"
    assert write_sums(tmp_path).read_text() == f"{digest}  a.deb\n"
