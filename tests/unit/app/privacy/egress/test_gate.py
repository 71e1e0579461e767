"""The way out: a real launcher and real helpers, and a host on this machine that speaks HTTPS."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from app.errors import Cancelled
from app.jobs import CancelToken
from app.privacy import attempts
from app.privacy.attempts import Attempt
from app.privacy.egress.client import Launcher
from app.privacy.egress.faults import explain
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import Begun, EgressRecord, Over, Refused, now
from app.privacy.egress.tickets import (
    Connected,
    EgressFault,
    EscalateTicket,
    ResponseEnded,
    Status,
    TicketFailed,
    new_id,
)
from app.settings.fields import Settings
from tests import secure
from tests.egress_hosts import Received, handler, proxy

KEY = "sk-canary-5a1f0e"
BODY = b"a canary of a question"
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Host:
    """The host, with a launcher that all tests share."""

    def __init__(self, server: secure.Secure, received: Received, launcher: Launcher) -> None:
        self.server = server
        self.received = received
        self.launcher = launcher

    def ticket(self, path: str, **changed: object) -> EscalateTicket:
        made = EscalateTicket(
            new_id(),
            self.server.url + path,
            (("Authorization", f"Bearer {KEY}"),),
            BODY,
            hashlib.sha256(BODY).hexdigest(),
            ca_file=self.server.ca_file,
        )
        return msgspec.structs.replace(made, **changed)


@pytest.fixture(scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    received, launcher = Received(), Launcher()
    os.environ["HTTPS_PROXY"] = os.environ["ALL_PROXY"] = "http://127.0.0.1:9"
    launcher.start(dict(os.environ))
    del os.environ["HTTPS_PROXY"], os.environ["ALL_PROXY"]
    with secure.serve(handler(received), tmp_path_factory.mktemp("host")) as server:
        yield Host(server, received, launcher)
    launcher.close()


@pytest.fixture
def host(_host: Host) -> Host:
    _host.received.__init__()  # type: ignore[misc]
    return _host


@pytest.fixture
def record(tmp_path: Path) -> EgressRecord:
    return EgressRecord(tmp_path / "egress")


@pytest.fixture
def gate(host: Host, record: EgressRecord) -> Gate:
    return Gate(host.launcher, record, Settings)


def end_of(gate: Gate, ticket: EscalateTicket) -> ResponseEnded | TicketFailed:
    *_, last = gate.escalate(ticket, CancelToken())
    assert isinstance(last, ResponseEnded | TicketFailed)
    return last


class TestOneTicket:
    def test_it_is_on_record_before_it_is_sent(
        self, host: Host, gate: Gate, record: EgressRecord
    ) -> None:
        before: list[bytes] = []
        host.received.on_request = lambda: before.append(record.path.read_bytes())
        ticket = host.ticket("/ok")
        assert isinstance(end_of(gate, ticket), ResponseEnded)
        assert ticket.id.encode() in before[0]
        (entry,) = record.read().entries
        assert entry.begun.host == host.server.url.removeprefix("https://")
        assert (entry.begun.kind, entry.begun.sent) == ("escalate", len(BODY))
        assert entry.begun.sha256 == ticket.sha256
        assert (entry.outcome, entry.status, entry.received) == ("done", 200, 22)
        assert not record.payloads.exists()
        assert KEY.encode() not in record.path.read_bytes()
        assert BODY not in record.path.read_bytes()

    def test_only_what_was_shown_and_said_is_sent(self, host: Host, gate: Gate) -> None:
        """The launcher's environment names proxies; they are not used."""
        end_of(gate, host.ticket("/ok"))
        ((_, headers, body),) = host.received.requests
        assert body == BODY
        assert {name.lower() for name in headers} == {
            *("host", "content-length", "authorization"),
            *("accept", "accept-encoding", "connection", "user-agent"),
        }
        assert headers["User-Agent"] == "studiolo"

    def test_the_proxy_of_the_settings_is_used_and_reads_nothing(
        self, host: Host, gate: Gate, record: EgressRecord
    ) -> None:
        asked: list[bytes] = []
        with proxy(asked) as address:
            assert isinstance(end_of(gate, host.ticket("/ok", proxy=address)), ResponseEnded)
        (request,) = asked
        assert request.startswith(f"CONNECT 127.0.0.1:{host.server.port} ".encode())
        assert KEY.encode() not in request
        assert host.received.requests[0][2] == BODY
        assert record.read().entries[0].begun.proxy == "127.0.0.1"

    def test_what_cannot_be_recorded_is_not_sent(self, host: Host, tmp_path: Path) -> None:
        (tmp_path / "egress").touch()
        gate = Gate(host.launcher, EgressRecord(tmp_path / "egress"), Settings)
        assert end_of(gate, host.ticket("/ok")) == TicketFailed(EgressFault.UNRECORDED)
        assert host.received.requests == []

    def test_the_text_is_kept_only_if_the_person_wants_it(
        self, host: Host, record: EgressRecord
    ) -> None:
        gate = Gate(host.launcher, record, lambda: Settings(keep_payloads=True))
        end_of(gate, host.ticket("/ok"))
        (entry,) = record.read().entries
        assert (record.payloads / entry.begun.payload).read_bytes() == BODY

    def test_it_is_never_tried_again(self, host: Host, gate: Gate, record: EgressRecord) -> None:
        last = end_of(gate, host.ticket("/cut"))
        assert isinstance(last, TicketFailed)
        assert last.kind is EgressFault.CUT
        time.sleep(0.3)
        assert len(host.received.requests) == 1
        assert record.read().entries[0].outcome == "cut"

    def test_no_redirect_is_followed(self, host: Host, gate: Gate) -> None:
        assert end_of(gate, host.ticket("/moved")) == TicketFailed(EgressFault.REDIRECT, "307")
        assert [path for path, _, _ in host.received.requests] == ["/moved"]

    def test_a_host_that_nobody_vouches_for_gets_nothing(self, host: Host, gate: Gate) -> None:
        last = end_of(gate, host.ticket("/ok", ca_file=""))
        assert isinstance(last, TicketFailed)
        assert last.kind is EgressFault.TLS
        assert host.received.requests == []

    @pytest.mark.parametrize(
        ("changed", "fault"),
        [
            ({"url": "https://127.0.0.1:9/"}, EgressFault.REFUSED),
            ({"proxy": "http://127.0.0.1:9"}, EgressFault.REFUSED),
            ({"ca_file": "/no/such/file"}, EgressFault.TLS),
        ],
    )
    def test_what_goes_wrong_has_a_name(
        self, host: Host, gate: Gate, changed: dict[str, object], fault: EgressFault
    ) -> None:
        last = end_of(gate, host.ticket("/ok", **changed))
        assert isinstance(last, TicketFailed)
        assert last.kind is fault

    def test_every_fault_says_what_to_do(self) -> None:
        for fault in EgressFault:
            why, advice = explain(fault, "api.example.org")
            assert why
            assert advice.endswith(".")


