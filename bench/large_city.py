"""A city with as many junctions as asked: a scenario's own, copied under new ids. For load, not for traffic."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

from scenarios.load import MAP_FILE, POLICY_FILE, SCENARIO_FILE, SITES_FILE, scenario_folder

CARD_FILE = Path(POLICY_FILE).with_suffix(".json").name


def copied_id(junction_id: str, copy_number: int) -> str:
    """The id of a junction's copy; copy 0 keeps the junction's own."""
    return junction_id if copy_number == 0 else f"{junction_id}.{copy_number}"


def make_large_city(source: str, folder: Path, junctions: int) -> list[str]:
    """Writes a loadable scenario with that many junctions into `folder`; their ids."""
    origin = scenario_folder(source)
    folder.mkdir(parents=True)
    for name in (SCENARIO_FILE, MAP_FILE, POLICY_FILE, CARD_FILE):
        if (origin / name).is_file():
            shutil.copy(origin / name, folder / name)
    document = json.loads((origin / SITES_FILE).read_text(encoding="utf-8"))
    sites = document["sites"]
    copies = []
    for number in range(junctions):
        site = copy.deepcopy(sites[number % len(sites)])
        site["layout"]["id"] = copied_id(site["layout"]["id"], number // len(sites))
        copies.append(site)
    (folder / SITES_FILE).write_text(json.dumps({**document, "sites": copies}), encoding="utf-8")
    return [site["layout"]["id"] for site in copies]
