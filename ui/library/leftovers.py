"""Reports where text of removed documents remains, and removes it there on request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui import text
from ui.bridge import Bridge
from ui.messages import Notice, Tone
from ui.text import tr

if TYPE_CHECKING:
    from app.library.forgetting import Forgetting, Left

LANE = "leftovers"


class Leftovers(QObject):
    """Reports through the message bar; its notices stay until they are closed.

    Signals:
        removed: answers were removed from chats.
    """

    removed = Signal()

    def __init__(self, forgetting: Forgetting, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._forgetting = forgetting
        self._bridge = bridge

    def tell(self, left: Left) -> None:
        """Names the places, with a button for those that Studiolo can clear."""
        notes = self._notes(left)
        if left.removable:
            notice = Notice(
                self.tr("Text of the removed documents is also in {0}.").format(_places(left)),
                notes,
                Tone.WARNING,
                self.tr("Remove there too"),
                partial(self._remove, left),
                lasting=True,
            )
        elif left.unsure or left.set_aside or left.unread:
            warning = self.tr("Text of the removed documents may also be elsewhere.")
            notice = Notice(warning, notes, Tone.WARNING, lasting=True)
        else:
            notice = Notice(notes)
        self._bridge.messages.post(notice)

    def _remove(self, left: Left) -> None:
        def done(_: None) -> None:
            self._bridge.messages.info(self.tr("Removed from {0} as well.").format(_places(left)))
            self.removed.emit()

        self._bridge.run(LANE, lambda _token, _send: self._forgetting.remove_there(left), done)

    def _notes(self, left: Left) -> str:
        """Describes what only the user can clear."""
        notes: list[str] = []
        if left.unread:
            notes.append(
                self.tr(
                    "Your chats cannot be read, so Studiolo cannot tell whether they contain "
                    "text of it."
                )
            )
        if left.unsure:
            notes.append(
                tr(
                    "%n text sent from a deleted chat is kept in egress/payloads.|%n texts sent "
                    "from deleted chats are kept in egress/payloads.",
                    left.unsure,
                )
            )
        if left.set_aside:
            notes.append(
                self.tr("Older data is in {0}: delete it if you no longer need it.").format(
                    text.listed(left.set_aside)
                )
            )
        if left.collections:
            notes.append(
                self.tr("These collections still list it: {0}.").format(
                    text.listed(left.collections)
                )
            )
        return " ".join(notes)


def _places(left: Left) -> str:
    places: list[str] = []
    if left.chats:
        places.append(tr("%n chat|%n chats", left.chats))
    if left.payloads:
        places.append(tr("%n text that was sent|%n texts that were sent", len(left.payloads)))
    return tr("{0} and {1}").format(*places) if len(places) > 1 else places[0]
