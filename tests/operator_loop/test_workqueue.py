"""The schedule of the work queue, with the clock in the test's hand."""

import asyncio

import pytest
from tuning_operator.cluster import workqueue
from tuning_operator.cluster.workqueue import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Later,
    Schedule,
    WorkQueue,
    standstill,
)


def schedule() -> Schedule[str]:
    return Schedule(jitter=lambda: 0.5)


def test_a_key_that_is_added_twice_is_taken_once() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.add("a", 0)
    assert (queue.take(0), queue.take(0)) == ("a", None)


def test_nobody_takes_a_key_that_somebody_works_on() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.take(0)
    queue.add("a", 0)
    assert queue.take(0) is None
    queue.succeeded("a")
    assert queue.take(0) == "a"


def test_news_of_a_key_is_counted_while_somebody_works_on_it() -> None:
    queue = schedule()
    queue.add("a", 0)
    queue.take(0)
    counts = [queue.news("a")]
    for _ in range(2):
        queue.add("a", 0)
        counts.append(queue.news("a"))
    queue.succeeded("a")
    assert [*counts, queue.news("a")] == [0, 1, 2, 0]


def test_a_later_time_does_not_put_off_a_sooner_one() -> None:
    queue = schedule()
    queue.add("a", 1)
    queue.add("a", 9)
    assert queue.take(1) == "a"


def test_a_delayed_key_waits() -> None:
    queue = schedule()
    queue.add("a", 5)
    assert (queue.waiting(4.9), queue.waiting(5)) == (0, 1)
    assert (queue.take(4.9), queue.next_due(), queue.take(5)) == (None, 5, "a")


def test_pauses_double_up_to_a_limit_and_success_resets_them() -> None:
    queue = schedule()
    pauses = [queue.failed("a", 0) for _ in range(20)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    queue.succeeded("a")
    assert queue.failed("a", 0) == FIRST_PAUSE


def test_jitter_stays_within_a_quarter() -> None:
    low, high = Schedule[str](jitter=lambda: 0.0), Schedule[str](jitter=lambda: 0.999)
    assert low.failed("a", 0) == 0.75 * FIRST_PAUSE
    assert high.failed("a", 0) < 1.25 * FIRST_PAUSE


def test_events_do_not_drive_a_failing_key_round_in_a_hot_loop() -> None:
    queue = schedule()
    queue.failed("a", 100)
    queue.add("a", 100)
    assert queue.take(100) is None
    assert queue.take(100 + FIRST_PAUSE) == "a"


def test_an_event_shortens_a_long_pause() -> None:
    queue = schedule()
    for _ in range(10):
        queue.failed("a", 100)
    queue.add("a", 102)
    assert queue.take(102) == "a"


def test_a_key_that_must_wait_is_looked_at_when_it_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workqueue, "FIRST_PAUSE", 0.001)  # so that the next pauses are soon too long
    visits = []

    async def work(key: str) -> None:
        visits.append(key)
        raise Later("mend it", within=0.0)

    async def run() -> None:
        queue = WorkQueue(work, lambda *_: 0.0)
        queue.add("a")
        running = asyncio.create_task(queue.run(1))
        while len(visits) < 20:  # the last pause would be minutes
            await asyncio.sleep(0.001)
        running.cancel()

    asyncio.run(asyncio.wait_for(run(), 10))


def test_a_key_that_is_due_makes_no_hot_loop_while_every_worker_is_busy() -> None:
    class Looks(asyncio.Event):
        many = 0

        def clear(self) -> None:
            self.many += 1
            super().clear()

    async def never_ends(key: str) -> None:
        await asyncio.Event().wait()

    async def run() -> int:
        queue = WorkQueue(never_ends, lambda *_: 0.0)
        queue._changed = looks = Looks()
        queue.add("a")
        queue.add("b")
        running = asyncio.create_task(queue.run(1))
        for _ in range(100):
            await asyncio.sleep(0)
        running.cancel()
        await queue.drain(0)
        return looks.many

    assert asyncio.run(run()) <= 2


def test_a_pause_that_the_server_asked_for_is_kept() -> None:
    queue = schedule()
    assert queue.failed("a", 0, at_least=7) == 7
    queue.add("a", 1)
    assert queue.take(6.9) is None


def test_the_one_that_waits_longest_comes_first() -> None:
    queue = schedule()
    queue.add("late", 2)
    queue.add("early", 1)
    assert [queue.take(3), queue.take(3)] == ["early", "late"]


@pytest.mark.parametrize(
    ("what", "due", "ended", "busy", "seconds"),
    [
        ("nothing to do", None, 0, [], 0),
        ("nobody takes what has been due since 10", 10, 5, [], 90),
        ("a long queue that moves", 10, 98, [99], 2),
        ("one worker is stuck while the others go on", 10, 98, [20, 99], 80),
    ],
)
def test_a_queue_stands_still_when_nothing_ends(
    what: str, due: float | None, ended: float, busy: list[float], seconds: float
) -> None:
    assert standstill(100, due, ended, busy) == seconds, what
