"""Who may ask a larger model outside: one place makes clicks, one makes tickets."""

from __future__ import annotations

import ast

from tests.architecture.test_layers import ROOT, modules

PLACES = {
    "EscalateTicket": "app/escalation/service.py",
    "escalate": "app/escalation/service.py",
    "Click": "ui/escalation/send_button.py",
}


def test_only_one_place_makes_clicks_and_one_makes_tickets() -> None:
    called = {
        (name, path.relative_to(ROOT).as_posix())
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for name in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
        if name in PLACES
    }
    assert called == set(PLACES.items())


def test_no_answer_can_lead_to_one() -> None:
    # What the local model writes passes through these; none of them knows of escalation.
    for module in ("answering/service", "events", "library/service"):
        source = (ROOT / "app" / f"{module}.py").read_text(encoding="utf-8")
        assert "escalation" not in source
