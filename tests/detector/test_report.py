from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pytest
from pictures import CAMERA

from detector.camera_state import StateSpan
from detector.counter import LaneGroupView, Tally
from detector.counting import Interval
from detector.queue import Queue
from detector.record import RecordMaker
from detector.report import CountReport, Totals
from detector.rows import rows_of
from detector.tables import CsvFile
from junction.counts import CameraState
from junction.errors import InputError

VIEW = LaneGroupView(present={"car": 3}, queue=Queue(veh=2, pcu=2.0, length_m=11.0))


def interval(
    n: int, down: Mapping[str, int], *, state: CameraState = CameraState.OK, view: LaneGroupView | None = VIEW
) -> Interval:
    seen = state is CameraState.OK
    return Interval(
        n=n, begin_s=5.0 * n, end_s=5.0 * n + 5.0, state=state,
        tally=Tally(lines={"stop": {"a": dict(down), "b": {}}, "out": {"a": {}, "b": {}}},
                    movements={"north-south": dict(down)}, served={"north_a": dict(down)}),
        lane_groups={"north_a": view} if view is not None else {},
        frames_seen=50 if seen else 0, frames_lost=0 if seen else 50, mean_confidence=0.5 if seen else None,
    )  # fmt: skip


def report(*intervals: Interval, broken: str | None = None) -> CountReport:
    totals = Totals()
    for one in intervals:
        totals.add(one.tally)
    return CountReport(
        source="v.mp4", camera=CAMERA, totals=totals, frames=50 * len(intervals), fps=10.0, processed_fps=17.26,
        states=[StateSpan(state=CameraState.OK, from_s=0.0, to_s=5.0 * len(intervals))],
        queue_max_veh={"north_a": 2}, not_separable=("lcv", "e_rickshaw"), broken=broken,
    )  # fmt: skip


def test_json_holds_every_key_that_was_promised() -> None:
    document = report(interval(0, {"car": 2}), interval(1, {"car": 1, "truck": 1})).to_document()
    assert document["lines"] == {
        "stop": {"a": {"car": 3, "truck": 1}, "b": {}}, "out": {"a": {}, "b": {}},
    }  # fmt: skip
    assert document["movements"] == {"north-south": {"car": 3, "truck": 1}}
    assert (document["source"], document["camera"], document["frames"], document["fps"]) == ("v.mp4", "cam", 100, 10.0)
    assert document["states"] == [{"state": "ok", "from_s": 0.0, "to_s": 10.0}]
    assert document["queue_max_veh"] == {"north_a": 2}
    assert document["not_separable"] == ["lcv", "e_rickshaw"]
    assert document["processed_fps"] == 17.3


def test_a_break_is_told() -> None:
    assert any("cut off" in note for note in report(interval(0, {}), broken="cut off").to_document()["notes"])


def written(path: Path, *intervals: Interval) -> str:
    table = CsvFile(path)
    for one in intervals:
        table.write(rows_of(CAMERA, one, ("lcv", "e_rickshaw")))
    table.close()
    return path.read_text()


def rows(text: str, kind: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == kind]


def test_csv_by_interval_and_place(tmp_path: Path) -> None:
    text = written(tmp_path / "o.csv", interval(0, {"car": 2}), interval(1, {"truck": 1}))
    lines = rows(text, "line")
    assert [(r["n"], r["name"], r["direction"], r["car"], r["truck"]) for r in lines[:2]] == [
        ("0", "stop", "a", "2", "0"), ("0", "stop", "b", "0", "0"),
    ]  # fmt: skip
    assert len(lines) == 8
    (_, second) = rows(text, "lane_group")
    assert [second[k] for k in ("truck", "queue_veh", "queue_pcu", "queue_m", "present_veh")] == [
        "1", "2", "2.0", "11.0", "3",
    ]  # fmt: skip
    assert [r["car"] for r in rows(text, "movement")] == ["2", "0"]


def test_csv_leaves_empty_what_cannot_be_known(tmp_path: Path) -> None:
    text = written(tmp_path / "o.csv", interval(0, {}), interval(1, {}, state=CameraState.BLACK, view=None))
    seen, blind = (r for r in rows(text, "line") if (r["name"], r["direction"]) == ("stop", "a"))
    assert (seen["car"], seen["lcv"], seen["e_rickshaw"]) == ("0", "", "")
    assert (blind["car"], blind["state"], blind["mean_confidence"]) == ("", "black", "")
    assert rows(text, "lane_group")[1]["queue_veh"] == ""


def test_records_follow_each_other_and_carry_what_was_counted() -> None:
    maker = RecordMaker(CAMERA, lambda source_s: 1000.0 + source_s, boot_id="boot")
    first, second = maker.make(interval(0, {"car": 2})), maker.make(interval(1, {}))
    assert (first.begin_at, first.end_at, second.begin_at, second.end_at) == (1000.0, 1005.0, 1005.0, 1010.0)
    document = first.to_document()
    assert (document["camera_id"], document["boot_id"], document["n"]) == ("cam", "boot", 0)
    assert document["lines"]["stop"]["a"] == {"car": 2}
    assert document["lane_groups"] == [
        {"lane_group_id": "north_a", "seen": True, "crossed": {"car": 2}, "present": {"car": 3}, "queue_veh": 2,
         "queue_pcu": 2.0, "queue_m": 11.0}
    ]  # fmt: skip
    assert document["quality"] == {"frames_seen": 50, "frames_lost": 0, "mean_confidence": 0.5}


@pytest.mark.parametrize(
    "blind",
    [
        interval(0, {}, state=CameraState.FROZEN),
        interval(0, {}, state=CameraState.LOST),
        interval(0, {}, view=None),
    ],
)
def test_a_lane_group_that_was_not_in_view_is_not_seen(blind: Interval) -> None:
    (group,) = RecordMaker(CAMERA, float, boot_id="boot").make(blind).lane_groups
    assert not group.seen
    assert (group.present, group.queue_veh) == ({}, 0)


def test_boots_differ_and_a_camera_without_junction_posts_nothing() -> None:
    assert RecordMaker(CAMERA, float).boot_id != RecordMaker(CAMERA, float).boot_id
    with pytest.raises(InputError, match="junction_id"):
        RecordMaker(type(CAMERA)(id="cam"), float)
