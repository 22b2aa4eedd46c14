"""A million hostile proposals to the real guard and stage machine, with the independent lamp checker watching.

    python -m bench.guard_fuzz [--proposals 1000000] [--seed 1] [--json FILE] [--resume]

Four kinds, at the junctions of Kanpur, of the tiny test scenario and at junctions drawn at random (2 to 8 stages,
crossings, overlaps, odd intergreens), in parts of 500 proposals that each have a seed of their own:

- *command*: what a hostile policy or server asks of a running stage machine, tick after tick: junk of every type, and
  changes and holds one tick before, at and after every minimum, maximum, intergreen and maximum red;
- *plan*: NaN, infinities, wrong types, and good plans with one number one step inside or outside its limit. A plan that
  the guard lets pass is shown by a box that obeys it blindly, and must still be safe;
- *state*: reports of lamps that no machine could show; the guard must answer, with a stage that is there;
- *document*: plans and reports as JSON with parts changed; they must be refused by name or be what they should.

`--json` is written after every hundredth part, and `--resume` goes on from there. The exit code is 1 when anything
unsafe was seen or anything was raised.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.blind_player import play_blindly
from bench.hostile_commands import HABITS, TICK_DS, Habit, any_stage, junk
from bench.hostile_plans import hostile_plan, lawful_plan, plan_breaches
from bench.random_junction import random_junction
from controller.schemas import SignalsBody
from junction.errors import InputError
from junction.files import write_whole
from junction.guard import Guard
from junction.lamp_audit import LampAudit
from junction.layout import JunctionLayout
from junction.plan import plan_from_document, plan_to_document
from junction.signals import Lamp, SignalState, state_to_document
from junction.stage_machine import StageMachine
from scenarios.build import build_scenario
from scenarios.load import load_scenario

SCHEMA = "chauraha.guard_fuzz/1"
TINY = Path(__file__).parent.parent / "tests" / "fixtures" / "tiny"
PART = 500
"""Proposals of one part: one junction, one kind, one habit."""
SAVE_PARTS = 100
KINDS = ("command",) * 14 + ("plan",) * 4 + ("state", "document")
"""The parts' kinds in turn: 70 % commands, 20 % plans, 5 % states, 5 % documents."""
MAX_SHOWN = 20


@dataclass(kw_only=True)
class Findings:
    """What came of the parts so far. `unsafe` and `raised` tell the first of each; their numbers count all."""

    proposals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(dict.fromkeys(KINDS), 0))
    accepted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(dict.fromkeys(KINDS), 0))
    parts_done: int = 0
    simulated_s: float = 0.0
    unsafe_events: int = 0
    exceptions: int = 0
    unsafe: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    def note_unsafe(self, what: str) -> None:
        self.unsafe_events += 1
        if len(self.unsafe) < MAX_SHOWN:
            self.unsafe.append(what)

    def note_raised(self, where: str) -> None:
        """The exception that is being handled."""
        self.exceptions += 1
        if len(self.raised) < MAX_SHOWN:
            self.raised.append(f"{where}: {traceback.format_exc(limit=-3)}")


def fuzz_commands(layout: JunctionLayout, rng: random.Random, habit: Habit, findings: Findings) -> None:
    """A stage machine from all red, driven by one habit; the checker sees every lamp that it shows."""
    begin_ds = rng.choice((0, 17_000_000_000))
    machine, audit = StageMachine(layout, begin_ds), LampAudit(layout)
    audit.show(begin_ds * 100, "".join(machine.state.lamps))
    accepted = 0
    for _ in range(PART):
        step_ds, proposed = habit(rng, machine)
        try:
            accepted += machine.tick(machine.state.now_ds + step_ds, proposed).accepted
        except Exception:
            findings.note_raised(f"{layout.id} {habit.__name__} {proposed!r:.60}")
        audit.show(machine.state.now_ds * 100, "".join(machine.state.lamps))
    for event in audit.finish():
        findings.note_unsafe(f"{layout.id} {habit.__name__} {event.time_s:.1f} s {event.rule}: {event.detail}")
    findings.accepted["command"] += accepted
    findings.simulated_s += (machine.state.now_ds - begin_ds) / 10


