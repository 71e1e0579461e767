"""A chat with somebody to ask outside, and what a provider would say. Nothing leaves."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.tickets import Block, Connected, EgressEvent, Ended, Status
from app.secrets import FakeSecrets
from app.settings.store import CloudProvider, Collection, ProviderKind
from tests.escalations import anthropic_stream
from tests.ui import doubles
from tests.ui.desk import Desk
from ui.escalation.reply_view import ReplyView
from ui.escalation.sheet import EscalationSheet

HOST = "api.anthropic.com"
PROVIDER = CloudProvider(
    name="Anthropic",
    kind=ProviderKind.ANTHROPIC,
    base_url=f"https://{HOST}",
    model="claude-sonnet-5",
)
OWN = CloudProvider(name="Our server", base_url="https://llm.example.org/v1", model="house-9b")
MAIL = "anna.weber@example.org"
LEASE = doubles.hit(
    "/home/ada/Archive/lease.pdf",
    2,
    f"Lease with Anna Weber ({MAIL}). Either party may end it with three months' notice. Write to "
    "office@landlord.example.",
)
DIARY = doubles.hit("/home/ada/Health/diary.pdf", 1, "The patient slept badly on 3 May.", 2)
MINUTES = doubles.hit("/home/ada/Archive/minutes.pdf", 3, "The owners met and agreed.", 3)
ANSWER = replace(
    doubles.ANSWER,
    citations=(replace(doubles.LEASE, chunk_id="h1"),),
    nearest=(LEASE, DIARY, MINUTES),
)
QUESTION = f"What may {MAIL} do in May?"


def services(paths: Paths) -> doubles.Services:
    """The usual stand-ins, with a key and somebody to ask. It is allowed."""
    secrets = FakeSecrets()
    secrets.set(HOST, "sk-canary")
    made = doubles.services(paths, secrets)
    made.answers.answer = ANSWER
    health = Collection(name="Health", folders=("/home/ada/Health",), local_only=True)
    made.settings.change(
        cloud_enabled=True,
        cloud_providers=[PROVIDER.model_dump(), OWN.model_dump()],
        collections=[health.model_dump()],
    )
    return made


def says(gate: FakeGate, *texts: str, ends: bool = True) -> None:
    """The provider's next reply, in pieces. `ends`: else it hangs until it is stopped."""
    data = anthropic_stream(*texts, usage=(812, 64))
    if not ends:
        data = data[: data.index(b"event: message_delta")]
    blocks = [Block(part + b"\n\n") for part in data.split(b"\n\n") if part]
    events: tuple[EgressEvent, ...] = (Connected(HOST), Status(200, "", "text/event-stream"))
    gate._answers.append((*events, *blocks, *((Ended(1),) if ends else ())))


def open_sheet(desk: Desk) -> EscalationSheet:
    """Opens the sheet for the last turn, as a person does."""
    buttons = desk.turns()[-1].findChildren(QAbstractButton)
    (ask,) = [b for b in buttons if b.accessibleName() == "Ask a larger model…"]
    QTest.mouseClick(ask, Qt.MouseButton.LeftButton)
    sheet = desk.window.findChildren(EscalationSheet)[-1]
    desk.until(lambda: QApplication.activeWindow() is sheet)
    ready(desk, sheet)
    return sheet


def ready(desk: Desk, sheet: EscalationSheet) -> None:
    """Waits until what is shown could be sent."""
    desk.until(lambda: sheet.payload is not None and sheet.choices.settled)
    # Qt shows what is added to a window that is open in a later turn of its loop.
    desk.until(lambda: all(row.isVisible() for row in sheet.choices.rows))
    desk.until(lambda: sheet.send.rested)


def replies(desk: Desk) -> list[ReplyView]:
    """The replies on the screen."""
    return [view for view in desk.window.findChildren(ReplyView) if view.isVisible()]
