from __future__ import annotations

from pathlib import Path

import pytest

from envs.trips import due_between, read_trips, total
from junction.errors import InputError

TRIPINFO = """<tripinfos>
  <tripinfo id="f0.1" vType="car" depart="100.00" departDelay="4.00" arrival="160.00" duration="60.00" timeLoss="20.00"
    waitingTime="12.00" waitingCount="2" routeLength="500.00"/>
  <tripinfo id="two_wheeler.od.7" vType="mix" depart="150.00" departDelay="0.00" arrival="-1.00" duration="50.00"
    timeLoss="30.00" waitingTime="25.00" waitingCount="1" routeLength="210.00"/>
  <tripinfo id="f0.2" vType="bus@3" depart="-1" departDelay="40.00" arrival="-1.00" duration="0.00" timeLoss="0.00"
    waitingTime="0.00" waitingCount="0" routeLength="0.00"/>
</tripinfos>"""


@pytest.fixture
def tripinfo(tmp_path: Path) -> Path:
    file = tmp_path / "tripinfo.xml"
    file.write_text(TRIPINFO, encoding="utf-8")
    return file


def test_delay_counts_the_arrived_the_unfinished_and_the_never_inserted(tripinfo: Path) -> None:
    totals = total(read_trips(tripinfo, end_s=200))
    assert (totals.vehicles, totals.arrived, totals.unfinished, totals.never_inserted) == (3, 1, 1, 1)
    assert totals.mean_delay_s == pytest.approx((24 + 30 + 40) / 3)
    assert totals.mean_delay_s_pcu == pytest.approx((24 * 1.0 + 30 * 0.4 + 40 * 1.6) / 3.0)
    assert totals.mean_waiting_s == pytest.approx((16 + 25 + 40) / 3)
    assert totals.mean_stops == pytest.approx(1.0)
    assert totals.mean_trip_s == pytest.approx(64)
    assert totals.max_delay_s == 40


def test_a_trip_is_due_when_it_wanted_to_start(tripinfo: Path) -> None:
    trips = read_trips(tripinfo, end_s=200)
    assert [trip.due_s for trip in trips] == [96, 150, 160]
    assert [trip.class_name for trip in trips] == ["car", "two_wheeler", "bus"]
    assert [trip.vehicle_id for trip in due_between(trips, 96, 160)] == ["f0.1", "two_wheeler.od.7"]


def test_no_trips_have_no_mean() -> None:
    assert total([]).mean_delay_s is None
    assert total([]).mean_delay_s_pcu is None


@pytest.mark.parametrize("text", ["", "<tripinfos><tripinfo id='a'/></tripinfos>", "<tripinfos><trip"])
def test_a_file_cut_short_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tripinfo.xml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"tripinfo\.xml"):
        read_trips(file, end_s=10)
