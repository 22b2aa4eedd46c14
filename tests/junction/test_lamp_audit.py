"""The audit must see every kind of breach: one good record, and one planted fault a rule."""

from __future__ import annotations

import time

import numpy as np
import pytest
from junction_layouts import make_layout
from numpy.typing import NDArray

from junction.errors import InputError
from junction.lamp_audit import LampAudit, SafetyRule, audit_timeline

# Groups in order: E, N, P. E's end needs 6 s before N, N's 5 s before E; P (7 s walk, 10 s clearance) goes with N.
LAYOUT = make_layout(
    {"NP": ("N", "P"), "E": ("E",)},
    amber_s=3.0,
    all_red_s=2.0,
    min_green_s=8.0,
    max_green_s=40.0,
    max_red_s=120.0,
    pedestrian={"P": 12.0},
    intergreen_s={("E", "N"): 6.0},
)
E, N, P = 0, 1, 2


def record(*spans: tuple[str, int]) -> NDArray[np.str_]:
    return np.array([list(lamps) for lamps, seconds in spans for _ in range(seconds)])


GOOD = record(
    ("rrr", 5), ("rGG", 20), ("ryy", 3), ("rry", 7), ("rrr", 2), ("Grr", 15), ("yrr", 3), ("rrr", 3), ("rGG", 20)
)
"""N and P at 5-25 s, E at 37-52 s (12 s after P's end: 10 s of clearance + 2 s), N and P again from 58 s."""


def rules(lamps: NDArray[np.str_], tolerance_s: float = 0.0) -> list[tuple[SafetyRule, float]]:
    events = audit_timeline(LAYOUT, lamps, tolerance_s=tolerance_s)
    return [(event.rule, event.time_s) for event in events]


def planted(group: int, first_s: int, last_s: int, lamp: str) -> NDArray[np.str_]:
    lamps = GOOD.copy()
    lamps[first_s:last_s, group] = lamp
    return lamps


def test_a_good_record_has_no_breach() -> None:
    assert rules(GOOD) == []


@pytest.mark.parametrize(
    ("lamps", "expected"),
    [
        # E turns green at 20 s while N and P are green.
        pytest.param(planted(E, 20, 52, "G"), (SafetyRule.CONFLICTING_GREENS, 20.0), id="conflict"),
        # N stays green into E's green, which begins beside it.
        pytest.param(planted(N, 25, 40, "G"), (SafetyRule.CONFLICTING_GREENS, 37.0), id="conflict at the start"),
        # E's green ends at 52 s and N's begins at 57 s: 5 s, needs 6 s.
        pytest.param(planted(N, 57, 58, "G"), (SafetyRule.INTERGREEN, 57.0), id="intergreen"),
        # N's green begins at 53 s, while E is amber.
        pytest.param(planted(N, 53, 58, "G"), (SafetyRule.INTERGREEN, 53.0), id="green while amber"),
        # P's clearance ends at 35 s; E may come at 37 s, not at 36 s. Vehicle N alone would allow it.
        pytest.param(planted(E, 36, 37, "G"), (SafetyRule.INTERGREEN, 36.0), id="pedestrian clearance"),
        pytest.param(planted(E, 54, 55, "r"), (SafetyRule.AMBER, 54.0), id="short amber"),
        pytest.param(planted(E, 52, 55, "r"), (SafetyRule.GREEN_TO_RED, 52.0), id="no amber"),
        pytest.param(planted(E, 36, 37, "y"), (SafetyRule.LAMP_ORDER, 36.0), id="amber before green"),
        pytest.param(planted(E, 37, 45, "r"), (SafetyRule.MIN_GREEN, 52.0), id="minimum green"),
    ],
)
def test_each_planted_breach_is_found(lamps: NDArray[np.str_], expected: tuple[SafetyRule, float]) -> None:
    assert expected in rules(lamps)


def test_minimum_green_to_the_second() -> None:
    assert rules(planted(E, 37, 44, "r")) == []
    assert (SafetyRule.MIN_GREEN, 52.0) in rules(planted(E, 37, 45, "r"))


def test_amber_that_turns_green_again() -> None:
    lamps = record(("Grr", 20), ("yrr", 3), ("Grr", 20))
    assert rules(lamps) == [(SafetyRule.LAMP_ORDER, 23.0)]


def test_maximum_green_ended_and_still_going() -> None:
    assert rules(record(("rrr", 5), ("Grr", 40), ("yrr", 3), ("rrr", 5))) == []
    assert rules(record(("rrr", 5), ("Grr", 41), ("yrr", 3), ("rrr", 5))) == [(SafetyRule.MAX_GREEN, 45.0)]
    assert rules(record(("rrr", 5), ("Grr", 42))) == [(SafetyRule.MAX_GREEN, 45.0)]
    # What is certain of a green that is older than the record: it lasted at least as long as it was seen.
    assert rules(record(("Grr", 42))) == [(SafetyRule.MAX_GREEN, 40.0)]
    # The last sample is at 40 s: the green has then lasted 40 s for certain, not 41 s.
    assert rules(record(("Grr", 41))) == []


def wait_for(green_s: int, after_s: int) -> NDArray[np.str_]:
    """N and P green for 20 s, then E twice, and N and P again `green_s` after their green ended."""
    first = record(
        ("rGG", 20), ("ryy", 3), ("rry", 7), ("rrr", 2), ("Grr", 30), ("yrr", 3), ("rrr", 3), ("Grr", 30), ("yrr", 3)
    )
    gap = green_s - (len(first) - 20)
    return np.concatenate([first, record(("rrr", gap), ("rGG", after_s))])


def test_maximum_red_is_counted_from_the_end_of_green() -> None:
    assert rules(wait_for(120, 8)) == []
    assert rules(wait_for(121, 8)) == [(SafetyRule.MAX_RED, 140.0)] * 2


