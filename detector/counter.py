"""Counts one camera's tracks over lines, movements and lane groups, interval after interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from detector.camera import Anchor, Camera, Gate
from detector.class_map import ClassMap
from detector.line import Direction, LineWatch, Point
from detector.queue import Queue, is_stopped, queue_of
from detector.tracking import Track, TrackedBox
from junction.vehicle import VehicleClass

CLEAR_SHARE = 0.1
"""Past a line by this share of its own size, a vehicle has crossed it."""
PRESENT_S = 0.5
"""A vehicle last seen no longer ago than this is still there: detections flicker."""
FORGET_S = 3.0
"""A track not seen for this long is over; longer than the tracker itself remembers."""
LOWEST = 0.999
"""A vehicle that the frame cuts off stands in a zone that reaches down to the edge."""

ClassCounts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was counted in one interval: by class name under each line and direction, movement and lane group."""

    lines: Mapping[str, Mapping[str, ClassCounts]]
    movements: Mapping[str, ClassCounts]
    served: Mapping[str, ClassCounts]


@dataclass(frozen=True, kw_only=True)
class LaneGroupView:
    """One lane group at one moment: vehicles in view by class, and the queue."""

    present: ClassCounts
    queue: Queue


@dataclass(kw_only=True, slots=True, eq=False)
class _Vehicle:
    track: Track
    gates: list[Gate] = field(default_factory=list)
    movements: set[str] = field(default_factory=set)
    lane_group_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Crossing:
    vehicle: _Vehicle
    gate: Gate
    movements: tuple[str, ...]
    served: str | None


class LineAndZoneCounter:
    """Feed it every picture's tracked boxes with `see`, and take what was counted with `take`.

    A crossing is booked when its interval closes, under the class its track has voted for by then, and only when the
    track is confirmed; a younger track's crossing waits for the next interval.
    """

    def __init__(self, camera: Camera, class_map: ClassMap, *, width_px: int, height_px: int) -> None:
        self._camera = camera
        self._class_map = class_map
        self._width_px, self._height_px = width_px, height_px
        self._watches = [LineWatch(line.in_pixels(width_px, height_px)) for line in camera.lines]
        self._vehicles: dict[int, _Vehicle] = {}
        self._crossings: list[_Crossing] = []
        self._now_s = 0.0

    def see(self, time_s: float, boxes: Sequence[TrackedBox]) -> None:
        """The tracks of the next picture; `time_s` never falls."""
        self._now_s = time_s
        for box in boxes:
            vehicle = self._vehicles.get(box.track_id)
            if vehicle is None:
                vehicle = _Vehicle(track=Track(key=box.track_id, first_s=time_s, last_s=time_s))
                self._vehicles[box.track_id] = vehicle
            track = vehicle.track
            sight = track.see(time_s, box.box_px, box.confidence, self._class_map.vehicles.get(box.class_id))
            ground = self._fractions(sight.ground)
            for zone in self._camera.zones:
                if zone.polygon.holds(ground):
                    vehicle.lane_group_id = zone.lane_group_id
                    break
            point = sight.centre if self._camera.anchor is Anchor.CENTRE else sight.ground
            for watch in self._watches:
                direction = watch.see(track.key, point, CLEAR_SHARE * sight.size_px)
                if direction is not None:
                    self._cross(vehicle, Gate(line=watch.line.name, direction=direction))
        self._forget()

    def take(self) -> Tally:
        """What was counted since the last call."""
        lines: dict[str, dict[str, ClassCounts]] = {
            line.name: {str(direction): {} for direction in Direction} for line in self._camera.lines
        }
        movements: dict[str, ClassCounts] = {movement.id: {} for movement in self._camera.movements}
        served: dict[str, ClassCounts] = {zone.lane_group_id: {} for zone in self._camera.zones}
        waiting = []
        for crossing in self._crossings:
            track, name = crossing.vehicle.track, crossing.vehicle.track.vehicle_class
            if not track.confirmed or name is None:
                if self._vehicles.get(track.key) is crossing.vehicle:
                    waiting.append(crossing)
                continue
            _add(lines[crossing.gate.line][str(crossing.gate.direction)], name)
            for movement in crossing.movements:
                _add(movements[movement], name)
            if crossing.served is not None:
                _add(served[crossing.served], name)
        self._crossings = waiting
        return Tally(lines=lines, movements=movements, served=served)

    def lane_groups(self) -> dict[str, LaneGroupView]:
        """Every lane group as the last picture showed it."""
        views = {}
        for zone in self._camera.zones:
            inside = []
            for vehicle in self._vehicles.values():
                track = vehicle.track
                name = track.vehicle_class
                if name is None or not track.confirmed or self._now_s - track.last_s > PRESENT_S:
                    continue
                ground = self._fractions(track.path[-1].ground)
                if zone.polygon.holds(ground):
                    inside.append((track, name, ground))
            stopped = [
                (name, ground)
                for track, name, ground in inside
                if is_stopped(track, self._camera.homography, self._width_px, self._height_px)
            ]
            views[zone.lane_group_id] = LaneGroupView(
                present=dict(Counter(str(name) for _, name, _ in inside)),
                queue=queue_of(stopped, zone.lanes, self._camera.homography),
            )
        return views

    def resize(self, *, width_px: int, height_px: int) -> None:
        """The frames have another size from now on; the lines and zones stay where they are in the picture."""
        self.reset()
        self._width_px, self._height_px = width_px, height_px
        self._watches = [LineWatch(line.in_pixels(width_px, height_px)) for line in self._camera.lines]

    def reset(self) -> None:
        """The picture was gone: no track goes on. What was counted stays."""
        for key in list(self._vehicles):
            self._drop(key)

    def _fractions(self, ground: Point) -> Point:
        """A ground point in fractions; one at or below the frame's lower edge is taken as just inside it."""
        return ground[0] / self._width_px, min(LOWEST, ground[1] / self._height_px)

    def _cross(self, vehicle: _Vehicle, gate: Gate) -> None:
        done = tuple(
            rule.id
            for rule in self._camera.movements
            if rule.exit == gate and rule.entry in vehicle.gates and rule.id not in vehicle.movements
        )
        served = next(
            (
                zone.lane_group_id
                for zone in self._camera.zones
                if zone.stop == gate and zone.lane_group_id == vehicle.lane_group_id
            ),
            None,
        )
        vehicle.gates.append(gate)
        vehicle.movements.update(done)
        self._crossings.append(_Crossing(vehicle=vehicle, gate=gate, movements=done, served=served))

    def _forget(self) -> None:
        for key in [k for k, v in self._vehicles.items() if self._now_s - v.track.last_s > FORGET_S]:
            self._drop(key)

    def _drop(self, key: int) -> None:
        del self._vehicles[key]
        for watch in self._watches:
            watch.forget(key)


def _add(counts: ClassCounts, name: VehicleClass) -> None:
    counts[str(name)] = counts.get(str(name), 0) + 1
