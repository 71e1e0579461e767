"""Asks an outside model: prepares a payload, sends it once, and saves the reply.

The steps: `draft` → `prepare` after each change → show all of the result → `Session.show` → a real
click → `Session.confirm` → `send`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from app.chats.outside_reply import EscalationEvent, OutsideDone, OutsideReply, ReplyEnd
from app.chats.store import ChatStore, Turn
from app.errors import AppError, Cancelled, EscalationOff, NoKeyring, NotConfirmed
from app.escalation import draft as drafts
from app.escalation import faults, payload
from app.escalation.draft import EscalationDraft
from app.escalation.known_models import cost, known_models
from app.escalation.payload import Payload, Route
from app.escalation.receiving import Receiver
from app.escalation.review import Review, review
from app.escalation.session import Session, SessionState
from app.jobs import CancelToken
from app.library.local_only import Find, Limits, unknown
from app.privacy.egress.port import EgressGate
from app.privacy.egress.tickets import EscalateTicket, new_id
from app.secrets import SecretStore
from app.settings.fields import CloudProvider
from app.settings.store import SettingsStore
from app.user_messages import UserMessage, describe


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with all that the person has to see.

    Attributes:
        draft: with what may not leave marked and unticked.
        review: personal data in it.
        payload: the bytes to send; None if it cannot be sent.
        problem: why not.
    """

    draft: EscalationDraft
    review: Review
    payload: Payload | None
    problem: UserMessage | None = None


