"""News of new versions through the real gate: one plain request, which names nobody."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from app import __version__
from app.errors import Cancelled, EgressNotRecorded, UpdateNotReached
from app.jobs import CancelToken
from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.settings.fields import Settings
from tests import secure

NEWS = b"news of a version"
LIMIT = 1000


@dataclass
class Site:
    """A web server, and the requests that it got: path, headers."""

    url: str = ""
    ca_file: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture(scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, dict(self.headers)))
            code = {"/gone": 404, "/moved": 302}.get(self.path, 200)
            body = NEWS * 100_000 if self.path == "/huge" else NEWS
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/news")
            self.send_header("Set-Cookie", "who=you")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # the client may have read enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with secure.serve(Handler, tmp_path_factory.mktemp("site")) as server:
        site.url, site.ca_file = server.url, server.ca_file
        yield site


@pytest.fixture(scope="module")
def launcher() -> Iterator[Launcher]:
    process = Launcher()
    yield process
    process.close()


@pytest.fixture
def site(_site: Site) -> Site:
    _site.requests.clear()
    return _site


@pytest.fixture
def gate(site: Site, launcher: Launcher, tmp_path: Path) -> Gate:
    settings = Settings(ca_file=site.ca_file)
    return Gate(launcher, EgressRecord(tmp_path / "egress"), lambda: settings)


def test_one_request_tells_nothing_of_who_asks_and_is_on_record(gate: Gate, site: Site) -> None:
    for _ in range(2):
        assert gate.news(f"{site.url}/news", LIMIT, CancelToken()) == NEWS
    assert [path for path, _ in site.requests] == ["/news", "/news"]
    for _, headers in site.requests:
        assert {name.lower(): value for name, value in headers.items()} == {
            "host": site.url.removeprefix("https://"),
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            "user-agent": "studiolo",
        }
        assert __version__ not in str(headers)
    for entry in gate.record.read().entries:
        assert (entry.begun.kind, entry.begun.sent) == ("news", 0)
        assert entry.begun.host == site.url.removeprefix("https://")
        assert (entry.outcome, entry.status, entry.received) == ("done", 200, len(NEWS))


def test_no_more_than_the_limit_is_read(gate: Gate, site: Site) -> None:
    news = gate.news(f"{site.url}/huge", LIMIT, CancelToken())
    assert len(news) == LIMIT + 1
    assert hashlib.sha256(news).digest() == hashlib.sha256((NEWS * 100)[: LIMIT + 1]).digest()


@pytest.mark.parametrize(
    ("path", "words"), [("/gone", "answered 404"), ("/moved", "redirects to another address")]
)
def test_another_answer_is_no_news(gate: Gate, site: Site, path: str, words: str) -> None:
    with pytest.raises(UpdateNotReached, match=words):
        gate.news(site.url + path, LIMIT, CancelToken())
    assert [asked for asked, _ in site.requests] == [path]


def test_nobody_there_is_no_news(gate: Gate) -> None:
    with pytest.raises(UpdateNotReached, match="refuses connections"):
        gate.news("https://127.0.0.1:9/news", LIMIT, CancelToken())


def test_an_address_without_encryption_is_not_asked(gate: Gate, site: Site) -> None:
    with pytest.raises(UpdateNotReached, match="not a valid https address"):
        gate.news(site.url.replace("https", "http") + "/news", LIMIT, CancelToken())
    assert site.requests == []
    assert gate.record.read().entries == ()


def test_what_cannot_be_recorded_is_not_sent(
    site: Site, launcher: Launcher, tmp_path: Path
) -> None:
    (tmp_path / "egress").touch()
    gate = Gate(launcher, EgressRecord(tmp_path / "egress"), Settings)
    with pytest.raises(EgressNotRecorded, match="Nothing was sent"):
        gate.news(f"{site.url}/news", LIMIT, CancelToken())
    assert site.requests == []


def test_a_cancelled_look_asks_nobody(gate: Gate, site: Site) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        gate.news(f"{site.url}/news", LIMIT, token)
    assert site.requests == []
