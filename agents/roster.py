"""Controller name to how it is made. Everything that can be compared is in this one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.onnx_policy import SETTINGS, load_policy
from agents.rivals import RIVALS, make_rival
from agents.served_policy import ServedPolicy
from agents.settings import check_settings, split_settings
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
    return [*_PLANS, POLICY, GENERAL, *RIVALS, *SUMO_PROGRAMS, f"{POLICY_FILE_PREFIX}FILE"]


def is_learned(name: str) -> bool:
    """Whether this controller is the trained policy (and so no rival of it)."""
    return split_settings(name)[0] in (POLICY, GENERAL) or name.startswith(POLICY_FILE_PREFIX)


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
    bare, settings = split_settings(name)
    if bare in SUMO_PROGRAMS:
        return Controller(name=name, programs=SUMO_PROGRAMS[bare].programs, policy=None)
    if bare in RIVALS:
        policy: Policy = make_rival(name)
    elif is_learned(name):
        trained = load_policy(_policy_file(bare, scenario), name=name, settings=settings)
        policy = ServedPolicy(trained, scenario.sites)
    else:
        policy = _PLANS[name](scenario)
    return Controller(name=name, programs="guarded", policy=policy, blind=isinstance(policy, PlanPolicy))


def _check_known(name: str) -> None:
    bare, settings = split_settings(name)
    if name in _PLANS:
        return
    if bare in SUMO_PROGRAMS:
        check_program(name)
    elif bare in RIVALS:
        make_rival(name)
    elif bare in (POLICY, GENERAL) or (bare.startswith(POLICY_FILE_PREFIX) and len(bare) > len(POLICY_FILE_PREFIX)):
        check_settings(bare, settings, SETTINGS)
    else:
        raise InputError("controller", expected=f"one of {controller_names()}", got=name)


def _policy_file(bare: str, scenario: Scenario) -> Path:
    if bare == POLICY:
        return scenario.policy_file
    if bare == GENERAL:
        return GENERAL_FILE
    return Path(bare.removeprefix(POLICY_FILE_PREFIX)).expanduser()


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


_PLANS: Mapping[str, Callable[[Scenario], Policy]] = {"fixed": _fixed, "webster": _webster}
