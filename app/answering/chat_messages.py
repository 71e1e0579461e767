"""Prompts as a chat model takes them."""

from __future__ import annotations

from models.chat import ChatModel, Message, Role
from rag.answer.prompt import ContextPack


def messages_of(pack: ContextPack) -> list[Message]:
    """The instructions, the turns before, and what is new."""
    messages = [Message(Role.SYSTEM, pack.system)]
    for turn in pack.turns:
        messages.append(Message(Role.USER, turn.question))
        messages.append(Message(Role.ASSISTANT, turn.answer))
    messages.append(Message(Role.USER, pack.user))
    return messages


def fits(pack: ContextPack, model: ChatModel, reply_tokens: int) -> bool:
    """Whether a prompt leaves room for `reply_tokens` in the model's context window."""
    return model.count_tokens(messages_of(pack)) <= model.context_window - reply_tokens
