"""Keys of providers, in the keyring of the operating system and nowhere else.

Only the keyrings that systems come with are used, by name: what an environment variable, a settings
file or an installed package would put in their place could be anything, a plain text file included.
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
"""Under which the keys stand in the keyring."""

# Module and class of keyring 25; those of a system are tried in this order.
_BACKENDS = {
    "linux": (
        ("keyring.backends.SecretService", "Keyring"),
        ("keyring.backends.kwallet", "DBusKeyring"),
    ),
    "darwin": (("keyring.backends.macOS", "Keyring"),),
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
}


class SecretStore(Protocol):
    """Keeps secrets by name. All may block: a keyring can ask the person for a password.

    Each method raises `NoKeyring` where there is none, and `KeyringRefused` when it is locked or
    fails.
    """

    def get(self, name: str) -> str:
        """A secret; "" if there is none."""
        ...

    def set(self, name: str, secret: str) -> None:
        """Keeps a secret, in the place of one before."""
        ...

    def delete(self, name: str) -> None:
        """Forgets a secret. Does nothing if there is none."""
        ...


class KeyringSecrets:
    """The operating system's keyring: Secret Service, KWallet, Keychain or Credential Manager."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keyring: Any = None

    def get(self, name: str) -> str:
        """A secret; "" if there is none."""
        return self._ask("get_password", name) or ""

    def set(self, name: str, secret: str) -> None:
        """Keeps a secret, in the place of one before."""
        self._ask("set_password", name, secret)

    def delete(self, name: str) -> None:
        """Forgets a secret. Does nothing if there is none."""
        if self.get(name):
            self._ask("delete_password", name)

    def _ask(self, what: str, *arguments: str) -> str | None:
        with self._lock:  # keyrings on D-Bus are not made for several threads
            if self._keyring is None:
                self._keyring = _system_keyring()
            try:
                answer: str | None = getattr(self._keyring, what)(SERVICE, *arguments)
            except Exception as error:  # noqa: BLE001  # a foreign library's, of any kind
                log.info("the keyring refused: %s", type(error).__name__)
                self._keyring = None  # it may have ended; the next call looks again
                # Without the cause: its words could hold the secret.
                raise KeyringRefused(
                    "The keyring of this system did not answer.",
                    "Unlock it (often by logging in again), and try once more.",
                ) from None
        return answer


def _system_keyring() -> Any:
    """The first of this system's keyrings that works here.

    Raises:
        NoKeyring: there is none.
    """
    for module, name in _BACKENDS.get(sys.platform, ()):
        try:
            kind = getattr(importlib.import_module(module), name)
            if kind.priority > 0:  # raises where what it needs is not there
                return kind()
        except Exception as error:  # noqa: BLE001  # a foreign library's, of any kind
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
        """A secret; "" if there is none."""
        return self._secrets.get(name, "")

    def set(self, name: str, secret: str) -> None:
        """Keeps a secret, in the place of one before."""
        self._secrets[name] = secret

    def delete(self, name: str) -> None:
        """Forgets a secret. Does nothing if there is none."""
        self._secrets.pop(name, None)
