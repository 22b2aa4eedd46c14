"""The guard under fire: nothing unsafe comes through, and a guard that is broken on purpose is caught."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import guard_fuzz
from bench.blind_player import play_blindly
from bench.guard_fuzz import KINDS, PART, Findings, from_document, fuzz_part, main, run, to_document
from bench.random_junction import random_junction
from junction import stage_machine
from junction.change import Change, expand_change
from junction.errors import InputError
from junction.guard import Guard, PlanRuling, Ruling
from junction.layout import JunctionLayout
from junction.plan_faults import field_faults
from scenarios.load import load_scenario

COMMANDS = tuple(number for number, kind in enumerate(KINDS) if kind == "command")
PLANS = tuple(number for number, kind in enumerate(KINDS) if kind == "plan")


@pytest.fixture(scope="module")
def known() -> list[JunctionLayout]:
    return [site.layout for site in load_scenario("kanpur").sites.values()]


def findings_of(parts: Iterable[int], known: list[JunctionLayout]) -> Findings:
    findings = Findings()
    for number in parts:
        fuzz_part(number, 1, known, findings)
    return findings


def test_nothing_unsafe_comes_through_and_nothing_is_raised(known: list[JunctionLayout]) -> None:
    findings = run(PART * 2 * len(KINDS), 7, known=known)
    assert (findings.unsafe, findings.raised) == ([], [])
    assert findings.proposals == {"command": 28 * PART, "plan": 8 * PART, "state": 2 * PART, "document": 2 * PART}
    assert all(0 < accepted < findings.proposals[kind] for kind, accepted in findings.accepted.items())


def test_the_same_seed_finds_the_same_wherever_it_was_cut(known: list[JunctionLayout]) -> None:
    whole = run(5 * PART, 3, known=known)
    first = json.loads(json.dumps(to_document(run(3 * PART, 3, known=known), 3)))
    resumed = run(5 * PART, 3, known=known, findings=from_document(first, 3))
    assert replace(resumed, wall_s=0) == replace(whole, wall_s=0)
    with pytest.raises(InputError, match="seed 4"):
        from_document(first, 4)
    with pytest.raises(InputError, match="at least 1"):
        run(0, 3, known=known)


def always_hold(guard: Guard, state: Any) -> bool:
    return True


def no_lamp_faults(guard: Guard, state: Any, change: Change, *, late_ds: int) -> list[str]:
    return []


def no_wait(layout: JunctionLayout, state: Any, stage: int, at_ds: int) -> Change:
    return replace(expand_change(layout, state, stage, at_ds), green_ds=at_ds)


def raising(guard: Guard, state: Any, proposed: object) -> Ruling:
    raise ValueError("no ruling")


def accepting(guard: Guard, running: Any, proposed: Any) -> PlanRuling:
    return PlanRuling(plan=proposed, accepted=not field_faults(guard.layout, proposed))


@pytest.mark.parametrize(
    ("where", "name", "broken", "parts", "rules"),
    [
        (Guard, "_may_hold", always_hold, COMMANDS[:7], {"max_green", "max_red"}),
        (Guard, "_lamp_faults", no_lamp_faults, COMMANDS[:7], {"min_green"}),
        (stage_machine, "expand_change", no_wait, COMMANDS[:4], {"intergreen"}),
        (Guard, "review_plan", accepting, PLANS, {"min_green", "max_green"}),
    ],
)
def test_a_broken_guard_is_caught(
    where: object,
    name: str,
    broken: Callable[..., object],
    parts: tuple[int, ...],
    rules: set[str],
    known: list[JunctionLayout],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(where, name, broken)
    monkeypatch.setattr(guard_fuzz, "MAX_SHOWN", 10**6)
    findings = findings_of(parts, known)
    assert findings.unsafe_events == len(findings.unsafe) > 0
    assert all(any(f" {rule}:" in told for told in findings.unsafe) for rule in rules)


def test_a_guard_that_lets_plans_jump_is_caught(known: list[JunctionLayout], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("junction.guard.step_faults", lambda running, proposed: [])
    monkeypatch.setattr(guard_fuzz, "MAX_SHOWN", 10**6)
    findings = findings_of(PLANS * 2, known)
    assert any("offset moves" in told for told in findings.unsafe)
    assert any("green of" in told for told in findings.unsafe)


def test_a_guard_that_raises_is_caught(known: list[JunctionLayout], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Guard, "review_stage", raising)
    findings = findings_of(COMMANDS[:1], known)
    assert findings.exceptions > 0
    assert "no ruling" in findings.raised[0]


def test_what_is_found_makes_the_exit_code_and_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, known: list[JunctionLayout]
) -> None:
    monkeypatch.setattr(guard_fuzz, "known_junctions", lambda: known)
    out = tmp_path / "fuzz.json"
    assert main(["--proposals", "1000", "--json", str(out)]) == 0
    monkeypatch.setattr(Guard, "_may_hold", always_hold)
    assert main(["--proposals", str(7 * PART), "--json", str(out), "--resume"]) == 1
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["proposals"], document["parts_done"]) == (7 * PART, 7)
    assert document["unsafe_events"] > 0
    assert "max_green" in capsys.readouterr().out


def test_random_junctions_are_of_every_size_and_kind() -> None:
    rng = random.Random(5)
    drawn = [random_junction(rng, f"R{i}") for i in range(200)]
    assert {len(layout.stages) for layout in drawn} == set(range(2, 9))
    assert any(group.crossing_width_m for layout in drawn for group in layout.groups)
    assert any(len(set(layout.intergreen_s.values())) > 3 for layout in drawn)
    assert any(sum(map(len, layout.stage_groups)) > len(layout.groups) for layout in drawn)


def test_a_plan_obeyed_blindly_shows_its_own_faults(known: list[JunctionLayout]) -> None:
    """Kanpur's own fixed plan is clean; with one green a tenth under its minimum, made up in the next, it is not."""
    site = next(iter(load_scenario("kanpur").sites.values()))
    plan = site.plans[site.table.entries[0].plan_id]
    assert play_blindly(site.layout, plan) == ()
    first = plan.stages[0]
    least_s = max(g.min_green_s for g in site.layout.groups if g.id in site.layout.stage(first.stage_id).group_ids)
    given_s = first.green_s - least_s + 0.1
    second = replace(plan.stages[1], green_s=plan.stages[1].green_s + given_s)
    short = replace(plan, stages=(replace(first, green_s=least_s - 0.1), second, *plan.stages[2:]))
    assert "min_green" in {str(event.rule) for event in play_blindly(site.layout, short)}
