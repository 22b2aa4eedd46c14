"""Cycle failures by hand: the queue at the start of green, what crossed in it, and what nobody can know."""

from __future__ import annotations

from controller_parts import ARMS, make_layout

from controller.cycle_watch import STREAK, CycleWatch
from junction.counts import CameraState, CountRecord, LaneGroupCount


def report(end_s: float, *, queue: float, crossed: int, seen: bool = True, state: str = "ok") -> CountRecord:
    """Five seconds of every lane group; a car is 1 PCU."""
    return CountRecord(
        camera_id="cam",
        boot_id="boot",
        n=int(end_s),
        junction_id="J1",
        begin_at=end_s - 5,
        end_at=end_s,
        state=CameraState(state),
        origin="measured",
        lane_groups=tuple(
            LaneGroupCount(
                lane_group_id=f"{arm}1",
                seen=seen,
                crossed={"car": crossed} if arm == "n" else {},
                present={},
                queue_veh=queue if arm == "n" else 0.0,
                queue_pcu=queue if arm == "n" else 0.0,
                queue_m=0.0,
            )
            for arm in ARMS
        ),
        lines={},
        frames_seen=50,
        frames_lost=0,
        mean_confidence=None,
    )


def one_green(watch: CycleWatch, from_s: float, *, queue: float, crossed: int, seen: bool = True) -> None:
    """Twenty seconds of green for `ns` from `from_s` on, four reports in it, then twenty of `ew`."""
    watch.take_counts(report(from_s, queue=queue, crossed=0))
    watch.note_greens({"n", "s"}, from_s)
    for end_s in (5, 10, 15, 20):
        watch.take_counts(report(from_s + end_s, queue=queue, crossed=crossed, seen=seen))
    watch.note_greens({"e", "w"}, from_s + 20)
    watch.take_counts(report(from_s + 25, queue=queue, crossed=0))


def test_a_queue_that_clears_is_no_failure() -> None:
    watch = CycleWatch(make_layout())
    one_green(watch, 100, queue=8, crossed=2)
    # n: 8 of 8 crossed; s: nothing stood, nothing crossed.
    assert watch.take_judged() == [False, False]
    assert watch.take_judged() == []


def test_a_queue_that_is_left_fails_and_three_in_a_row_call() -> None:
    watch = CycleWatch(make_layout())
    for cycle in range(STREAK):
        assert watch.failing == frozenset()
        one_green(watch, 100 + 100 * cycle, queue=9, crossed=2)
    assert watch.failing == {"n1"}
    assert watch.take_judged().count(True) == STREAK
    one_green(watch, 500, queue=8, crossed=2)
    assert watch.failing == frozenset()


def test_what_was_not_seen_is_not_judged_and_breaks_no_streak() -> None:
    watch = CycleWatch(make_layout())
    for cycle in range(STREAK):
        one_green(watch, 100 + 100 * cycle, queue=9, crossed=2)
    watch.take_judged()
    one_green(watch, 500, queue=9, crossed=2, seen=False)
    # The two that are judged are the other stage's green before, which nobody stood for.
    assert watch.take_judged() == [False, False]
    assert watch.failing == {"n1"}


def test_a_queue_from_long_before_the_green_is_not_the_queue_at_its_start() -> None:
    watch = CycleWatch(make_layout())
    watch.take_counts(report(80, queue=9, crossed=0))
    watch.note_greens({"n", "s"}, 100)
    watch.take_counts(report(105, queue=9, crossed=1))
    watch.note_greens(set(), 105)
    watch.take_counts(report(110, queue=9, crossed=0))
    assert watch.take_judged() == []


def test_greens_during_which_the_lamps_were_unknown_are_not_judged() -> None:
    watch = CycleWatch(make_layout())
    watch.take_counts(report(100, queue=9, crossed=0))
    watch.note_greens({"n", "s"}, 100)
    watch.lose_sight()
    watch.note_greens({"e", "w"}, 120)
    watch.take_counts(report(125, queue=9, crossed=0))
    assert watch.take_judged() == []
