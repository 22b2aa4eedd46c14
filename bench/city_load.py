"""A whole city against one service, in one process: controllers that poll, cameras that post, an operator who orders
and opens green corridors.

What was acknowledged is remembered, so that it can be looked for afterwards. `Messages` is the network in between.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
import orjson

from bench.http_load import Connection, request_bytes
from bench.serve_load import counts_document
from bench.street import StreetController
from controller.field.client import public_keys
from junction.corridor import plan_passages
from junction.errors import InputError
from junction.site import Site
from rehearsal.keys import BoxKeys, make_keys
from scenarios.load import load_scenario

HOST = "127.0.0.1"
EVERY_S = 1.0
OVERRIDE_EVERY_S = 0.5
CORRIDOR_EVERY_S = 2.0
CORRIDOR_TTL_S = 300.0
CORRIDOR_KMH, CORRIDOR_ARRIVES_IN_S = 40.0, 15.0
ANSWER_S = 0.9


class Messages(Protocol):
    """The network between the service and the controllers."""

    async def deliver(self, junction_id: str, document: bytes) -> list[bytes]:
        """What arrives at a controller now that this document was sent to it."""


class Faithful:
    """Delivers what was sent, once, at once."""

    async def deliver(self, junction_id: str, document: bytes) -> list[bytes]:  # noqa: ARG002
        return [document]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Of what was acknowledged: counts that are not in the database exactly once, orders that are not in it."""

    counts: int
    overrides: int
    corridors: int


