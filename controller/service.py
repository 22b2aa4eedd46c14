"""The timing service without its HTTP: takes counts, reports and overrides in, gives control documents out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from controller.access.rates import LoginRate
from controller.access.records import AccessRecords
from controller.access.register import Register
from controller.alarms.alarm import Alarm
from controller.alarms.desk import AlarmDesk
from controller.clock import Clock, DrivenClock, SystemClock
from controller.corridors import Corridors
from controller.counts_ledger import CountsLedger, check_counts, count_rows
from controller.crossings import Crossings
from controller.data_folder import lock_folder
from controller.decide import TICK_S, Decider
from controller.event_bodies import EventsBody
from controller.junction_crossings import JunctionCrossings
from controller.junction_state import MAX_AHEAD_S, JunctionState, Shown
from controller.key_ring import KeyRing
from controller.kpi_records import MINUTE_S, QUARTER_S, KpiRecords
from controller.kpi_recovery import RECOVERED_S, KpiRecovery
from controller.kpi_sampler import KpiSampler
from controller.ladder import ServerLadder
from controller.live import applied_mode, state_document
from controller.metrics import Metrics
from controller.mqtt import MqttIngest
from controller.overrides import override_plan, override_stage, still_fits
from controller.pace import Pace, next_round_in_s
from controller.policy_catalogue import PolicyCatalogue
from controller.policy_desk import PolicyDesk
from controller.policy_runtime import LoadedPolicy, load_policy
from controller.public_state import PublicFace
from controller.rehearsals import FOLDER as REHEARSALS
from controller.rehearsals import Rehearsals
from controller.schemas import CountsBody, OverrideBody, StatusBody
from controller.sequence import SequenceNumbers
from controller.settings import ClockKind, ServiceMode, Settings
from controller.state_stream import StateStream
from controller.stills import StillDesk
from controller.store import OverrideRow, Store
from controller.training_runs import FOLDER as RUNS_FOLDER
from controller.training_runs import TrainingRuns
from controller.trouble import Trouble
from junction.counts import CountRecord
from junction.errors import InputError
from junction.guard import Guard
from junction.kpi import KpiSums
from junction.mode import Cause, Mode
from junction.plan import DAY_S
from junction.site import Site
from scenarios.model import Scenario

if TYPE_CHECKING:
    from controller.green_wave_book import GreenWaveBook

NO_POLICY = "none"
STALLED_S = 5.0
SPREAD_S = 0.8
"""Of a second, how much a tick takes for a city of any size; the rest is left for what follows it."""
STAMP_VALID_S = 300.0
"""How long a signed site, plan or key document may be on the way."""
PRUNE_EVERY_S = 3600.0
REPORTS_KEPT_EVERY_S = 5.0
REPORTS_TOGETHER = 250
"""Reports that are written after one tick; a large city's take a few ticks, so that no poll waits for all of them."""
SAMPLES_KEPT_EVERY_S = 10.0
MAX_DRIVEN_TICKS = 10
"""A driven clock that jumps further than this many ticks gets the last ones only."""

_log = logging.getLogger(__name__)


