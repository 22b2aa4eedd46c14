"""The serving group alone, in a fresh environment: the service starts and serves without SUMO, torch or ultralytics."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from rehearsal.server import free_port

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "libsumo", "traci", "sumolib", "ultralytics", "stable_baselines3", "gymnasium", "cv2")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def serving_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving")
    venv.create(folder)
    python = folder / "bin" / "python"
    # What nobody imports here need not be compiled either.
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-compile"]
    install = [*pip, "--constraint", str(ROOT / "constraints.txt"), str(ROOT)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"the serving group does not install: {done.stderr[-2000:]}")
    return python


@pytest.fixture
def served(serving_python: Path, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [str(serving_python), "-m", "chauraha", "serve", "--open", "--scenario", "kanpur", "--port", str(port)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    server = subprocess.Popen([*command, "--data", str(tmp_path)], cwd=tmp_path, env=environment)
    try:
        for _ in range(150):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=1).raise_for_status()
                break
            except httpx.TransportError:
                assert server.poll() is None, "the service ended while starting"
                subprocess.run([sys.executable, "-c", "import time; time.sleep(0.2)"], check=True)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0


def test_nothing_heavy_is_installed(serving_python: Path) -> None:
    probe = f"import importlib.util as u; print([n for n in {HEAVY!r} if u.find_spec(n)])"
    found = subprocess.run([str(serving_python), "-c", probe], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_it_serves_every_junction_a_signed_control_document(served: str) -> None:
    city = httpx.get(f"{served}/v1/city").json()
    assert len(city["junctions"]) >= 17
    for junction in city["junctions"]:
        document = httpx.get(f"{served}/v1/junctions/{junction['id']}/control").json()
        assert document["junction_id"] == junction["id"]
        assert document["sig"]
        assert document["plan_id"], "with no controller reporting, the fixed plan must be named"


def test_a_command_that_needs_sumo_says_what_to_install(serving_python: Path, tmp_path: Path) -> None:
    command = [str(serving_python), "-m", "chauraha", "rehearse", "--scenario", "kanpur", "--minutes", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "chauraha[sim]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_card_of_the_shipped_policy_travels_with_the_package(serving_python: Path, tmp_path: Path) -> None:
    probe = "from scenarios.load import load_scenario; p = load_scenario('kanpur').policy_file"
    probe += "; print(p.with_suffix('.json').read_text())"
    card = subprocess.run([str(serving_python), "-c", probe], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(card.stdout)["encoding_version"]
