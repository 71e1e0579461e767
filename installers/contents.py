"""Lists what is inside the frozen program: licences as text, parts as CycloneDX."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

_LICENCES = ("licen", "copying", "notice", "copyright", "authors")


def write(frozen: Path, out: Path) -> None:
    """Writes `LICENCES.txt` and `sbom.cdx.json` for the frozen program into a folder."""
    parts = inside(frozen)
    (out / "LICENCES.txt").write_text(licences(parts), encoding="utf-8")
    (out / "sbom.cdx.json").write_text(json.dumps(sbom(parts), indent=1), encoding="utf-8")


def inside(frozen: Path) -> list[metadata.Distribution]:
    """Returns the installed distributions of which a module or a file is in the program."""
    from PyInstaller.archive.readers import (  # type: ignore[import-untyped]
        CArchiveReader,
    )

    name = "studiolo.exe" if sys.platform == "win32" else "studiolo"
    archive = CArchiveReader(str(frozen / name))
    modules = {str(module) for module in archive.open_embedded_archive("PYZ.pyz").toc}
    root = frozen / "_internal"
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return list(_used(metadata.distributions(), modules, files))


def _used(
    distributions: Iterable[metadata.Distribution], modules: set[str], files: set[str]
) -> Iterator[metadata.Distribution]:
    """Yields each distribution once, by name, if the program has one of its modules or files."""
    by_name = {str(part.metadata["Name"]).lower(): part for part in distributions}
    for _name, part in sorted(by_name.items()):
        for path in part.files or ():
            dotted = path.as_posix().removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            is_module = path.suffix == ".py" and dotted in modules
            if is_module or (path.suffix != ".py" and path.as_posix() in files):
                yield part
                break


def licences(parts: Iterable[metadata.Distribution]) -> str:
    """Returns the name, the licence and the licence's text of each part."""
    chapters = ["What is inside Studiolo's packages, and under which licences.\n"]
    for part in parts:
        chapters.append(f"{'=' * 80}\n{part.metadata['Name']} {part.version}: {_licence(part)}\n")
        texts = [p for p in part.files or () if p.name.lower().startswith(_LICENCES)]
        for text in texts:
            path = Path(str(part.locate_file(text)))
            if path.suffix not in {".py", ".pyc"} and path.is_file():
                chapters.append(path.read_text(encoding="utf-8", errors="replace"))
    return "\n".join(chapters)


def sbom(parts: Iterable[metadata.Distribution]) -> dict[str, object]:
    """Returns the parts as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/)."""
    from app import __version__ as version

    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "studiolo", "version": version},
        },
        "components": [
            {
                "type": "library",
                "name": part.metadata["Name"],
                "version": part.version,
                "purl": f"pkg:pypi/{part.metadata['Name'].lower()}@{part.version}",
                "licenses": [{"license": {"name": _licence(part)}}],
            }
            for part in parts
        ],
    }


def _licence(part: metadata.Distribution) -> str:
    """Returns the licence that a distribution states: an SPDX expression, else what it says."""
    for field in ("License-Expression", "License"):
        stated = next(iter(part.metadata.get_all(field) or ()), "")
        if stated and "\n" not in stated:
            return str(stated)
    classifiers = part.metadata.get_all("Classifier") or []
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License")]
    return ", ".join(named) or "see its text"
