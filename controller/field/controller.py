"""The field controller's logic: who times the junction now, and the one way to its signal heads.

It holds no socket and no clock of its own: `tick` brings both clocks, `receive` and `missed_poll` what the network
did. So the same object runs at a junction, in the rehearsal's simulated time, and in tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from controller.field.box_machine import BoxMachine
from controller.field.conflict_monitor import ConflictMonitor
from controller.field.heads import SignalBox, SignalHeads
from controller.field.ladder import Conditions, FieldLadder
from controller.field.lease import Lease, LeaseState
from controller.field.night_flash import NightFlash
from controller.field.plan_runner import PlanRunner
from controller.field.receipt import Receipt, Refusal, examine
from controller.field.wall_clock import WallClock
from controller.schemas import STATUS_SCHEMA, ControlBody
from controller.signing import Verifier
from junction.errors import InputError
from junction.guard import Guard, Ruling
from junction.mode import RUNG_MODE, Cause, Mode, Rung
from junction.signals import SignalState, state_to_document
from junction.site import Site, site_to_document
from junction.stage_machine import StageMachine

MAX_REASONS = 8
CLOCK_REFUSALS = {None, Refusal.FUTURE_STAMP, Refusal.EXPIRED}
"""Outcomes that still say something about the clocks: the document is the server's and new."""


class Police(StrEnum):
    """The switch in the box. Manual outranks the server and every rung below flash."""

    OFF = "off"
    MANUAL = "manual"
    FLASH = "flash"