def test_maximum_red_that_has_not_ended() -> None:
    assert (SafetyRule.MAX_RED, 140.0) in rules(np.concatenate([wait_for(110, 0), record(("rrr", 20))]))


def test_maximum_red_from_the_start_of_the_record() -> None:
    lamps = record(("rrr", 121))
    assert rules(lamps) == []
    assert rules(np.concatenate([lamps, record(("rrr", 1))])) == [(SafetyRule.MAX_RED, 120.0)] * 3


def test_what_began_before_the_record_is_judged_by_what_is_certain() -> None:
    # A green and an amber cut by the record's start may have been long enough; green beside amber is not.
    assert rules(record(("rGG", 2), ("ryy", 3), ("rry", 7), ("rrr", 2), ("Grr", 10))) == []
    assert rules(record(("yrr", 1), ("rrr", 1), ("rGG", 10))) == []
    assert rules(record(("yGr", 1))) == [(SafetyRule.INTERGREEN, 0.0)]
    assert rules(record(("GGr", 1))) == [(SafetyRule.CONFLICTING_GREENS, 0.0)]


def test_both_orders_of_a_conflict_are_judged() -> None:
    # N after E needs 6 s, E after N 5 s (P stays red here).
    assert rules(record(("rGr", 9), ("ryr", 3), ("rrr", 2), ("Grr", 9))) == []
    assert rules(record(("rGr", 9), ("ryr", 3), ("rrr", 1), ("Grr", 9))) == [(SafetyRule.INTERGREEN, 13.0)]
    assert rules(record(("Grr", 9), ("yrr", 3), ("rrr", 2), ("rGr", 9))) == [(SafetyRule.INTERGREEN, 14.0)]


def test_tolerance_keeps_the_uncertain_out() -> None:
    # Sampled at 1 s, a true 8 s green may show as 7 s. 6 s it cannot be.
    seven = record(("rrr", 1), ("Grr", 7), ("yrr", 3), ("rrr", 1))
    six = record(("rrr", 1), ("Grr", 6), ("yrr", 3), ("rrr", 1))
    assert [rule for rule, _ in rules(seven)] == [SafetyRule.MIN_GREEN]
    assert rules(seven, tolerance_s=1.0) == []
    assert [rule for rule, _ in rules(six, tolerance_s=1.0)] == [SafetyRule.MIN_GREEN]


def test_dark_or_flashing_ends_the_record() -> None:
    audit = LampAudit(LAYOUT)
    for second in range(100):
        audit.feed(second, "rrr")
    audit.feed(100, None)
    audit.feed(5000, "Grr")  # nothing is known of the time between
    for second in range(5001, 5005):
        audit.feed(second, ("G", "r", "r"))
    audit.feed(5005, None)
    audit.feed(5006, None)
    assert audit.finish() == ()


def test_dark_does_not_hide_what_came_before() -> None:
    audit = LampAudit(LAYOUT)
    for second in range(122):
        audit.feed(second, "rrr")
    audit.feed(122, None)
    assert [event.rule for event in audit.finish()] == [SafetyRule.MAX_RED] * 3


def test_fed_and_whole_records_agree_and_name_the_junction() -> None:
    lamps = planted(E, 20, 52, "G")
    audit = LampAudit(LAYOUT)
    for second, row in enumerate(lamps):
        audit.feed(1000.0 + second, row.tolist())
    whole = audit_timeline(LAYOUT, lamps, start_s=1000.0)
    assert audit.finish() == whole
    assert audit.finish() == whole
    assert whole[0].junction_id == "J1"
    assert whole[0].detail == "E turns green while N is green"


def test_tenths_of_a_second_of_unix_time_are_exact() -> None:
    audit = LampAudit(LAYOUT, 0.1)
    for tenth in range(300):
        lamps = "rrr" if tenth < 10 else "Grr" if tenth < 90 else "yrr" if tenth < 120 else "rrr"
        audit.feed((17_637_240_000 + tenth) / 10, lamps)
    assert audit.finish() == ()


@pytest.mark.parametrize(
    ("samples", "field"),
    [
        ([(0.0, "rr")], "lamps"),
        ([(0.0, "rrg")], "lamps"),
        ([(0.0, "rrr"), (2.0, "rrr")], "time_s"),
        ([(0.0, "rrr"), (0.0, "rrr")], "time_s"),
        ([(1.0, "rrr"), (0.0, "rrr")], "time_s"),
    ],
)
def test_samples_that_cannot_be_judged_are_refused(samples: list[tuple[float, str]], field: str) -> None:
    audit = LampAudit(LAYOUT)
    with pytest.raises(InputError, match=field):
        for time_s, lamps in samples:
            audit.feed(time_s, lamps)


@pytest.mark.parametrize(("sample_s", "tolerance_s"), [(0.0, 0.0), (float("nan"), 0.0), (1.0, -1.0), (1.0, 2.0)])
def test_bad_settings_are_refused(sample_s: float, tolerance_s: float) -> None:
    with pytest.raises(InputError):
        LampAudit(LAYOUT, sample_s, tolerance_s=tolerance_s)


def test_whole_records_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        audit_timeline(LAYOUT, np.array([["r", "r"]]))
    assert audit_timeline(LAYOUT, np.empty((0, 3), dtype="<U1")) == ()


def test_a_city_of_two_hours_is_audited_in_seconds() -> None:
    lamps = ["".join(row) for row in np.tile(GOOD[:58], (125, 1))[:7200]]
    begun = time.process_time()
    for _ in range(24):
        audit = LampAudit(LAYOUT)
        for second, row in enumerate(lamps):
            audit.feed(second, row)
        assert audit.finish() == ()
    assert time.process_time() - begun < 5
