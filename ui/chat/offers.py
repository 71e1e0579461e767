"""The language models to choose from on the first page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.model_library.recommended import Offer, Rank
from models.catalog import CatalogEntry
from ui import text
from ui.choices import RadioButton
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import clear, label


class OffersView(QWidget):
    """Two or three language models, one of them chosen. Hidden where there is no choice.

    Signals:
        changed: another one was chosen.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offers: tuple[Offer, ...] = ()
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE.hair)
        self.hide()

    @property
    def chosen(self) -> CatalogEntry | None:
        """The model that was chosen; None where there is no choice."""
        number = self._group.checkedId()
        return self._offers[number].entry if 0 <= number < len(self._offers) else None

    @property
    def choice(self) -> str:
        """The id of the model that was chosen; "" where there is no choice."""
        return self.chosen.id if self.chosen is not None else ""

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Shows what can be chosen, with the recommended one chosen at first."""
        clear(self._column)
        self._offers = tuple(offers) if len(offers) > 1 else ()
        self._group = QButtonGroup(self)
        if self._offers:
            self._column.addWidget(label(tr("Language model (writes answers):"), wrap=True))
        for number, offer in enumerate(self._offers):
            radio = RadioButton()
            radio.setText(f"{_name_of(offer.rank)}: {offer.entry.name}")
            radio.setAccessibleName(radio.text())
            facts = _facts(offer)
            radio.setAccessibleDescription(facts)
            radio.setChecked(offer.recommended)
            radio.toggled.connect(lambda _checked=False: self.changed.emit())
            self._group.addButton(radio, number)
            self._column.addWidget(radio)
            self._column.addWidget(label(facts, "caption", wrap=True))
        self.setVisible(bool(self._offers))


def _name_of(rank: Rank) -> str:
    return {
        Rank.QUICK: tr("Quick"),
        Rank.BETTER: tr("Better"),
        Rank.BEST: tr("Best on this computer"),
    }[rank]


def _facts(offer: Offer) -> str:
    entry = offer.entry
    sentence = {
        Rank.QUICK: tr("Answers soonest, and misses more."),
        Rank.BETTER: tr("A good balance of quality and time."),
        Rank.BEST: tr("Answers best of those that run well here."),
    }[offer.rank]
    if offer.rank is Rank.BEST and not offer.recommended:
        sentence = tr("Answers best of those that fit, and takes longer.")
    size = text.size(entry.bytes)
    parts = [
        sentence,
        size if entry.exact else tr("At most {0}").format(size),
        tr("first word after about %n second(s)|first word after about %n seconds", _whole(offer)),
        entry.licence,
    ]
    return "  ·  ".join(parts)


def _whole(offer: Offer) -> int:
    return max(1, round(offer.seconds))
