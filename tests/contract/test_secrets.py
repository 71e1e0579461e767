"""What keeps keys, in memory and in a real keyring: both do the same."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from app import secrets
from app.errors import KeyringRefused, NoKeyring
from app.secrets import FakeSecrets, KeyringSecrets, SecretStore
from tests.keyrings import secret_service

__all__ = ["secret_service"]


@pytest.fixture(params=["memory", "keyring"])
def store(request: pytest.FixtureRequest) -> SecretStore:
    if request.param == "memory":
        return FakeSecrets()
    request.getfixturevalue("secret_service")
    return KeyringSecrets()


def test_a_secret_is_kept_replaced_and_forgotten(store: SecretStore) -> None:
    assert store.get("api.example") == ""
    store.set("api.example", "one")
    store.set("other.example:8443", "sk-ünï " + "x" * 500)
    assert store.get("api.example") == "one"
    store.set("api.example", "two")
    assert store.get("api.example") == "two"
    store.delete("api.example")
    store.delete("api.example")
    assert store.get("api.example") == ""
    assert store.get("other.example:8443") == "sk-ünï " + "x" * 500


@pytest.mark.usefixtures("secret_service")
def test_the_keyring_keeps_it_for_the_next_start_and_not_in_plain_text(tmp_path: Path) -> None:
    KeyringSecrets().set("api.example", "canary-5b1c")
    assert KeyringSecrets().get("api.example") == "canary-5b1c"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert all(b"canary-5b1c" not in path.read_bytes() for path in kept)


def test_without_a_keyring_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    if sys.platform != "linux":
        monkeypatch.setattr(secrets, "_BACKENDS", {})
    with pytest.raises(NoKeyring, match="never kept anywhere else") as caught:
        KeyringSecrets().set("api.example", "canary")
    assert "GNOME Keyring" in caught.value.advice


@pytest.mark.skipif(sys.platform != "linux", reason="the other systems always have a keyring")
def test_nothing_outside_the_list_is_taken_for_a_keyring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each of these makes the keyring library itself take another backend.
    config = tmp_path / "python_keyring" / "keyringrc.cfg"
    config.parent.mkdir()
    config.write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    with pytest.raises(NoKeyring):
        KeyringSecrets().set("api.example", "canary")


class _Failing:
    priority = 5

    def get_password(self, service: str, name: str) -> str:
        raise RuntimeError(f"{service} {name} canary-77e2")


def test_a_keyring_that_fails_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    module = ModuleType("failing_keyring")
    module.Keyring = _Failing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing_keyring", module)
    monkeypatch.setattr(secrets, "_BACKENDS", {sys.platform: (("failing_keyring", "Keyring"),)})
    with caplog.at_level(logging.DEBUG), pytest.raises(KeyringRefused, match="Unlock") as caught:
        KeyringSecrets().get("api.example")
    assert caught.value.__cause__ is None
    assert "canary-77e2" not in caplog.text + str(caught.value)
    assert "RuntimeError" in caplog.text


def test_the_keyring_library_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, app.services; print(any(n.startswith('keyring') for n in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "False"
