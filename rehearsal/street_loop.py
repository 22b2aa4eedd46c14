"""One simulated second of the whole system, again and again: street, cameras, service, controllers, lamps.

Everything that passes between them passes over HTTP, as it would between boxes on the street. Lamps on the street
are set by field controllers and by nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from controller.field.controller import FieldController
from envs.camera import SimulatedCamera
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from junction.counts import CameraState
from junction.lamp_audit import LampAudit
from junction.mode import Mode, Rung
from rehearsal.faults import Fault, FaultKind
from rehearsal.heads import StreetHeads
from scenarios.model import Scenario

CAMERA_INTERVAL_S = 5
"""Seconds between two reports of a camera; cameras take turns, so that the service is not asked all at once."""
TIMEOUT_S = 5.0


@dataclass(kw_only=True)
class Record:
    """What was seen of a run: seconds in each mode, sequence numbers, and when every junction was where."""

    mode_s: dict[str, int] = field(default_factory=dict)
    seq_regressions: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    lost_posts: int = 0
    on_fixed_s: list[float] = field(default_factory=list)
    """Seconds of the run at which every junction was on its own fixed plan."""
    adaptive_s: list[float] = field(default_factory=list)
    """Seconds of the run at which every junction followed the service."""


class StreetLoop:
    """The street, a camera and a field controller per junction, and a client for each of them.

    `street` must be started. `url` is the service's. Faults of kind SERVER_DOWN are the caller's: to the loop a dead
    service is only one that does not answer.
    """

    def __init__(
        self,
        scenario: Scenario,
        street: SumoStreet,
        url: str,
        *,
        seed: int,
        sensors: SensorModel,
        faults: Sequence[Fault] = (),
        day: int = 0,
    ) -> None:
        self.record = Record()
        self._street = street
        self._begin_s = street.time_s
        self._epoch_s = scenario.day_start_at + day * 86_400
        self._faults = [f for f in faults if f.kind is FaultKind.CAMERA_LOST]
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S)
        self._highest_seq: dict[str, int] = {}
        self._cameras: Mapping[str, SimulatedCamera] = {
            key: SimulatedCamera(site, street, sensors, seed) for key, site in scenario.sites.items()
        }
        self._controllers: Mapping[str, FieldController] = {
            key: FieldController(site, StreetHeads(street, site.layout), boot_id=f"rehearsal-{seed}-{day}-{key}")
            for key, site in scenario.sites.items()
        }
        self._on_the_way: list[tuple[float, str, dict[str, Any]]] = []
        self._latency_s = sensors.latency_s
        self._audits = {key: LampAudit(site.layout, 1.0) for key, site in scenario.sites.items()}

    @property
    def run_s(self) -> float:
        """Seconds since the run began."""
        return self._street.time_s - self._begin_s

    @property
    def unsafe_events(self) -> int:
        """Breaches that the independent checker saw in the street's own lamps so far."""
        return sum(len(audit.finish()) for audit in self._audits.values())

    async def second(self) -> None:
        """Let one simulated second pass for everyone."""
        self._street.run_until(self._street.time_s + 1.0)
        # The time goes first: a service that has just come back must not take the reports for the future's.
        await self._tell_time()
        await self._report_counts()
        await asyncio.gather(*(self._poll(key) for key in self._controllers))
        now_s, wall_s = self._street.time_s, self._epoch_s + self._street.time_s
        for key, controller in self._controllers.items():
            controller.tick(now_s, wall_s)
            self._audits[key].feed(now_s, self._street.lamps(key))
        self._note()

    async def close(self) -> None:
        await self._client.aclose()

    async def _report_counts(self) -> None:
        second = round(self._street.time_s)
        due = [key for turn, key in enumerate(self._cameras) if (second + turn) % CAMERA_INTERVAL_S == 0]
        for fault in self._faults:
            if fault.target is not None:
                lost = fault.active(self.run_s)
                self._cameras[fault.target].fault = CameraState.LOST if lost else CameraState.OK
        now_s = self._street.time_s
        for key in due:
            report = self._cameras[key].look(self._epoch_s + now_s).to_document()
            self._on_the_way.append((now_s + self._latency_s, key, report))
        arrived = [(key, report) for at_s, key, report in self._on_the_way if at_s <= now_s]
        self._on_the_way = [entry for entry in self._on_the_way if entry[0] > now_s]
        await asyncio.gather(*(self._post_counts(key, report) for key, report in arrived))

    async def _post_counts(self, key: str, document: dict[str, Any]) -> None:
        try:
            answer = await self._client.post(f"/v1/junctions/{key}/counts", json=document)
            answer.raise_for_status()
        except httpx.TransportError:
            self.record.lost_posts += 1

    async def _tell_time(self) -> None:
        try:
            answer = await self._client.post("/v1/twin/clock", json={"time_at": self._epoch_s + self._street.time_s})
            answer.raise_for_status()
        except httpx.TransportError:
            self.record.lost_posts += 1

    async def _poll(self, key: str) -> None:
        controller = self._controllers[key]
        try:
            answer = await self._client.post(f"/v1/junctions/{key}/control", json=controller.status_document())
            answer.raise_for_status()
        except httpx.TransportError:
            controller.missed_poll()
            return
        document = answer.json()
        if document["seq"] < self._highest_seq.get(key, 0):
            self.record.seq_regressions += 1
        self._highest_seq[key] = max(document["seq"], self._highest_seq.get(key, 0))
        refusal = controller.receive(document, self._street.time_s)
        if refusal is not None:
            self.record.refused[refusal] = self.record.refused.get(refusal, 0) + 1

    def _note(self) -> None:
        controllers = self._controllers.values()
        for controller in controllers:
            mode = str(controller.mode)
            self.record.mode_s[mode] = self.record.mode_s.get(mode, 0) + 1
        if all(c.rung is Rung.FIXED for c in controllers):
            self.record.on_fixed_s.append(self.run_s)
        if all(c.rung is Rung.ADAPTIVE and c.mode is not Mode.FIXED for c in controllers):
            self.record.adaptive_s.append(self.run_s)
