"""The service as a process: it starts, ends with everything written, and says in one line what is wrong."""

from __future__ import annotations

import os
import re
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
from controller.access.secrets import password_holds
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


def test_open_access_only_on_this_machine(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        with pytest.raises(ChaurahaError, match="--open"):
            serve(host=host, data=tmp_path, policy="none", open_=True)


@pytest.mark.slow
def test_first_start_prints_an_admin_password_once(tmp_path: Path) -> None:
    """On the terminal and nowhere else: not in the log, not in the folder; the next start is silent."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    printed = []
    for _ in range(2):
        command = [sys.executable, "-m", "chauraha", "serve", "--port", str(port), "--data", "data", "--policy", "none"]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        base = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.HTTPError:
                assert process.poll() is None
                time.sleep(0.1)
        assert httpx.get(f"{base}/v1/state").status_code == 401
        process.terminate()
        out, log = process.communicate(timeout=15)
        printed.append(out)
        assert "password" not in log
    password = re.findall(r"password: (\S+)", printed[0])[0]
    assert "password" not in printed[1]
    for file in (tmp_path / "data").iterdir():
        assert password.encode() not in file.read_bytes()
    with sqlite3.connect(tmp_path / "data" / "chauraha.sqlite") as connection:
        ((password_hash,),) = connection.execute("SELECT password_hash FROM user_account WHERE name = 'admin'")
    assert password_holds(password_hash, password)


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
