"""Asks a larger model outside, for the window and the shell: prepares, sends once, keeps the reply.

The way: `draft` → `prepare`, as often as the person changes something → show what it gives, all of
it → `Session.show` → a real click → `Session.confirm` → `send`.
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
from app.escalation.draft import Draft
from app.escalation.known import cost, known_models
from app.escalation.payload import Payload, Route
from app.escalation.receiving import Receiver
from app.escalation.review import Review, review
from app.escalation.session import Session, State
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
    """A draft as it is to be shown.

    Attributes:
        draft: with what may not leave marked, and unticked.
        review: what is personal in it.
        payload: the bytes that would be sent; None when they cannot be.
        problem: why not.
    """

    draft: Draft
    review: Review
    payload: Payload | None
    problem: UserMessage | None = None


class EscalationService:
    """Asks larger models, as the person allowed it.

    Args:
        settings: whether it is allowed at all, of whom, and what never leaves.
        chats: keeps replies with their turns.
        secrets: keeps keys, by host: a key is never sent to another host than it was entered for.
        gate: the way out.
        find: asks the library where the words of passages are.
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
        """Whether to offer it: the person turned it on, and set up somebody to ask."""
        current = self._settings.current
        return current.cloud_enabled and bool(current.cloud_providers)

    @property
    def providers(self) -> tuple[CloudProvider, ...]:
        """Who may be asked; nobody unless it is allowed."""
        return self._settings.current.cloud_providers if self.allowed else ()

    def draft(
        self, turn: Turn, earlier: Sequence[Turn] = (), provider: CloudProvider | None = None
    ) -> Draft:
        """A draft of a turn, nothing ticked.

        Args:
            turn: the question, with its answer if there is one.
            earlier: the turns before it, oldest first.
            provider: who would be asked; None means the first.

        Raises:
            EscalationOff: it is not allowed.
        """
        self._require_allowed()
        made = drafts.new_draft(turn, earlier, provider or self.providers[0])
        return drafts.marked(made, self._limits(made))

    def prepare(self, draft: Draft) -> Prepared:
        """Looks a draft through and makes the bytes. Takes a moment; not for the GUI thread.

        Raises:
            EscalationOff: it is not allowed.
            WorkerDied: the library could not be asked; nothing can be sent without.
        """
        self._require_allowed()
        limits = self._limits(draft)
        draft = drafts.marked(draft, limits)
        looked = review(draft, self._settings.current.own_words)
        try:
            made = payload.build(draft, looked, limits, self._route(draft))
        except AppError as error:
            return Prepared(draft, looked, None, describe(error))
        return Prepared(draft, looked, made)

    def send(
        self,
        session: Session,
        turn_id: int,
        on_event: Callable[[EscalationEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
    ) -> OutsideReply:
        """Sends what was confirmed, once, and waits for the reply. Blocks; events tell how far.

        Whatever has come is kept with its turn, also when it is stopped or breaks off; then
        `OutsideDone` is told before the error is raised.

        Args:
            session: confirmed.
            turn_id: the turn of a chat that it is about.
            on_event: gets what happens, on this thread.
            token: stops it; the connection is closed at once.

        Raises:
            Cancelled: it was stopped before anything came.
            EscalationError: one of its kinds, for anything else that went wrong.
            SecretsError: the keyring has no answer.
            ChatsNotSaved: the reply came, and was told, but could not be kept.
            WrongState: the session was not confirmed, or was sent before.
        """
        token = token or CancelToken()
        if session.state is State.CANCELLED:
            raise Cancelled
        confirmed = session.begin()
        started = time.time()
        receiver = Receiver(confirmed, on_event)
        stopped = False
        try:
            self._check(confirmed)
            token.raise_if_cancelled()
            self._receive(confirmed, receiver, session, token)
        except Cancelled:
            session.cancel()
            if not receiver.text:
                raise
            stopped = True
        except Exception:
            session.end(State.FAILED)
            raise
        reply = self._reply(confirmed, receiver, started, stopped=stopped)
        session.end(State.FAILED if receiver.error else State.DONE)
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
        """Hides these from now on, wherever they stand. Raises SettingsNotSaved."""
        known = self._settings.current.own_words
        if words not in known:
            self._settings.change(own_words=(*known, words))

    def has_key(self, provider: CloudProvider) -> bool:
        """Whether a key is kept for a provider's host. May block; raises as `SecretStore` does."""
        return bool(self._secrets.get(provider.host))

    def set_key(self, provider: CloudProvider, key: str) -> None:
        """Keeps a key for a provider's host; "" forgets it. May block.

        Raises:
            KeyRefused: no key looks like this.
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
                "Nothing may be asked outside.",
                "Turn it on in Settings, under Cloud, and say there who may be asked.",
            )

    def _limits(self, draft: Draft) -> Limits:
        """What of a draft may not leave, as the settings and the library are now."""
        folders = self._settings.current.never_leave
        return Limits.of(folders, drafts.all_rests(draft), self._find)

    def _route(self, draft: Draft) -> Route:
        """The way to the server, as the settings are now."""
        return Route.to(draft.provider, self._settings.current)

    def _check(self, confirmed: Payload) -> None:
        """Settings and library may have changed while it was shown."""
        self._require_allowed()
        payload.check_may_leave(confirmed.draft, self._limits(confirmed.draft))
        if self._route(confirmed.draft) != confirmed.route:
            raise NotConfirmed(
                "Nothing was sent: the proxy or the certificates have changed since it was shown.",
                "Look at it once more, and press Send.",
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
        name, before = confirmed.key_header
        headers = (*confirmed.headers, (name, before + key)) if key else confirmed.headers
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
        """The key for a host; "" for a server of one's own that may want none."""
        wanted = bool(known_models(host))
        try:
            key = self._secrets.get(host)
        except NoKeyring:
            if wanted:
                raise
            return ""
        if wanted and not key:
            raise faults.key_missing(host)
        return key

    def _reply(
        self, confirmed: Payload, receiver: Receiver, started: float, *, stopped: bool
    ) -> OutsideReply:
        provider = confirmed.draft.provider
        sent, came = receiver.tokens
        cut = ReplyEnd.CUT if receiver.error else receiver.end
        return OutsideReply(
            text=receiver.text,
            provider=provider.name,
            model=provider.model,
            host=provider.host,
            sha256=confirmed.sha256,
            sent_at=started,
            seconds=round(time.time() - started, 3),
            input_tokens=sent,
            output_tokens=came,
            counted=receiver.counted,
            cost=cost(provider, sent, came),
            end=ReplyEnd.STOPPED if stopped else cut,
        )
