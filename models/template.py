"""Writes a conversation as the prompt that a model was trained on.

The template is the model's own (Jinja, run in a sandbox and in a process of its own). What a
message says can never act as one of the model's control tokens: a document that contains
``<|im_start|>`` is read as those characters, not as the beginning of a turn.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.chat import Message, Role
from models.errors import ModelUnsupported
from models.rendering import Renderer, TemplateFailed
from models.thoughts import without_open_thought

_MOST_CONTROL_TEXTS = 10_000  # real models have up to some 6,000
# A private-use character breaks up control texts inside messages while the template runs.
_PRIVATE_USE = range(0xF0000, 0xFFFFE)
# A conversation of words that no template holds, in the order in which a prompt must have them.
_RULES, _FIRST, _REPLY, _SECOND = "KqzrulesKqz", "KqzfirstKqz", "KqzreplyKqz", "KqzsecondKqz"
_PROBE = (
    Message(Role.SYSTEM, _RULES),
    Message(Role.USER, _FIRST),
    Message(Role.ASSISTANT, _REPLY),
    Message(Role.USER, _SECOND),
)
_PROBES = re.compile(r"Kqz\w+?Kqz")


PLAIN = (
    "{% for m in messages %}{{ m.role | capitalize }}: {{ m.content }}\n\n{% endfor %}Assistant:"
)
"""A template for models that bring none that can be used: of no family, readable by all."""
PLAIN_STOPS = ("\n\nUser:", "\n\nSystem:")
"""Where a reply ends that was asked for with `PLAIN`, since no token ends a turn."""
PLAIN_NOTE = "This model brings no usable chat template; a plain one is used, answers may be worse."

_LEFT_OUT = {
    _RULES: "its rules",
    _FIRST: "what was asked before",
    _REPLY: "what was answered before",
    _SECOND: "the question",
}


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
        ModelUnsupported: the template cannot be compiled, or there are too many control tokens.
    """

    def __init__(self, source: str, bos: str, eos: str, control_texts: Sequence[str]) -> None:
        texts = {text for text in control_texts if len(text) > 1}
        if len(texts) > _MOST_CONTROL_TEXTS:
            raise ModelUnsupported(
                f"This model has more than {_MOST_CONTROL_TEXTS:,} control tokens.",
                "Choose another model in Settings.",
            )
        longest_first = sorted(texts, key=lambda text: (-len(text), text))
        self._knows_rules = True  # until `check` finds out
        self._control = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        try:
            self._renderer = Renderer(source, bos, eos)
        except TemplateFailed as failed:
            raise _unusable(failed) from failed

    def close(self) -> None:
        """Ends the process that the template runs in."""
        self._renderer.close()

    def check(self) -> str:
        """Makes sure that a prompt holds what was said: rules, earlier turns, the question.

        A template that passes over rules in silence gets them with the first question from now on.

        Returns:
            What the template writes around a conversation, without anything that was said.

        Raises:
            ModelUnsupported: the template fails, or leaves out a part of the conversation.
        """
        prompt = self.render(_PROBE)
        if _RULES not in prompt:
            self._knows_rules = False
            prompt = self.render(_PROBE)
        probes = _PROBES.findall(prompt)
        for message in reversed(_PROBE):
            if message.content not in probes:
                raise _unusable_for(
                    f"the prompt that it writes leaves out {_LEFT_OUT[message.content]}, so the "
                    "model would never read it"
                )
        # Where the rules go differs: some templates put them before the last question.
        turns = [word for word, _ in itertools.groupby(probes) if word != _RULES]
        if turns != [_FIRST, _REPLY, _SECOND]:
            raise _unusable_for("it mixes up the order of a conversation")
        return _PROBES.sub("", prompt)

    def fragments(self, messages: Sequence[Message]) -> list[Fragment]:
        """Returns the prompt in parts, whose texts joined are the prompt.

        A conversation without control texts, which is nearly every one, is a single part, and so
        becomes exactly the tokens that the model's own tools would make of it.

        Raises:
            ModelUnsupported: the template fails on a plain conversation.
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
        """Returns the prompt as one text, which ends where the assistant's turn begins.

        Raises:
            ModelUnsupported: the template fails on a plain conversation, or takes too much.
        """
        try:
            return self._render(messages if self._knows_rules else _without_system(messages))
        except TemplateFailed as failed:
            if failed.over_limit:
                raise _unusable(failed) from failed
            # Some templates know no system role, or want turns to alternate strictly.
            try:
                return self._render(_without_system(messages))
            except TemplateFailed as error:
                raise _unusable(error) from error

    def _render(self, messages: Sequence[Message]) -> str:
        turns = [{"role": str(m.role), "content": m.content} for m in messages]
        return without_open_thought(self._renderer.render(turns))

    def _mask(self, text: str, mark: str) -> str:
        while self._control.search(text):
            text = self._control.sub(lambda m: f"{m.group()[0]}{mark}{m.group()[1:]}", text)
        return text


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """A template that writes all that was said.

    Attributes:
        frame: what it writes around a conversation, without anything that was said.
        plain: whether it is `PLAIN`, since the model's own cannot be used.
    """

    template: ChatTemplate
    frame: str
    plain: bool = False


def checked_template(
    source: str | None, bos: str, eos: str, control_texts: Sequence[str]
) -> CheckedTemplate:
    """Returns a model's own template, or `PLAIN` where there is none or it does not work.

    Takes what `ChatTemplate` takes; a source of None is no template.

    Raises:
        ModelUnsupported: it takes too much time or memory: no mistake, but an attack.
    """
    if source is not None:
        try:
            return _checked(ChatTemplate(source, bos, eos, control_texts))
        except ModelUnsupported as error:
            if isinstance(error.__cause__, TemplateFailed) and error.__cause__.over_limit:
                raise
    plain = _checked(ChatTemplate(PLAIN, bos, eos, control_texts))
    return replace(plain, plain=True)


def _checked(template: ChatTemplate) -> CheckedTemplate:
    try:
        return CheckedTemplate(template, template.check())
    except BaseException:
        template.close()
        raise


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


def _unusable(failed: TemplateFailed) -> ModelUnsupported:
    return _unusable_for(f"it {failed.why}")


def _unusable_for(why: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"This model's chat template cannot be used: {why}.",
        "Choose another model in Settings.",
    )
