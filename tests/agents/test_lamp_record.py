from pathlib import Path

import pytest
from agents_parts import cross_layout

from agents.lamp_record import audit_record, group_lamps, read_states
from junction.errors import InputError
from junction.lamp_audit import SafetyRule
from scenarios.model import StreetFiles, TlsBinding

LAYOUT = cross_layout()
BINDING = TlsBinding(
    tls_id="t", link_count=5, group_links={"e": (0,), "n": (1, 2), "s": (3,), "w": (4,)}, free_links=()
)
NS, NS_AMBER, ALL_RED, EW = "rGgGr", "ryyyr", "rrrrr", "GrrrG"


def street(folder: Path) -> StreetFiles:
    return StreetFiles(
        fidelity="training",
        net_file=folder / "net.xml",
        route_files=(),
        additional_files=(),
        begin_s=100.0,
        end_s=200.0,
        step_length_s=1.0,
        lateral_resolution_m=None,
        tls={"cross": BINDING},
        lane_group_lanes={},
        actuated_file=folder / "actuated.xml",
    )


def record(folder: Path, states: list[str]) -> Path:
    lines = [
        f'<tlsState time="{100 + i}.00" id="t" programID="0" phase="0" state="{s}"/>' for i, s in enumerate(states)
    ]
    path = folder / "lamps.xml"
    path.write_text("<tlsStates>" + "".join(lines) + "</tlsStates>")
    return path


def test_links_become_lamps_by_group() -> None:
    assert group_lamps(NS, LAYOUT, BINDING) == "rGGr"
    assert group_lamps("Gryrr", LAYOUT, BINDING) == "Gyrr"
    walkless = TlsBinding(tls_id="t", link_count=5, group_links={"e": (0,), "n": (1, 2), "s": (3,)}, free_links=(4,))
    with pytest.raises(InputError, match="group w"):
        group_lamps(NS, LAYOUT, walkless)


def test_a_safe_record_has_no_events(tmp_path: Path) -> None:
    states = [ALL_RED] * 3 + [NS] * 20 + [NS_AMBER] * 3 + [ALL_RED] * 2 + [EW] * 20
    path = record(tmp_path, states)
    assert read_states(path)["t"] == (100.0, states)
    assert audit_record(path, {"cross": LAYOUT}, street(tmp_path)) == []


def test_a_record_is_judged_by_what_sumo_showed(tmp_path: Path) -> None:
    path = record(tmp_path, [ALL_RED] * 3 + [NS] * 20 + [ALL_RED] * 5 + [EW] * 20)
    events = audit_record(path, {"cross": LAYOUT}, street(tmp_path))
    assert {event.rule for event in events} == {SafetyRule.GREEN_TO_RED}
    assert [event.time_s for event in events] == [123.0, 123.0]
    path = record(tmp_path, [NS] * 20 + ["GGgGG"])
    assert SafetyRule.CONFLICTING_GREENS in {e.rule for e in audit_record(path, {"cross": LAYOUT}, street(tmp_path))}


def test_a_record_that_is_cut_off_or_lacks_a_junction_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, [NS] * 20)
    with pytest.raises(InputError, match="signal other"):
        audit_record(
            path,
            {"cross": LAYOUT},
            StreetFiles(
                **{
                    **vars(street(tmp_path)),
                    "tls": {"cross": TlsBinding(tls_id="other", link_count=5, group_links=BINDING.group_links)},
                }
            ),
        )
    path.write_text(path.read_text()[:200])
    with pytest.raises(InputError, match="whole record"):
        read_states(path)
