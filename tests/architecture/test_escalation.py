"""Who may ask a larger model outside: one place makes clicks, one makes tickets."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.test_layers import ROOT, modules


def calls_of(name: str) -> set[str]:
    """The modules of ours that call something of that name, or make one."""
    return {
        path.relative_to(ROOT).as_posix()
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None))
    }


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("EscalateTicket", "app/escalation/service.py"),
        ("escalate", "app/escalation/service.py"),
        ("Click", "ui/escalation/send_button.py"),
    ],
)
def test_only_one_place_does_it(name: str, place: str) -> None:
    assert calls_of(name) <= {place}


def test_no_answer_can_lead_to_one() -> None:
    # What the local model writes passes through these; none of them knows of escalation.
    for module in ("answer", "hint", "events", "library"):
        source = (ROOT / "app" / f"{module}.py").read_text(encoding="utf-8")
        assert "escalation" not in source
