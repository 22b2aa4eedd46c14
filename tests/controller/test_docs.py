"""The examples of docs/timing-api.md, run as they are printed against a service that was really started."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from recordings import record

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "timing-api.md"
START_S = 60
CAMERA = "rawatpur-1"
COUNTED = {"camera_id": CAMERA, "boot_id": "b", "n": 0, "junction_id": "rawatpur", "state": "ok", "lane_groups": []}
"""What a camera must have reported before it can be asked for a still; `begin_at` and `end_at` are the moment's."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl: apt-get install curl"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("serve")
    record(folder / "data" / "rehearsals" / "one", scenario="kanpur")
    command = [
        sys.executable,
        "-m",
        "chauraha",
        "serve",
        "--open",
        "--scenario",
        "kanpur",
        "--port",
        str(port),
        "--data",
        "data",
        "--policy",
        "none",
    ]
    process = subprocess.Popen(command, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"})
    base = f"http://127.0.0.1:{port}"
    for _ in range(START_S * 10):
        try:
            httpx.get(f"{base}/healthz")
            break
        except httpx.HTTPError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    yield base
    process.terminate()
    assert process.wait(10) is not None


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_curl_examples_answer_as_the_page_says(url: str) -> None:
    commands = [block for block in blocks("sh") if "curl" in block]
    answers = []
    for command in commands:
        script = command.replace("http://127.0.0.1:8000", url)
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=30, check=True)
        answers.append(json.loads(done.stdout))
    control, polled, evented, counted, overridden, corridor, crossing, refused = answers
    document, taken, _decision, problem = (json.loads(block) for block in blocks("json"))
    assert control.keys() == document.keys() == polled.keys()
    assert control["stage"].keys() == document["stage"].keys()
    assert polled["junction_id"] == "iit_gate"
    assert evented == counted == taken
    assert (overridden["kind"], overridden["stage_id"]) == ("stage", "B")
    assert [one["junction_id"] for one in corridor["passages"]] == ["geeta_nagar", "rawatpur", "gol_chauraha"]
    assert (crossing["closed"], crossing["held_off"]) == (True, ["A", "D", "F"])
    assert refused == problem


def test_python_example_checks_a_real_signature(url: str) -> None:
    (program,) = blocks("python")
    subprocess.run([sys.executable, "-c", program.replace("http://127.0.0.1:8000", url)], check=True, timeout=30)
    tampered = program.replace("signed = ", "signed = b'x' + ").replace("http://127.0.0.1:8000", url)
    failed = subprocess.run([sys.executable, "-c", tampered], capture_output=True, text=True, timeout=30, check=False)
    assert "InvalidSignature" in failed.stderr


def test_every_route_of_the_page_exists(url: str) -> None:
    table = re.findall(r"^\| `(GET|POST) (/[^`]*)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(table) >= 10
    chunk = httpx.get(f"{url}/v1/rehearsals/one").json()["runs"]["ai"][0]["file"]
    for method, path in table:
        real = path.replace("{id}", "rawatpur").replace("{plan_id}", "rawatpur.today").split("`")[0]
        real = real.replace("{policy_id}", "started").replace("{corridor_id}?program", "mall_road")
        real = real.replace("{rehearsal_id}", "one").replace("{chunk}", chunk)
        if "{camera_id}" in real:
            real = real.replace("{camera_id}", CAMERA)
            counted = {**COUNTED, "end_at": (now := time.time()), "begin_at": now - 1}
            assert httpx.post(f"{url}/v1/junctions/rawatpur/counts", json=counted).is_success
        real = real.replace("rawatpur/crossings/{crossing_id}", "kalyanpur/crossings/lc_panki")
        # The stream does not end: its status is enough.
        with httpx.stream(method, url + real, content=b"{}" if method == "POST" else None) as answer:
            assert answer.status_code not in {404, 405}, (method, real)
