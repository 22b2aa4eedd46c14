from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from envs.sumo import SumoStreet
from junction.errors import InputError, MissingPackageError, StreetError, UnsafeError
from junction.layout import JunctionLayout
from junction.signals import Lamp
from scenarios.model import Scenario, StreetFiles

PlaceVehicles = Callable[[Sequence[str]], StreetFiles]
BEGIN_S = 32400.0
APPROACH = "west.main_w--west"
MOUTH = "west.main_w--west.mouth"
AHEAD = "west--east"
RIGHT = "west--west.south_w"


def layouts(scenario: Scenario) -> dict[str, JunctionLayout]:
    return {junction_id: site.layout for junction_id, site in scenario.sites.items()}


def vehicle(id_: str, kind: str, *, lane: int, pos_m: float, speed: str, edges: str = f"{MOUTH} {AHEAD}") -> str:
    return (
        f'<vehicle id="{id_}" type="{kind}" depart="{BEGIN_S}" departLane="{lane}" departPos="{pos_m}" '
        f'departSpeed="{speed}"><route edges="{edges}"/></vehicle>'
    )


def street_of(scenario: Scenario, place: PlaceVehicles, vehicles: list[str], **options: object) -> SumoStreet:
    return SumoStreet(place(vehicles), layouts(scenario), seed=1, **options)  # type: ignore[arg-type]