class CityLoad:
    """Every junction's controller and camera, and one operator. The service at that port must be running."""

    def __init__(self, port: int, scenario: str, chance: random.Random) -> None:
        self._port = port
        self._chance = chance
        url = f"http://{HOST}:{port}"
        sites = load_scenario(scenario).sites
        signing = public_keys(httpx.get(f"{url}/v1/keys").raise_for_status().json())
        self._boxes: dict[str, BoxKeys] = asyncio.run(make_keys(url, sites))
        self.streets = {key: StreetController.make(site, signing, f"boot-{key}") for key, site in sites.items()}
        self.messages: Messages = Faithful()
        self.counts: set[tuple[str, int]] = set()
        """Acknowledged, as (camera, n)."""
        self.overrides: set[str] = set()
        """Acknowledged, by their reasons."""
        self.corridors: set[str] = set()
        """Acknowledged, by their ids."""
        self.answered: list[float] = []
        """Moments of answered polls, monotonic seconds."""
        self.unanswered: Counter[str] = Counter()
        """How often which was not answered 200: "poll", "counts", "override", "corridor"."""
        self.seq_falls = 0
        """Answers whose number was below one that the service had given out before."""
        self._highest_seq: dict[str, int] = {}
        self._over = False
        self._route = _three_in_a_row(sites)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The load goes on while the caller is inside."""
        self._over = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tick())
            for number, key in enumerate(self.streets):
                wait_s = number / len(self.streets) * EVERY_S
                tasks.create_task(self._poll(key, wait_s))
                tasks.create_task(self._count(key, wait_s))
            tasks.create_task(self._operate())
            tasks.create_task(self._open_corridors())
            try:
                yield
            finally:
                self._over = True

    @property
    def leases_missed(self) -> int:
        return sum(street.leases_missed for street in self.streets.values())

    @property
    def unsafe(self) -> int:
        return sum(len(street.unsafe()) for street in self.streets.values())

    def lost(self, database: Path) -> Lost:
        """What is not in the database of a service that was stopped."""
        with closing(sqlite3.connect(database)) as connection:
            counts = Counter(
                (str(camera), int(n)) for camera, n in connection.execute("SELECT camera_id, n FROM count_record")
            )
            reasons = {str(reason) for (reason,) in connection.execute("SELECT reason FROM override")}
            corridors = {str(corridor) for (corridor,) in connection.execute("SELECT id FROM corridor")}
        return Lost(
            counts=sum(counts[key] != 1 for key in self.counts),
            overrides=len(self.overrides - reasons),
            corridors=len(self.corridors - corridors),
        )

    async def _tick(self) -> None:
        while not self._over:
            for street in self.streets.values():
                street.tick()
            await asyncio.sleep(0.05)

    async def _poll(self, key: str, wait_s: float) -> None:
        street, line = self.streets[key], Line(self._port, self._boxes[key].controller)
        await asyncio.sleep(wait_s)
        while not self._over:
            begun_s = time.monotonic()
            status, body = await line.post(f"/v1/junctions/{key}/control", street.controller.status_document())
            if status == httpx.codes.OK:
                self.answered.append(time.monotonic())
                seq = int(orjson.loads(body)["seq"])
                self.seq_falls += seq < self._highest_seq.get(key, 0)
                self._highest_seq[key] = max(seq, self._highest_seq.get(key, 0))
                for document in await self.messages.deliver(key, body):
                    street.receive(document)
            else:
                self.unanswered["poll"] += 1
                street.controller.missed_poll()
            await asyncio.sleep(max(0.0, EVERY_S - (time.monotonic() - begun_s)))

    async def _count(self, key: str, wait_s: float) -> None:
        street, line = self.streets[key], Line(self._port, self._boxes[key].camera)
        await asyncio.sleep(wait_s)
        n = 0
        document = counts_document(street.site, n)
        while not self._over:
            status, _ = await line.post(f"/v1/junctions/{key}/counts", document)
            if status == httpx.codes.OK:
                self.counts.add((str(document["camera_id"]), n))
                n += 1
                document = counts_document(street.site, n)
            else:
                self.unanswered["counts"] += 1
            await asyncio.sleep(EVERY_S)

    async def _operate(self) -> None:
        line = Line(self._port, {})
        number = 0
        while not self._over:
            key = self._chance.choice(list(self.streets))
            stage = self._chance.choice(self.streets[key].site.layout.stages)
            reason = f"kill trial {number}"
            document = {"kind": "stage", "stage_id": stage.id, "ttl_s": 5.0, "reason": reason}
            status, _ = await line.post(f"/v1/junctions/{key}/override", document)
            if status == httpx.codes.OK:
                self.overrides.add(reason)
            else:
                self.unanswered["override"] += 1
            number += 1
            await asyncio.sleep(OVERRIDE_EVERY_S)

    async def _open_corridors(self) -> None:
        """Always the same way: corridors that cross one another would be refused."""
        line = Line(self._port, {})
        document = {
            "route": self._route,
            "ttl_s": CORRIDOR_TTL_S,
            "reason": "kill trial",
            "speed_kmh": CORRIDOR_KMH,
            "arrives_in_s": CORRIDOR_ARRIVES_IN_S,
        }
        while not self._over and self._route:
            status, body = await line.post("/v1/corridors", document)
            if status == httpx.codes.OK:
                self.corridors.add(str(orjson.loads(body)["id"]))
            else:
                self.unanswered["corridor"] += 1
            await asyncio.sleep(CORRIDOR_EVERY_S)


def _three_in_a_row(sites: Mapping[str, Site]) -> list[str]:
    """A way over three neighbouring junctions for which each has a stage; empty in a city that has none."""
    for last in sites.values():
        for middle in (sites[link.junction_id] for link in last.surroundings.links if link.junction_id in sites):
            for link in middle.surroundings.links:
                route = [link.junction_id, middle.layout.id, last.layout.id]
                with suppress(InputError):
                    plan_passages(
                        sites,
                        route,
                        speed_kmh=CORRIDOR_KMH,
                        opened_at=0.0,
                        arrives_in_s=CORRIDOR_ARRIVES_IN_S,
                        ends_at=CORRIDOR_TTL_S,
                    )
                    return route
    return []


class Line:
    """One caller's connection, opened again whenever it broke."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._port = port
        self._headers = headers
        self._connection: Connection | None = None

    async def post(self, path: str, document: object) -> tuple[int, bytes]:
        """Status and body; status 0 when no answer came in time."""
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()

        def on_answer(status: int, body: bytes) -> None:
            if not answer.done():
                answer.set_result((status, body))

        try:
            if self._connection is None or not self._connection.alive:
                self._connection = await asyncio.wait_for(Connection.open(HOST, self._port), ANSWER_S)
            self._connection.ask(request_bytes("POST", path, orjson.dumps(document), self._headers), on_answer)
            return await asyncio.wait_for(answer, ANSWER_S)
        except (OSError, TimeoutError):
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, b""
