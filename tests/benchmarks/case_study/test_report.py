"""The case study's page tells what was measured, the bad too."""

from __future__ import annotations

from tests.benchmarks.case_study.report import LADDER, SCHEDULES, Outcome, page

VARIANTS = LADDER | SCHEDULES


def outcomes(**accuracies: tuple[float, float]) -> dict[str, dict[int, Outcome]]:
    """Two seeds of each variant; 0.9 where nothing is said."""
    return {
        variant: {seed: Outcome(value, 2.0) for seed, value in enumerate(accuracies.get(variant, (0.9, 0.9)))}
        for variant in VARIANTS
    }


def row(text: str, beginning: str) -> list[str]:
    [line] = [line for line in text.splitlines() if line.startswith(f"| {beginning} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_tactic_that_hurts_is_told_with_its_sign() -> None:
    text = page(outcomes(cut_mix=(0.8, 0.84)), "digits", "make it")
    assert row(text, "+ CutMix")[1:] == ["82.0 ± 2.0", "−8.0 ± 2.0", "−8.0 ± 2.0", "2.0 ± 0.0"]
    assert row(text, "+ AdamW")[2:4] == ["+8.0 ± 2.0", "+0.0 ± 0.0"]


def test_differences_are_those_of_one_seed() -> None:
    text = page(outcomes(baseline=(0.5, 0.9), cosine_alone=(0.6, 1.0)), "digits", "make it")
    assert row(text, "cosine") == ["cosine", "80.0 ± 20.0", "+10.0 ± 0.0", "2.0 ± 0.0"]
    assert row(text, "constant")[2] == "–"
