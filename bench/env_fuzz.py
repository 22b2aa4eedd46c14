"""Random and hostile actions in every action mode, with the independent lamp checker watching.

    python -m bench.env_fuzz --decisions 100000 [--scenario kanpur] [--seed 1] [--json FILE]

Most decisions run on a street without traffic: the same actions, guards and stage machines, at every junction of the
scenario in turn, ticked every second. A twentieth runs in SUMO on the tiny test scenario through `envs.Decisions`, and
there SUMO's own record of the lamps is judged. The exit code is 1 when anything unsafe was seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from envs.action_mode import Action, ActionMode, action_modes
from envs.junction_heads import GuardedJunction
from junction.encoding import MAX_STAGES
from junction.errors import InputError
from junction.files import write_whole
from junction.lamp_audit import LampAudit, UnsafeEvent
from junction.signals import Lamp
from junction.site import Site

TINY_SOURCE = Path(__file__).parent.parent / "tests" / "fixtures" / "tiny"
SUMO_SHARE = 0.05
RUN_DECISIONS = 250
"""Decisions of one run at one junction, each run from all red and with its own habit."""
HOUR_S = 3600
MONDAY_AT = 1_767_551_400.0
"""2026-01-05 00:00 in Kolkata."""


class EmptyStreet:
    """A street that only has a clock and lamps: what `GuardedJunction` needs of one."""

    def __init__(self, time_s: float) -> None:
        self.time_s = time_s
        self.lamps: Sequence[Lamp] = ()

    def show(self, junction_id: str, lamps: Sequence[Lamp]) -> None:  # noqa: ARG002 - SumoStreet's signature
        self.lamps = tuple(lamps)


Habit = Callable[[random.Random, ActionMode, Sequence[int]], Action]
"""Chooses an action, given what the masks allow now."""


def obedient(rng: random.Random, mode: ActionMode, allowed: Sequence[int]) -> Action:
    """Anything that is allowed; in a Box, anything inside."""
    if not mode.masked:
        return np.array([rng.uniform(-1, 1) for _ in range(MAX_STAGES)], np.float32)
    return rng.choice(allowed)


def hostile(rng: random.Random, mode: ActionMode, allowed: Sequence[int]) -> Action:
    """Half of the time what no space holds: indices that are not there; NaN, infinity and far too much in a Box."""
    if not mode.masked:
        odd = (float("nan"), float("inf"), -float("inf"), 1e30, 9.0, -9.0, 1.0, -1.0, 0.0)
        return np.array([rng.choice((rng.choice(odd), rng.uniform(-1, 1))) for _ in range(MAX_STAGES)], np.float32)
    return rng.choice((rng.choice(allowed), rng.randint(-3, MAX_STAGES**2 + 3), rng.choice((-(10**9), 10**9))))


def greedy(rng: random.Random, mode: ActionMode, allowed: Sequence[int]) -> Action:
    """Always the last of what is allowed, or the largest change: pushes every limit."""
    if not mode.masked:
        return np.array([rng.choice((-1.0, 1.0)) for _ in range(MAX_STAGES)], np.float32)
    return allowed[-1]


def stubborn(rng: random.Random, mode: ActionMode, allowed: Sequence[int]) -> Action:  # noqa: ARG001
    """The first action for ever, allowed or not."""
    return np.ones(MAX_STAGES, np.float32) if not mode.masked else 0


HABITS: tuple[Habit, ...] = (obedient, hostile, greedy, stubborn)


@dataclass(kw_only=True)
class Tally:
    """What was tried in one mode and place. `refused`: actions or wishes that were not applied as they came."""

    mode: str
    where: str
    decisions: int = 0
    choices_due: int = 0
    refused: int = 0
    simulated_s: int = 0
    unsafe: int = 0
    wall_s: float = 0.0


def fuzz_junction(
    site: Site, mode: ActionMode, choose: Callable[[Sequence[int]], Action], decisions: int,
    *, interval_s: int = 5, begin_s: float = 32_400.0,
) -> tuple[Tally, tuple[UnsafeEvent, ...]]:  # fmt: skip
    """One run at one junction without traffic, from all red."""
    street = EmptyStreet(begin_s)
    head = GuardedJunction(site.layout, street)  # type: ignore[arg-type]
    audit = LampAudit(site.layout)
    actions = mode.at_junction(site, head, day_start_at=MONDAY_AT, interval_s=float(interval_s))
    tally = Tally(mode=mode.name, where="stage machine")
    for _ in range(decisions):
        allowed = np.zeros(MAX_STAGES, np.bool_)
        allowed[: len(site.layout.stages)] = head.allowed()
        due = actions.due
        verdict = actions.take(choose(np.flatnonzero(actions.mask(allowed)).tolist()))
        tally.decisions += 1
        tally.choices_due += due
        for _ in range(interval_s):
            head.tick(actions.wish())
            audit.feed(street.time_s, street.lamps)
            street.time_s += 1.0
        tally.refused += not verdict.accepted or bool(head.take_objections())
        tally.simulated_s += interval_s
    events = audit.finish()
    tally.unsafe = len(events)
    return tally, events


def fuzz_machines(
    sites: Sequence[Site], mode: ActionMode, decisions: int, rng: random.Random
) -> Iterator[tuple[Tally, tuple[UnsafeEvent, ...]]]:
    """Runs at every site in turn, every habit in turn, until there were so many decisions."""
    long_steps = mode.name.startswith("cycle")
    left = decisions
    for index in itertools.count():
        if left <= 0:
            return
        site, habit = sites[index % len(sites)], HABITS[(index + index // len(sites)) % len(HABITS)]
        count = min(left, RUN_DECISIONS)
        left -= count
        yield fuzz_junction(
            site, mode, partial(habit, rng, mode), count, interval_s=30 if long_steps else rng.choice((1, 5, 10)),
            begin_s=float(rng.randrange(0, 20 * HOUR_S)),
        )  # fmt: skip


def fuzz_street(mode: ActionMode, decisions: int, rng: random.Random, folder: Path) -> tuple[Tally, list[UnsafeEvent]]:
    """Both junctions of the tiny scenario in SUMO, for an hour at a time; the lamps in SUMO's own record are judged."""
    from agents.lamp_record import audit_record
    from envs.city import CitySimulation
    from envs.decision import Decisions
    from envs.sumo_command import LAMPS_FILE
    from scenarios.load import load_scenario

    scenario = load_scenario(folder)
    layouts = {junction_id: site.layout for junction_id, site in scenario.sites.items()}
    tally = Tally(mode=mode.name, where="SUMO")
    events: list[UnsafeEvent] = []
    out = folder / "fuzz"
    habits = itertools.cycle(HABITS)
    while tally.decisions < decisions:
        habit = next(habits)
        with CitySimulation(scenario, output_dir=out) as city:
            city.reset(rng.randrange(2**31))
            decider = Decisions(city, mode)
            sight = decider.begin()
            begin_s = city.time_s
            while not city.finished and tally.decisions < decisions:
                wanted = [habit(rng, mode, np.flatnonzero(mask).tolist()) for mask in sight.masks]
                tally.choices_due += int(sight.due.sum())
                outcome = decider.decide(wanted)
                sight = outcome.sight
                tally.decisions += len(wanted)
                tally.refused += sum(not info["accepted"] or bool(info["interventions"]) for info in outcome.infos())
            tally.simulated_s += round(city.time_s - begin_s) * len(layouts)
        events += audit_record(out / LAMPS_FILE, layouts, scenario.street())
        tally.unsafe = len(events)
    return tally, events


