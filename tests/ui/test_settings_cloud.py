"""Settings → Cloud over real settings and a keyring in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.errors import NoKeyring
from app.escalation.service import EscalationService
from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.secrets import FakeSecrets
from app.services import Services, build_services
from app.settings.store import CloudProvider, ProviderKind, SettingsStore
from ui.bridge import Bridge
from ui.choices import CheckBox
from ui.settings.cloud_section import CloudSection
from ui.settings.page import SettingsPage
from ui.settings.provider_dialog import ProviderDialog
from ui.theme.theme import Theme

KEY = "sk-canary-7"


class _Locked(FakeSecrets):
    """A system without a keyring."""

    def set(self, name: str, secret: str) -> None:
        raise NoKeyring("This system has no keyring, so the key was not kept.", "Install one.")

    def get(self, name: str) -> str:
        raise NoKeyring("This system has no keyring.", "Install one.")


class Owner:
    """The person who decides."""

    def __init__(self, qtbot: QtBot, services: Services, secrets: FakeSecrets) -> None:
        self.qtbot = qtbot
        self.secrets = secrets
        self.services = services
        self.bridge = Bridge()
        self.page = SettingsPage(services, self.bridge)
        qtbot.addWidget(self.page)
        self.page.resize(900, 700)
        self.page.show()
        self.until(lambda: self.page.cloud is not None)
        assert self.page.cloud is not None
        self.section: CloudSection = self.page.cloud
        self.until(self.section.isVisible)

    @property
    def providers(self) -> tuple[CloudProvider, ...]:
        return SettingsStore(self.services.paths.settings).current.cloud_providers

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=10_000)

    def words(self) -> str:
        labels = self.section.findChildren(QLabel)
        return "\n".join(w.text() for w in labels if w.isVisibleTo(self.page))

    def see(self, words: str) -> None:
        self.until(lambda: words in self.words())

    def click(self, name: str) -> None:
        found = self.section.findChildren(QAbstractButton)
        (named,) = [b for b in found if b.accessibleName() == name and b.isVisibleTo(self.page)]
        at = QPoint(8, 8) if isinstance(named, CheckBox) else QPoint()
        QTest.mouseClick(named, Qt.MouseButton.LeftButton, pos=at)

    def dialog(self) -> ProviderDialog:
        # One that was closed stays a child until Qt gets round to deleting it.
        dialog = next(d for d in self.section.findChildren(ProviderDialog) if d.isVisible())
        self.until(lambda: QApplication.activeWindow() is dialog)
        return dialog

    def add(self, key: str = KEY) -> None:
        """Adds Anthropic, as it is offered."""
        self.click("Add a provider…")
        dialog = self.dialog()
        QTest.keyClicks(dialog.key, key)
        QTest.keyClick(dialog.key, Qt.Key.Key_Return)


Make = Callable[[FakeSecrets], Owner]


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Make]:
    closing: list[Callable[[], None]] = []

    def open_page(secrets: FakeSecrets) -> Owner:
        built = build_services(paths)
        escalation = EscalationService(built.settings, built.chats, secrets, FakeGate())
        services = replace(built, escalation=escalation)
        theme = Theme(qapp, services.settings)
        owner = Owner(qtbot, services, secrets)
        bridge = owner.bridge
        closing.extend((bridge.cancel, services.close, bridge.close, theme.deleteLater))
        return owner

    yield open_page
    for close in closing:
        close()


@pytest.fixture
def owner(make: Make) -> Owner:
    return make(FakeSecrets())


@pytest.fixture
def allowed(owner: Owner) -> Owner:
    """It was turned on."""
    owner.click("Ask larger models outside")
    owner.see("Nobody yet.")
    return owner


def test_it_is_off_and_says_plainly_what_it_would_do(owner: Owner) -> None:
    words = owner.words()
    assert "Off, unless you turn it on." in words
    assert "Nothing is sent before you have seen all of it and pressed Send." in words
    assert "Providers" not in words
    assert not owner.services.settings.current.cloud_enabled
    owner.click("Ask larger models outside")
    owner.see("Providers")
    assert SettingsStore(owner.services.paths.settings).current.cloud_enabled
    owner.click("Ask larger models outside")
    owner.until(lambda: "Providers" not in owner.words())


def test_a_provider_is_added_and_its_key_never_seen_again(allowed: Owner) -> None:
    allowed.add()
    allowed.see("Its key is in the keyring of this system.")
    (kept,) = allowed.providers
    assert (kept.name, kept.kind, kept.host) == (
        "Anthropic",
        ProviderKind.ANTHROPIC,
        "api.anthropic.com",
    )
    assert allowed.secrets.get("api.anthropic.com") == KEY
    assert allowed.services.escalation.allowed
    assert KEY not in allowed.services.paths.settings.read_text("utf-8")
    allowed.click("Edit Anthropic")
    dialog = allowed.dialog()
    assert dialog.key.text() == ""
    assert dialog.key.echoMode() is QLineEdit.EchoMode.Password
    shown = " ".join(field.text() for field in dialog.findChildren(QLineEdit))
    assert KEY not in shown
    dialog.model.setEditText("claude-haiku-4-5")
    dialog.ask_price.setText("1.5")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    allowed.until(lambda: [p.model for p in allowed.providers] == ["claude-haiku-4-5"])
    assert allowed.providers[0].input_price == 1.5
    assert allowed.secrets.get("api.anthropic.com") == KEY  # an empty field leaves it


def test_a_server_of_ones_own(allowed: Owner) -> None:
    allowed.click("Add a provider…")
    dialog = allowed.dialog()
    dialog.kind.setCurrentIndex(2)
    dialog.kind.activated.emit(2)
    assert dialog.address.text() == ""
    QTest.keyClicks(dialog.name, "Ours")
    QTest.keyClicks(dialog.address, "http://llm.example.org")
    QTest.keyClicks(cast("QWidget", dialog.model.lineEdit()), "house")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    fault = "The address must begin with https:// and name a server."
    allowed.until(lambda: fault in _words(dialog))
    assert not allowed.providers
    dialog.address.setText("https://llm.example.org/v1")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    allowed.see("There is no key for it.")
    assert allowed.providers[0].base_url == "https://llm.example.org/v1"


@pytest.mark.parametrize(
    ("field", "words"),
    [("name", "Give the provider a name."), ("model", "Name the model that is to be asked.")],
)
def test_what_is_missing_is_said(allowed: Owner, field: str, words: str) -> None:
    allowed.click("Add a provider…")
    dialog = allowed.dialog()
    written = getattr(dialog, field)
    written.setEditText("") if isinstance(written, QComboBox) else written.clear()
    QTest.keyClick(dialog.address, Qt.Key.Key_Return)
    assert words in _words(dialog)
    assert dialog.isVisible()


def test_two_providers_need_two_names(allowed: Owner) -> None:
    allowed.add()
    allowed.see("Its key is in the keyring")
    allowed.click("Add a provider…")
    dialog = allowed.dialog()
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert "Another provider has this name." in _words(dialog)


def test_without_a_keyring_the_key_is_kept_nowhere(make: Make) -> None:
    owner = make(_Locked())
    owner.click("Ask larger models outside")
    owner.see("Nobody yet.")
    owner.add()
    dialog = owner.dialog()
    owner.until(lambda: "This system has no keyring, so the key was not kept." in _words(dialog))
    assert dialog.key.text() == ""
    for file in owner.services.paths.data.rglob("*"):
        if file.is_file():
            assert KEY.encode() not in file.read_bytes(), file
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    owner.see("This system has no keyring. Install one.")


def test_a_provider_is_removed_with_its_key(allowed: Owner) -> None:
    allowed.add()
    allowed.see("Its key is in the keyring")
    allowed.click("Remove Anthropic")
    (box,) = allowed.section.findChildren(QMessageBox)
    remove = next(b for b in box.buttons() if b.text() == "Remove")
    QTest.mouseClick(remove, Qt.MouseButton.LeftButton)
    allowed.see("Nobody yet.")
    assert allowed.providers == ()
    assert allowed.secrets.get("api.anthropic.com") == ""


def test_words_to_hide_are_saved_when_asked(allowed: Owner) -> None:
    allowed.section.words.box.setPlainText("Casa Blu\n\n  Project Kingfisher ")
    assert allowed.services.settings.current.own_words == ()
    allowed.click("Save words")
    own = ("Casa Blu", "Project Kingfisher")
    allowed.until(lambda: allowed.services.settings.current.own_words == own)
    allowed.section.words.box.setPlainText("other")
    allowed.until(lambda: allowed.section.words._shown == own)  # the field has heard of it
    allowed.click("Undo the changes of the words")
    assert allowed.section.words.box.toPlainText() == "Casa Blu\nProject Kingfisher"


def test_a_proxy_is_checked_and_saved(owner: Owner) -> None:
    proxy = next(f for f in owner.section.findChildren(QLineEdit) if f.accessibleName() == "Proxy")
    proxy.setFocus()
    QTest.keyClicks(proxy, "proxy.example:3128")
    QTest.keyClick(proxy, Qt.Key.Key_Return)
    owner.see("A proxy begins with http:// or https://. It was not saved.")
    assert owner.services.settings.current.proxy == ""
    proxy.setText("http://proxy.example:3128")
    QTest.keyClick(proxy, Qt.Key.Key_Return)
    owner.until(lambda: owner.services.settings.current.proxy == "http://proxy.example:3128")
    assert "It was not saved." not in owner.words()


def _words(dialog: ProviderDialog) -> str:
    return "\n".join(w.text() for w in dialog.findChildren(QLabel) if w.isVisible())
