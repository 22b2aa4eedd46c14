"""Lamps and passages as Indiana events, by hand."""

from __future__ import annotations

from junction.events import Event, EventCode, Passage, detector_events, lamp_events

GREEN, END, YELLOW, YELLOW_END = (EventCode(code) for code in (1, 7, 8, 9))
CLEAR, CLEARED, CALL, DROPPED, OFF, ON = (EventCode(code) for code in (10, 11, 43, 44, 81, 82))


def told(events: list[Event]) -> list[tuple[float, int, int]]:
    return [(event.at_s, int(event.code), event.parameter) for event in events]


def test_a_green_from_begin_to_end_and_another_phase_untouched() -> None:
    times = [0.0, 1.0, 2.0, 3.0, 4.0]
    lamps = [("r", "G"), ("G", "G"), ("y", "G"), ("r", "G"), ("r", "G")]
    assert told(list(lamp_events(times, lamps, all_red_s=2.0))) == [
        (1.0, GREEN, 1),
        (2.0, END, 1),
        (2.0, YELLOW, 1),
        (3.0, YELLOW_END, 1),
        (3.0, CLEAR, 1),
        (5.0, CLEARED, 1),
    ]


def test_the_first_sample_says_nothing_and_a_pedestrians_green_has_no_yellow() -> None:
    assert told(list(lamp_events([5.0], [("G",)], all_red_s=1.0))) == []
    assert told(list(lamp_events([5.0, 6.0], [("G",), ("r",)], all_red_s=0.0))) == [
        (6.0, END, 1),
        (6.0, CLEAR, 1),
        (6.0, CLEARED, 1),
    ]


def test_a_phase_is_called_by_the_first_vehicle_that_comes_out_of_green_and_once() -> None:
    lamps = list(lamp_events([0.0, 10.0, 20.0, 23.0, 60.0], [("r",), ("G",), ("y",), ("r",), ("G",)], all_red_s=2.0))

    def passage(on_s: float, *, call: bool = True) -> Passage:
        return Passage(detector=5, phase=1, on_s=on_s, off_s=on_s + 0.5, call=call)

    passages = [passage(1.0, call=False), passage(2.0), passage(3.0), passage(12.0), passage(21.0), passage(30.0)]
    events = told(list(detector_events(passages, lamps)))
    assert [event for event in events if event[1] in (CALL, DROPPED)] == [
        (2.0, CALL, 1),
        (10.0, DROPPED, 1),
        (21.0, CALL, 1),
        (60.0, DROPPED, 1),
    ]
    assert [event for event in events if event[1] in (ON, OFF)][:2] == [(1.0, ON, 5), (1.5, OFF, 5)]
    assert len([event for event in events if event[1] == ON]) == 6
