"""Writes a conversation as the prompt that a model was trained on.

The template is the model's own (Jinja, run in a sandbox). What a message says can never act as
one of the model's control tokens: a document that contains ``<|im_start|>`` is read as those
characters, not as the beginning of a turn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.chat import Message, Role
from models.errors import ModelDamaged

# A private-use character breaks up control texts inside messages while the template runs.
_PRIVATE_USE = range(0xF0000, 0xFFFFE)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part of a prompt. `control`: its control texts are to be read as control tokens."""

    text: str
    control: bool


class ChatTemplate:
    """Renders messages with a model's chat template.

    Args:
        source: the Jinja template out of the model's file.
        bos: the text of the token that begins a sequence.
        eos: the text of the token that ends one.
        control_texts: the texts of all control tokens of the model.

    Raises:
        ModelDamaged: the template cannot be compiled.
    """

    def __init__(self, source: str, bos: str, eos: str, control_texts: Sequence[str]) -> None:
        import jinja2
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        try:
            self._formatter = Jinja2ChatFormatter(template=source, eos_token=eos, bos_token=bos)
        except jinja2.TemplateError as error:
            raise _unusable() from error
        self._errors: tuple[type[Exception], ...] = (jinja2.TemplateError, ValueError, TypeError)
        longest_first = sorted((text for text in control_texts if len(text) > 1), key=len)[::-1]
        self._control = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def fragments(self, messages: Sequence[Message]) -> list[Fragment]:
        """The prompt in parts; their texts joined are the prompt.

        A conversation without control texts, which is nearly every one, is a single part, and so
        becomes exactly the tokens that the model's own tools would make of it.

        Raises:
            ModelDamaged: the template fails on a plain conversation.
        """
        if not any(self._control.search(message.content) for message in messages):
            return [Fragment(self.render(messages), control=True)]
        mark = _unused_character(messages)
        masked = [Message(m.role, self._mask(m.content, mark)) for m in messages]
        prompt = self.render(masked)
        parts: list[Fragment] = []
        at = 0
        for match in self._control.finditer(prompt):
            parts.append(Fragment(prompt[at : match.start()].replace(mark, ""), control=False))
            parts.append(Fragment(match.group(), control=True))
            at = match.end()
        parts.append(Fragment(prompt[at:].replace(mark, ""), control=False))
        return [part for part in parts if part.text]

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as one text, ending where the assistant's turn begins."""
        try:
            return self._render(messages)
        except self._errors:
            # Some templates know no system role, or want turns to alternate strictly.
            try:
                return self._render(_without_system(messages))
            except self._errors as error:
                raise _unusable() from error

    def _render(self, messages: Sequence[Message]) -> str:
        turns: Any = [{"role": str(m.role), "content": m.content} for m in messages]
        prompt: str = self._formatter(messages=turns, enable_thinking=False).prompt
        return prompt

    def _mask(self, text: str, mark: str) -> str:
        while self._control.search(text):
            text = self._control.sub(lambda m: f"{m.group()[0]}{mark}{m.group()[1:]}", text)
        return text


def _without_system(messages: Sequence[Message]) -> list[Message]:
    """Moves instructions into the first turn of the person."""
    rules = "\n\n".join(m.content for m in messages if m.role is Role.SYSTEM)
    turns = [m for m in messages if m.role is not Role.SYSTEM]
    if rules and turns:
        turns[0] = Message(turns[0].role, f"{rules}\n\n{turns[0].content}")
    elif rules:
        turns = [Message(Role.USER, rules)]
    return turns


def _unused_character(messages: Sequence[Message]) -> str:
    used = set().union(*(message.content for message in messages))
    return next(chr(code) for code in _PRIVATE_USE if chr(code) not in used)


def _unusable() -> ModelDamaged:
    return ModelDamaged(
        "This model's chat template cannot be used.", "Choose another model in Settings."
    )