class EscalationService:
    """Asks outside models, within the person's settings.

    Args:
        settings: whether escalation is allowed, the providers, and what never leaves.
        chats: saves replies with their turns.
        secrets: keeps keys, by host: a key is only ever sent to the host it was entered for.
        gate: sends requests.
        find: looks up in the library where the text of passages is.
    """

    def __init__(
        self,
        settings: SettingsStore,
        chats: ChatStore,
        secrets: SecretStore,
        gate: EgressGate,
        find: Find = unknown,
    ) -> None:
        self._settings = settings
        self._chats = chats
        self._secrets = secrets
        self._gate = gate
        self._find = find

    @property
    def allowed(self) -> bool:
        """Whether to offer it: the person turned it on, and set up a provider."""
        current = self._settings.current
        return current.cloud_enabled and bool(current.cloud_providers)

    @property
    def providers(self) -> tuple[CloudProvider, ...]:
        """The providers that may be asked; empty unless escalation is allowed."""
        return self._settings.current.cloud_providers if self.allowed else ()

    def draft(
        self, turn: Turn, earlier: Sequence[Turn] = (), provider: CloudProvider | None = None
    ) -> EscalationDraft:
        """Creates a draft for a turn, with nothing ticked.

        Args:
            turn: the question, with its answer if there is one.
            earlier: the turns before it, oldest first.
            provider: the provider to ask; None means the first.

        Raises:
            EscalationOff: it is not allowed.
        """
        self._require_allowed()
        draft = drafts.new_draft(turn, earlier, provider or self.providers[0])
        return drafts.marked(draft, self._limits(draft))

    def prepare(self, draft: EscalationDraft) -> Prepared:
        """Reviews a draft and builds its payload. Takes a moment; not for the GUI thread.

        Raises:
            EscalationOff: it is not allowed.
            WorkerDied: the library could not be asked; without it nothing can be sent.
        """
        self._require_allowed()
        limits = self._limits(draft)
        draft = drafts.marked(draft, limits)
        reviewed = review(draft, self._settings.current.own_words)
        try:
            built = payload.build(draft, reviewed, limits, self._route(draft))
        except AppError as error:
            return Prepared(draft, reviewed, None, describe(error))
        return Prepared(draft, reviewed, built)

    def send(
        self,
        session: Session,
        turn_id: int,
        on_event: Callable[[EscalationEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
    ) -> OutsideReply:
        """Sends the confirmed payload once, and waits for the reply. Blocks.

        Whatever has arrived is saved with its turn, also after a stop or an error; `OutsideDone` is
        sent before the error is raised.

        Args:
            session: a confirmed one.
            turn_id: the turn that it is about.
            on_event: receives progress, on this thread.
            token: stops it; the connection is closed at once.

        Raises:
            Cancelled: it was stopped before anything arrived.
            EscalationError: a subclass, for anything else that went wrong.
            SecretsError: the keyring cannot be used.
            ChatsNotSaved: the reply arrived and was shown, but could not be saved.
            WrongState: the session was not confirmed, or was sent before.
        """
        token = token or CancelToken()
        if session.state is SessionState.CANCELLED:
            raise Cancelled
        confirmed = session.begin()
        started = time.time()
        receiver = Receiver(confirmed, on_event)
        stopped = False
        try:
            self._recheck(confirmed)
            token.raise_if_cancelled()
            self._receive(confirmed, receiver, session, token)
        except Cancelled:
            session.cancel()
            if not receiver.text:
                raise
            stopped = True
        except Exception:
            session.end(SessionState.FAILED)
            raise
        reply = self._reply(confirmed, receiver, started, stopped=stopped)
        session.end(SessionState.FAILED if receiver.error else SessionState.DONE)
        try:
            if receiver.text:
                self._chats.add_reply(turn_id, reply)
        finally:
            if receiver.text:
                on_event(OutsideDone(reply))
        if receiver.error is not None:
            raise receiver.error
        return reply

    def hide(self, words: str) -> None:
        """Hides some words from now on, wherever they occur. Raises `SettingsNotSaved`."""
        own_words = self._settings.current.own_words
        if words not in own_words:
            self._settings.change(own_words=(*own_words, words))

    def has_key(self, provider: CloudProvider) -> bool:
        """Tells whether a provider's host has a key. May block; raises as `SecretStore` does."""
        return bool(self._secrets.get(provider.host))

    def set_key(self, provider: CloudProvider, key: str) -> None:
        """Stores the key for a provider's host; "" deletes it. May block.

        Raises:
            KeyRefused: the text cannot be a key.
            SecretsError: as `SecretStore` does.
        """
        key = key.strip()
        if not key:
            self._secrets.delete(provider.host)
        elif key.isascii() and key.isprintable() and " " not in key:
            self._secrets.set(provider.host, key)
        else:
            raise faults.no_key()

    def _require_allowed(self) -> None:
        if not self.allowed:
            raise EscalationOff(
                "Asking outside models is off.",
                "Turn it on in Settings, under Cloud, and add a provider there.",
            )

    def _limits(self, draft: EscalationDraft) -> Limits:
        """Returns what of a draft may not leave now."""
        folders = self._settings.current.never_leave
        return Limits.of(folders, drafts.all_origins(draft), self._find)

    def _route(self, draft: EscalationDraft) -> Route:
        """Returns the route to the server by the current settings."""
        return Route.to(draft.provider, self._settings.current)

    def _recheck(self, confirmed: Payload) -> None:
        """Rechecks settings and library, which may have changed since the payload was shown."""
        self._require_allowed()
        payload.check_may_leave(confirmed.draft, self._limits(confirmed.draft))
        if self._route(confirmed.draft) != confirmed.route:
            raise NotConfirmed(
                "Nothing was sent: the proxy or the certificates have changed since it was shown.",
                "Review it again, and press Send.",
            )

    def _receive(
        self, confirmed: Payload, receiver: Receiver, session: Session, token: CancelToken
    ) -> None:
        events = self._gate.escalate(self._ticket(confirmed), token)
        try:
            for event in events:
                token.raise_if_cancelled()
                wanted = receiver.take(event)
                if receiver.text:
                    session.arrive()
                if not wanted:
                    break
        finally:
            if isinstance(events, Generator):
                events.close()  # which closes the connection
            receiver.finish()

    def _ticket(self, confirmed: Payload) -> EscalateTicket:
        provider = confirmed.draft.provider
        key = self._key(provider.host)
        name, prefix = confirmed.key_header
        headers = (*confirmed.headers, (name, prefix + key)) if key else confirmed.headers
        return EscalateTicket(
            new_id(),
            confirmed.url,
            headers,
            confirmed.body,
            confirmed.sha256,
            confirmed.route.proxy,
            confirmed.route.ca_file,
        )

    def _key(self, host: str) -> str:
        """Returns the key for a host; "" for the person's own server that may need none."""
        required = bool(known_models(host))
        try:
            key = self._secrets.get(host)
        except NoKeyring:
            if required:
                raise
            return ""
        if required and not key:
            raise faults.key_missing(host)
        return key

    def _reply(
        self, confirmed: Payload, receiver: Receiver, started: float, *, stopped: bool
    ) -> OutsideReply:
        provider = confirmed.draft.provider
        sent, received = receiver.tokens
        end = ReplyEnd.CUT if receiver.error else receiver.end
        return OutsideReply(
            text=receiver.text,
            provider=provider.name,
            model=provider.model,
            host=provider.host,
            sha256=confirmed.sha256,
            sent_at=started,
            seconds=round(time.time() - started, 3),
            input_tokens=sent,
            output_tokens=received,
            counted=receiver.counted,
            cost=cost(provider, sent, received),
            end=ReplyEnd.STOPPED if stopped else end,
        )
