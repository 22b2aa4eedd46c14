"""Controllers that are programs inside SUMO: they need no policy, only the right programs on the street.

    actuated     SUMO's gap-based actuated control (program "actuated" of the scenario's additional file)
    delay-based  SUMO's delay-based actuated control over the same stages and limits (Oertel and Wagner 2011,
                 "Delay-time actuated traffic signal control for an isolated intersection", TRB 90th annual meeting)
    native       the programs that the network came with

They see what SUMO's own detectors see (every vehicle, no camera error) and are not driven by the guard, so their
lamps are audited like every other controller's. https://sumo.dlr.de/docs/Simulation/Traffic_Lights.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from agents.settings import check_settings, split_settings

Programs = Literal["guarded", "actuated", "native"]


@dataclass(frozen=True, kw_only=True)
class SumoProgram:
    """What `envs.sumo.SumoStreet` is asked to run, the SUMO type of the program and SUMO's name of every setting."""

    programs: Programs
    kind: str = ""
    parameters: Mapping[str, str]


SUMO_PROGRAMS: Mapping[str, SumoProgram] = {
    "actuated": SumoProgram(programs="actuated", kind="actuated", parameters={"max_gap_s": "max-gap"}),
    "delay-based": SumoProgram(
        programs="actuated",
        kind="delay_based",
        parameters={"range_m": "detectorRange", "min_time_loss_s": "minTimeLoss"},
    ),
    "native": SumoProgram(programs="native", parameters={}),
}


def check_program(name: str) -> None:
    """Raises InputError for a setting that this program does not have."""
    bare, settings = split_settings(name)
    check_settings(bare, settings, SUMO_PROGRAMS[bare].parameters)


def program_file(name: str, actuated_file: Path, out: Path) -> Path:
    """The scenario's actuated programs as this controller has them: another file in `out` where they differ."""
    bare, settings = split_settings(name)
    program = SUMO_PROGRAMS[bare]
    if program.kind == "actuated" and not settings:
        return actuated_file
    tree = ElementTree.parse(actuated_file)
    for logic in tree.getroot().iter("tlLogic"):
        logic.set("type", program.kind)
        for parameter in logic.findall("param"):
            logic.remove(parameter)
        for place, (key, value) in enumerate(settings.items()):
            logic.insert(place, ElementTree.Element("param", key=program.parameters[key], value=f"{value:g}"))
    made = out / "programs.add.xml"
    tree.write(made, encoding="utf-8", xml_declaration=True)
    return made
