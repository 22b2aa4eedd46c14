"""The timing service for J1 as a process that a test may kill: `python field_service.py FOLDER PORT LEASE_S`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import uvicorn
from controller_parts import make_scenario, make_site

from controller.app import create_app
from controller.settings import Settings

if __name__ == "__main__":
    folder, port, lease_s = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    scenario = replace(make_scenario(folder), sites={"J1": replace(make_site(), backup_time_s=lease_s)})
    scenario = replace(scenario, corridors={"Main": ("J1",)})
    settings = Settings.model_validate({"data": folder / "data", "access": "open", "policy": "none"})
    uvicorn.run(create_app(settings, scenario), port=port, log_level="warning")