class TestTheProcesses:
    """What the gate checks, the launcher and the helper check once more."""

    def test_the_launcher_takes_an_id_once(self, host: Host) -> None:
        ticket = host.ticket("/ok")
        list(host.launcher.serve(ticket, CancelToken()))
        while psutil.Process(host.launcher.pid).children():
            time.sleep(0.01)
        time.sleep(0.1)  # what it says of the first helper's end has arrived
        (again,) = host.launcher.serve(ticket, CancelToken())
        assert again == TicketFailed(EgressFault.USED, "helper")
        assert len(host.received.requests) == 1

    @pytest.mark.parametrize(
        ("changed", "fault"),
        [
            ({"body": b"other bytes"}, EgressFault.HASH),
            ({"url": "http://127.0.0.1:9/ok"}, EgressFault.HOST),
        ],
    )
    def test_the_helper_refuses_what_is_not_true(
        self, host: Host, changed: dict[str, object], fault: EgressFault
    ) -> None:
        (only,) = host.launcher.serve(host.ticket("/ok", **changed), CancelToken())
        assert only == TicketFailed(fault)
        assert host.received.requests == []

    def test_the_helper_looks_up_no_other_host(self) -> None:
        code = (
            "import socket\n"
            "from app.privacy.egress.https import look_up_only\n"
            "look_up_only('https://localhost:1/', '')\n"
            "socket.getaddrinfo('localhost', 1)\n"
            "try: socket.getaddrinfo('other.invalid', 1)\n"
            "except PermissionError as error: print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "This process may reach one host only.\n", done.stderr

    def test_cancelling_closes_the_connection_at_once(
        self, host: Host, gate: Gate, record: EgressRecord
    ) -> None:
        token = CancelToken()
        events = gate.escalate(host.ticket("/slow"), token)
        assert isinstance(next(events), Connected)
        assert isinstance(next(events), Status)
        token.cancel()
        with pytest.raises(Cancelled):
            next(events)
        assert host.received.gone.wait(30)
        assert record.read().entries[0].outcome == "cancelled"

    def test_nothing_is_left_when_the_reader_loses_interest(
        self, host: Host, gate: Gate, record: EgressRecord
    ) -> None:
        events = gate.escalate(host.ticket("/slow"), CancelToken())
        next(events)
        assert host.received.waiting.wait(10)
        events.close()  # type: ignore[attr-defined]
        assert host.received.gone.wait(30)
        assert record.read().entries[0].outcome == "cancelled"

    @linux
    def test_keys_and_questions_are_in_no_argument_and_no_environment(
        self, host: Host, gate: Gate
    ) -> None:
        events = gate.escalate(host.ticket("/slow"), CancelToken())
        next(events)
        assert host.launcher.pid is not None
        launcher = psutil.Process(host.launcher.pid)
        processes = [launcher, *launcher.children(recursive=True)]
        assert len(processes) == 2
        for process in processes:
            for name in ("cmdline", "environ"):
                said = Path(f"/proc/{process.pid}/{name}").read_bytes()
                assert KEY.encode() not in said
                assert BODY not in said
        events.close()  # type: ignore[attr-defined]

    @linux
    def test_everything_ends_with_the_program(self, host: Host, record: EgressRecord) -> None:
        launcher = Launcher()
        gate = Gate(launcher, record, Settings)
        events = gate.escalate(host.ticket("/slow"), CancelToken())
        next(events)
        assert host.received.waiting.wait(30)
        assert launcher.pid is not None
        process = psutil.Process(launcher.pid)
        family = [process, *process.children(recursive=True)]
        ended = threading.Thread(target=lambda: list(events))
        ended.start()
        os.kill(launcher.pid, signal.SIGKILL)
        assert host.received.gone.wait(30)  # the helper does not outlive its launcher
        ended.join(60)
        assert record.read().entries[0].outcome == "sealed"
        gate.close()
        psutil.wait_procs(family, timeout=60)
        assert not any(p.is_running() and p.status() != "zombie" for p in family)

    @linux
    def test_other_programs_are_started_with_their_network(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a sealed process starts by itself has none."""
        out = tmp_path / "out"
        program = tmp_path / "bin" / "xdg-open"
        program.parent.mkdir()
        program.write_text(
            f"#!{sys.executable}\nimport socket, sys\nsocket.socket(socket.AF_INET).close()\n"
            f"open({str(out)!r} + '.part', 'w').write(sys.argv[1])\n"
            f"import os; os.rename({str(out)!r} + '.part', {str(out)!r})\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        code = (
            "import pathlib, subprocess, time\n"
            "from app.privacy.egress.client import Launcher\n"
            "from app.privacy.seal import seal\n"
            "launcher = Launcher(); launcher.start(); seal()\n"
            "print(subprocess.run(['xdg-open', 'x'], stderr=subprocess.DEVNULL).returncode)\n"
            "launcher.open('/a/file.pdf')\n"
            f"while not pathlib.Path({str(out)!r}).exists(): time.sleep(0.01)\n"
            "launcher.close()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=30
        )
        assert (done.stdout, done.stderr) == ("1\n", "")
        assert out.read_text() == "/a/file.pdf"


class TestTheRecord:
    def test_a_line_that_was_cut_off_harms_no_other(self, record: EgressRecord) -> None:
        record.begin(Begun(now(), "a" * 32, "escalate", "one.example", 5, "x"))
        with record.path.open("ab") as file:
            file.write(b'{"type":"Begun","time":"20')
        record.begin(Begun(now(), "b" * 32, "download", "two.example"))
        record.end(Over(now(), "b" * 32, "done", 200, 7))
        contents = record.read()
        assert [entry.begun.host for entry in contents.entries] == ["one.example", "two.example"]
        assert [entry.outcome for entry in contents.entries] == ["unfinished", "done"]
        assert contents.unreadable == 1

    def test_it_only_ever_grows(self, record: EgressRecord) -> None:
        held = b""
        for number in range(5):
            record.begin(Begun(now(), f"{number:032}", "escalate", "one.example"))
            record.end(Over(now(), f"{number:032}", "done"))
            record.attempt(Attempt("infer", "socket.connect"))
            grown = record.path.read_bytes()
            assert grown.startswith(held)
            held = grown
        assert record.path.stat().st_mode & 0o077 == 0 or sys.platform == "win32"

    def test_it_is_exported_as_one_document(self, record: EgressRecord, tmp_path: Path) -> None:
        record.begin(Begun(now(), "a" * 32, "escalate", "one.example", 5, "x"))
        record.attempt(Attempt("index", "socket.getaddrinfo"))
        assert record.export(tmp_path / "out.json") == 1
        document = msgspec.json.decode((tmp_path / "out.json").read_bytes())
        assert document["entries"][0]["begun"]["host"] == "one.example"
        assert document["refused"][0]["what"] == "socket.getaddrinfo"

    def test_there_is_nothing_at_first(self, record: EgressRecord) -> None:
        assert record.read().entries == ()
        assert not record.path.exists()

    def test_an_attempt_without_end_does_not_fill_the_disk(self, record: EgressRecord) -> None:
        for _ in range(300):
            record.attempt(Attempt("infer", "socket.connect"))
        assert len(record.read().refused) == 100

    def test_refused_attempts_are_written_down_while_the_gate_is_open(
        self, record: EgressRecord
    ) -> None:
        gate = Gate(Launcher(), record, Settings)
        attempts.record(Attempt("infer", "socket.connect"))
        gate.close()
        attempts.record(Attempt("infer", "socket.connect"))
        (refused,) = record.read().refused
        assert isinstance(refused, Refused)
        assert (refused.process, refused.what) == ("infer", "socket.connect")


def test_no_launcher_no_ticket(host: Host, record: EgressRecord) -> None:
    launcher = Launcher()
    launcher.close()
    gate = Gate(launcher, record, Settings)
    assert end_of(gate, host.ticket("/ok")) == TicketFailed(EgressFault.SEALED)
    assert host.received.requests == []


@linux
def test_a_launcher_that_starts_after_the_seal_reaches_nobody(host: Host, tmp_path: Path) -> None:
    code = (
        "import hashlib, sys\n"
        "from pathlib import Path\n"
        "from app.jobs import CancelToken\n"
        "from app.privacy.egress.client import Launcher\n"
        "from app.privacy.egress.gate import Gate\n"
        "from app.privacy.egress.record import EgressRecord\n"
        "from app.privacy.egress.tickets import EscalateTicket, new_id\n"
        "from app.privacy.seal import seal\n"
        "from app.settings.store import Settings\n"
        "seal()\n"
        f"gate = Gate(Launcher(), EgressRecord(Path({str(tmp_path)!r})), Settings)\n"
        "sha = hashlib.sha256(b'x').hexdigest()\n"
        f"ticket = EscalateTicket(new_id(), {host.server.url!r}, (), b'x', sha)\n"
        "print(*gate.escalate(ticket, CancelToken()))\n"
        "gate.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "EgressFault.SEALED" in done.stdout, done.stderr
    assert host.received.requests == []


def test_the_port_of_a_host_is_no_open_door() -> None:
    """Nothing of ours listens: the launcher and its helpers are spoken to over pipes alone."""
    launcher = Launcher()
    launcher.start()
    assert launcher.pid is not None
    assert psutil.Process(launcher.pid).net_connections() == []
    launcher.close()
