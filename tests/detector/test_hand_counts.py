"""Hand counts: whose direction a is ours, what may be compared, and how far off a count is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av", reason="install the detect extra: pip install 'chauraha[detect]'")

from pictures import CAR, FPS, OrderTracker, noisy, recorded, row, write_video

from detector.evaluation import Evaluation, Row, compare
from detector.hand_counts import LineCount, ViewCount, read_hand_counts
from detector.yolo import ByteTracker
from junction.errors import InputError

COCO_LACKS = ("auto_rickshaw", "e_rickshaw", "lcv", "cycle_rickshaw")
LINE = {
    "kind": "line", "clip": "clip.mp4", "name": "mid", "line": [0.0, 0.5, 1.0, 0.5], "count_frames": [0, 34],
    "counts": {"a": {"car": 2}, "b": {"truck": 1}},
}  # fmt: skip


def written(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "counts.json"
    path.write_text(json.dumps(list(entries)))
    return path


@pytest.mark.parametrize(
    ("line", "words", "ours"),
    [
        ([0.0, 0.5, 1.0, 0.5], None, "a"),
        ([0.0, 0.5, 1.0, 0.5], "towards = top -> bottom (y increasing)", "a"),
        ([0.0, 0.5, 1.0, 0.5], "away = bottom -> top (y decreasing)", "b"),
        ([0.6, 0.56, 0.6, 0.98], "right -> left (x decreasing), turning", "a"),
        ([0.6, 0.98, 0.6, 0.56], "right -> left (x decreasing), turning", "b"),
        ([0.0, 0.72, 0.5, 0.447], "up/left in image (from below the line to above it)", "b"),
    ],
)
def test_the_files_direction_is_read_as_ours(tmp_path: Path, line: list[float], words: str | None, ours: str) -> None:
    (hand,) = read_hand_counts(written(tmp_path, {**LINE, "line": line, "direction_a": words}))
    assert isinstance(hand, LineCount)
    theirs_a, theirs_b = ({"car": 2}, {"truck": 1})
    expected = {"a": theirs_a, "b": theirs_b} if ours == "a" else {"a": theirs_b, "b": theirs_a}
    assert {str(direction): counts for direction, counts in hand.counts.items()} == expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"counts": {"a": {"rocket": 1}}}, "mid"),
        ({"counts": {"a": {"car": -1}}}, "counts.a.car"),
        ({"line": [0, 0, 1]}, "line"),
        ({"kind": "guess"}, "kind"),
        ({"crossings": [{"frame": 3, "class": "car", "direction": "a"}]}, "add up"),
    ],
)
def test_what_is_no_hand_count_is_named(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_hand_counts(written(tmp_path, {**LINE, **change}))


def test_a_missing_or_empty_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hand counts"):
        read_hand_counts(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="empty"):
        read_hand_counts(written(tmp_path))


def test_only_what_the_weights_know_is_compared_by_class() -> None:
    by_hand, counted = {"two_wheeler": 10, "car": 3, "auto_rickshaw": 2}, {"two_wheeler": 12, "car": 5}
    rows = {r.name: r for r in compare("p", "a", by_hand, counted, COCO_LACKS, 3600.0)}
    assert rows["two_wheeler"].error == pytest.approx(0.2)
    assert rows["two_wheeler"].geh == pytest.approx((2 * 2**2 / 22) ** 0.5)
    assert (rows["car"].separable, rows["car"].error, rows["car"].geh) == (False, None, None)
    assert not rows["auto_rickshaw"].separable
    assert (rows["all"].by_hand, rows["all"].counted) == (15, 17)


def test_without_a_lacking_class_by_hand_cars_are_compared() -> None:
    rows = {r.name: r for r in compare("p", "a", {"car": 10}, {"car": 9}, COCO_LACKS, 60.0)}
    assert rows["car"].error == pytest.approx(-0.1)


def test_geh_is_of_hourly_flows() -> None:
    counted = Row(place="p", direction="a", name="all", by_hand=10, counted=12, separable=True, frames_s=36.0)
    assert counted.geh == pytest.approx((2 * 200**2 / 2200) ** 0.5), "1,000 and 1,200 vehicles an hour"


def test_a_clip_is_counted_again_as_it_was_by_hand(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", noisy(35), fps=int(FPS))
    still = {"kind": "visible_in_rect", "clip": "clip.mp4", "name": "still", "rect": [0, 0, 0.2, 1], "frame": 3,
             "counts": {"car": 2}}  # fmt: skip
    script = [[row(50, 40 + 10 * i, CAR), row(250, 60, CAR)] for i in range(35)]
    line, view = read_hand_counts(written(tmp_path, {**LINE, "counts": {"a": {"car": 1}, "b": {}}}, still))
    assert isinstance(view, ViewCount)
    counted = Evaluation(tmp_path, recorded(script), lambda camera, fps: OrderTracker()).rows(line)
    assert [(r.direction, r.name, r.by_hand, r.counted) for r in counted] == [("a", "car", 1, 1), ("a", "all", 1, 1)]
    assert counted[0].frames_s == pytest.approx(3.5)
    seen = Evaluation(tmp_path, recorded(script), lambda camera, fps: OrderTracker()).rows(view)
    assert [(r.name, r.by_hand, r.counted) for r in seen] == [("car", 2, 1), ("all", 2, 1)]


def test_what_nobody_follows_is_not_in_view(tmp_path: Path) -> None:
    """In the still a car that is there for the first time, one whose sights are too weak, and one that is followed."""
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    write_video(tmp_path / "clip.mp4", noisy(25), fps=int(FPS))
    script = [[row(50, 40, CAR), row(150, 40, CAR, 0.15)] for _ in range(25)]
    script[20].append(row(250, 40, CAR))
    still = {"kind": "visible_in_rect", "clip": "clip.mp4", "name": "s", "rect": [0, 0, 1, 1], "counts": {"car": 1}}
    for frame, begins in ((20, 10), (0, 0)):
        (view,) = read_hand_counts(written(tmp_path, {**still, "frame": frame}))
        tracker = ByteTracker(fps=FPS)
        counted = Evaluation(tmp_path, recorded(script[begins:]), lambda camera, fps, it=tracker: it).rows(view)
        assert [(r.name, r.counted) for r in counted] == [("car", 1), ("all", 1)]
    with pytest.raises(InputError, match="a frame of the clip"):
        Evaluation(tmp_path, recorded(script), lambda camera, fps: OrderTracker()).rows(replace(view, frame=25))


def test_the_projects_own_hand_counts_add_up() -> None:
    hand = read_hand_counts(Path(__file__).parents[2] / "detector" / "counted_by_eye" / "clips.json")
    assert len({one.clip for one in hand}) == 5
    mid = next(one for one in hand if isinstance(one, LineCount) and one.clip == "video/junction_topdown.mp4")
    counts = {str(direction): dict(numbers) for direction, numbers in mid.counts.items()}
    # Down the picture is from the left to the right of a walk to the right: direction a.
    assert counts == {"a": {"car": 84, "lcv": 3, "truck": 1, "two_wheeler": 5}, "b": {}}
