"""Prompts as a chat model takes them, and the room that it has for them."""

from __future__ import annotations

from dataclasses import dataclass

from models.chat import ChatModel, Message, Role
from rag.answer.prompt import ContextPack


def messages_of(pack: ContextPack) -> list[Message]:
    """Returns the instructions, the turns before, and what is new."""
    messages = [Message(Role.SYSTEM, pack.system)]
    for turn in pack.turns:
        messages.append(Message(Role.USER, turn.question))
        messages.append(Message(Role.ASSISTANT, turn.answer))
    messages.append(Message(Role.USER, pack.user))
    return messages


@dataclass(frozen=True, slots=True)
class Budget:
    """The tokens that a prompt may have. The model loads when it is first asked for them.

    Attributes:
        model: counts the tokens.
        reply_tokens: how many of its context window stay free for the reply.
    """

    model: ChatModel
    reply_tokens: int

    @property
    def tokens(self) -> int:
        """The most tokens that a prompt may have."""
        return self.model.context_window - self.reply_tokens

    def count(self, pack: ContextPack) -> int:
        """Returns the tokens of a prompt."""
        return self.model.count_tokens(messages_of(pack))

    def holds(self, pack: ContextPack) -> bool:
        """Tells whether a prompt is within the budget."""
        return self.count(pack) <= self.tokens
