"""From a click to a kept reply: the real gate and helper, and a real HTTPS server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.chats.outside_reply import (
    EscalationEvent,
    OutsideDone,
    OutsideReply,
    OutsideText,
    ReplyEnd,
)
from app.chats.store import ChatStore, Turn
from app.errors import (
    Cancelled,
    EscalationError,
    EscalationOff,
    KeyRefused,
    NeverLeaves,
    NotConfirmed,
    NotReached,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    ReplyCut,
    ReplyTooLong,
)
from app.escalation.draft import tick, tick_history
from app.escalation.payload import Payload
from app.escalation.service import EscalationService
from app.escalation.session import Click, Session, State, WrongState
from app.jobs import CancelToken
from app.paths import Paths
from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.secrets import FakeSecrets
from app.services import build_services
from app.settings.store import CloudProvider, Collection, ProviderKind, SettingsStore
from app.workers.configs import IndexConfig
from tests.escalations import answer, anthropic_stream, hit, nowhere_else, openai_stream
from tests.https_server import (
    Behaviour,
    ModelServer,
    floods,
    model_server,
    says,
    says_nothing,
    streams,
)

KEY = "sk-test-4d1b"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ModelServer]:
    with model_server(tmp_path) as made:
        yield made


@dataclass
class Desk:
    """A person's side of it."""

    settings: SettingsStore
    chats: ChatStore
    gate: Gate
    service: EscalationService
    chat_id: int
    turn: Turn

    def shown(self, session: Session, *ticked: str, history: bool = False) -> Payload:
        draft = self.service.draft(self.turn, self.chats.turns(self.chat_id)[:-1])
        for key in ticked:
            draft = tick(draft, key)
        payload = self.service.prepare(tick_history(draft, on=history)).payload
        assert payload is not None
        session.show(payload)
        return payload

    def confirmed(self, *ticked: str) -> Session:
        session = Session()
        session.confirm(Click(), self.shown(session, *ticked).seal)
        return session

    def send(self, session: Session, token: CancelToken | None = None) -> OutsideReply:
        return self.service.send(session, self.turn.id, token=token)

    @property
    def kept(self) -> tuple[OutsideReply, ...]:
        return self.chats.turns(self.chat_id)[-1].replies


@pytest.fixture
def desk(tmp_path: Path, server: ModelServer) -> Iterator[Desk]:
    settings = SettingsStore(tmp_path / "settings.json")
    settings.change(cloud_enabled=True, cloud_providers=(server.provider(),))
    chats = ChatStore(tmp_path / "chats.sqlite")
    gate = Gate(Launcher(), EgressRecord(tmp_path / "egress"), lambda: settings.current)
    service = EscalationService(settings, chats, FakeSecrets(), gate, nowhere_else)
    service.set_key(server.provider(), KEY)
    chat = chats.create()
    chats.add_turn(chat.id, "And before?", answer(hit("z"), text="Before, two."))
    asked = answer(hit("a", text="Ask anna@example.org: three months."))
    turn = chats.add_turn(chat.id, "How long, says anna@example.org?", asked)
    yield Desk(settings, chats, gate, service, chat.id, turn)
    gate.close()
    chats.close()


def use(desk: Desk, provider: CloudProvider) -> None:
    desk.settings.change(cloud_providers=(provider,))


@pytest.mark.parametrize("kind", ProviderKind)
def test_the_bytes_sent_are_the_bytes_shown_and_the_reply_is_kept(
    desk: Desk, server: ModelServer, tmp_path: Path, kind: ProviderKind
) -> None:
    use(desk, server.provider(kind))
    reply = {ProviderKind.OPENAI: openai_stream, ProviderKind.ANTHROPIC: anthropic_stream}[kind](
        "Three months, [EMA", "IL_1] says."
    )
    server.next.append(streams(reply[:150], reply[150:]))
    session = Session()
    payload = desk.shown(session, "a", history=True)
    session.confirm(Click(), payload.seal)
    told: list[EscalationEvent] = []
    done = desk.service.send(session, desk.turn.id, told.append)
    (request,) = server.received
    assert request.body == payload.body == payload.text.encode()
    shown = {name: value.replace("••••••••", KEY) for name, value in payload.shown_headers}
    assert dict(request.headers) == shown
    assert len(request.headers) == len(shown)
    assert f"https://{payload.host}{request.path}" == payload.url
    assert b"anna" not in request.body
    assert b"Before, two." in request.body
    assert done.text == "Three months, anna@example.org says."
    assert (done.host, done.sha256) == (payload.host, payload.sha256)
    assert (done.input_tokens, done.output_tokens, done.counted) == (20, 7, True)
    assert "".join(e.text for e in told if isinstance(e, OutsideText)) == done.text
    assert told[-1] == OutsideDone(done)
    assert session.state is State.DONE
    again = ChatStore(tmp_path / "chats.sqlite")
    assert again.turns(desk.chat_id)[-1].replies == (done,)
    again.close()
    (entry,) = desk.gate.record.read().entries
    assert entry.begun.sha256 == payload.sha256
    assert entry.begun.host == payload.host
    with pytest.raises(WrongState):
        desk.send(session)
    assert len(server.received) == 1


