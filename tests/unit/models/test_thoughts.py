"""Thoughts are never taken for the answer, however the reply comes in pieces."""

from __future__ import annotations

import pytest

from models.chat import Message, Role
from models.template import ChatTemplate
from models.textstream import TextStream
from models.thoughts import MARKS, without_open_thought

ANSWER = "It is 4. Not <think>5</think>."


def _read(reply: str, size: int) -> tuple[str, TextStream]:
    """Returns what comes out of a reply in pieces of `size` bytes."""
    stream, raw = TextStream(), reply.encode()
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    text = "".join(stream.push(piece) for piece in pieces)
    return text + stream.push(b"", final=True), stream


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_thoughts_are_left_out(opening: str, closing: str, size: int) -> None:
    assert _read(f"\n{opening}\nTwo and two… it is 5?\n{closing}\n\n{ANSWER}", size)[0] == ANSWER
    assert _read(f"{opening}\n\n{closing}\n\n{ANSWER}", size)[0] == ANSWER


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("reply", [ANSWER, "<", "<thin ice", "  4", "[1] says so", "<table>", ""])
def test_an_answer_without_thoughts_is_left_as_it_is(reply: str, size: int) -> None:
    assert _read(reply, size)[0] == reply


def test_thoughts_that_do_not_end_are_no_answer() -> None:
    text, stream = _read("<think>Let me see. It may be 5. ", 4)
    assert text == ""
    assert stream.only_thoughts


def test_what_is_thought_is_not_kept_in_memory() -> None:
    stream = TextStream()
    for _ in range(10_000):
        assert stream.push(b"<think> and so on ") == ""
    assert stream.push(b"</think>4") + stream.push(b"", final=True) == "4"


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_a_thought_that_the_template_opens_is_closed(opening: str, closing: str) -> None:
    source = (
        "{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}[assistant] " + opening + "\n{% endif %}"
    )
    template = ChatTemplate(source, "", "", ())
    try:
        prompt = template.render([Message(Role.USER, f"What does {opening} mean?")])
    finally:
        template.close()
    assert prompt.endswith(f"[assistant] {opening}\n\n{closing}\n\n")
    assert f"What does {opening} mean?" in prompt


def test_other_prompts_are_left_as_they_are() -> None:
    for prompt in ("[assistant] ", "<think>\n\n</think>\n\n", ""):
        assert without_open_thought(prompt) == prompt
