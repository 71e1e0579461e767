"""The way to a server is shown and sealed, and nothing goes another way than was shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.chats.store import ChatStore
from app.errors import AppError, NotConfirmed
from app.escalation.draft import new_draft
from app.escalation.payload import Payload, Route, build
from app.escalation.review import review
from app.escalation.service import EscalationService
from app.escalation.session import Click, Session, State
from app.privacy.egress.fakes import FakeGate
from app.secrets import FakeSecrets
from app.settings.store import Settings, SettingsStore
from tests.escalations import TEAM, arriving, hit, openai_stream, turn
from ui.escalation import wording

PROXY = "http://proxy.example:3128"


class Desk:
    """A person who asks somebody by way of a proxy, with certificates of their own."""

    def __init__(self, folder: Path) -> None:
        self.certificates = folder / "house.pem"
        self.certificates.write_text("one")
        self.settings = SettingsStore(folder / "settings.json")
        self.settings.change(
            cloud_enabled=True,
            cloud_providers=(TEAM,),
            proxy=PROXY,
            ca_file=str(self.certificates),
        )
        self.chats = ChatStore(folder / "chats.sqlite")
        self.gate = FakeGate([arriving(openai_stream("Three months."))])
        self.service = EscalationService(self.settings, self.chats, FakeSecrets(), self.gate)
        self.turn = self.chats.add_turn(self.chats.create().id, "How long?")

    def shown(self) -> Payload:
        payload = self.service.prepare(self.service.draft(self.turn)).payload
        assert payload is not None
        return payload

    def confirmed(self) -> Session:
        session, payload = Session(), self.shown()
        session.show(payload)
        session.confirm(Click(), payload.seal)
        return session


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.chats.close()


def test_the_ticket_goes_the_way_that_was_shown(desk: Desk) -> None:
    session = desk.confirmed()
    assert session.shown is not None
    desk.service.send(session, desk.turn.id)
    (ticket,) = desk.gate.sent
    assert (ticket.proxy, ticket.ca_file) == (PROXY, str(desk.certificates))
    assert (session.shown.route.proxy, session.shown.route.ca_file) == (PROXY, ticket.ca_file)


CHANGES: dict[str, Callable[[Desk], object]] = {
    "another proxy": lambda desk: desk.settings.change(proxy="http://evil.example:3128"),
    "no proxy": lambda desk: desk.settings.change(proxy=""),
    "other certificates": lambda desk: desk.settings.change(ca_file="/evil.pem"),
    "no certificates": lambda desk: desk.settings.change(ca_file=""),
    "the file of certificates": lambda desk: desk.certificates.write_text("two"),
    "no file of certificates": lambda desk: desk.certificates.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_if_the_way_changes_after_the_click_nothing_is_sent_and_it_is_shown_anew(
    desk: Desk, change: str
) -> None:
    session = desk.confirmed()
    before = session.shown
    CHANGES[change](desk)
    with pytest.raises(NotConfirmed, match="proxy or the certificates"):
        desk.service.send(session, desk.turn.id)
    assert desk.gate.sent == []
    assert session.state is State.FAILED
    again = desk.shown()
    assert before is not None
    assert (again.sha256, again.url) == (before.sha256, before.url)
    assert again.seal != before.seal
    assert wording.way(again.route) != wording.way(before.route)


def test_a_click_under_another_way_sends_nothing(desk: Desk) -> None:
    session, before = Session(), desk.shown()
    desk.settings.change(proxy="http://evil.example:3128")
    session.show(desk.shown())
    with pytest.raises(AppError, match="changed since it was shown"):
        session.confirm(Click(), before.seal)


def test_certificates_of_the_provider_come_before_those_of_the_settings() -> None:
    settings = Settings(ca_file="/house.pem")
    assert Route.to(TEAM, settings) == Route("", "/house.pem")
    own = TEAM.model_copy(update={"ca_file": "/team.pem"})
    assert Route.to(own, settings) == Route("", "/team.pem")


def test_each_part_of_the_way_is_sealed() -> None:
    draft = new_draft(turn(hit("a")), [], TEAM)
    looked = review(draft)
    routes = [
        Route(),
        Route("http://a"),
        Route("", "http://a"),
        Route("", "", "http://a"),
        Route("http://a", "b"),
        Route("http://a", "b", "c"),
        Route("http://a\nb", "", ""),
    ]
    assert len({build(draft, looked, None, route).seal for route in routes}) == len(routes)


def test_the_way_in_plain_words() -> None:
    assert wording.way(Route()) == ""
    assert wording.way(Route(PROXY)) == f"Goes through the proxy {PROXY}."
    named = wording.way(Route("http://ada:secret@proxy.example", "/house.pem", "ab" * 32))
    assert "http://ada:••••@proxy.example" in named
    assert "secret" not in named
    assert "Trusts the certificates in /house.pem as well (SHA-256 abababababababab…)." in named
    assert wording.way(Route("", "/gone.pem")) == "Trusts the certificates in /gone.pem as well."
