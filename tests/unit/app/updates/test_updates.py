"""Only signed, fresh news of a later version count; nothing of them is installed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.errors import NoUpdatePlace, UpdateNotReached, UpdateRefused
from app.jobs import CancelToken
from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.tickets import EgressFault, is_allowed
from app.settings.store import SettingsStore
from app.updates import place
from app.updates.manifest import LARGEST, is_later
from app.updates.minisign import public_key
from app.updates.place import Place
from app.updates.service import PAUSE, Updates
from tests.update_news import ADDRESS, NOW, Maker, manifest

MAKER = Maker()


class Looker:
    """Looks at prepared news, each time as a program that was started anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = SettingsStore(folder / "settings.json")
        self.gate = FakeGate()
        self.now = NOW

    def updates(self, version: str = "0.1.0", whom: Place | None = None) -> Updates:
        return Updates(
            self.gate,
            self.settings,
            self._folder / "updates.json",
            whom or MAKER.place,
            version,
            lambda: self.now,
        )

    def look(self, news: bytes | EgressFault, version: str = "0.1.0") -> str:
        """Returns the later version; "" if there is none."""
        self.gate = FakeGate(news=[news])
        found = self.updates(version).look(CancelToken())
        return found.version if found is not None else ""


@pytest.fixture
def looker(tmp_path: Path) -> Looker:
    return Looker(tmp_path)


def test_signed_news_of_a_later_version_are_shown(looker: Looker) -> None:
    looker.gate = FakeGate(news=[MAKER.sign(manifest())])
    found = looker.updates().look(CancelToken())
    assert found is not None
    assert (found.version, found.page) == ("9.1.0", "https://studiolo.example/9.1")
    assert found.news == ("Scans are read twice as fast.",)
    assert looker.gate.asked == [ADDRESS]


@pytest.mark.parametrize("version", ["9.1.0", "9.1", "9.1.1", "10.0"])
def test_the_newest_version_has_nothing_to_get(looker: Looker, version: str) -> None:
    assert looker.look(MAKER.sign(manifest()), version) == ""


def test_versions_are_compared_as_numbers() -> None:
    assert is_later("0.10.0", "0.9.9")
    assert is_later("1.0", "0.99")
    assert not is_later("0.2.0", "0.2")
    assert not is_later("0.2", "0.2.0")


@pytest.mark.parametrize(
    "news",
    [
        MAKER.sign(manifest()).replace(b"9.1.0", b"9.2.0"),
        MAKER.sign(manifest()) + b" ",
        Maker().sign(manifest()),
        manifest(),
        b"",
        b"\n" * 10,
        b"\xff" * 100,
        b"<html>Please log in to this network</html>",
    ],
    ids=["tampered", "longer", "wrong key", "unsigned", "empty", "lines", "bytes", "web page"],
)
def test_what_the_makers_did_not_sign_is_refused(looker: Looker, news: bytes) -> None:
    with pytest.raises(UpdateRefused, match="not signed by the makers"):
        looker.look(news)


@pytest.mark.parametrize(
    "changed",
    [
        {"program": "another"},
        {"number": 0},
        {"number": "7"},
        {"version": "9.1.0; rm"},
        {"version": "latest"},
        {"expires": "soon"},
        {"expires": "2026-06-01T00:00:00"},
        {"page": "http://studiolo.example/"},
        {"page": "file:///etc/passwd"},
        {"page": None},
        {"news": ["x"] * 21},
        {"news": ["x" * 301]},
        {"run": "setup.exe"},
    ],
    ids=str,
)
def test_what_is_signed_but_no_manifest_is_refused(
    looker: Looker, changed: dict[str, object]
) -> None:
    with pytest.raises(UpdateRefused, match="cannot be read"):
        looker.look(MAKER.sign(manifest(**changed)))


def test_news_without_end_are_refused(looker: Looker) -> None:
    with pytest.raises(UpdateRefused, match="too long"):
        looker.look(MAKER.sign(manifest() + b" " * LARGEST))


def test_news_that_have_expired_are_refused(looker: Looker) -> None:
    looker.now = datetime.fromisoformat("2026-06-01T00:00:00Z")
    with pytest.raises(UpdateRefused, match="out of date"):
        looker.look(MAKER.sign(manifest()))


def test_news_from_before_are_refused_once_newer_were_seen(looker: Looker) -> None:
    assert looker.look(MAKER.sign(manifest(number=8, version="9.2"))) == "9.2"
    with pytest.raises(UpdateRefused, match="older than some"):
        looker.look(MAKER.sign(manifest(number=7, version="9.2")))
    assert looker.look(MAKER.sign(manifest(number=8, version="9.2"))) == "9.2"


def test_a_downgrade_is_refused_whatever_its_number(looker: Looker) -> None:
    looker.look(MAKER.sign(manifest(number=8, version="9.2")))
    with pytest.raises(UpdateRefused, match="older than some"):
        looker.look(MAKER.sign(manifest(number=9, version="9.1.9")))


def test_refused_news_leave_no_trace(looker: Looker) -> None:
    with pytest.raises(UpdateRefused):
        looker.look(Maker().sign(manifest(number=1000, version="99.0")))
    assert looker.look(MAKER.sign(manifest())) == "9.1.0"


def test_without_a_network_it_says_so(looker: Looker) -> None:
    with pytest.raises(UpdateNotReached, match="no network connection"):
        looker.look(EgressFault.OFFLINE)


def test_what_was_kept_of_earlier_looks_may_be_damaged(looker: Looker, tmp_path: Path) -> None:
    (tmp_path / "updates.json").write_bytes(b"\xff{")
    assert looker.look(MAKER.sign(manifest())) == "9.1.0"


def test_without_a_place_nobody_is_asked(looker: Looker) -> None:
    for whom in (Place("", ""), Place(ADDRESS, ""), Place("", MAKER.public_key)):
        with pytest.raises(NoUpdatePlace, match="nothing was sent"):
            looker.updates(whom=whom).look(CancelToken())
    assert looker.gate.asked == []


def test_it_looks_by_itself_only_if_that_is_turned_on_and_once_a_day(looker: Looker) -> None:
    assert not looker.updates().is_due()
    looker.settings.change(look_for_updates=True)
    assert looker.updates().is_due()
    assert not looker.updates(whom=Place("", "")).is_due()
    with pytest.raises(UpdateNotReached):
        looker.look(EgressFault.OFFLINE)
    assert not looker.updates().is_due()
    looker.now += PAUSE
    assert looker.updates().is_due()
    looker.now = NOW - timedelta(days=400)  # the clock was set back
    assert looker.updates().is_due()


def test_the_place_of_the_project_is_whole_or_not_set() -> None:
    """There is none yet; whoever sets one needs an https address and a key that can be read."""
    assert bool(place.ADDRESS) == bool(place.PUBLIC_KEY)
    if place.ADDRESS:
        parts = urlsplit(place.ADDRESS)
        assert is_allowed(place.ADDRESS)
        assert parts.query + parts.fragment == ""  # nothing that tells one asker from another
        public_key(place.PUBLIC_KEY)
