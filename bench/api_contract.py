"""schemathesis over the whole OpenAPI document of a running, closed service: `python -m bench.api_contract`.

Four callers: an admin with a session, a controller and a camera with their keys, and a stranger. No answer may be a
server error or break the contract: its status, media type, headers and shape are those that the document tells, what it
says is refused is refused, and what it says needs credentials needs them. That last is the stranger's part: the others
are given the document without its `security`, or the tool would take their credentials away and put its own there.

Left out, and why: `positive_data_acceptance`, because what a junction can do (its lane groups, stages, plans) is not
in the schema, so that a valid shape may rightly be 422; `GET /v1/stream`, which never ends; and for the admin the
routes that would sign it out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from controller.access.gate import COOKIE, DEVICE_RATE, PERSON_RATE
from controller.access.records import AccessRecords
from controller.access.required import REQUIRED
from controller.access.roles import DeviceKind, Role
from controller.access.secrets import hash_password
from controller.database import DATABASE_FILE, bring_up_to_date, make_engine
from junction.errors import ServiceError
from rehearsal.server import free_port
from scenarios.load import load_scenario

ADMIN = "contract"
NEVER = ("/v1/stream",)
SIGNS_OUT = ("/v1/logout", "/v1/me/password", "/v1/login")
LEFT_OUT = "positive_data_acceptance"
START_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks: the headers that it sends, what it asks for (None: everything but `without`), requests a second."""

    name: str
    headers: tuple[str, ...]
    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = NEVER
    rate_s: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it and prints each caller's outcome; the exit status is 0 when nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-examples", type=int, default=100, help="generated cases an operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--out", type=Path, help="write the outcome as JSON")
    options = parser.parse_args(arguments)
    found = check(max_examples=options.max_examples, seed=options.seed, phases=options.phases)
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if all(one["ok"] for one in found) else 1


def check(*, max_examples: int, seed: int, phases: str) -> list[dict[str, object]]:
    """Starts a service, lets every caller at it, and says what each found and how long it took."""
    with tempfile.TemporaryDirectory(prefix="api-contract-") as scratch:
        folder = Path(scratch)
        password = secrets.token_urlsafe()
        junction_id = next(iter(load_scenario("kanpur").sites))
        keys = asyncio.run(_prepare(folder / DATABASE_FILE, password, junction_id))
        url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "chauraha", "serve", "--port", url.rsplit(":", 1)[1], "--data", str(folder)]
        with (folder / "serve.log").open("wb") as log:
            server = subprocess.Popen([*command, "--policy", "none"], stdout=log, stderr=subprocess.STDOUT)
        try:
            cookie = _sign_in(url, password, server)
            outcomes = []
            for caller in _callers(url, cookie, keys):
                began_s = time.monotonic()
                outcome = _run(url, cookie, caller, junction_id, max_examples, seed, phases)
                outcomes.append({**outcome, "wall_s": round(time.monotonic() - began_s, 1)})
            if server.poll() is not None:
                raise ServiceError(f"the service ended with {server.returncode}")
            return outcomes
        finally:
            server.terminate()
            server.wait(15)


async def _prepare(database: Path, password: str, junction_id: str) -> dict[DeviceKind, str]:
    """An admin, and a key of each kind."""
    engine = make_engine(f"sqlite:///{database}")
    await bring_up_to_date(engine)
    records = AccessRecords(engine)
    await records.add_user(ADMIN, Role.ADMIN, hash_password(password), "bench")
    places = {kind: "" if kind is DeviceKind.MONITOR else junction_id for kind in DeviceKind}
    keys = {kind: (await records.add_key(kind, place, "bench", "bench"))[1] for kind, place in places.items()}
    await engine.dispose()
    return keys


def _sign_in(url: str, password: str, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            answer = httpx.post(f"{url}/v1/login", json={"name": ADMIN, "password": password}, timeout=5.0)
            return str(answer.raise_for_status().cookies[COOKIE])
        except httpx.TransportError:
            time.sleep(0.1)
    raise ServiceError(f"the service did not start within {START_S:g} s")


def _callers(url: str, cookie: str, keys: dict[DeviceKind, str]) -> list[Caller]:
    devices = [
        Caller(
            name=str(kind),
            headers=(f"Authorization: Bearer {key}",),
            only=tuple(sorted({line.partition(" ")[2] for line, r in REQUIRED.items() if kind in r.devices})),
            rate_s=DEVICE_RATE - 2,
        )
        for kind, key in keys.items()
    ]
    return [
        Caller(
            name="admin",
            headers=(f"Cookie: {COOKIE}={cookie}", f"Origin: {url}"),
            without=(*NEVER, *SIGNS_OUT),
            rate_s=PERSON_RATE - 10,
        ),
        *devices,
        Caller(name="stranger", headers=(), rate_s=PERSON_RATE),
    ]


def _run(
    url: str, cookie: str, caller: Caller, junction_id: str, max_examples: int, seed: int, phases: str
) -> dict[str, object]:
    """One caller's run. The document itself needs a signed-in reader, so it is read here and given as a file."""
    answer = httpx.get(f"{url}/openapi.json", headers={"Cookie": f"{COOKIE}={cookie}"}, timeout=10.0)
    document = answer.raise_for_status().json()
    for operation in (one for methods in document["paths"].values() for one in methods.values()):
        if caller.headers:
            operation.pop("security")
    with tempfile.TemporaryDirectory(prefix="api-contract-") as scratch:
        folder = Path(scratch)
        (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
        (folder / "schemathesis.toml").write_text(
            f'[parameters]\n"path.junction_id" = "{junction_id}"\n"path.plan_id" = "{junction_id}.today"\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", url, "--no-color"]
        command += ["--max-examples", str(max_examples), "--seed", str(seed), "--phases", phases]
        command += ["--exclude-checks", LEFT_OUT, "--rate-limit", f"{caller.rate_s}/s", "--warnings", "off"]
        command += ["--generation-database", "none", "--continue-on-failure"]
        for header in caller.headers:
            command += ["-H", header]
        for path in caller.only or ():
            command += ["--include-path", path]
        for path in caller.without if caller.only is None else ():
            command += ["--exclude-path", path]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    print(f"== {caller.name}\n{done.stdout[-30000:] if done.returncode else done.stdout[-300:]}{done.stderr[-500:]}")
    return {"caller": caller.name, "ok": done.returncode == 0}


if __name__ == "__main__":
    sys.exit(main())
