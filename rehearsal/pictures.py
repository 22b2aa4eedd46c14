"""A junction that is seen through pictures: SUMO's street is drawn as its arms' cameras would see it, and what the
service learns of it is what a detector makes of the pictures.

    street ─► draw ─► Detector ─► ByteTrack ─► zones and lines, a camera an arm ─► one report for the junction
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from detector.class_map import ClassMap, classes_of
from detector.counter import LaneGroupView
from detector.counting import CameraCounting, Interval
from detector.detection import Detector
from detector.frame import Frame, Image
from detector.tracking import Tracker
from envs.rendering.approach import arms, camera_of_arm
from envs.rendering.frame import draw_ground, draw_vehicles
from envs.rendering.light import Light, in_light
from envs.rendering.pinhole import PinholeCamera
from envs.scene import Scene, SceneVehicle
from envs.sumo import SumoStreet
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.site import Site
from rehearsal.arm_camera import arm_camera

PICTURES_PER_S = 4
"""SUMO steps in seconds, too long for a tracker: in between, vehicles are on the straight way from step to step."""
SIZE_PX = (416, 352)
SIGHT_M = 110.0
"""What is drawn: as far as the cameras' zones go, and the traffic between."""
STRENGTH = 0.5
"""How bright it is, of what the light can be: a camera's exposure does not jump from picture to picture."""


@dataclass(kw_only=True)
class Sight:
    """How far the reports of one lane group were from the truth, summed over looks at it."""

    looks: int = 0
    seen: int = 0
    queue_veh: int = 0
    queue_veh_reported: int = 0
    queue_veh_off: int = 0
    """Sum of absolute differences."""
    crossed: int = 0
    crossed_reported: int = 0

    def to_document(self) -> dict[str, Any]:
        """Shares and means over the looks; None where there was none to take them over."""

        def mean(total: int) -> float | None:
            return total / self.seen if self.seen else None

        return {
            "seen": self.seen / self.looks if self.looks else None,
            "queue_veh": mean(self.queue_veh),
            "queue_veh_reported": mean(self.queue_veh_reported),
            "queue_veh_off": mean(self.queue_veh_off),
            "crossed": self.crossed,
            "crossed_reported": self.crossed_reported,
        }


@dataclass(kw_only=True, eq=False)
class ArmView:
    """One arm's camera: where it hangs, the street as it sees it without vehicles, and its counting."""

    pinhole: PinholeCamera
    ground: Image
    counting: CameraCounting
    classes: ClassMap


@dataclass(kw_only=True)
class _Seen:
    """What an arm's camera has reported of a lane group since the junction's last report."""

    crossed: dict[str, int] = field(default_factory=dict)
    view: LaneGroupView | None = None


