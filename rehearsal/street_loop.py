"""One simulated second of the whole system, again and again: street, cameras, service, controllers, lamps.

Everything that passes between them passes over HTTP, as it would between boxes on the street. Lamps on the street
are set by field controllers and by nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from controller.field.client import ServiceClient
from controller.field.controller import FieldController
from envs.camera import SimulatedCamera
from envs.recorder import StreetRecorder
from envs.sensors import SensorModel
from envs.sumo import SumoStreet
from junction.counts import CameraState
from junction.errors import ServiceError
from junction.lamp_audit import LampAudit
from junction.mode import Mode, Rung
from rehearsal.faults import Fault, FaultKind
from rehearsal.heads import StreetHeads
from rehearsal.keys import BoxKeys
from scenarios.model import Scenario

if TYPE_CHECKING:
    from rehearsal.pictures import PicturedJunction

CAMERA_INTERVAL_S = 5
"""Seconds between two reports of a camera; cameras take turns, so that the service is not asked all at once."""
TIMEOUT_S = 5.0
CLOCK = "clock"
"""Who drives the service's clock, among the clients by junction."""


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
    standing_s: dict[str, int] = field(default_factory=dict)
    """Seconds that vehicles stood before each junction, summed over vehicles."""


class StreetLoop:
    """The street, a camera and a field controller per junction, and a client for each of them.

    `street` must be started. `url` is the service's, `keys` the boxes' own for it, by junction. Faults of kind
    SERVER_DOWN are the caller's: to the loop a dead service is only one that does not answer. `recorder` takes
    each second down. `pictured` is a junction whose camera sees rendered pictures, in place of the simulated one.
    """

    def __init__(
        self,
        scenario: Scenario,
        street: SumoStreet,
        url: str,
        *,
        keys: Mapping[str, BoxKeys],
        seed: int,
        sensors: SensorModel,
        faults: Sequence[Fault] = (),
        day: int = 0,
        recorder: StreetRecorder | None = None,
        pictured: PicturedJunction | None = None,
    ) -> None:
        self.record = Record(standing_s=dict.fromkeys(scenario.sites, 0))
        self._street = street
        self._begin_s = street.time_s
        self._epoch_s = scenario.day_start_at + day * 86_400
        self._faults = {
            kind: [(f.target, f) for f in faults if f.kind is kind and f.target is not None] for kind in FaultKind
        }
        # A connection for each box, as on the street; they share one TLS context because making one is slow.
        tls = httpx.create_ssl_context()
        self._clients = {
            key: httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, verify=tls) for key in (*scenario.sites, CLOCK)
        }
        for junction_id in scenario.sites:
            self._clients[junction_id].headers.update(keys[junction_id].controller)
        self._camera_headers = {junction_id: box.camera for junction_id, box in keys.items()}
        self._highest_seq: dict[str, int] = {}
        self._pictured = pictured
        self._cameras: dict[str, SimulatedCamera | PicturedJunction] = {
            key: SimulatedCamera(site, street, sensors, seed) for key, site in scenario.sites.items()
        }
        if pictured is not None:
            self._cameras[pictured.junction_id] = pictured
        self._recorder = recorder
        self._boot = f"rehearsal-{seed}-{day}"
        self._heads = {key: StreetHeads(street, site.layout) for key, site in scenario.sites.items()}
        self._services = {key: ServiceClient(self._clients[key], key, timeout_s=TIMEOUT_S) for key in scenario.sites}
        self._controllers: dict[str, FieldController] = {}
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

    async def start(self) -> None:
        """Give every controller the site and the keys that it would be commissioned with. Raises ServiceError."""
        await self._tell_time()
        for camera in self._cameras.values():
            camera.look(self._epoch_s + self._street.time_s)  # its first interval begins here
        for key, service in self._services.items():
            keys = await service.fetch_keys()
            self._controllers[key] = FieldController(
                await service.fetch_site(keys),
                self._heads[key],
                boot_id=f"{self._boot}-{key}",
                public_keys=keys,
                now_s=self._street.time_s,
            )
        self._take_down()

    async def second(self) -> None:
        """Let one simulated second pass for everyone."""
        self._street.run_until(self._street.time_s + 1.0)
        if self._pictured is not None:
            self._pictured.second()
        # The time goes first: a service that has just come back must not take the reports for the future's.
        await self._tell_time()
        await self._report_counts()
        await asyncio.gather(*(self._poll(key) for key in self._controllers))
        self._cut_mains()
        now_s, wall_s = self._street.time_s, self._epoch_s + self._street.time_s
        for key, controller in self._controllers.items():
            controller.tick(now_s, wall_s)
            out = self._heads[key].flashing or self._heads[key].dark
            self._audits[key].feed(now_s, None if out else self._street.lamps(key))
        self._note()
        self._take_down()

    async def close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()
        for client in self._clients.values():
            await client.aclose()

    def _cut_mains(self) -> None:
        for target, fault in self._faults[FaultKind.SIGNAL_DARK]:
            dark = fault.active(self.run_s)
            self._heads[target].cut_mains(cut=dark)
            self._controllers[target].faults = ({"kind": "power", "detail": "no mains"},) if dark else ()

    async def _report_counts(self) -> None:
        second = round(self._street.time_s)
        due = [key for turn, key in enumerate(self._cameras) if (second + turn) % CAMERA_INTERVAL_S == 0]
        for target, fault in self._faults[FaultKind.CAMERA_LOST]:
            self._cameras[target].fault = CameraState.LOST if fault.active(self.run_s) else CameraState.OK
        now_s = self._street.time_s
        for key in due:
            report = self._cameras[key].look(self._epoch_s + now_s).to_document()
            self._on_the_way.append((now_s + self._latency_s, key, report))
        arrived = [(key, report) for at_s, key, report in self._on_the_way if at_s <= now_s]
        self._on_the_way = [entry for entry in self._on_the_way if entry[0] > now_s]
        await asyncio.gather(*(self._post_counts(key, report) for key, report in arrived))

    async def _post_counts(self, key: str, document: dict[str, Any]) -> None:
        await self._post(key, f"/v1/junctions/{key}/counts", document, self._camera_headers[key])

    async def _tell_time(self) -> None:
        await self._post(CLOCK, "/v1/twin/clock", {"time_at": self._epoch_s + self._street.time_s})

    async def _post(
        self, who: str, path: str, document: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """A service that does not answer is one of the things rehearsed; one that refuses is an error in here."""
        try:
            answer = await self._clients[who].post(path, json=document, headers=headers)
        except httpx.TransportError:
            self.record.lost_posts += 1
            return
        if answer.is_error:
            raise ServiceError(f"POST {path}: expected success, got {answer.status_code} {answer.text[:400]}")

    async def _poll(self, key: str) -> None:
        controller = self._controllers[key]
        try:
            document = await self._services[key].poll(controller.status_document())
        except ServiceError:
            controller.missed_poll()
            return
        receipt = controller.receive(document, self._street.time_s)
        if receipt.refusal is not None:
            name = str(receipt.refusal)
            self.record.refused[name] = self.record.refused.get(name, 0) + 1
        if receipt.control is not None:
            seq, highest = receipt.control.seq, self._highest_seq.get(key, 0)
            self.record.seq_regressions += seq < highest
            self._highest_seq[key] = max(seq, highest)

    def _take_down(self) -> None:
        if self._recorder is not None:
            out = [key for key, heads in self._heads.items() if heads.flashing or heads.dark]
            self._recorder.moment({key: controller.mode for key, controller in self._controllers.items()}, out)

    def _note(self) -> None:
        for key in self.record.standing_s:
            self.record.standing_s[key] += self._street.standing_veh(key)
        controllers = self._controllers.values()
        for controller in controllers:
            mode = str(controller.mode)
            self.record.mode_s[mode] = self.record.mode_s.get(mode, 0) + 1
        if all(c.rung is Rung.FIXED for c in controllers):
            self.record.on_fixed_s.append(self.run_s)
        if all(c.rung is Rung.ADAPTIVE and c.mode is not Mode.FIXED for c in controllers):
            self.record.adaptive_s.append(self.run_s)