def fuzz_plans(layout: JunctionLayout, rng: random.Random, findings: Findings) -> None:
    """Plans put before the guard one after another; each that passes runs, blindly obeyed."""
    guard, running = Guard(layout), None
    for number in range(PART):
        if number % 10 == 0:
            base = lawful_plan(layout, rng)
        proposed = hostile_plan(layout, base, rng)
        try:
            ruling = guard.review_plan(running, proposed)
        except Exception:
            findings.note_raised(f"{layout.id} plan {proposed!r:.200}")
            continue
        if ruling.accepted:
            findings.accepted["plan"] += 1
            for fault in plan_breaches(layout, running, proposed):
                findings.note_unsafe(f"{layout.id} plan {proposed!r:.200} {fault}")
            running, base = proposed, proposed


def fuzz_states(layout: JunctionLayout, rng: random.Random, findings: Findings) -> None:
    """Lamps that no machine could show: the guard must name a stage of the junction, and its mask at least one."""
    guard, groups = Guard(layout), len(layout.groups)

    def ages() -> tuple[int, ...]:
        return tuple(-rng.choice((rng.randint(-100, 2000), rng.randint(0, 10**9))) for _ in range(groups))

    for _ in range(PART):
        state = SignalState(
            now_ds=rng.choice((0, 17_000_000_000)), lamps=tuple(rng.choice(list(Lamp)) for _ in range(groups)),
            since_ds=ages(), green_end_ds=ages(), stage=rng.randrange(len(layout.stages)),
            stage_since_ds=ages()[0], in_transition=rng.random() < 0.3,
        )  # fmt: skip
        proposed = rng.choice((None, junk(rng), rng.choice(layout.stages).id))
        try:
            ruling, allowed = guard.review_stage(state, proposed), guard.allowed(state)
            guard.hold_until_ds(state)
        except Exception:
            findings.note_raised(f"{layout.id} state {state!r:.200}")
            continue
        findings.accepted["state"] += ruling.accepted
        if not (0 <= ruling.stage < len(layout.stages) and allowed.any() and allowed.shape == (len(layout.stages),)):
            findings.note_unsafe(f"{layout.id} state {state!r:.200}: {ruling} {allowed}")


def fuzz_documents(layout: JunctionLayout, rng: random.Random, findings: Findings) -> None:
    """Plans and reports with a part changed: refused, or what came out is judged as any other proposal."""
    guard, machine = Guard(layout), StageMachine(layout, 0)
    for number in range(PART):
        machine.tick(number * TICK_DS, any_stage(rng, machine))
        is_plan = rng.random() < 0.5
        whole = plan_to_document(lawful_plan(layout, rng)) if is_plan else state_to_document(layout, machine.state)
        document = damaged(whole, rng)
        try:
            if is_plan:
                plan = plan_from_document(document)
                if not guard.plan_faults(plan):
                    findings.accepted["document"] += 1
                    for event in play_blindly(layout, plan):
                        findings.note_unsafe(f"{layout.id} plan document {event.rule}: {event.detail}")
            else:
                signals = SignalsBody.model_validate(document)
                signals.check(layout)
                guard.review_stage(signals.to_state(layout, 0), None)
                findings.accepted["document"] += 1
        except (InputError, ValidationError):
            continue
        except Exception:
            findings.note_raised(f"{layout.id} document {document!r:.200}")


def damaged(document: Any, rng: random.Random) -> Any:
    """A copy with one entry, somewhere, gone or replaced by JSON of any kind."""
    odd = rng.choice((None, True, "", "G", [], {}, [1], {"a": 1}, -1, 10**400, 1e308, float("nan"), -float("inf")))
    if isinstance(document, dict) and document:
        key = rng.choice(sorted(document))
        if rng.random() < 0.2:
            return {k: v for k, v in document.items() if k != key}
        return {**document, key: damaged(document[key], rng)}
    if isinstance(document, list) and document and rng.random() < 0.8:
        index = rng.randrange(len(document))
        return [*document[:index], damaged(document[index], rng), *document[index + 1 :]]
    return odd