class PicturedJunction:
    """One junction's cameras, one an arm, in place of the simulated one. `street` must be started.

    Call `second` after every second of the street; `look` is the report, as a `SimulatedCamera`'s. `seed` decides where
    the poles stand and what the sensors' noise is; `tracker` makes a tracker for a frame rate.
    """

    def __init__(
        self,
        site: Site,
        street: SumoStreet,
        detector: Detector,
        tracker: Callable[[float], Tracker],
        *,
        seed: int,
        light: Light = Light.DAY,
        pictures_per_s: int = PICTURES_PER_S,
    ) -> None:
        self.junction_id = site.layout.id
        self.fault = CameraState.OK
        self.sights = {group.id: Sight() for group in site.layout.lane_groups}
        self.pictures = 0
        self._street = street
        self._detector = detector
        self._light = light
        self._per_s = pictures_per_s
        self._rng = np.random.default_rng(np.random.SeedSequence([seed, *b"pictures"]))
        self._boot_id = f"pictures-{seed}"
        self._n = 0
        self._looked_at: float | None = None
        self._frames = 0
        self._crossed_before = street.crossed(self.junction_id)
        self._scene = street.scene(self.junction_id, SIGHT_M)
        self._seen: dict[str, _Seen] = {group.id: _Seen() for group in site.layout.lane_groups}
        self.arms = [
            self._hang(approach, site, tracker)
            for approach in arms(site.layout, street.lane_group_lines(self.junction_id))
        ]

    def _hang(self, approach: str, site: Site, tracker: Callable[[float], Tracker]) -> ArmView:
        lines = self._street.lane_group_lines(self.junction_id)
        groups = {g.id: lines[g.id] for g in site.layout.lane_groups if g.approach_id == approach}
        pinhole = camera_of_arm([line for group in groups.values() for line in group], SIZE_PX, self._rng)
        camera = arm_camera(f"{self.junction_id}-{approach}", self.junction_id, groups, pinhole)
        classes = classes_of(camera, self._detector.class_names)
        step_s = 1 / self._per_s
        return ArmView(
            pinhole=pinhole,
            ground=draw_ground(self._scene, pinhole, self._rng),
            counting=CameraCounting(camera, classes, tracker(self._per_s), step_s=step_s, interval_s=step_s),
            classes=classes,
        )

    def second(self) -> None:
        """Take the pictures of the second that has just passed, and count in them."""
        before, self._scene = self._scene, self._street.scene(self.junction_id, SIGHT_M)
        if self.fault is not CameraState.OK:
            return
        for turn in range(1, self._per_s + 1):
            vehicles = between(before, self._scene, turn / self._per_s)
            looks = []
            for arm in self.arms:
                image = arm.ground.copy()
                draw_vehicles(image, vehicles, arm.pinhole)
                shown = in_light(image, self._light, self._rng, STRENGTH)
                time_s = self._street.time_s - 1 + turn / self._per_s
                looks.append(arm.counting.look(Frame(index=self._frames, time_s=time_s, picture=shown)))
            self._frames += 1
            pictures = [look.picture for look in looks if look.picture is not None]
            wanted = frozenset().union(*(arm.classes.wanted for arm in self.arms))
            found = iter(self._detector.detect(pictures, wanted) if pictures else [])
            self.pictures += len(pictures)
            for arm, look in zip(self.arms, looks, strict=True):
                interval, _ = arm.counting.see(look, next(found) if look.picture is not None else None)
                if interval is not None:
                    self._keep(interval)

    def look(self, time_s: float) -> CountRecord:
        """The report on the time since the last look. `time_s` is now in Unix seconds."""
        begin_at = time_s - 1 / self._per_s if self._looked_at is None else self._looked_at
        self._looked_at = time_s
        groups = tuple(self._lane_group(name, seen) for name, seen in self._seen.items())
        if self._frames or self.fault is not CameraState.OK:
            self._compare(groups)
        frames = self._frames
        self._frames = 0
        record = CountRecord(
            camera_id=f"{self.junction_id}-pictures",
            boot_id=self._boot_id,
            n=self._n,
            junction_id=self.junction_id,
            begin_at=begin_at,
            end_at=time_s,
            state=self.fault,
            lane_groups=groups,
            frames_seen=frames,
            origin="simulated",
        )
        self._n += 1
        self._seen = {name: replace(seen, crossed={}) for name, seen in self._seen.items()}
        return record

    def to_document(self) -> dict[str, Any]:
        """What the report of a rehearsal says of it."""
        sights = {name: sight.to_document() for name, sight in self.sights.items()}
        return {"junction_id": self.junction_id, "pictures": self.pictures, "lane_groups": sights}

    def _keep(self, interval: Interval) -> None:
        for name, served in interval.tally.served.items():
            seen = self._seen[name]
            seen.view = interval.lane_groups.get(name) if interval.state is CameraState.OK else None
            for kind, number in served.items():
                seen.crossed[kind] = seen.crossed.get(kind, 0) + number

    def _lane_group(self, name: str, seen: _Seen) -> LaneGroupCount:
        if seen.view is None or self.fault is not CameraState.OK:
            return LaneGroupCount(lane_group_id=name, seen=False, crossed=seen.crossed)
        return LaneGroupCount(
            lane_group_id=name,
            seen=True,
            crossed=seen.crossed,
            present=seen.view.present,
            queue_veh=seen.view.queue.veh,
            queue_pcu=seen.view.queue.pcu,
            queue_m=seen.view.queue.length_m,
        )

    def _compare(self, groups: Sequence[LaneGroupCount]) -> None:
        """Keep how far the report is from what a perfect camera would have said."""
        crossed = self._street.crossed(self.junction_id)
        truth = self._street.look(self.junction_id)
        new = (crossed - self._crossed_before).sum(axis=1)
        self._crossed_before = crossed
        for group, queue_veh, passed in zip(groups, truth.queue_veh, new, strict=True):
            sight = self.sights[group.lane_group_id]
            sight.looks += 1
            sight.crossed += int(passed)
            sight.crossed_reported += sum(group.crossed.values())
            if group.seen:
                sight.seen += 1
                sight.queue_veh += int(queue_veh)
                sight.queue_veh_reported += group.queue_veh
                sight.queue_veh_off += abs(group.queue_veh - int(queue_veh))


def between(before: Scene, after: Scene, share: float) -> list[SceneVehicle]:
    """The vehicles between two scenes of the street, `share` of the way; one that is new is seen from its first place
    on, and one that has left is not."""
    known: Mapping[str, SceneVehicle] = {vehicle.id: vehicle for vehicle in before.vehicles}
    placed = []
    for vehicle in after.vehicles:
        earlier = known.get(vehicle.id, vehicle)
        (x0, y0), (x1, y1) = earlier.front, vehicle.front
        turned_deg = (vehicle.bearing_deg - earlier.bearing_deg + 180.0) % 360.0 - 180.0
        placed.append(
            replace(
                vehicle,
                front=(x0 + share * (x1 - x0), y0 + share * (y1 - y0)),
                bearing_deg=(earlier.bearing_deg + share * turned_deg) % 360.0,
            )
        )
    return placed
