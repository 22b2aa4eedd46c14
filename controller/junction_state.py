"""What the service knows of one junction now: counts seen, the controller's report, the override, the ladder."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from controller.corridor_records import CorridorPassage
from controller.cycle_watch import CycleWatch
from controller.junction_crossings import JunctionCrossings
from controller.ladder import Health, ServerLadder
from controller.plausibility import implausible_lane_groups
from controller.schemas import StatusBody
from controller.spill_back import full_lane_groups
from controller.store import OverrideRow
from junction.counts import CameraState, CountRecord, LaneGroupCount
from junction.guard import Guard
from junction.handover import Sight
from junction.kpi import QueueInterval
from junction.layout import JunctionLayout
from junction.mode import Cause, Mode, Rung
from junction.observation import MAX_AGE_S, Observation, observe
from junction.policy import Policy, Situation
from junction.remembered import RememberedTraffic
from junction.signals import Lamp, SignalState, all_red_state
from junction.site import Site
from junction.timetable import Timetable
from junction.vehicle import pcu_of

STATUS_FRESH_S = 5.0
"""A report older than this says nothing about the lamps now."""
KPI_WINDOW_S = 300.0
MAX_CAMERAS = 32
"""Remembered of one junction; the one that was silent longest gives way."""
MAX_AHEAD_S = 30.0
"""A count stamped further ahead than this is from a clock that is wrong."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A field controller's last report, with its lamps on the service's clock."""

    layout: JunctionLayout
    body: StatusBody
    received_s: float

    @cached_property
    def document(self) -> dict[str, Any]:
        """What was reported, as JSON types; made when someone looks."""
        return self.body.model_dump(mode="json", by_alias=True)

    @cached_property
    def signals(self) -> SignalState:
        """The lamps when the report came; worked out only for reports that a tick looks at."""
        return self.body.signals.to_state(self.layout, round(self.received_s * 10))

    @property
    def is_dark(self) -> bool:
        """Whether the box says that no lamp burns."""
        return self.body.mode is Mode.DARK

    @property
    def shows_lamps(self) -> bool:
        """Whether the reported lamps are what drivers see: neither dark nor flashing heads."""
        return self.body.rung != Rung.FLASH and not self.is_dark

    def signals_at(self, now_s: float) -> SignalState:
        """The same lamps, aged to now."""
        return self.signals.at(max(self.signals.now_ds, round(now_s * 10)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What the service last decided: mode, cause, since when, the plan or the stage, the scores and the reasons."""

    mode: Mode
    cause: Cause
    since_s: float
    plan_id: str | None = None
    stage_id: str | None = None
    scores: Mapping[str, float] | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraHeard:
    """What one camera said last. `saw`: every lane group that it has seen since the service started."""

    state: CameraState
    end_at: float
    origin: str
    full_lane_groups: frozenset[str]
    saw: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """When a policy was last asked, which one, and about what: enough to ask it again why."""

    at_s: float
    policy: Policy
    situation: Situation


@dataclass(kw_only=True)
class JunctionState:
    """One junction's present. Filled by requests, read and decided on by the decide loop."""

    site: Site
    guard: Guard
    ladder: ServerLadder
    shown: Shown
    crossings: JunctionCrossings
    report: Report | None = None
    override: OverrideRow | None = None
    passages: tuple[CorridorPassage, ...] = ()
    """Those of green corridors that are not over, by their begin. Kept by `controller.corridors`."""
    seen: dict[str, tuple[float, LaneGroupCount]] = field(default_factory=dict)
    counts_taken: int = 0
    """Reports of cameras so far: whoever kept a figure made of them knows by this whether it still holds."""
    camera: tuple[CameraState, float] | None = None
    """When the last report ended, and what its cameras say of themselves: trouble, where one of them has any."""
    cameras: dict[str, CameraHeard] = field(default_factory=dict)
    origin: str = "measured"
    doubted_s: float = float("-inf")
    doubts: Mapping[str, str] = field(default_factory=dict)
    intervals: deque[tuple[float, QueueInterval]] = field(default_factory=deque)
    full_lane_groups: frozenset[str] = frozenset()
    """Those whose queue fills its storage, by the last report of each camera that was heard lately."""
    wanted: str | None = None
    scores: Mapping[str, float] | None = None
    asked: Asked | None = None
    asked_s: float = float("-inf")
    policy_vetoes: int = 0
    control: bytes = b""
    _aged: tuple[Report | None, float, SignalState | None] = (None, float("nan"), None)
    """The lamps as they were last asked for: of which report, and for when."""

    @cached_property
    def timetable(self) -> Timetable:
        """The site's fixed plans by the clock."""
        return Timetable(self.site)

    @cached_property
    def traffic(self) -> RememberedTraffic:
        """What came lately, for when the camera fails."""
        return RememberedTraffic(self.site.layout)

    @cached_property
    def cycles(self) -> CycleWatch:
        """Which greens did not clear their queue."""
        return CycleWatch(self.site.layout)

    def take_counts(self, record: CountRecord) -> None:
        """Lets a camera's report move the observation. One that ended before what is known changes nothing."""
        doubts = implausible_lane_groups(self.site.layout, record)
        self.counts_taken += 1
        self._hear(record)
        if doubts:
            self.doubted_s, self.doubts = max(self.doubted_s, record.end_at), doubts
        for count in record.lane_groups:
            known = self.seen.get(count.lane_group_id)
            if known is not None and known[0] > record.end_at:
                continue
            if count.lane_group_id in doubts:
                self.seen.pop(count.lane_group_id, None)
            elif count.seen and record.state is CameraState.OK:
                self.seen[count.lane_group_id] = (record.end_at, count)
        self.cycles.take_counts(record)
        self._keep_interval(record)

    def take_report(self, body: StatusBody, now_s: float) -> None:
        """Keeps a controller's report. Raises InputError when its signals are not this junction's."""
        body.signals.check(self.site.layout)
        before = self.report
        self.report = Report(layout=self.site.layout, body=body, received_s=now_s)
        self._note_greens(before)

    def fresh_signals(self, now_s: float) -> SignalState | None:
        """The lamps now, or None when the last report is too old to say, or says that the heads flash or are dark."""
        report, at_s, aged = self._aged
        if report is not self.report or at_s != now_s:
            aged = self._signals_at(now_s)
            self._aged = (self.report, now_s, aged)
        return aged

    def expect_camera(self, camera_id: str, silent_since_s: float) -> None:
        """One that was missed when the last run ended, and has said nothing lately. What it saw nobody knows any more:
        it is missed for as long as anything here is not seen."""
        if camera_id not in self.cameras and len(self.cameras) < MAX_CAMERAS:
            self.cameras[camera_id] = CameraHeard(
                state=CameraState.OK,
                end_at=silent_since_s,
                origin=self.origin,
                full_lane_groups=frozenset(),
                saw=frozenset(self.site.layout.lane_group_index),
            )

    def sees(self, lane_group_id: str, now_s: float) -> bool:
        """Whether some camera has seen the lane group lately."""
        seen = self.seen.get(lane_group_id)
        return seen is not None and now_s - seen[0] <= MAX_AGE_S

    def passage(self, now_s: float) -> CorridorPassage | None:
        """The green corridor's part that rules now; none where an operator has overridden the junction since."""
        for passage in self.passages:
            if passage.at.covers(now_s):
                newer = self.override is not None and self.override.from_at > passage.opened_at
                return None if newer else passage
        return None

    def _signals_at(self, now_s: float) -> SignalState | None:
        if self.report is None or not 0 <= now_s - self.report.received_s <= STATUS_FRESH_S:
            return None
        return self.report.signals_at(now_s) if self.report.shows_lamps else None

    def observation(self, now_s: float) -> Observation:
        """What a policy may know now; lamps all red where no fresh report says otherwise."""
        layout = self.site.layout
        signals = self.fresh_signals(now_s) or all_red_state(layout, round(now_s * 10))
        usable = {key: entry for key, entry in self.seen.items() if entry[0] <= now_s + MAX_AHEAD_S}
        return observe(layout, usable, signals, now_s)

    def health(self, now_s: float) -> Health:
        """What the ladder judges, of the lane groups that `observation` would tell; most ticks need no more of it."""
        ages_s = [now_s - seen_s for seen_s, _ in self.seen.values() if seen_s <= now_s + MAX_AHEAD_S]
        return Health(
            night_flash=self.site.flashes_at(now_s),
            sight=Sight.of(ages_s, len(self.site.layout.lane_groups)),
            status_fresh=self.fresh_signals(now_s) is not None,
            ever_counted=self.camera is not None,
            implausible=0 <= now_s - self.doubted_s <= MAX_AGE_S,
        )

    def recent_intervals(self, now_s: float) -> list[QueueInterval]:
        """What was seen in the last five minutes, interval by interval."""
        return [interval for end_s, interval in self.intervals if now_s - KPI_WINDOW_S <= end_s <= now_s + MAX_AHEAD_S]

    def interval_of(self, record: CountRecord) -> QueueInterval:
        """What a report says of the part of the junction that its camera looks at, without what cannot be."""
        doubts = implausible_lane_groups(self.site.layout, record)
        seen = [c for c in record.lane_groups if c.seen and c.lane_group_id not in doubts]
        sees = record.state is CameraState.OK and bool(seen)
        return QueueInterval(
            duration_s=record.end_at - record.begin_at,
            share=len(seen) / len(self.site.layout.lane_groups),
            queue_pcu=sum(c.queue_pcu for c in seen) if sees else None,
            departed_pcu=sum(pcu_of(c.crossed) for c in seen) if sees else None,
        )

    def _hear(self, record: CountRecord) -> None:
        known = self.cameras.get(record.camera_id)
        if known is None and len(self.cameras) >= MAX_CAMERAS:
            del self.cameras[min(self.cameras, key=lambda camera_id: self.cameras[camera_id].end_at)]
        if known is not None and record.end_at < known.end_at:
            return
        self.cameras[record.camera_id] = CameraHeard(
            state=record.state,
            end_at=record.end_at,
            origin=record.origin,
            full_lane_groups=full_lane_groups(self.site.layout, record),
            saw=frozenset(count.lane_group_id for count in record.lane_groups if count.seen)
            | (known.saw if known is not None else frozenset()),
        )
        last_s = max(camera.end_at for camera in self.cameras.values())
        lately = [camera for camera in self.cameras.values() if last_s - camera.end_at <= MAX_AGE_S]
        troubled = (camera.state for camera in lately if camera.state is not CameraState.OK)
        self.camera = (next(troubled, CameraState.OK), last_s)
        self.full_lane_groups = frozenset().union(*(camera.full_lane_groups for camera in lately))
        self.origin = record.origin

    def _note_greens(self, before: Report | None) -> None:
        """Greens change only with the stage and its transition, so that most reports need no closer look."""
        now, last = self.report, None if before is None else before.body.signals
        if now is None or not now.shows_lamps:
            self.cycles.lose_sight()
            return
        signals = now.body.signals
        if before is None or now.received_s - before.received_s > STATUS_FRESH_S:
            self.cycles.lose_sight()
        elif last is not None and (last.stage, last.in_transition) == (signals.stage, signals.in_transition):
            return
        green = {key for key, group in signals.groups.items() if group.lamp is Lamp.GREEN}
        self.cycles.note_greens(green, now.received_s)

    def _keep_interval(self, record: CountRecord) -> None:
        self.intervals.append((record.end_at, self.interval_of(record)))
        while self.intervals and self.intervals[0][0] < record.end_at - KPI_WINDOW_S:
            self.intervals.popleft()