ERRORS: dict[str, tuple[Behaviour, type[EscalationError], str]] = {
    "wrong key": (says(401), KeyRefused, "Check the key"),
    "too often": (says(429, retry_after="30"), RateLimited, "30 seconds"),
    "a fault of its own": (says(503, retry_after="0"), ProviderFailed, "press Send"),
    "cut at once": (streams(cut=True), ReplyCut, "press Send"),
}


@pytest.mark.parametrize("trouble", ERRORS)
def test_each_trouble_says_what_to_do_and_nothing_is_sent_twice(
    desk: Desk, server: ModelServer, trouble: str
) -> None:
    behaviour, kind, advice = ERRORS[trouble]
    server.next.append(behaviour)
    session = desk.confirmed()
    with pytest.raises(kind) as caught:
        desk.send(session)
    assert advice in caught.value.advice
    assert session.state is State.FAILED
    assert desk.kept == ()
    with pytest.raises(WrongState):
        desk.send(session)
    time.sleep(0.05)
    assert len(server.received) == 1


def test_a_redirect_to_another_server_is_never_followed(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    other_place = tmp_path / "other"
    other_place.mkdir()
    with model_server(other_place) as other:
        server.next.append(says(307, location=f"{other.base_url}/chat/completions"))
        with pytest.raises(ProviderRefused, match="never followed"):
            desk.send(desk.confirmed())
        assert other.received == []


def test_what_had_come_before_a_cut_is_kept(desk: Desk, server: ModelServer) -> None:
    server.next.append(streams(openai_stream("Three mo", stop="", usage=None), cut=True))
    told: list[EscalationEvent] = []
    with pytest.raises(ReplyCut, match="not complete"):
        desk.service.send(desk.confirmed(), desk.turn.id, told.append)
    (kept,) = desk.kept
    assert (kept.text, kept.end) == ("Three mo", ReplyEnd.CUT)
    assert told[-1] == OutsideDone(kept)


def test_a_slow_reply_is_told_as_it_comes(desk: Desk, server: ModelServer) -> None:
    whole = openai_stream("Three ", "months.")
    first = whole.index(b"\n\n") + 2
    server.next.append(streams(whole[:first], whole[first:], waits_after=1))
    told: list[str] = []

    def on_event(event: EscalationEvent) -> None:
        if isinstance(event, OutsideText):
            told.append(event.text)
            server.go_on.set()  # only now does the server say the rest

    assert desk.service.send(desk.confirmed(), desk.turn.id, on_event).text == "Three months."
    assert told == ["Three ", "months."]


def test_stop_closes_the_connection_and_keeps_what_had_come(
    desk: Desk, server: ModelServer
) -> None:
    begun = openai_stream("Three ", stop="", usage=None)
    server.next.append(streams(begun, b"", waits_after=1))
    token = CancelToken()

    def on_event(event: EscalationEvent) -> None:
        if isinstance(event, OutsideText):
            token.cancel()  # the server never says the rest

    session = desk.confirmed()
    reply = desk.service.send(session, desk.turn.id, on_event, token)
    assert (reply.text, reply.end) == ("Three ", ReplyEnd.STOPPED)
    assert desk.kept == (reply,)
    assert session.state is State.CANCELLED
    assert server.gone.wait(30)


def test_stop_before_anything_came_leaves_nothing(desk: Desk, server: ModelServer) -> None:
    server.next.append(says_nothing)
    token = CancelToken()
    session = desk.confirmed()

    def stop() -> None:
        server.arrived.wait(10)
        token.cancel()

    stopping = threading.Thread(target=stop)
    stopping.start()
    with pytest.raises(Cancelled):
        desk.send(session, token)
    stopping.join()
    assert desk.kept == ()
    assert session.state is State.CANCELLED
    assert server.gone.wait(30)


def test_a_sheet_that_was_closed_after_the_click_sends_nothing(
    desk: Desk, server: ModelServer
) -> None:
    session = desk.confirmed()
    session.cancel()
    with pytest.raises(Cancelled):
        desk.send(session)
    assert server.received == []


def test_a_reply_without_end_is_cut_off(desk: Desk, server: ModelServer) -> None:
    server.next.append(floods(openai_stream("x" * 50_000, stop="", usage=None)))
    with pytest.raises(ReplyTooLong):
        desk.send(desk.confirmed())
    assert len(desk.kept[0].text) == 200_000
    assert server.gone.wait(30)


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(desk: Desk, server: ModelServer) -> None:
    use(desk, server.provider().model_copy(update={"ca_file": ""}))
    with pytest.raises(NotReached, match="prove"):
        desk.send(desk.confirmed())
    # Nor one with a certificate for another name.
    other = server.base_url.replace("127.0.0.1", "localhost")
    use(desk, server.provider().model_copy(update={"base_url": other}))
    with pytest.raises(NotReached, match="prove"):
        desk.send(desk.confirmed())
    assert server.received == []


def test_bytes_that_were_changed_after_the_click_are_refused(
    desk: Desk, server: ModelServer
) -> None:
    session = desk.confirmed()
    assert session.shown is not None
    object.__setattr__(session.shown, "body", session.shown.body + b" ")
    with pytest.raises(NotConfirmed, match="not what was shown"):
        desk.send(session)
    assert server.received == []


def test_turned_off_or_made_private_after_the_click_nothing_is_sent(
    desk: Desk, server: ModelServer
) -> None:
    session = desk.confirmed()
    desk.settings.change(cloud_enabled=False)
    with pytest.raises(EscalationOff):
        desk.send(session)
    assert session.state is State.FAILED
    with pytest.raises(EscalationOff):
        desk.service.draft(desk.turn)
    desk.settings.change(cloud_enabled=True)
    session = desk.confirmed("a")
    private = Collection(name="Home", folders=("/home/me",), local_only=True)
    desk.settings.change(collections=(private,))
    with pytest.raises(NeverLeaves):
        desk.send(session)
    assert server.received == []


def test_a_key_is_sent_to_no_other_host_than_it_was_entered_for(
    desk: Desk, server: ModelServer, tmp_path: Path
) -> None:
    other_place = tmp_path / "other"
    other_place.mkdir()
    with model_server(other_place) as other:
        other.next.append(streams(openai_stream("Hello")))
        use(desk, other.provider())  # the same name, another address
        desk.send(desk.confirmed())
        assert KEY not in str(other.received[0].headers)
    assert not desk.service.has_key(other.provider())
    assert desk.service.has_key(server.provider())
    with pytest.raises(KeyRefused, match="no key"):
        desk.service.set_key(server.provider(), "sk-1\r\nhost: evil.example")
    desk.service.set_key(server.provider(), "")
    assert not desk.service.has_key(server.provider())


def test_a_copy_of_a_private_file_stays_as_well(paths: Paths, tmp_path: Path) -> None:
    private, public = tmp_path / "z-private", tmp_path / "public"
    for folder in (private, public):
        folder.mkdir()
        (folder / "blood.txt").write_text("The blood count is fine.")
    (public / "other.txt").write_text("The blood bank is in the old town.")
    config = IndexConfig(str(paths.data), str(paths.models), "tests.sample_models:hash_embedder")
    services = build_services(paths, index_config=config, secrets=FakeSecrets())
    try:
        services.library.add([private, public])
        team = CloudProvider(name="Team", base_url="https://127.0.0.1:9/v1", model="big")
        services.settings.change(
            cloud_enabled=True,
            cloud_providers=(team,),
            collections=(Collection(name="Health", folders=(str(private),), local_only=True),),
        )
        hits = services.library.search("blood", 5)
        turn = services.chats.add_turn(services.chats.create().id, "Blood?", answer(*hits))
        excerpts = services.escalation.draft(turn).excerpts
    finally:
        services.close()
    found = {Path(excerpt.path).name: excerpt for excerpt in excerpts}
    assert found["blood.txt"].path.startswith(str(public))  # the copy that is found is not private
    assert found["blood.txt"].local_only
    assert not found["other.txt"].local_only
