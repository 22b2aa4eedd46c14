"""Events of a field controller: what is one, and how they reach the service whatever the network does."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from controller_parts import FieldRig, make_layout

from controller.field.client import ServiceClient
from controller.field.controller import Police
from controller.field.event_log import EventLog
from controller.field.event_sender import EventSender
from controller.field.event_spool import EventSpool
from junction.errors import InputError
from junction.events import EventCode


def codes(batch: dict[str, Any] | None) -> list[tuple[int, int]]:
    assert batch is not None
    return [(event["code"], event["parameter"]) for event in batch["events"]]


def watch(rig: FieldRig, log: EventLog, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        rig.run(0.1)
        log.watch(rig.controller, rig.wall_s)


def test_lamps_that_change_are_events_and_nothing_else_is() -> None:
    """From all red: `ns` (phases 1 and 3) turns green; `ew` follows by the plan, after 3 s of amber and 2 s of red."""
    rig = FieldRig()
    log = EventLog(rig.site.layout, "boot")
    watch(rig, log, 6)  # 5 s of red at a start
    batch = log.take()
    assert codes(batch) == [(EventCode.GREEN_BEGIN, 1), (EventCode.GREEN_BEGIN, 3)]
    assert batch is not None
    assert (batch["schema"], batch["boot_id"], batch["n"]) == ("chauraha.events/1", "boot", 1)
    watch(rig, log, 4)
    assert log.take() is None
    watch(rig, log, 30)
    batch = log.take()
    assert batch is not None
    times = {(event["code"], event["parameter"]): event["at"] for event in batch["events"]}
    ended_at = times[EventCode.GREEN_END, 1]
    assert times[EventCode.YELLOW_BEGIN, 1] == ended_at
    assert times[EventCode.YELLOW_END, 1] == pytest.approx(ended_at + 3, abs=0.11)
    assert times[EventCode.RED_CLEARANCE_END, 1] == pytest.approx(ended_at + 5, abs=0.11)
    assert times[EventCode.GREEN_BEGIN, 2] == pytest.approx(ended_at + 5, abs=0.11)
    assert batch["n"] == 2


def test_modes_and_faults_are_events_and_flashing_lamps_are_none() -> None:
    rig = FieldRig()
    log = EventLog(rig.site.layout, "boot")
    watch(rig, log, 2)
    log.take()
    rig.controller.faults = ({"kind": "door", "detail": "open"},)
    rig.controller.set_police(Police.FLASH)
    watch(rig, log, 1)
    # `flash` is the seventh mode, a door the fourth kind of fault.
    assert codes(log.take()) == [(EventCode.MODE_CHANGE, 7), (EventCode.FAULT_BEGIN, 4)]
    rig.controller.faults = ()
    rig.controller.set_police(Police.OFF)
    watch(rig, log, 1)
    assert (EventCode.FAULT_END, 4) in codes(log.take())


def test_what_nobody_takes_is_bounded() -> None:
    rig = FieldRig()
    log = EventLog(make_layout(), "boot")
    log.watch(rig.controller, rig.wall_s)
    for turn in range(10_050):
        rig.controller.faults = ({"kind": "door", "detail": ""},) if turn % 2 == 0 else ()
        log.watch(rig.controller, rig.wall_s)
    assert log.lost == 50
    sizes = []
    while (batch := log.take()) is not None:
        sizes.append(len(batch["events"]))
    assert sizes == [1_000] * 10


def test_the_spool_keeps_order_over_a_restart_and_lets_the_oldest_go(tmp_path: Path) -> None:
    spool = EventSpool(tmp_path, max_batches=3)
    for name in (b"a", b"b", b"c", b"d"):
        spool.put(name)
    spool.close()
    spool = EventSpool(tmp_path, max_batches=3)
    assert len(spool) == 3
    seen = []
    while (found := spool.first()) is not None:
        seen.append(found[1])
        spool.drop(found[0])
    assert seen == [b"b", b"c", b"d"]
    spool.close()
    with pytest.raises(InputError, match="data"):
        EventSpool(tmp_path / "none")


class Street:
    """A controller that always has something to tell, and a service that answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.status: int | None = 200
        self.taken: list[dict[str, Any]] = []
        self.rig = FieldRig()
        self.log = EventLog(self.rig.site.layout, "boot")
        self.log.watch(self.rig.controller, self.rig.wall_s)
        self.spool = EventSpool(folder)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.status is None:
            raise httpx.ConnectError("away")
        if self.status == 200:
            assert request.url.path == "/v1/junctions/J1/events"
            self.taken.append(orjson.loads(request.content))
        return httpx.Response(self.status, json={})

    def happen(self) -> None:
        self.rig.controller.faults = () if self.rig.controller.faults else ({"kind": "door", "detail": ""},)
        self.log.watch(self.rig.controller, self.rig.wall_s)


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[tuple[Street, EventSender]]:
    made = Street(folder)
    async with httpx.AsyncClient(transport=httpx.MockTransport(made.answer), base_url="http://s") as http:
        yield made, EventSender(made.log, made.spool, ServiceClient(http, "J1"))
    made.spool.close()


async def test_what_happens_while_the_service_is_away_is_sent_in_order_when_it_is_back(tmp_path: Path) -> None:
    async with street(tmp_path) as (made, sender):
        for status in (None, 503, None, 200):
            made.status = status
            made.happen()
            await sender.keep()
            await sender.send()
            if status != 200:
                assert made.taken == []
        assert [batch["n"] for batch in made.taken] == [1, 2, 3, 4]
        assert len(made.spool) == 0


async def test_a_batch_that_will_never_be_taken_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with street(tmp_path) as (made, sender):
        made.status = 422
        made.happen()
        await sender.keep()
        await sender.send()
        made.status = 200
        made.happen()
        await sender.keep()
        await sender.send()
        assert [batch["n"] for batch in made.taken] == [2]


async def test_a_disk_that_cannot_be_written_loses_nothing_that_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with street(tmp_path) as (made, sender):

        def full(_document: bytes) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(made.spool, "put", full)
            for _ in range(3):
                made.happen()
                await sender.keep()
                await sender.send()
        await sender.keep()
        await sender.send()
        assert sum(len(batch["events"]) for batch in made.taken) == 3


async def test_what_is_left_at_the_end_is_on_disk(tmp_path: Path) -> None:
    async with street(tmp_path) as (made, sender):
        made.status = None
        stop = asyncio.Event()
        running = asyncio.create_task(sender.run(stop))
        await asyncio.sleep(0.05)
        made.happen()
        stop.set()
        await running
        assert len(made.spool) == 1
