"""The dialog for a provider and its key."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.escalation.known import known_models
from app.escalation.providers import anthropic, openai
from app.settings.hosts import host_of
from app.settings.store import CloudProvider, ProviderKind
from app.user_messages import UserMessage
from ui.dialog import Dialog
from ui.drops import FieldDrops
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, hint_in, label

_WIDTH = 520
_PRESETS = (
    ("Anthropic", ProviderKind.ANTHROPIC, anthropic.DEFAULT_URL),
    ("OpenAI", ProviderKind.OPENAI, openai.DEFAULT_URL),
    ("", ProviderKind.OPENAI, ""),  # the user's own server
)
_OWN = len(_PRESETS) - 1


class ProviderDialog(Dialog):
    """Checks the input; the key is passed on and not kept.

    Signals:
        done_with: carries the `CloudProvider` and the key, "" to keep the present one.

    Args:
        parent: widget whose window the dialog belongs to.
        provider: the provider to edit; None for a new one.
        taken: names of the other providers.
    """

    done_with = Signal(object, str)

    def __init__(
        self, parent: QWidget, provider: CloudProvider | None, taken: Sequence[str]
    ) -> None:
        super().__init__(parent, tr("Edit the provider") if provider else tr("Add a provider"))
        self._provider = provider
        self._host: str | None = None  # whose models are offered
        self._taken_names = {name.casefold() for name in taken}
        self._build()
        if provider is None:
            self._on_kind(0)
        else:
            self._show(provider)

    def show_problem(self, message: UserMessage) -> None:
        """Shows why the provider or its key could not be saved."""
        self._say(message.words)

    # Reading the fields

    def _show(self, provider: CloudProvider) -> None:
        self.kind.setCurrentIndex(_preset_of(provider))
        self.name.setText(provider.name)
        self.address.setText(provider.base_url)
        self._offer_models()
        self.model.setEditText(provider.model)
        for field, price in (
            (self.ask_price, provider.input_price),
            (self.reply_price, provider.output_price),
        ):
            field.setText("" if price is None else f"{price:g}")
        self.certificates.setText(provider.ca_file)
        self.key.setPlaceholderText(tr("Leave empty to keep the one in the keyring"))

    def _on_kind(self, index: int) -> None:
        """Fills in the known values, without overwriting the user's own."""
        names = {name for name, _, _ in _PRESETS}
        addresses = {address for _, _, address in _PRESETS}
        name, _, address = _PRESETS[index]
        if self.name.text() in names:
            self.name.setText(name)
        if self.address.text() in addresses:
            self.address.setText(address)
        self._offer_models()

    def _offer_models(self) -> None:
        """Offers the known models of a host, when the host changes."""
        host = host_of(self.address.text())
        if host == self._host:
            return
        self._host = host
        written = self.model.currentText()
        names = [model.name for model in known_models(host)]
        listed = {self.model.itemText(n) for n in range(self.model.count())}
        self.model.clear()
        self.model.addItems(names)
        if written and written not in listed:
            self.model.setEditText(written)
        elif names:
            self.model.setCurrentIndex(0)
        else:
            self.model.setEditText("")

    def _provider_of_fields(self) -> CloudProvider:
        """Builds the provider from the fields.

        Raises:
            ValidationError: something is missing or wrong.
        """
        _, kind, _ = _PRESETS[self.kind.currentIndex()]
        keep = self._provider.context_tokens if self._provider else 0
        return CloudProvider.model_validate(
            {
                "name": " ".join(self.name.text().split()),
                "kind": kind,
                "base_url": self.address.text().strip(),
                "model": self.model.currentText().strip(),
                "input_price": self.ask_price.text().strip() or None,
                "output_price": self.reply_price.text().strip() or None,
                "context_tokens": keep,
                "ca_file": self.certificates.text().strip(),
            }
        )

    def _on_save(self) -> None:
        try:
            provider = self._provider_of_fields()
        except ValidationError as error:
            self._say(_fault(error))
            return
        if provider.name.casefold() in self._taken_names:
            self._say(tr("Another provider has this name. Give it another one."))
            return
        key = self.key.text().strip()
        self.key.clear()
        self._say("")
        self.done_with.emit(provider, key)

    def _say(self, words: str) -> None:
        self._fault_words.setText(words)
        self._fault_words.setVisible(bool(words))

    # Building

    def _build(self) -> None:
        self.kind = QComboBox()
        own_server = tr("OpenAI-compatible server")
        self.kind.addItems(["Anthropic", "OpenAI", own_server])
        self.kind.activated.connect(self._on_kind)
        self.name, self.address = QLineEdit(), QLineEdit()
        self.address.setPlaceholderText("https://llm.example.org/v1")
        self.address.editingFinished.connect(self._offer_models)
        self.model = QComboBox()
        self.model.setEditable(True)
        self.model.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.ask_price, self.reply_price = _price_field(), _price_field()
        self.certificates = QLineEdit()
        FieldDrops(self.certificates, takes_path=True)
        self.certificates.setPlaceholderText(tr("The usual ones"))
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE.normal)
        form.setVerticalSpacing(SPACE.tight)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, field in (
            (tr("Kind"), self.kind),
            (tr("Name"), self.name),
            (tr("Address"), self.address),
            (tr("Model"), self.model),
            (tr("Key"), self.key),
        ):
            _add(form, words, field)
        form.addRow(
            "",
            label(
                tr(
                    "It is stored in this system's keyring and sent only to this host. It is not "
                    "shown again."
                ),
                "caption",
                wrap=True,
            ),
        )
        _add(form, tr("Price of what is sent"), self.ask_price)
        _add(form, tr("Price of the reply"), self.reply_price)
        prices = tr("US dollars per million tokens, for the estimate.")
        form.addRow("", label(prices, "caption", wrap=True))
        _add(form, tr("Certificates (PEM file)"), self.certificates)
        self._fault_words = label(role="danger", wrap=True)
        self._fault_words.hide()
        save = button(tr("Save"), "primary", on_click=self._on_save)
        save.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addStretch(1)
        row.addWidget(button(tr("Cancel"), on_click=self.reject))
        row.addWidget(save)
        column = QVBoxLayout()
        column.setSpacing(SPACE.normal)
        column.addWidget(label(self.windowTitle(), "heading"))
        column.addLayout(form)
        column.addStretch(1)
        foot = QVBoxLayout()
        foot.setSpacing(SPACE.normal)
        foot.addWidget(self._fault_words)
        foot.addLayout(row)
        self.lay_out(column, foot, width=_WIDTH)


