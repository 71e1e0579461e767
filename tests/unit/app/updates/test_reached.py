"""News of a new version, asked for as the program does: gate, launcher, helper, and a real host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import pytest

from app.errors import UpdateNotReached, UpdateRefused
from app.jobs import CancelToken
from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.settings.fields import Settings
from app.settings.store import SettingsStore
from app.updates.service import Updates
from tests import secure
from tests.update_news import NOW, Maker, manifest

MAKER = Maker()
SIGNED = MAKER.sign(manifest())
PAGES = {
    "/news": (200, SIGNED),
    "/forged": (200, Maker().sign(manifest())),
    "/moved": (302, b""),
    "/gone": (404, b"nothing"),
}


class Host(BaseHTTPRequestHandler):
    """Serves the news, and keeps what it was asked."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        status, body = PAGES[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/news")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Looking:
    """A program that looks, and its record."""

    def __init__(self, folder: Path, server: secure.Secure) -> None:
        self._folder, self._url = folder, server.url
        self.record = EgressRecord(folder / "egress")
        settings = Settings(ca_file=server.ca_file)
        self.gate = Gate(Launcher(), self.record, lambda: settings)

    def look(self, page: str) -> str:
        """Returns the later version; "" if there is none."""
        updates = Updates(
            self.gate,
            SettingsStore(self._folder / "settings.json"),
            self._folder / "updates.json",
            replace(MAKER.place, address=f"{self._url}{page}"),
            "0.1.0",
            self._now,
        )
        found = updates.look(CancelToken())
        return found.version if found is not None else ""

    @staticmethod
    def _now() -> datetime:
        return NOW


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Looking]:
    Host.asked.clear()
    with secure.serve(Host, tmp_path) as server:
        looking = Looking(tmp_path, server)
        yield looking
        looking.gate.close()


def test_only_the_address_is_sent_and_only_signed_news_count(looking: Looking) -> None:
    assert looking.look("/news") == "9.1.0"
    with pytest.raises(UpdateRefused):
        looking.look("/forged")
    with pytest.raises(UpdateNotReached, match="redirect"):
        looking.look("/moved")
    with pytest.raises(UpdateNotReached, match="404"):
        looking.look("/gone")
    assert [page for page, _ in Host.asked] == ["/news", "/forged", "/moved", "/gone"]
    for _, headers in Host.asked:
        assert "0.1.0" not in str(headers)
        assert set(headers) <= {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}
    assert len(looking.record.read().entries) == 4