class FieldController:
    """One junction's controller. Times: monotonic seconds, and Unix seconds of the controller's own wall clock.

    `public_keys` are the server keys it trusts, by key id (raw 32 bytes). `seq_seen` is the last sequence number
    obeyed before a restart. Starts all red and on its own fixed plan.
    """

    def __init__(
        self,
        site: Site,
        heads: SignalHeads | SignalBox,
        boot_id: str,
        *,
        public_keys: Mapping[str, bytes],
        now_s: float,
        seq_seen: int = 0,
    ) -> None:
        self.site = site
        self.seq_seen = seq_seen
        self.police = Police.OFF
        self.faults: Sequence[Mapping[str, str]] = ()
        self._heads = heads
        # Asked once: Python looks at every method of a protocol each time.
        self._box = heads if isinstance(heads, SignalBox) else None
        self._lamps = None if isinstance(heads, SignalBox) else heads
        self.boot_id = boot_id
        self._keys = dict(public_keys)
        self._verifier = Verifier(public_keys)
        self._machine = self._new_machine(now_s)
        self._runner = PlanRunner(site.layout)
        self._monitor = ConflictMonitor(site.layout)
        self._clock = WallClock()
        self._ladder = FieldLadder()
        self._lease = Lease(site.backup_time_s)
        self._night = NightFlash(site.layout)
        self._runnable, self._table_valid = _judge_plans(site, self._machine.guard)
        self._next_site: Site | None = None
        self.site_asked: str | None = None
        """The site that the last document was made for, when that is not this one."""
        self.gives_way = False
        self._command: ControlBody | None = None
        self._command_reached = False
        self._police_stage: str | None = None
        self._ruling: Ruling | None = None
        self._last_refusal: Refusal | None = None
        self._isolated = False
        self._dark = False
        self._now_s = now_s

    @property
    def rung(self) -> Rung:
        """Where on the ladder it stands."""
        return self._ladder.rung

    @property
    def mode(self) -> Mode:
        """What times the junction now."""
        if self._dark:
            return Mode.DARK
        if self.rung is not Rung.FLASH and self.police is Police.MANUAL:
            return Mode.MANUAL
        if self.rung is Rung.ADAPTIVE and self._command is not None:
            return self._command.mode
        return RUNG_MODE[self.rung]

    @property
    def cause(self) -> Cause:
        """Why."""
        if self._dark:
            return Cause.POWER_LOST if any(fault["kind"] == "power" for fault in self.faults) else Cause.LAMPS_OUT
        if self.rung is not Rung.FLASH and self.police is Police.MANUAL:
            return Cause.POLICE
        if self.rung is Rung.ADAPTIVE and self._command is not None:
            return self._command.cause
        return self._ladder.cause

    @property
    def fault_kinds(self) -> frozenset[str]:
        """The kinds of faults that there are now."""
        return frozenset(fault["kind"] for fault in self._faults())

    @property
    def signals(self) -> SignalState:
        """The lamps, as the stage machine set them."""
        return self._machine.state

    def tick(self, now_s: float, wall_s: float) -> None:
        """One step, at most 1 s after the last: judge the rung, ask the guard, set the lamps."""
        self._now_s = now_s
        self._clock.tick(now_s, wall_s)
        feedback = self._heads.feedback()
        self._monitor.watch(now_s, feedback)
        # A box of another make says None for what it does not know; flashing heads are out half of the time.
        told = self._box is None and self.rung is not Rung.FLASH
        self._dark = told and all(lamp is None for lamp in feedback.values())
        before, now_ds = self.rung, round(now_s * 10)
        flash_due = self._flash_due(wall_s)
        rung = self._ladder.step(self._conditions(now_s, flash_due=flash_due))
        if (rung is Rung.FLASH) != (before is Rung.FLASH):
            # After flashing nothing is known of who drives where: all red first, as at a start.
            self._machine = self._new_machine(now_s)
            self._runner.stop()
        if self._may_end:
            self.gives_way = rung is Rung.FLASH or self._machine.close(now_ds)
        if rung is Rung.FLASH:
            self._heads.flash()
            return
        if self._dark:
            # Nobody knows who drives where: when the lamps come back, all red first, as at a start.
            self._machine = self._new_machine(now_s)
            self._runner.stop()
            self._night.call_off()
            self._show()
            return
        if self._may_end:
            self._show()
            return
        if flash_due:
            self._runner.stop()
            self._ruling = None
            self._night.close(self._machine, now_ds)
            self._show()
            return
        self._night.call_off()
        if isinstance(self._machine, BoxMachine) and self._box_is_on_its_own:
            self._runner.stop()
            self._ruling = None
            self._machine.release(now_ds)
            return
        self._ruling = self._machine.tick(now_ds, self._wish(now_s, wall_s))
        self._show()

    def receive(self, document: bytes | Mapping[str, Any], at_s: float) -> Receipt:
        """A control document that came, at a monotonic time: obeyed from the next tick, or refused with the reason."""
        receipt = examine(
            document,
            site=self.site,
            verifier=self._verifier,
            seq_seen=self.seq_seen,
            wall_s=self._clock.wall_s(at_s),
            plans=self._runnable,
        )
        self._last_refusal = receipt.refusal
        control = receipt.control
        if control is not None and receipt.refusal in CLOCK_REFUSALS:
            self._clock.compare(at_s, control.issued_at)
        hashed = control is not None and receipt.refusal is Refusal.SITE_HASH
        self.site_asked = control.site_hash if control is not None and hashed else None
        if control is None or not receipt.accepted:
            # The document that is obeyed already says that the service was slow, not that a poll was missed. It renews
            # nothing: without a newer one the controller holds all the same.
            if not (receipt.refusal is Refusal.SEQ and control is not None and control.seq == self.seq_seen):
                self._lease.miss()
            return receipt
        self.seq_seen = control.seq
        self._lease.renew(at_s, control.lease_s)
        same = self._command is not None and self._command.stage.id == control.stage.id
        self._command_reached = self._command_reached and same
        self._command = control
        return receipt

    def take_over(self, site: Site) -> None:
        """A new version of this junction's site, checked by `check_site`.

        With the same layout its plans and table count from now on; the plan that runs goes on to its reference point.
        Another layout needs another controller: this one ends its greens, each after its minimum, and `gives_way`
        once every lamp is red (or at once while it flashes, or where a box times itself). A tripped conflict monitor
        and the police at the box come first.
        """
        if site_to_document(site)["layout"] != site_to_document(self.site)["layout"]:
            self._next_site = site
            return
        self.site = site
        self._runnable, self._table_valid = _judge_plans(site, self._machine.guard)
        self._lease.limit(site.backup_time_s)
        if self._command is not None and self._command.plan_id not in {None, *self._runnable}:
            self._command = self._command.model_copy(update={"plan_id": None})

    @property
    def trusted(self) -> Mapping[str, bytes]:
        """The server keys that it trusts, by key id."""
        return dict(self._keys)

    @property
    def meets_unknown_key(self) -> bool:
        """Whether the last document was refused because its key is not known here."""
        return self._last_refusal is Refusal.UNKNOWN_KEY

    def trust(self, public_keys: Mapping[str, bytes]) -> None:
        """Takes other server keys in place of those until now: whoever calls has checked who vouches for them."""
        self._keys = dict(public_keys)
        self._verifier = Verifier(public_keys)

    def missed_poll(self) -> None:
        """A poll that got no answer, or none in time."""
        self._lease.miss()

    def set_police(self, police: Police, stage_id: str | None = None) -> None:
        """The switch in the box, and the stage that the police want green (None: hold).

        Raises InputError for a stage that this junction does not have.
        """
        if stage_id is not None:
            self.site.layout.stage(stage_id)
        if stage_id is not None and police is not Police.MANUAL:
            raise InputError("police.stage_id", expected="none unless manual", got=stage_id)
        self.police, self._police_stage = police, stage_id

    def reset_monitor(self) -> None:
        """By a person at the box: ends flashing that the conflict monitor began."""
        self._monitor.reset()

    def status_document(self) -> dict[str, Any]:
        """`chauraha.status/1`, the body of the next poll."""
        wall_s = self._clock.wall_s(self._now_s)
        return {
            "schema": STATUS_SCHEMA,
            "boot_id": self.boot_id,
            "at": max(0.0, wall_s or 0.0),
            "seq_seen": self.seq_seen,
            "rung": int(self.rung),
            "mode": str(self.mode),
            "cause": str(self.cause),
            "plan_running": self._runner.plan_id if self.rung is not Rung.FLASH else None,
            "clock_err_ms": self._clock.error_ms,
            "faults": self._faults(),
            "manual": self.police is not Police.OFF,
            "signals": state_to_document(self.site.layout, self.signals),
            "reasons": self._reasons(),
        }

    @property
    def _may_end(self) -> bool:
        """Another layout waits, and neither the conflict monitor nor the police hold this controller where it is."""
        return self._next_site is not None and self._monitor.tripped is None and self.police is Police.OFF

    def _show(self) -> None:
        """What the stage machine says; a box shows what it likes."""
        if self._lamps is not None:
            lamps = self._machine.state.lamps
            self._lamps.show({group.id: lamp for group, lamp in zip(self.site.layout.groups, lamps, strict=True)})

    @property
    def _box_is_on_its_own(self) -> bool:
        """A box has fixed plans of its own: it runs them on rungs 2 and 3, unless the police time it by hand."""
        return self.rung in {Rung.FIXED, Rung.ISOLATED} and self.police is not Police.MANUAL

    def _new_machine(self, now_s: float) -> StageMachine | BoxMachine:
        """What moves the lamps, all red from now on; a box moves its own, and is only watched and asked."""
        layout, now_ds = self.site.layout, round(now_s * 10)
        if self._box is not None:
            return BoxMachine(layout, self._box, now_ds)
        return StageMachine(layout, now_ds)

    def _flash_due(self, wall_s: float) -> bool:
        """Whether the site's calendar has the signals flash now. The police at the box come first, and a clock that is
        not trusted knows of no night."""
        return self.police is Police.OFF and self._clock.trusted and self.site.flashes_at(wall_s)

    def _conditions(self, now_s: float, *, flash_due: bool) -> Conditions:
        rests = self.rung is Rung.FLASH or self._night.may_begin(round(now_s * 10))
        return Conditions(
            conflict=self._monitor.tripped is not None,
            police_flash=self.police is Police.FLASH,
            night_flash=flash_due and rests,
            lease=self._lease.state(now_s),
            ever_polled=self._lease.ever,
            good_polls=self._lease.good_polls,
            safe_end=self._safe_end(),
            wants_plan=self._command is not None and self._command.plan_id is not None,
            follows=not isinstance(self._machine, BoxMachine) or self._machine.follows,
            clock_trusted=self._clock.trusted,
            table_valid=self._table_valid,
            isolated_valid=self.site.isolated_plan_id in self._runnable,
        )

    def _safe_end(self) -> bool:
        if self.rung is Rung.ADAPTIVE or self._lease.state(self._now_s) is LeaseState.OVER:
            return False
        state = replace(self.signals, now_ds=max(self.signals.now_ds, round(self._now_s * 10)))
        if state.in_transition:
            return False
        allowed = self._machine.guard.allowed(state)
        return len(allowed) == 1 or bool(allowed.sum() > allowed[state.stage])

    def _wish(self, now_s: float, wall_s: float) -> str | None:
        """The stage wanted now by whoever times the junction; None holds the running one."""
        if self.police is Police.MANUAL:
            self._runner.stop()
            return self._police_stage
        if self.rung is Rung.ISOLATED:
            return self._isolated_stage(now_s)
        if self._isolated:
            self._isolated = False
            self._runner.stop()
        time_s = self.site.time_of_day_s(wall_s)
        command = self._command
        if self.rung is Rung.FIXED or command is None:
            return self._runner.due(self.site.plan_at(wall_s), time_s)
        if command.plan_id is not None:
            return self._runner.due(self.site.plans[command.plan_id], time_s)
        self._runner.stop()
        return self._commanded_stage(command)

    def _commanded_stage(self, command: ControlBody) -> str | None:
        """The server's stage; on hold, once it was reached, only its green is kept, up to its maximum."""
        state = self.signals
        running = not state.in_transition and self.site.layout.stages[state.stage].id == command.stage.id
        self._command_reached = self._command_reached or running
        return None if self.rung is Rung.HOLD and self._command_reached else command.stage.id

    def _isolated_stage(self, now_s: float) -> str:
        if not self._isolated:
            self._isolated = True
            self._runner.stop()
        return self._runner.due(self.site.plans[self.site.isolated_plan_id], now_s)

    def _faults(self) -> list[dict[str, str]]:
        dark = [group for group, lamp in self._heads.feedback().items() if lamp is None]
        lamp_faults = [{"kind": "lamp", "detail": f"no lamp of {group} burns"} for group in dark[:MAX_REASONS]]
        own = () if self._box is None else self._box.faults()
        return [*(dict(fault) for fault in (*self.faults, *own)), *lamp_faults][: 2 * MAX_REASONS]

    def _reasons(self) -> list[str]:
        reasons = []
        if self._monitor.tripped is not None:
            reasons.append(f"conflict monitor: {self._monitor.tripped}")
        if self._last_refusal is not None:
            reasons.append(f"control refused: {self._last_refusal}")
        if self._ruling is not None and not self._ruling.accepted:
            reasons += [f"guard: {reason}" for reason in self._ruling.reasons]
        return [reason[:200] for reason in reasons[:MAX_REASONS]]


def check_site(site: Site, junction_id: str) -> None:
    """Raises InputError for a site that a controller could not run: another junction's, or one the guard forbids."""
    where = f"site {site.layout.id}"
    if site.layout.id != junction_id:
        raise InputError("site.layout.id", expected=junction_id, got=site.layout.id)
    runnable, table_valid = _judge_plans(site, Guard(site.layout))
    if not table_valid or site.isolated_plan_id not in runnable:
        raise InputError(
            f"{where}.plans", expected="a table and an isolated plan that the guard lets run", got=sorted(runnable)
        )


def _judge_plans(site: Site, guard: Guard) -> tuple[frozenset[str], bool]:
    """(the plans that may run here, whether every plan of the table and the special days is among them)."""
    runnable = frozenset(key for key, plan in site.plans.items() if not guard.plan_faults(plan))
    return runnable, site.called_for <= runnable
