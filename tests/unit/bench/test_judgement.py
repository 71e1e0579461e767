"""The table of judgements: how well they tell, and what each threshold would make of them."""

from __future__ import annotations

import pytest

from bench.judgement import Judged, print_tables


def test_each_set_has_its_area_and_the_rates_of_thresholds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chances = {True: (0.9, 0.75, 0.35), False: (0.8, 0.25)}
    print_tables(
        [
            Judged(f"{answerable}{chance}", "squad2", answerable, chance, 2.0)
            for answerable, of_kind in chances.items()
            for chance in of_kind
        ]
        + [Judged("other", "policyqa", True, 0.1, 4.0)]
    )
    head, squad, policies, overall = capsys.readouterr().out.splitlines()
    assert "below 0.4" in head
    assert squad.split()[:7] == ["squad2", "3", "2", "0.67", "2.0", "0.00/0.00", "0.50/0.00"]
    assert squad.split()[7] == "0.50/0.33"
    assert policies.split()[:6] == ["policyqa", "1", "0", "–", "4.0", "–/1.00"]
    assert overall.split()[:4] == ["all", "4", "2", "0.50"]
