"""Files whose content is only in a cloud are told by their status or name, without opening them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from rag.parse.cloud_only import IN_CLOUD, stands_for, why_cloud_only


def status(**fields: int) -> os.stat_result:
    return cast("os.stat_result", SimpleNamespace(st_mode=stat.S_IFREG, **fields))


@pytest.mark.parametrize("attribute", [0x1000, 0x4_0000, 0x40_0000])
def test_windows_marks_placeholders_by_attributes(attribute: int) -> None:
    assert why_cloud_only("a.pdf", status(st_file_attributes=0x20 | attribute)) == IN_CLOUD
    assert why_cloud_only("a.pdf", status(st_file_attributes=0x20 | 0x8_0000)) == ""  # pinned


def test_macos_marks_them_by_a_flag() -> None:
    assert why_cloud_only("a.pdf", status(st_flags=0x4000_0000)) == IN_CLOUD
    assert why_cloud_only("a.pdf", status(st_flags=0x40)) == ""


def test_a_folder_is_listed_wherever_its_files_are() -> None:
    folder = SimpleNamespace(st_mode=stat.S_IFDIR, st_file_attributes=0x40_0000)
    assert why_cloud_only("Papers", cast("os.stat_result", folder)) == ""


def test_a_stub_stands_for_the_file(tmp_path: Path) -> None:
    assert stands_for(".Plan 1.pdf.icloud") == "Plan 1.pdf"
    assert stands_for("Plan.pdf.nextcloud") == "Plan.pdf"
    assert stands_for("Plan.icloud") == "Plan.icloud"
    assert why_cloud_only(".Plan 1.pdf.icloud", tmp_path.stat()) == ""


def test_a_sparse_file_is_not_in_a_cloud(tmp_path: Path) -> None:
    hole = tmp_path / "a.pdf"
    with hole.open("wb") as stream:
        stream.truncate(100_000)
    assert why_cloud_only("a.pdf", hole.stat()) == ""


def test_a_document_at_google_is_a_link() -> None:
    assert "Google" in why_cloud_only("Budget.gsheet", status())