def test_view_counts_what_stands_and_what_moves_before_the_stop_line(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    placed = [
        vehicle("car.front", "car", lane=1, pos_m=119, speed="0"),
        vehicle("a.second", "two_wheeler", lane=1, pos_m=110, speed="0"),
        vehicle("car.moving", "car", lane=0, pos_m=60, speed="5"),
        vehicle("bus.right", "bus", lane=5, pos_m=100, speed="0"),
        vehicle("car.far", "car", lane=0, pos_m=100, speed="0", edges=f"{APPROACH} {MOUTH} {AHEAD}"),
    ]
    with street_of(tiny_scenario, place_vehicles, placed) as street:
        street.step()
        by_group = {count.lane_group_id: count for count in street.view("west")}
        assert street.vehicles_running == len(placed)
    ahead, right = by_group["main_w_s"], by_group["main_w_r"]
    assert dict(ahead.present) == {"two_wheeler": 1, "car": 2}
    assert ahead.queue_veh == 2
    assert ahead.queue_pcu == pytest.approx(1.0 + 0.4)
    # The two-wheeler's front is 10 m before the end of the 120 m lane and it is 1.87 m long.
    assert ahead.queue_m == pytest.approx(10 + 1.87, abs=0.05)
    assert dict(right.present) == {"bus": 1}
    assert right.queue_m == pytest.approx(20 + 10.1, abs=0.05)
    assert by_group["east_s"].seen
    assert by_group["east_s"].present == {}
    assert by_group["east_s"].queue_m == 0


def test_look_ends_at_its_range(tiny_scenario: Scenario, place_vehicles: PlaceVehicles) -> None:
    placed = [
        vehicle("car.near", "car", lane=0, pos_m=100, speed="0"),
        vehicle("car.far", "car", lane=0, pos_m=60, speed="0"),
    ]
    with street_of(tiny_scenario, place_vehicles, placed) as street:
        street.step()
        row = layouts(tiny_scenario)["west"].lane_group_index["main_w_s"]
        assert street.look("west").queue_veh[row] == 2
        assert street.look("west", range_m=50).queue_veh[row] == 1
        assert street.look("west", range_m=500).queue_veh[row] == 2  # never past the lane group's storage


def test_who_stands_and_is_held_up_counts_however_far_back(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    placed = [
        vehicle("car.near", "car", lane=1, pos_m=119, speed="0"),
        vehicle("car.comes", "car", lane=0, pos_m=40, speed="5", edges=f"{APPROACH} {MOUTH} {AHEAD}"),
        # Held by a stop, out of every camera's reach, on the road to the mouth.
        f'<vehicle id="car.far" type="car" depart="{BEGIN_S}" departLane="2" departPos="40" departSpeed="0">'
        f'<route edges="{APPROACH} {MOUTH} {AHEAD}"/><stop lane="{APPROACH}_2" endPos="42" duration="999"/></vehicle>',
    ]
    with street_of(tiny_scenario, place_vehicles, placed) as street:
        assert street.standing_veh("west") == 0
        assert street.held_up_veh("west") == 0
        street.step()
        limit_mps = 50 / 3.6
        assert street.held_up_veh("west") > 1 + (limit_mps - 8) / limit_mps, "one stands, one comes at 8 m/s at most"
        street.run_until(street.time_s + 60)  # the lamps are red
        assert street.look("west").queue_veh.sum() == 2
        assert street.standing_veh("west") == 3
        assert street.standing_ids("west") == {"car.near", "car.comes", "car.far"}


def test_crossings_are_counted_once_by_lane_group_and_class(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    placed = [
        vehicle("car.a", "car", lane=1, pos_m=110, speed="0"),
        vehicle("bus.b", "bus", lane=2, pos_m=100, speed="0"),
        vehicle("auto_rickshaw.c", "auto_rickshaw", lane=5, pos_m=110, speed="0", edges=f"{MOUTH} {RIGHT}"),
    ]
    with street_of(tiny_scenario, place_vehicles, placed) as street:
        layout = layouts(tiny_scenario)["west"]
        green = [Lamp.GREEN if g.id == "main_w_s" else Lamp.RED for g in layout.groups]
        street.run_until(BEGIN_S + 5)
        assert street.crossed("west").sum() == 0
        street.show("west", green)
        street.run_until(BEGIN_S + 30)
        reported = {count.lane_group_id: dict(count.crossed) for count in street.view("west") if count.crossed}
        assert reported == {"main_w_s": {"car": 1, "bus": 1}}
        assert not any(count.crossed for count in street.view("west"))
        assert street.crossed("west").sum() == 2


def test_lamps_are_all_red_until_shown_and_then_as_shown(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    with street_of(tiny_scenario, place_vehicles, []) as street:
        layout = layouts(tiny_scenario)["west"]
        assert set(street.lamps("west")) == {"r"}
        shown = tuple((Lamp.GREEN, Lamp.AMBER, Lamp.RED)[i % 3] for i in range(len(layout.groups)))
        street.show("west", shown)
        street.step()
        assert street.lamps("west") == tuple(str(lamp) for lamp in shown)
        assert set(street.lamps("east")) == {"r"}
        with pytest.raises(UnsafeError, match="one a group"):
            street.show("west", shown[:-1])


def test_a_green_link_gives_way_only_to_links_that_are_green_too(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    binding = tiny_scenario.street().tls["west"]
    layout = layouts(tiny_scenario)["west"]
    with street_of(tiny_scenario, place_vehicles, []) as street:

        def state(*greens: str) -> str:
            street.show("west", [Lamp.GREEN if g.id in greens else Lamp.RED for g in layout.groups])
            shown: str = street._ask().trafficlight.getRedYellowGreenState("west")
            return shown

        alone = state("east_r")
        assert {alone[link] for link in binding.group_links["east_r"]} == {"G"}
        against = state("east_r", "main_w_s")
        assert {against[link] for link in binding.group_links["east_r"]} == {"g"}
        assert {against[link] for link in binding.group_links["main_w_s"]} == {"G"}


def test_signals_that_sumo_times_cannot_be_shown(tiny_scenario: Scenario) -> None:
    street = SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1, programs="actuated")
    with street:
        shown = set()
        while street.time_s < BEGIN_S + 90:
            street.step()
            shown.add(street.lamps("west"))
        assert len(shown) > 3
        assert street._ask().trafficlight.getProgram("west") == "actuated"
        with pytest.raises(UnsafeError, match="timed by SUMO"):
            street.show("west", [Lamp.RED] * 6)


def test_output_files_hold_every_trip_and_every_seconds_lamps(tiny_scenario: Scenario, tmp_path: Path) -> None:
    from envs.lamp_log import read_lamps

    files = tiny_scenario.street()
    end_s = BEGIN_S + 120
    street = SumoStreet(files, layouts(tiny_scenario), seed=1, end_s=end_s, programs="native", output_dir=tmp_path)
    with street:
        seen = []
        while not street.finished:
            seen.append(street.lamps("east"))
            street.step()
    assert "<tripinfo " in (tmp_path / "tripinfo.xml").read_text(encoding="utf-8")
    times, lamps = read_lamps(tmp_path / "lamps.xml", tiny_scenario.street(), layouts(tiny_scenario))["east"]
    assert times == [BEGIN_S + second for second in range(120)]
    # SUMO's programs move on while a step is made: what it logs for a second is seen at the next.
    assert lamps[:-1] == seen[1:]


def test_one_street_at_a_time_and_only_when_started(tiny_scenario: Scenario) -> None:
    first = SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1)
    with pytest.raises(StreetError, match="call start"):
        first.step()
    with first:
        second = SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1)
        with pytest.raises(StreetError, match="one running street"):
            second.start()
        first.step()
    assert first.time_s == BEGIN_S + 1
    first.close()
    with second:
        second.step()


def test_a_street_that_cannot_start_says_so_and_can_be_followed_by_one_that_can(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    broken = street_of(tiny_scenario, place_vehicles, ['<vehicle id="x" type="no_such" depart="32400"/>'])
    with pytest.raises(StreetError, match="SUMO"):
        broken.start()
    with SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1) as street:
        street.step()


def test_without_sumo_the_message_names_the_extra(tiny_scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libsumo", None)
    with pytest.raises(MissingPackageError, match=r"chauraha\[sim\]"):
        SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1).start()


@pytest.mark.parametrize(("options", "field"), [({"begin_s": 9e9}, "street.end_s"), ({"scale": 0.0}, "street.scale")])
def test_wrong_options_are_named(tiny_scenario: Scenario, options: dict[str, float], field: str) -> None:
    with pytest.raises(InputError) as caught:
        SumoStreet(tiny_scenario.street(), layouts(tiny_scenario), seed=1, **options)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_sumo_dying_on_the_way_is_a_street_error_and_closes_the_street(
    tiny_scenario: Scenario, place_vehicles: PlaceVehicles
) -> None:
    # SUMO reads routes as it goes, so this one stops it in the middle of the run.
    late = '<vehicle id="x" type="no_such" depart="33400"><route edges="west--east"/></vehicle>'
    filler = [
        f'<vehicle id="car.{k}" type="car" depart="{BEGIN_S + 10 * k}"><route edges="{MOUTH} {AHEAD}"/></vehicle>'
        for k in range(90)
    ]
    street = street_of(tiny_scenario, place_vehicles, [*filler, late])
    street.start()
    with pytest.raises(StreetError, match="died at"):
        street.run_until(BEGIN_S + 1100)
    assert BEGIN_S < street.time_s < BEGIN_S + 1100
    with pytest.raises(StreetError, match="not started or closed"):
        street.step()
    with street_of(tiny_scenario, place_vehicles, []) as again:
        again.step()