def fuzz_part(number: int, seed: int, known: Sequence[JunctionLayout], findings: Findings) -> None:
    """One part, by its number and the seed alone: every second one at a junction drawn for it."""
    rng = random.Random(f"{seed}/{number}")
    turn, kind = divmod(number, len(KINDS))
    layout = random_junction(rng, f"R{number}") if number % 2 else known[(number // 2) % len(known)]
    if KINDS[kind] == "command":
        fuzz_commands(layout, rng, HABITS[(turn + kind) % len(HABITS)], findings)
    elif KINDS[kind] == "plan":
        fuzz_plans(layout, rng, findings)
    elif KINDS[kind] == "state":
        fuzz_states(layout, rng, findings)
    else:
        fuzz_documents(layout, rng, findings)
    findings.proposals[KINDS[kind]] += PART
    findings.parts_done = number + 1


def known_junctions() -> list[JunctionLayout]:
    """Kanpur's and the tiny test scenario's, which is built for it. Raises ScenarioError."""
    with tempfile.TemporaryDirectory(prefix="chauraha-fuzz-") as scratch:
        tiny = shutil.copytree(TINY, Path(scratch) / "tiny")
        scenarios = (load_scenario("kanpur"), build_scenario(tiny))
    return [site.layout for scenario in scenarios for site in scenario.sites.values()]


def run(
    proposals: int,
    seed: int,
    *,
    known: Sequence[JunctionLayout],
    findings: Findings | None = None,
    after_part: Callable[[Findings], None] = lambda _: None,
) -> Findings:
    """At least so many proposals, going on from `findings`. Raises InputError for less than one."""
    if proposals < 1:
        raise InputError("proposals", expected="at least 1", got=proposals)
    findings = findings or Findings()
    for number in range(findings.parts_done, -(-proposals // PART)):
        began_s = time.perf_counter()
        fuzz_part(number, seed, known, findings)
        findings.wall_s += time.perf_counter() - began_s
        after_part(findings)
    return findings


def to_document(findings: Findings, seed: int) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "seed": seed, **asdict(findings),
        "proposals": sum(findings.proposals.values()), "proposals_by_kind": findings.proposals,
    }  # fmt: skip


def from_document(document: dict[str, Any], seed: int) -> Findings:
    """What an earlier run had found. Raises InputError for another seed's."""
    if document.get("schema") != SCHEMA or document.get("seed") != seed:
        raise InputError("--resume", expected=f"a result of seed {seed}", got=document.get("seed"))
    kept = {key: value for key, value in document.items() if key not in {"schema", "seed", "proposals_by_kind"}}
    return Findings(**{**kept, "proposals": document["proposals_by_kind"]})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.guard_fuzz", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--proposals", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file to write the result to")
    parser.add_argument("--resume", action="store_true", help="go on from what --json holds")
    given = parser.parse_args(arguments)
    known, earlier = known_junctions(), None
    if given.resume and given.json is not None and given.json.exists():
        earlier = from_document(json.loads(given.json.read_text(encoding="utf-8")), given.seed)

    def save(findings: Findings) -> None:
        if given.json is not None:
            write_whole(given.json, json.dumps(to_document(findings, given.seed), indent=2) + "\n")

    columns = (TextColumn("guard_fuzz"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("proposals", total=given.proposals)

        def after_part(findings: Findings) -> None:
            progress.update(bar, completed=findings.parts_done * PART)
            if findings.parts_done % SAVE_PARTS == 0:
                save(findings)

        findings = run(given.proposals, given.seed, known=known, findings=earlier, after_part=after_part)
    save(findings)
    for kind, count in findings.proposals.items():
        print(f"{kind:9} {count:>9} proposals, {findings.accepted[kind]:>9} accepted")
    print(
        f"{sum(findings.proposals.values())} proposals, {findings.simulated_s / 3600:.0f} h of lamps, "
        f"{findings.unsafe_events} unsafe, {findings.exceptions} raised, {findings.wall_s:.0f} s"
    )
    for told in (*findings.unsafe, *findings.raised):
        print(f"  {told}")
    return 1 if findings.unsafe_events or findings.exceptions else 0


if __name__ == "__main__":
    sys.exit(main())