def run(decisions: int, scenario: str, seed: int, show: Callable[[str], None]) -> dict[str, Any]:
    """All modes, the same number of decisions each (in SUMO the junctions decide together, so a few more).

    Raises InputError for too few, ScenarioError without the scenario.
    """
    from scenarios.build import build_scenario
    from scenarios.load import load_scenario

    modes = list(action_modes().values())
    if decisions < len(modes):
        raise InputError("decisions", expected=f"at least {len(modes)}", got=decisions)
    rng = random.Random(seed)
    sites = list(load_scenario(scenario).sites.values())
    tallies: list[Tally] = []
    unsafe: list[UnsafeEvent] = []
    with tempfile.TemporaryDirectory(prefix="chauraha-fuzz-") as scratch:
        tiny = Path(scratch) / "tiny"
        shutil.copytree(TINY_SOURCE, tiny)
        build_scenario(tiny)
        for number, mode in enumerate(modes):
            quota = decisions // len(modes) + (number < decisions % len(modes))
            in_sumo = round(quota * SUMO_SHARE)
            began_s = time.monotonic()
            total = Tally(mode=mode.name, where=f"stage machines of {len(sites)} junctions")
            for tally, events in fuzz_machines(sites, mode, quota - in_sumo, rng):
                for name in ("decisions", "choices_due", "refused", "simulated_s", "unsafe"):
                    setattr(total, name, getattr(total, name) + getattr(tally, name))
                unsafe += events
            total.wall_s = time.monotonic() - began_s
            began_s = time.monotonic()
            street, events_seen = fuzz_street(mode, in_sumo, rng, tiny)
            street.wall_s = time.monotonic() - began_s
            unsafe += events_seen
            tallies += [total, street]
            for tally in (total, street):
                show(_row(asdict(tally)))
    return {
        "schema": "chauraha.env_fuzz/1",
        "scenario": scenario,
        "seed": seed,
        "decisions": sum(t.decisions for t in tallies),
        "unsafe_events": len(unsafe),
        "parts": [asdict(t) for t in tallies],
        "first_unsafe": [asdict(event) for event in unsafe[:20]],
    }


def _row(part: Mapping[str, Any]) -> str:
    return (
        f"{part['mode']:17} {part['where']:32} {part['decisions']:>9} {part['choices_due']:>9} {part['refused']:>9} "
        f"{part['simulated_s'] / HOUR_S:>9.0f} {part['unsafe']:>7} {part['wall_s']:>7.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.env_fuzz", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--decisions", type=int, default=100_000, help="at least so many, of all modes together")
    parser.add_argument("--scenario", default="kanpur", help="whose junctions the stage machines run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file to write the result to")
    given = parser.parse_args(arguments)
    print(
        f"{'mode':17} {'where':32} {'decisions':>9} {'due':>9} {'refused':>9} {'sim. h':>9} {'unsafe':>7} {'wall s':>7}"
    )
    result = run(given.decisions, given.scenario, given.seed, lambda row: print(row, flush=True))
    print(f"{result['decisions']} decisions, {result['unsafe_events']} unsafe events")
    for event in result["first_unsafe"]:
        print(f"  {event['junction_id']} {event['time_s']:.1f} s {event['rule']}: {event['detail']}")
    if given.json is not None:
        write_whole(given.json, json.dumps(result, indent=2) + "\n")
    return 1 if result["unsafe_events"] else 0


if __name__ == "__main__":
    sys.exit(main())
