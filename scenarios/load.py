"""Loading a scenario by name or folder. Needs no SUMO: a timing service runs on the committed sites and map alone."""

from __future__ import annotations

import json
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path

from junction.errors import InputError, ScenarioError
from junction.site import Site, site_from_document
from scenarios.model import Scenario
from scenarios.names import read_names

SCENARIO_FILE = "scenario.toml"
SITES_FILE = "sites.json"
MAP_FILE = "map.geojson"
POLICY_FILE = "policy.onnx"
SITES_SCHEMA = "chauraha.sites/1"
CONFIG_ENDING = ".sumocfg"

_BUILT_IN = Path(__file__).parent


def user_folder() -> Path:
    """Where a user's own scenarios live."""
    return user_data_path("chauraha") / "scenarios"


def scenario_names() -> list[str]:
    """Names that `load_scenario` knows: the built-in ones and the user's own."""
    found = {path.parent.name for root in (_BUILT_IN, user_folder()) for path in root.glob(f"*/{SCENARIO_FILE}")}
    return sorted(found)


def scenario_folder(name_or_folder: str | Path) -> Path:
    """The folder of a scenario: a path, a built-in name, or one of the user's; a .sumocfg is imported first.

    Raises ScenarioError.
    """
    asked = str(name_or_folder)
    if asked.endswith(CONFIG_ENDING):
        from scenarios.importer.cache import cached_import

        return cached_import(Path(asked).expanduser())
    candidates = [Path(asked).expanduser()]
    if Path(asked).name == asked:
        candidates = [_BUILT_IN / asked, user_folder() / asked, *candidates]
    for folder in candidates:
        if (folder / SCENARIO_FILE).is_file():
            return folder.resolve()
    raise ScenarioError(
        "scenario",
        expected=f"one of {scenario_names()}, a folder that holds {SCENARIO_FILE}, or a {CONFIG_ENDING}",
        got=asked,
        hint=f"your own scenarios live in {user_folder()}",
    )


def day_start_at(day: date, timezone: str) -> float:
    """Unix time of local midnight. Raises ScenarioError for an unknown zone."""
    try:
        return datetime.combine(day, time(), ZoneInfo(timezone)).timestamp()
    except (ZoneInfoNotFoundError, ValueError):
        raise ScenarioError(
            f"{SCENARIO_FILE}.timezone", expected="an IANA zone such as Asia/Kolkata", got=timezone
        ) from None


def load_scenario(name_or_folder: str | Path) -> Scenario:
    """The scenario of that name or in that folder. Raises ScenarioError when missing, not built or damaged."""
    folder = scenario_folder(name_or_folder)
    settings = _read_toml(folder / SCENARIO_FILE)
    sites = _read_sites(folder / SITES_FILE)
    try:
        corridors = {name: tuple(str(j) for j in row) for name, row in settings["corridors"].items()}
        strangers = sorted({j for row in corridors.values() for j in row} - set(sites))
        if strangers:
            raise ScenarioError(f"{SCENARIO_FILE}.corridors", expected="junctions that have a site", got=strangers)
        return Scenario(
            name=folder.name,
            name_en=str(settings["name_en"]),
            name_hi=str(settings["name_hi"]),
            folder=folder,
            day_start_at=day_start_at(date.fromisoformat(str(settings["date"])), str(settings["timezone"])),
            sites=sites,
            corridors=corridors,
            map_geojson=_read_json(folder / MAP_FILE),
            policy_file=folder / POLICY_FILE,
            names=read_names(folder),
        )
    except KeyError as missing:
        raise ScenarioError(f"{folder / SCENARIO_FILE}.{missing.args[0]}", expected="a value", got=None) from None
    except ValueError as wrong:
        raise ScenarioError(
            f"{folder / SCENARIO_FILE}.date", expected="a date like 2026-01-05", got=str(wrong)
        ) from None


def site_source_digest(folder: Path) -> str:
    """Digest of the sources that `sites.json` was built from; empty where it carries none."""
    return str(_read_json(folder / SITES_FILE).get("source_digest", ""))


def _read_sites(path: Path) -> dict[str, Site]:
    document = _read_json(path)
    if document.get("schema") != SITES_SCHEMA or not isinstance(document.get("sites"), list):
        raise ScenarioError(f"{path}.schema", expected=SITES_SCHEMA, got=document.get("schema"))
    try:
        sites = [site_from_document(raw) for raw in document["sites"]]
    except InputError as wrong:
        raise ScenarioError(f"{path}: {wrong.field}", expected=wrong.expected, got=wrong.got) from None
    return {site.layout.id: site for site in sites}


def _read_json(path: Path) -> dict[str, Any]:
    _require_file(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as wrong:
        raise ScenarioError(str(path), expected="JSON", got=str(wrong)) from None
    if not isinstance(document, dict):
        raise ScenarioError(str(path), expected="a JSON object", got=type(document).__name__)
    return document


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ScenarioError(str(path), expected="TOML", got=str(wrong)) from None


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ScenarioError(
            str(path), expected="a built file", got="no such file", hint=f"run: chauraha scenario build {path.parent}"
        )
