"""The language models to choose from on the first page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.model_library.recommended import Offer, Rank
from models.catalog import CatalogEntry
from ui import text
from ui.choices import RadioButton
from ui.legible import named
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import clear, label

_HERE = 1000  # the number of the model that needs no download: no offer has it


class OffersView(QWidget):
    """Two or three language models, one of them chosen. Hidden where there is no choice.

    One of them may be another program's: it is here already.

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
        """The model to download that was chosen; None for one that is here, or for no choice."""
        number = self._group.checkedId()
        return self._offers[number].entry if 0 <= number < len(self._offers) else None

    @property
    def choice(self) -> str:
        """The id of the model to download; "" as for `chosen`."""
        return self.chosen.id if self.chosen is not None else ""

    @property
    def offered(self) -> bool:
        """Whether there is a choice."""
        return bool(self._offers)

    def show_offers(self, offers: Sequence[Offer], here: str = "", program: str = "") -> None:
        """Shows what can be chosen, with the recommended one chosen at first.

        Args:
            offers: the models that can be downloaded.
            here: the name of the model that answers without a download.
            program: the other program that it belongs to; "" if it is no choice.
        """
        clear(self._column)
        self._offers = tuple(offers) if len(offers) + bool(program) > 1 else ()
        self._group = QButtonGroup(self)
        if self._offers:
            self._column.addWidget(label(tr("Language model (writes answers):"), wrap=True))
        if self._offers and program:
            name = tr("On this computer already: {0}").format(named(here))
            facts = tr("Found in {0}, and used where it lies. Nothing to download.").format(program)
            self._add(_HERE, name, facts, chosen=True)
        for number, offer in enumerate(self._offers):
            name = f"{_name_of(offer.rank)}: {offer.entry.name}"
            self._add(number, name, _facts(offer), chosen=offer.recommended and not program)
        self.setVisible(bool(self._offers))

    def _add(self, number: int, name: str, facts: str, *, chosen: bool) -> None:
        radio = RadioButton()
        radio.setText(name)
        radio.setAccessibleName(radio.text())
        radio.setAccessibleDescription(facts)
        radio.setChecked(chosen)
        radio.toggled.connect(lambda _checked=False: self.changed.emit())
        self._group.addButton(radio, number)
        self._column.addWidget(radio)
        self._column.addWidget(label(facts, "caption", wrap=True))


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
