"""Signal programs in SUMO's own terms: today's plan as the net's default, and a native actuated one as a rival."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from junction.layout import GroupKind, JunctionLayout
from junction.plan import Plan
from scenarios.model import TlsBinding

TODAY_PROGRAM = "today"
ACTUATED_PROGRAM = "actuated"
MAX_GAP_S = 3.0
"""Headway that ends a green in the actuated program, SUMO's default."""


def set_default_programs(net_file: Path, programs: Sequence[ElementTree.Element]) -> None:
    """Put `programs` in the net in place of netconvert's guessed ones."""
    tree = ElementTree.parse(net_file)
    net = tree.getroot()
    guessed = net.findall("tlLogic")
    at = list(net).index(guessed[0])
    for program in guessed:
        net.remove(program)
    for offset, program in enumerate(programs):
        net.insert(at + offset, program)
    ElementTree.indent(tree)
    tree.write(net_file, encoding="utf-8", xml_declaration=True)


def static_program(layout: JunctionLayout, binding: TlsBinding, plan: Plan) -> ElementTree.Element:
    """The plan as a static program that shows the same lamps at the same seconds of the day."""
    logic = ElementTree.Element(
        "tlLogic", id=binding.tls_id, type="static", programID=TODAY_PROGRAM, offset=f"{plan.offset_s:g}"
    )
    ids = [stage.stage_id for stage in plan.stages]
    for index, stage in enumerate(plan.stages):
        _change(logic, layout, binding, ids[index - 1], stage.stage_id)
        _green(logic, binding, layout.stage(stage.stage_id).group_ids, {"duration": f"{stage.green_s:g}"})
    return logic


def actuated_program(layout: JunctionLayout, binding: TlsBinding, plan: Plan) -> ElementTree.Element:
    """SUMO's actuated control over the plan's stages.

    Longest greens are the plan's, scaled so that even a cycle of them keeps every group's maximum red and green.
    """
    logic = ElementTree.Element("tlLogic", id=binding.tls_id, type="actuated", programID=ACTUATED_PROGRAM, offset="0")
    ElementTree.SubElement(logic, "param", key="max-gap", value=f"{MAX_GAP_S:g}")
    ids = [stage.stage_id for stage in plan.stages]
    least = [max(g.min_green_s for g in layout.groups if g.id in layout.stage(i).group_ids) for i in ids]
    most = _longest_s(layout, plan, least)
    for index, (stage, least_s, most_s) in enumerate(zip(plan.stages, least, most, strict=True)):
        _change(logic, layout, binding, ids[index - 1], stage.stage_id)
        limits = {"duration": f"{least_s:g}", "minDur": f"{least_s:g}", "maxDur": f"{most_s:g}"}
        _green(logic, binding, layout.stage(stage.stage_id).group_ids, limits)
    return logic


def _longest_s(layout: JunctionLayout, plan: Plan, least_s: Sequence[float]) -> list[float]:
    lost_s = plan.cycle_s - sum(stage.green_s for stage in plan.stages)
    cycle_s = min(group.max_red_s for group in layout.groups)
    most_s = list(least_s)
    while cycle_s > lost_s:
        scale = (cycle_s - lost_s) / (plan.cycle_s - lost_s)
        most_s = [
            max(least, math.floor(s.green_s * scale)) if _drives(layout, s.stage_id) else least
            for s, least in zip(plan.stages, least_s, strict=True)
        ]
        if all(_longest_green_s(layout, plan, most_s, group.id) <= group.max_green_s for group in layout.groups):
            break
        cycle_s -= 1
    return most_s


def _drives(layout: JunctionLayout, stage_id: str) -> bool:
    """Whether a stage has traffic that could extend it: pedestrians are not detected."""
    groups = {layout.group_index[group] for group in layout.stage(stage_id).group_ids}
    return any(layout.groups[group].kind is GroupKind.VEHICLE for group in groups)


def _longest_green_s(layout: JunctionLayout, plan: Plan, greens_s: Sequence[float], group_id: str) -> float:
    """Longest time that a group stays green when neighbouring stages share it."""
    ids = [stage.stage_id for stage in plan.stages]
    longest_s = lit_s = 0.0
    for position in range(2 * len(ids)):
        here, before = position % len(ids), (position - 1) % len(ids)
        if group_id not in layout.stage(ids[here]).group_ids:
            lit_s = 0.0
            continue
        lit_s += greens_s[here] + (layout.transition_s(ids[before], ids[here]) if lit_s else 0.0)
        longest_s = max(longest_s, lit_s)
    return longest_s


def additional_file(programs: Sequence[ElementTree.Element], path: Path) -> None:
    root = ElementTree.Element("additional")
    root.extend(programs)
    tree = ElementTree.ElementTree(root)
    ElementTree.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _change(logic: ElementTree.Element, layout: JunctionLayout, binding: TlsBinding, before: str, after: str) -> None:
    """Amber for what ends, then red until what begins may; what both stages hold stays green."""
    gap_s = layout.transition_s(before, after)
    old, new = set(layout.stage(before).group_ids), set(layout.stage(after).group_ids)
    amber_s = min(max((g.amber_s for g in layout.groups if g.id in old - new), default=0.0), gap_s)
    for seconds, ending in ((amber_s, "y"), (gap_s - amber_s, "r")):
        if seconds > 0:
            lamps = {group: "G" if group in old & new else ending if group in old else "r" for group in old | new}
            ElementTree.SubElement(logic, "phase", duration=f"{seconds:g}", state=_state(binding, lamps))


def _green(
    logic: ElementTree.Element, binding: TlsBinding, group_ids: Sequence[str], durations: dict[str, str]
) -> None:
    state = _state(binding, dict.fromkeys(group_ids, "G"))
    ElementTree.SubElement(logic, "phase", {**durations, "state": state})


def _state(binding: TlsBinding, lamps: dict[str, str]) -> str:
    shown = ["r"] * binding.link_count
    for link in binding.free_links:
        shown[link] = "g"
    for group, links in binding.group_links.items():
        for link in links:
            shown[link] = lamps.get(group, "r")
    return "".join(shown)
