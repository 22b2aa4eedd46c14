"""Field controllers with pretended heads, many in one process: the street's side of the service's load and faults.

Each is the real `FieldController`; what it shows is sampled by the independent lamp audit after every tick.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from controller.field.controller import FieldController
from controller.field.heads import FakeSignalHeads
from junction.lamp_audit import LampAudit, UnsafeEvent
from junction.mode import Rung
from junction.site import Site

TICK_DS = 1


@dataclass(kw_only=True)
class StreetController:
    """One controller, its heads, and what was seen of it. Ticks fall on whole multiples of `step_ds` tenths.

    `leases_missed`: times that it fell from the server's word to its own plan, or to flashing.
    """

    site: Site
    heads: FakeSignalHeads
    controller: FieldController
    audit: LampAudit
    step_ds: int
    ticked_ds: int
    highest_seq: int = 0
    seq_falls: int = 0
    leases_missed: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    clock_error_s: float = 0.0
    """How wrong the controller's time of day is."""
    renewed_by_old: int = 0
    """Times that a document was obeyed which was no newer than one obeyed before."""
    obeyed_seq: int = 0
    rungs_ds: Counter[Rung] = field(default_factory=Counter)

    @classmethod
    def make(cls, site: Site, keys: dict[str, bytes], boot_id: str, *, step_ds: int = TICK_DS) -> StreetController:
        now_ds = int(time.monotonic() * 10)
        heads = FakeSignalHeads(site.layout)
        return cls(
            site=site,
            heads=heads,
            controller=FieldController(site, heads, boot_id, public_keys=keys, now_s=now_ds / 10),
            audit=LampAudit(site.layout, step_ds / 10),
            step_ds=step_ds,
            ticked_ds=now_ds,
        )

    def tick(self) -> None:
        """Brings the controller to now, step by step: a machine that stalled is caught up with."""
        now_s = time.monotonic()
        offset_s = time.time() - now_s + self.clock_error_s
        while self.ticked_ds + self.step_ds <= now_s * 10:
            self.ticked_ds += self.step_ds
            before = self.controller.rung
            self.controller.tick(self.ticked_ds / 10, self.ticked_ds / 10 + offset_s)
            self.leases_missed += before <= Rung.HOLD < self.controller.rung
            self.rungs_ds[self.controller.rung] += self.step_ds
            self.audit.feed(self.ticked_ds / 10, None if self.heads.flashing else self._shown())

    def receive(self, document: bytes) -> None:
        """An answer to a poll."""
        receipt = self.controller.receive(document, time.monotonic())
        if receipt.refusal is not None:
            self.refusals[str(receipt.refusal)] += 1
        if receipt.control is not None:
            self.seq_falls += receipt.control.seq < self.highest_seq
            if receipt.accepted:
                self.renewed_by_old += receipt.control.seq <= self.obeyed_seq
                self.obeyed_seq = receipt.control.seq
            self.highest_seq = max(self.highest_seq, receipt.control.seq)

    def unsafe(self) -> tuple[UnsafeEvent, ...]:
        """What the audit found up to now."""
        return self.audit.finish()

    def _shown(self) -> str:
        return "".join(str(self.heads.lamps[group.id]) for group in self.site.layout.groups)
