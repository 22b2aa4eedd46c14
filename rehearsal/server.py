"""A real timing service in a process of its own: started, killed without warning, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx

from controller.settings import ClockKind
from junction.errors import ServiceError

START_TIMEOUT_S = 60.0


def free_port() -> int:
    """A TCP port on loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """`chauraha serve` with open access, as a child process, on a clock that is driven or the system's.

    `arguments` go to it as they are. Its output goes to `log_file`, which an error names. `cpus` are the cores
    that it may use; None for all. `environment` is added to this process's own.
    """

    def __init__(
        self,
        *,
        port: int,
        log_file: Path,
        arguments: list[str],
        clock: ClockKind = ClockKind.DRIVEN,
        cpus: set[int] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log_file = log_file
        self._command = [sys.executable, "-m", "chauraha", "serve", "--host", "127.0.0.1", "--port", str(port)]
        self._command += ["--clock", str(clock), "--open", *arguments]
        self._cpus = cpus
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises ServiceError with the end of its log when it does not."""
        with self._log_file.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT, env=self._environment)
        if self._cpus is not None:
            os.sched_setaffinity(self._process.pid, self._cpus)
        deadline = time.monotonic() + START_TIMEOUT_S
        with httpx.Client(base_url=self.url, timeout=2.0) as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    if client.get("/healthz").status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    time.sleep(0.1)
        self.kill()
        tail = self._log_file.read_text(errors="replace")[-600:]
        raise ServiceError(f"the timing service did not start on port {self.port}; {self._log_file} ends:\n{tail}")

    def clock_at(self) -> float:
        """The service's time, Unix seconds."""
        return float(httpx.get(f"{self.url}/v1/state", timeout=5.0).raise_for_status().json()["at"])

    def kill(self) -> None:
        """SIGKILL: no goodbye, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end; kill it when it does not within 10 s."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
