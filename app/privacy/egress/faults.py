"""What to tell a person about a ticket that was not served."""

from __future__ import annotations

from app.privacy.egress.tickets import EgressFault

_WORDS = {
    EgressFault.HASH: ("what was to be sent is not what was shown", "Look at it again, and send."),
    EgressFault.HOST: ("{host} is not a valid https address", "Correct the address in Settings."),
    EgressFault.USED: ("it was sent before; nothing is sent twice", "Ask anew."),
    EgressFault.UNRECORDED: (
        "it could not be written into the record of what leaves this computer",
        "Free some space, or see that you may write to the data folder.",
    ),
    EgressFault.SEALED: (
        "the process that makes connections could not be started",
        "Start Studiolo again.",
    ),
    EgressFault.OFFLINE: ("this computer has no network connection", "Connect, and try again."),
    EgressFault.NAME: ("there is no host called {host}", "Check the address in Settings."),
    EgressFault.REFUSED: ("{host} takes no connections", "Check the address, or try again later."),
    EgressFault.TLS: (
        "{host} could not prove that it is {host}",
        "Check the address. On a network that opens connections, name its certificate in Settings.",
    ),
    EgressFault.PROXY: ("the proxy did not let it through", "Check the proxy in Settings."),
    EgressFault.TIMEOUT: ("{host} did not answer in time", "Try again later."),
    EgressFault.CUT: ("the connection to {host} broke off", "Try again."),
    EgressFault.REDIRECT: (
        "{host} sends to another address, and that is never followed",
        "Set the right address in Settings.",
    ),
    EgressFault.PACKAGE: ("the package could not be downloaded", "Try again later."),
    EgressFault.DISK: ("what came could not be saved", "Free some space, and try again."),
}


def explain(fault: EgressFault, host: str) -> tuple[str, str]:
    """Why, as a half sentence that fits behind a colon, and what to do next."""
    why, advice = _WORDS[fault]
    return why.format(host=host or "the address"), advice
