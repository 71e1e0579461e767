"""Providers' API keys, in the keyring of the operating system and nowhere else.

Only the systems' own keyrings are used, by name: an environment variable, a settings file or an
installed package could substitute anything, a plain text file included.
"""

from __future__ import annotations

import importlib
import logging
import sys
import threading
from typing import Any, Protocol

from app.errors import KeyringRefused, NoKeyring

log = logging.getLogger(__name__)

SERVICE = "Studiolo"
"""The name of the service in the keyring."""

# Modules and classes of keyring 25, in the order in which they are tried.
_BACKENDS = {
    "linux": (
        ("keyring.backends.SecretService", "Keyring"),
        ("keyring.backends.kwallet", "DBusKeyring"),
    ),
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
}


class SecretStore(Protocol):
    """Keeps secrets by name. Methods may block: a keyring can ask the person for a password.

    Each method raises `NoKeyring` if there is none, and `KeyringRefused` if it is locked or fails.
    """

    def get(self, name: str) -> str:
        """Returns a secret; "" if there is none."""
        ...

    def set(self, name: str, secret: str) -> None:
        """Stores a secret, replacing an existing one."""
        ...

    def delete(self, name: str) -> None:
        """Deletes a secret. Does nothing if there is none."""
        ...


class KeyringSecrets:
    """The operating system's keyring: Secret Service, KWallet, Keychain or Credential Manager."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keyring: Any = None

    def get(self, name: str) -> str:
        """Returns a secret; "" if there is none."""
        return self._ask("get_password", name) or ""

    def set(self, name: str, secret: str) -> None:
        """Stores a secret, replacing an existing one."""
        self._ask("set_password", name, secret)

    def delete(self, name: str) -> None:
        """Deletes a secret. Does nothing if there is none."""
        if self.get(name):
            self._ask("delete_password", name)

    def _ask(self, method: str, *arguments: str) -> str | None:
        with self._lock:  # keyrings on D-Bus are not thread-safe
            if self._keyring is None:
                self._keyring = _system_keyring()
            try:
                answer: str | None = getattr(self._keyring, method)(SERVICE, *arguments)
            except Exception as error:  # noqa: BLE001  # any error of the library
                log.info("the keyring refused: %s", type(error).__name__)
                self._keyring = None  # it may have ended; the next call opens it again
                # Without the cause: its text could hold the secret.
                raise KeyringRefused(
                    "The keyring of this system did not answer.",
                    "Unlock it (often by logging in again), and try once more.",
                ) from None
        return answer


def _system_keyring() -> Any:
    """Returns the first of this system's keyrings that works.

    Raises:
        NoKeyring: there is none.
    """
    for module, name in _BACKENDS.get(sys.platform, ()):
        try:
            backend = getattr(importlib.import_module(module), name)
            if backend.priority > 0:  # raises if a requirement is missing
                return backend()
        except Exception as error:  # noqa: BLE001  # any error of the library
            log.info("%s is not usable: %s", module, type(error).__name__)
    raise NoKeyring(
        "This system has no keyring, and a key is never kept anywhere else.",
        "Install and start one, such as GNOME Keyring or KWallet, and log in again.",
    )


class FakeSecrets:
    """Secrets in memory, for tests. Passes the contract tests of `SecretStore`."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def get(self, name: str) -> str:
        """Returns a secret; "" if there is none."""
        return self._secrets.get(name, "")

    def set(self, name: str, secret: str) -> None:
        """Stores a secret, replacing an existing one."""
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        """Deletes a secret. Does nothing if there is none."""
        self._secrets.pop(name, None)
