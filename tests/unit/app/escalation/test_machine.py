"""No sequence of events sends anything but what was shown and clicked. More: bench.escalation."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.escalation_machine import ACCOUNT, Escalations


def run(sequences: int) -> None:
    run_state_machine_as_test(
        Escalations,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert ACCOUNT.unclicked == ACCOUNT.different == 0


def test_nothing_is_sent_but_what_was_shown_and_clicked() -> None:
    before = ACCOUNT.sent
    run(40)
    assert ACCOUNT.sent > before  # else it would prove nothing


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_sequences_send_nothing_else() -> None:
    run(10_000)
