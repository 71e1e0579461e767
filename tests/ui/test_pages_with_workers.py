"""Library and reader together over the real worker processes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.services import build_services
from app.workers.configs import IndexConfig
from rag.types import Citation
from tests.ui import papers
from ui.bridge import Bridge
from ui.library.page import LibraryPage
from ui.library.rows import FileColumn
from ui.reader.panel import ReaderPanel


def test_a_folder_is_indexed_and_a_document_of_it_read(
    qtbot: QtBot, paths: Paths, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    lease = papers.lease(folder / "Lease" / "lease.pdf")
    config = IndexConfig(
        str(paths.data), str(paths.models), embedder="tests.sample_models:hash_embedder"
    )
    services = build_services(paths, index_config=config)
    bridge = Bridge()
    page, panel = LibraryPage(services, bridge), ReaderPanel(services, bridge)
    for widget in (page, panel):
        qtbot.addWidget(widget)
        widget.resize(700, 700)
        widget.show()

    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=30_000)

    try:
        page.add([folder])
        until(lambda: not page.busy and page.content.model.total == 5)
        model = page.content.model
        found = {
            str(model.index(n, FileColumn.NAME).data()): str(
                model.index(n, FileColumn.STATUS).data()
            )
            for n in range(model.rowCount())
        }
        assert found["lease.pdf"] == "Indexed"
        assert found["broken.docx"] == "Damaged"

        hit = next(h for h in services.library.search(papers.DEPOSIT, 5) if h.path == str(lease))
        start = hit.locator.start + hit.text.replace("\n", " ").index(papers.DEPOSIT)
        document = services.reader.document(lease).document
        quote = document.text[start : start + len(papers.DEPOSIT)]
        panel.open(Citation(1, hit.path, hit.title, hit.kind, hit.locator, quote, hit.chunk_id))
        until(lambda: len(panel.page_view.highlight_rects()) == 2)
        assert hit.locator.page == 3
        until(lambda: "three instalments" in panel.page_view.accessibleDescription())
        panel.open_path(str(folder / "minutes.md"))
        until(lambda: papers.RESERVE in panel.text_view.toPlainText())
    finally:
        bridge.cancel()
        services.close()
        bridge.close()