class Service:
    """One city's timing service. `start` before use, `stop` at the end.

    Its folder holds the database, the signing key and a lock: two services cannot share it.
    """

    def __init__(self, settings: Settings, scenario: Scenario, policy: LoadedPolicy | None = None) -> None:
        self.settings = settings
        self.scenario = scenario
        self.rehearsals = Rehearsals(settings.rehearsals or settings.data / REHEARSALS, scenario.name)
        driven = settings.clock is ClockKind.DRIVEN
        self.clock: Clock = DrivenClock(scenario.day_start_at) if driven else SystemClock()
        self.policy = policy or load_policy(_policy_file(settings, scenario))
        self.states: dict[str, JunctionState] = {}
        self._lock: IO[str] | None = None
        self._loop: asyncio.Task[None] | None = None
        self._sampler = KpiSampler()
        self._sampled_s = float("-inf")
        self._writing: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self.seq = 0
        self._state_bytes: tuple[float, bytes] = (float("-inf"), b"")
        self._encoding = asyncio.Lock()
        self._ticked_s = float("-inf")
        self._reported: set[str] = set()
        self._to_keep: list[str] = []
        self._reports_kept_s = float("-inf")
        self._pruned_s = float("-inf")
        self._driven = False
        self._driving = asyncio.Lock()
        self._overriding = asyncio.Lock()
        self.public = PublicFace(scenario)
        self.runs = TrainingRuns(settings.runs or settings.data / RUNS_FOLDER)
        self.logins = LoginRate()
        self.hashing = asyncio.Semaphore(1)
        self.mqtt = MqttIngest(self, settings.mqtt) if settings.mqtt is not None else None
        self.tick_trouble = Trouble(_log, "a decide tick failed; controllers keep to their leases", traced=True)
        self._key_trouble = Trouble(_log, "the signing keys stay as they were")
        self.metrics = Metrics(self)
        self.stream = StateStream(
            lambda: self.states, lambda: self.alarms.open, self.clock.now_s, settings.stream_interval_s
        )

    async def start(self) -> None:
        """Opens the folder, brings back what the last run knew, and prepares the first documents.

        Raises InputError for a folder that cannot be used, and when another service uses it.
        """
        folder = self.settings.data
        self._lock = lock_folder(folder)
        self.signer = KeyRing(folder)
        self.store = Store(folder, self.settings.database)
        try:
            await self.store.open()
        except SQLAlchemyError as wrong:
            raise InputError(
                self.store.name,
                expected="a database of this service",
                got=str(wrong.args[0]),
                hint="move it away to start with an empty one" if self.settings.database is None else "",
            ) from None
        self.kpi = KpiRecords(self.store.engine)
        self.alarms = AlarmDesk(self.store)
        self.register = Register(AccessRecords(self.store.engine))
        await self.register.start()
        self._sequence = SequenceNumbers(self.store)
        self.corridors = Corridors(self.store.engine)
        self.crossings = Crossings(self.store.engine)
        self.stills = StillDesk(self.store.engine)
        self.policies = PolicyDesk(
            self.store.engine,
            PolicyCatalogue(folder, _policy_file(self.settings, self.scenario)),
            self.policy,
            self._take_policy,
            self.clock.now_s,
        )
        if self.settings.policy != NO_POLICY:
            await self.policies.restore()
        await self._begin(self.clock.now_s())
        self._checking = asyncio.create_task(self._check_plans(), name="plans")
        if self.mqtt is not None:
            self.mqtt.start()
        if isinstance(self.clock, SystemClock):
            self._loop = asyncio.create_task(self._tick_forever(), name="decide loop")

    async def stop(self) -> None:
        """Writes what is buffered and lets go of the folder."""
        await self.stream.close()
        for task in (self._checking, self._loop):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self.policies.stop()
        if self.mqtt is not None:
            await self.mqtt.stop()
        await self.corridors.stop()
        if self._writing is not None:
            await self._writing
        await self._write_samples(self._sampler.take_all())
        await self.register.stop()
        await self.store.close()
        if self._lock is not None:
            self._lock.close()

    def _take_policy(self, loaded: LoadedPolicy) -> None:
        """Another live policy; the decide loop takes it between two ticks."""
        self.policy = loaded
        if self.states:
            self._decider.change_policy(loaded)

    async def tick(self, now_s: float, *, spread_s: float = 0.0) -> None:
        """One round of decisions, in `spread_s` at least. Without a sequence number no document is renewed: the
        controllers' leases end."""
        moment = (lambda: now_s) if isinstance(self.clock, DrivenClock) else self.clock.now_s
        try:
            self.signer.refresh()
            self._key_trouble.over()
        except InputError as wrong:
            self._key_trouble.failed(wrong)
        self.seq = seq = await self._sequence.take(time.time())
        self._decider.shadow = self.policies.shadow
        with self.metrics.tick_s.time():
            changes = await self._decider.tick(moment, seq, spread_s=spread_s)
        await self._note_modes(now_s, moment)
        await self.alarms.look(self.states, moment, wants_ai=self._wants_ai)
        self.corridors.end_those_over(now_s)
        self.stills.forget_old(now_s)
        self._ticked_s = now_s
        self._state_bytes = (float("-inf"), b"")
        if changes:
            self.store.add_mode_changes(changes)
        if abs(now_s - self._pruned_s) >= PRUNE_EVERY_S:
            self.store.prune_counts(now_s - self.settings.keep_counts_days * DAY_S)
            self.store.prune_events(now_s - self.settings.keep_events_days * DAY_S)
            self.store.prune_figures(MINUTE_S, now_s - self.settings.keep_minutes_days * DAY_S)
            self.store.prune_figures(QUARTER_S, now_s - self.settings.keep_quarters_days * DAY_S)
            self._pruned_s = now_s
        if self._reported and not self._to_keep and abs(now_s - self._reports_kept_s) >= REPORTS_KEPT_EVERY_S:
            self._to_keep, self._reported, self._reports_kept_s = list(self._reported), set(), now_s
        if self._to_keep:
            await self._keep_reports()

    async def drive_to(self, time_s: float) -> int:
        """Moves a driven clock and decides at every whole tick on the way. Returns how many ticks were decided."""
        if not isinstance(self.clock, DrivenClock):
            raise InputError("clock", expected="a service started with --clock driven", got="system")
        async with self._driving:
            self.clock.move_to(time_s)
            if not self._driven:
                # Only now is it known what time it is, so only now what of the last run still counts.
                self._driven = True
                await self._begin(time_s)
                return 1
            if time_s - self._ticked_s > MAX_DRIVEN_TICKS * TICK_S:
                self._ticked_s = time_s - TICK_S
            decided = 0
            while time_s - self._ticked_s >= TICK_S - 1e-6:
                await self.tick(self._ticked_s + TICK_S)
                decided += 1
            return decided

    def stamped(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document with what tells a replay from the real thing, ready to be signed."""
        now_s = round(self.clock.now_s(), 3)
        return {**document, "seq": self.seq, "issued_at": now_s, "valid_until": now_s + STAMP_VALID_S}

    async def take_counts(self, junction_id: str, body: CountsBody) -> bool:
        """Takes a camera's report; False for one that was kept before. Either way it is on disk when this returns.

        Raises InputError for one that cannot be taken, SQLAlchemyError when it is not on disk: the signals have seen
        it, and the camera is to send it again.
        """
        state = self.states[junction_id]
        now_s = self.clock.now_s()
        check_counts(state.site, body, junction_id, now_s)
        record = body.to_record()
        if self._ledger.first_time(record):
            state.take_counts(record)
        new = await self.store.keep_counts(*count_rows(record, now_s))
        if new:
            simulated = record.origin == "simulated"
            self._sampler.note_interval(junction_id, record.end_at, state.interval_of(record), simulated=simulated)
        (self.metrics.new_records if new else self.metrics.known_records).inc()
        return new

    def take_report(self, junction_id: str, body: StatusBody) -> None:
        """Takes a field controller's report. Raises InputError when its signals do not fit the junction."""
        now_s = self.clock.now_s()
        self.states[junction_id].take_report(body, now_s)
        self._reported.add(junction_id)

    async def take_events(self, junction_id: str, body: EventsBody) -> bool:
        """Takes a batch of a controller's events; False for one that was kept before. On disk when this returns.

        Raises InputError for events from the future, SQLAlchemyError when they are not on disk.
        """
        now_s = self.clock.now_s()
        latest_at = max(event.at for event in body.events)
        if latest_at > now_s + MAX_AHEAD_S:
            raise InputError(
                "events",
                expected=f"none more than {MAX_AHEAD_S:g} s after {now_s:.1f}",
                got=latest_at,
                hint="set the controller's clock",
            )
        return await self.store.keep_events(body.to_row(junction_id, now_s))

    async def take_override(self, junction_id: str, body: OverrideBody, actor: str) -> OverrideRow:
        """Takes an operator's wish; on disk, with its audit row, when this returns.

        Raises InputError when the junction cannot do it.
        """
        state = self.states[junction_id]
        now_s = self.clock.now_s()
        row = OverrideRow(
            junction_id=junction_id,
            kind=body.kind,
            stage_id=override_stage(state, body, now_s),
            plan_id=override_plan(state, body),
            from_at=now_s,
            until_at=now_s + (body.ttl_s or 0.0),
            reason=body.reason,
        )
        # One after the other, so that the last on disk is the last in memory too.
        async with self._overriding:
            await self.store.add_override(row, actor)
            state.override = None if body.kind == "release" else row
        return row

    async def acknowledge(self, alarm: Alarm, actor: str) -> Alarm:
        """Someone has seen an alarm; on disk when this returns, and in the next state that anyone asks for."""
        seen = await self.alarms.acknowledge(alarm, round(self.clock.now_s(), 3), actor)
        self._state_bytes = (float("-inf"), b"")
        return seen

    @cached_property
    def green_waves(self) -> GreenWaveBook:
        """The city's green waves; loaded when someone asks."""
        from controller.green_wave_book import GreenWaveBook

        return GreenWaveBook(self.scenario)

    @property
    def _wants_ai(self) -> bool:
        return self.settings.mode is not ServiceMode.FIXED and self.policy.cause is not Cause.NO_POLICY

    @property
    def deciding(self) -> bool:
        """Whether the decide loop does its ticks; a driven clock stands still without harm."""
        return self._loop is None or abs(self.clock.now_s() - self._ticked_s) <= STALLED_S

    async def state_bytes(self) -> bytes:
        """`chauraha.state/1` of now, encoded once a tick however many ask."""
        async with self._encoding:
            now_s = self.clock.now_s()
            if not 0 <= now_s - self._state_bytes[0] < TICK_S / 2:
                ticked_s = self._ticked_s
                body = await state_document(self.states, self.alarms.open, now_s)
                # A tick meanwhile made some of it old.
                self._state_bytes = (now_s if ticked_s == self._ticked_s else float("-inf"), body)
            return self._state_bytes[1]

    async def _begin(self, now_s: float) -> None:
        """Fresh states with what the last run left, and the first documents."""
        self._ledger = CountsLedger()
        self.states = {key: self._new_state(site, now_s) for key, site in self.scenario.sites.items()}
        await self._restore(now_s)
        await self.alarms.begin(self.states, now_s)
        self._decider = Decider(self.states, self.policy.policy, self.signer)
        self.store.add_mode_changes(
            [
                {
                    "junction_id": key,
                    "at": now_s,
                    "mode": str(Mode.FIXED),
                    "cause": str(Cause.STARTING),
                    "detail": "the service started",
                }
                for key in self.states
            ]
        )
        await self.tick(now_s)

    async def _note_modes(self, now_s: float, moment: Callable[[], float]) -> None:
        passed_s = now_s - self._ticked_s
        if not 0 < passed_s <= MAX_DRIVEN_TICKS * TICK_S:
            return
        pace = Pace()
        for key, state in self.states.items():
            at_s = moment()
            self._sampler.note_mode(key, at_s, applied_mode(state, at_s)[0], passed_s)
            if judged := state.cycles.take_judged():
                self._sampler.note_greens(key, at_s, judged)
            await pace.breathe()
        if now_s - self._sampled_s >= SAMPLES_KEPT_EVERY_S and (self._writing is None or self._writing.done()):
            self._sampled_s = now_s
            self._writing = asyncio.create_task(self._write_samples(self._sampler.take_finished(now_s)), name="samples")

    async def _write_samples(self, minutes: Mapping[tuple[str, int], KpiSums]) -> None:
        try:
            await self.kpi.add_minutes(minutes)
        except SQLAlchemyError as error:
            self.store.trouble.failed(error)
            self._sampler.put_back(minutes)

    async def _keep_reports(self) -> None:
        reported, self._to_keep = self._to_keep[:REPORTS_TOGETHER], self._to_keep[REPORTS_TOGETHER:]
        pace, rows = Pace(), []
        for key in reported:
            report = self.states[key].report
            if report is not None:
                body = report.body.model_dump_json(by_alias=True).encode()
                rows.append({"junction_id": key, "received_at": report.received_s, "body": body})
            await pace.breathe()
        self.store.put_status(rows)

    def _new_state(self, site: Site, now_s: float) -> JunctionState:
        ladder = ServerLadder(
            started_s=now_s,
            policy_cause=self.policy.cause,
            forced_fixed=self.settings.mode is ServiceMode.FIXED,
        )
        shown = Shown(mode=Mode.FIXED, cause=Cause.STARTING, since_s=now_s)
        crossings = JunctionCrossings(site.layout, site.surroundings.crossings)
        return JunctionState(site=site, guard=Guard(site.layout), ladder=ladder, shown=shown, crossings=crossings)

    async def _restore(self, now_s: float) -> None:
        recovery = KpiRecovery()
        for junction_id, state in self.states.items():
            recovery.note(await self._restore_counts(junction_id, state, now_s), state.interval_of)
        self._sampler = KpiSampler()
        self._sampler.put_back(await recovery.missing(self.kpi))
        for row in await self.store.live_overrides(now_s):
            state_of = self.states.get(row.junction_id)
            if state_of is not None and still_fits(state_of.site, row) and row.from_at <= now_s:
                state_of.override = row
        await self.corridors.restore(self.states)
        await self.crossings.restore({key: state.crossings for key, state in self.states.items()})
        for status in await self.store.statuses():
            state_of = self.states.get(str(status["junction_id"]))
            if state_of is not None and status["received_at"] <= now_s:
                with contextlib.suppress(ValidationError, InputError):
                    state_of.take_report(StatusBody.model_validate_json(status["body"]), status["received_at"])

    async def _restore_counts(self, junction_id: str, state: JunctionState, now_s: float) -> list[CountRecord]:
        taken = []
        for raw in await self.store.last_counts(junction_id, RECOVERED_S):
            with contextlib.suppress(ValidationError, InputError):
                body = CountsBody.model_validate(orjson.loads(raw))
                check_counts(state.site, body, junction_id, now_s)
                record = body.to_record()
                self._ledger.first_time(record)
                state.take_counts(record)
                taken.append(record)
        return taken

    async def _check_plans(self) -> None:
        """Warns of plans that the controllers' guards will not run as they are written; the polls go first."""
        for state in self.states.values():
            for plan in state.site.plans.values():
                for fault in state.guard.plan_faults(plan):
                    _log.warning("junction %s, plan %s: %s", state.site.layout.id, plan.id, fault)
                await asyncio.sleep(0)

    async def _tick_forever(self) -> None:
        begun_s = time.time()
        while True:
            await asyncio.sleep(next_round_in_s(begun_s, time.time(), TICK_S))
            begun_s = time.time()
            try:
                await self.tick(self.clock.now_s(), spread_s=SPREAD_S)
                self.tick_trouble.over()
            except Exception as error:  # a full disk must not end the loop: the next tick may work
                self.tick_trouble.failed(error)


def _policy_file(settings: Settings, scenario: Scenario) -> Path | None:
    if settings.policy is None:
        return scenario.policy_file
    return None if settings.policy == NO_POLICY else Path(settings.policy)
