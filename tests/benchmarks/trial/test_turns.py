from collections.abc import Callable

import pytest

from tests.benchmarks.trial.turns import by_turns


def test_works_go_on_by_turns_in_the_order_that_they_are_shuffled_into():
    seen: list[str] = []

    def work(name: str, parts: int) -> Callable[[Callable[[], None]], None]:
        def run(pause: Callable[[], None]) -> None:
            for part in range(parts):
                seen.append(f"{name}{part}")
                pause()

        return run

    by_turns({"a": work("a", 1), "b": work("b", 3)}, shuffle=list.reverse)
    assert seen == ["b0", "a0", "b1", "b2"]


def test_a_work_has_the_time_of_its_own_turns_only():
    shown = {"wall": 0.0, "cpu": 0.0}

    def busy(pause: Callable[[], None]) -> None:
        for _ in range(2):
            shown["wall"] += 0.1
            shown["cpu"] += 0.1
            pause()

    def idle(pause: Callable[[], None]) -> None:
        pause()
        shown["wall"] += 0.1

    works = {"busy": busy, "idle": idle}
    took = by_turns(works, shuffle=lambda names: None, clock=lambda: (shown["wall"], shown["cpu"]))
    assert took["busy"][1] >= 0.2 > 0.1 > took["idle"][1]
    assert took["idle"][0] >= 0.1


def test_a_work_that_fails_is_named():
    def fail(pause: Callable[[], None]) -> None:
        raise ValueError("no model")

    with pytest.raises(RuntimeError, match="tracked has failed") as raised:
        by_turns({"tracked": fail}, shuffle=lambda names: None)
    assert str(raised.value.__cause__) == "no model"
