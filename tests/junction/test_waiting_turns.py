"""A stage that leaves turns behind in the middle is put off until they are out, and only where they wait."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from junction_layouts import make_layout
from situations import machine_at, situation

from junction.layout import JunctionLayout, Turn
from junction.policy import Proposal, Situation
from junction.waiting_turns import WaitingTurns, clearing_stages


def turning_layout() -> JunctionLayout:
    """NR gives green to north, straight on (N) and turning (R) out of one lane; R to the turn alone; E to east."""
    made = make_layout({"NR": ("N", "R"), "R": ("R",), "E": ("E",)})
    movements = tuple(
        replace(m, lane_group_id="N.lg", turn=Turn.RIGHT) if m.group_id == "R" else m for m in made.movements
    )
    return replace(made, movements=movements)


def at_green(green_for_s: int, north_veh: int | None, stage: str = "NR") -> Situation:
    return situation(machine_at(turning_layout(), stage, green_for_s), {"N.lg": north_veh, "E.lg": 5, "R.lg": 0})


def wish(stage: str) -> Proposal:
    return Proposal(stage_id=stage, scores=(1.0, 2.0, 3.0))


def test_a_clearing_stage_keeps_turns_and_nothing_that_goes_straight_on() -> None:
    layout = turning_layout()
    stages = [stage.id for stage in layout.stages]
    assert [[stages[other] for other in others] for others in clearing_stages(layout)] == [["R"], [], []]


def test_a_part_that_goes_straight_on_clears_nothing() -> None:
    layout = make_layout({"AB": ("A", "B"), "B": ("B",), "C": ("C",)})
    assert clearing_stages(layout) == ((), (), ())


@pytest.mark.parametrize(
    ("queues_veh", "shown"),
    [
        ((2, 2), "R"),  # it stands at green: someone is in the way
        ((1, 2), "R"),
        ((6, 4), "E"),  # it is being discharged, only the green was too short
        ((1, 0), "E"),
        ((None, 2), "E"),  # seen for the first time: it may be moving
        ((2, None), "E"),  # unknown is not a queue
    ],
)
def test_turns_are_let_out_first_where_their_queue_stands(queues_veh: tuple[int | None, ...], shown: str) -> None:
    turns = WaitingTurns(turning_layout())
    assert turns.instead(at_green(9, queues_veh[0]), wish("NR")) == wish("NR")
    proposal = turns.instead(at_green(12, queues_veh[1]), wish("E"))
    assert proposal == wish(shown)


def test_nothing_is_put_off_that_leaves_no_turns_behind() -> None:
    turns = WaitingTurns(turning_layout())
    for stage, asked in (("NR", "R"), ("NR", "NR"), ("R", "E"), ("E", "NR"), ("E", "R")):
        turns.instead(at_green(9, 2, stage), wish(stage))
        assert turns.instead(at_green(12, 2, stage), wish(asked)) == wish(asked)


def test_what_the_guard_forbids_now_is_not_put_in_place() -> None:
    turns = WaitingTurns(turning_layout())
    asked = at_green(12, 2)
    forbidden = replace(asked, allowed=np.array([True, False, True]))
    turns.instead(asked, wish("NR"))
    assert turns.instead(forbidden, wish("E")) == wish("E")


def test_a_stage_that_there_is_not_is_left_to_whoever_judges_proposals() -> None:
    turns = WaitingTurns(turning_layout())
    turns.instead(at_green(9, 2), wish("NR"))
    assert turns.instead(at_green(12, 2), wish("gone")) == wish("gone")
