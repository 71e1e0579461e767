"""The table of judgements: how well they tell, and what each threshold would make of them."""

from __future__ import annotations

import pytest

from bench.judgement import Judged, chosen_threshold, print_tables


def judged(name: str, good: tuple[float, ...], bad: tuple[float, ...] = ()) -> list[Judged]:
    return [
        Judged(f"{name}{answerable}{chance}", name, answerable, chance, 2.0)
        for answerable, chances in ((True, good), (False, bad))
        for chance in chances
    ]


def test_each_set_has_its_area_and_the_rates_of_thresholds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    squad = judged("squad2", good=(0.9, 0.75, 0.35), bad=(0.8, 0.25))
    print_tables([*squad, Judged("other", "policyqa", True, 0.1, 4.0)])
    head, of_squad, of_policies, overall = capsys.readouterr().out.splitlines()
    assert "below 0.4" in head
    assert of_squad.split()[:7] == ["squad2", "3", "2", "0.67", "2.0", "0.00/0.00", "0.50/0.00"]
    assert of_squad.split()[7] == "0.50/0.33"
    assert of_policies.split()[:6] == ["policyqa", "1", "0", "–", "4.0", "–/1.00"]
    assert overall.split()[:4] == ["all", "4", "2", "0.50"]


def test_the_other_sets_choose_the_threshold_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    first = judged("first", good=(0.9, 0.6), bad=(0.5, 0.1))
    second = judged("second", good=(0.8, 0.4), bad=(0.55, 0.3))
    print_tables([*first, *second])
    _, of_first, of_second, _ = capsys.readouterr().out.splitlines()
    assert of_first.endswith("0.40: 0.50/0.00")
    assert of_second.endswith("0.60: 1.00/0.50")


def test_the_threshold_wrongs_one_in_ten_on_average_over_the_sets() -> None:
    ten = tuple(at / 10 for at in range(1, 11))
    assert chosen_threshold(judged("ten", ten)) == 0.2
    assert chosen_threshold(judged("ten", ten) + judged("sure", (0.95,) * 4)) == 0.3
    assert chosen_threshold(judged("none", (), bad=ten)) is None
