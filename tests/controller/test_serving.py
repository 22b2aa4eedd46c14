"""The service as a process: it starts, ends with everything written, and says in one line what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from controller_parts import counts_body

from chauraha.serve import serve
from junction.errors import ChaurahaError

ROOT = Path(__file__).parents[2]


def test_address_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ChaurahaError, match="free"):
            serve(port=taken.getsockname()[1], data=tmp_path, policy="none")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"clock": "sundial"}, "--clock"),
        ({"mode": "turbo"}, "--mode"),
        ({"policy": "nothing.onnx"}, "--policy"),
        ({"scenario": "atlantis"}, "atlantis"),
    ],
)
def test_bad_option_is_one_line(options: dict[str, str], word: str) -> None:
    with pytest.raises(ChaurahaError, match=word):
        serve(**options)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_on_a_signal_writes_what_is_buffered(tmp_path: Path, number: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "chauraha", "serve", "--open", "--port", str(port), "--data", str(tmp_path)]
    process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    base = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx.get(f"{base}/healthz")
            break
        except httpx.HTTPError:
            assert process.poll() is None
            time.sleep(0.1)
    group = httpx.get(f"{base}/v1/city").json()["junctions"][0]
    body = counts_body(group["id"], 1, time.time())
    body["lane_groups"] = [{"lane_group_id": group["lane_groups"][0]["id"], "seen": True}]
    assert httpx.post(f"{base}/v1/junctions/{group['id']}/counts", json=body).json()["accepted"]
    process.send_signal(number)
    assert process.wait(15) == 0
    with sqlite3.connect(tmp_path / "chauraha.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM count_record").fetchone() == (1,)