def _price_field() -> QLineEdit:
    field = QLineEdit()
    hint_in(field, tr("From the built-in table"))
    checks = QDoubleValidator(0, 1e6, 6, field)
    checks.setNotation(QDoubleValidator.Notation.StandardNotation)
    checks.setLocale(checks.locale().c())
    field.setValidator(checks)
    return field


def _add(form: QFormLayout, words: str, field: QWidget) -> None:
    name = label(words)
    name.setBuddy(field)
    name.setMinimumHeight(field.sizeHint().height())
    field.setAccessibleName(words)
    form.addRow(name, field)


def _preset_of(provider: CloudProvider) -> int:
    for index, (_, kind, address) in enumerate(_PRESETS):
        if address and kind is provider.kind and host_of(address) == provider.host:
            return index
    return 0 if provider.kind is ProviderKind.ANTHROPIC else _OWN


def _fault(error: ValidationError) -> str:
    """Describes the first field that is missing or wrong, in a sentence."""
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if field == "base_url" and first["type"] == "value_error":
        return str(first["msg"]).removeprefix("Value error, ")
    return {
        "name": tr("Give the provider a name."),
        "base_url": tr("The address must begin with https:// and name a server."),
        "model": tr("Enter the model's name."),
    }.get(field, tr("A price is a number, such as 2.5."))
