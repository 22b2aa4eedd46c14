"""Controller name to how it is made. Everything that can be compared is in this one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.onnx_policy import load_policy
from agents.rivals import RIVALS, make_rival
from agents.settings import SEPARATOR
from agents.sumo_programs import SUMO_PROGRAMS, Programs, check_program
from junction.errors import InputError
from junction.plan import Plan, PlanOrigin
from junction.plan_policy import PlanPolicy
from junction.policy import Policy
from junction.site import Site
from junction.timetable import PlanChooser
from scenarios.model import Scenario

POLICY = "policy"
GENERAL = "general"
GENERAL_FILE = Path(__file__).parent / "general" / "policy.onnx"
"""The policy that ships for any city; its card says on what it was trained."""
POLICY_FILE_PREFIX = "policy:"


@dataclass(frozen=True, kw_only=True)
class Controller:
    """What runs a street: a policy behind the guard, or (policy None) SUMO's own programs.

    A `blind` policy goes by the clock alone, so that a run of it needs no cameras.
    """

    name: str
    programs: Programs
    policy: Policy | None
    blind: bool = False


def controller_names() -> list[str]:
    """Names that `make_controller` knows; `policy:FILE` stands for any exported policy."""
    return [*_POLICIES, *RIVALS, *SUMO_PROGRAMS, f"{POLICY_FILE_PREFIX}FILE"]


def is_learned(name: str) -> bool:
    """Whether this controller is the trained policy (and so no rival of it)."""
    return name in (POLICY, GENERAL) or name.startswith(POLICY_FILE_PREFIX)


def split_controllers(listed: str) -> list[str]:
    """Names from a comma-separated list, in order. Raises InputError for none, unknown or repeated ones."""
    names = [name.strip() for name in listed.split(",") if name.strip()]
    if not names:
        raise InputError("controllers", expected="a comma-separated list of names", got=listed)
    for name in names:
        _check_known(name)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError("controllers", expected="each controller once", got=repeated)
    return names


def make_controller(name: str, scenario: Scenario) -> Controller:
    """The controller of that name for this scenario. Raises InputError when unknown or when it lacks its files."""
    _check_known(name)
    bare = name.split(SEPARATOR, maxsplit=1)[0]
    if bare in SUMO_PROGRAMS:
        return Controller(name=name, programs=SUMO_PROGRAMS[bare].programs, policy=None)
    if bare in RIVALS:
        policy: Policy = make_rival(name)
    elif name.startswith(POLICY_FILE_PREFIX):
        policy = load_policy(Path(name.removeprefix(POLICY_FILE_PREFIX)).expanduser(), name=name)
    else:
        policy = _POLICIES[name](scenario)
    return Controller(name=name, programs="guarded", policy=policy, blind=isinstance(policy, PlanPolicy))


def _check_known(name: str) -> None:
    bare = name.split(SEPARATOR, maxsplit=1)[0]
    if name in _POLICIES:
        return
    if bare in SUMO_PROGRAMS:
        check_program(name)
        return
    if bare in RIVALS:
        make_rival(name)
        return
    if name.startswith(POLICY_FILE_PREFIX) and len(name) > len(POLICY_FILE_PREFIX):
        return
    raise InputError("controller", expected=f"one of {controller_names()}", got=name)


def plan_of_origin(origin: PlanOrigin) -> PlanChooser:
    """The site's plan of that origin for the hour: by its rival table of that name, else by its own table.

    Where neither names one for the hour, the first by id. The chooser raises InputError at a site that has none.
    """

    def choose(site: Site, time_s: float) -> Plan:
        due = site.plan_at(time_s, origin if origin in site.rival_tables else None)
        if due.origin is origin:
            return due
        found = sorted((p for p in site.plans.values() if p.origin is origin), key=lambda p: p.id)
        if not found:
            raise InputError(
                f"site {site.layout.id}.plans", expected=f"a plan of origin {origin}", got=sorted(site.plans)
            )
        return found[0]

    return choose


def _plan_policy(name: str, origin: PlanOrigin, scenario: Scenario) -> Policy:
    choose = plan_of_origin(origin)
    for site in scenario.sites.values():
        choose(site, scenario.day_start_at)
    return PlanPolicy(name, scenario.sites, choose)


def _fixed(scenario: Scenario) -> Policy:
    return _plan_policy("fixed", PlanOrigin.TODAY, scenario)


def _webster(scenario: Scenario) -> Policy:
    return _plan_policy("webster", PlanOrigin.WEBSTER, scenario)


def _shipped_policy(scenario: Scenario) -> Policy:
    return load_policy(scenario.policy_file, name=POLICY)


def _general_policy(scenario: Scenario) -> Policy:  # noqa: ARG001 - every maker takes the scenario
    return load_policy(GENERAL_FILE, name=GENERAL)


_POLICIES: Mapping[str, Callable[[Scenario], Policy]] = {
    "fixed": _fixed,
    "webster": _webster,
    POLICY: _shipped_policy,
    GENERAL: _general_policy,
}
