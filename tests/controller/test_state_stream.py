"""The stream of the city's state: whole once, then what changed; a viewer that puts it together knows what is so."""

from __future__ import annotations

import asyncio
import zlib
from pathlib import Path
from typing import Any

import orjson
import pytest
from controller_parts import FixedChoice, Rig, serving

from controller.state_stream import AGE_SLACK_S, KEPT, REPORT_SLACK_S

AGES = {"age_s": AGE_SLACK_S, "elapsed_s": AGE_SLACK_S, "reported_age_s": REPORT_SLACK_S}


class Viewer:
    """A client by the book (docs/timing-api.md, The stream)."""

    def __init__(self, rig: Rig, *, last_id: str | None = None, packed: bool = False) -> None:
        self.events = rig.service.stream.events(last_id, packed=packed, goes_on=lambda: True)
        self.last_id: str | None = None
        self.state: dict[str, Any] = {}
        self.names: list[str] = []

    async def hear(self) -> dict[str, Any]:
        """The next event's document."""
        return self.take(await anext(self.events))

    def take(self, event: bytes) -> dict[str, Any]:
        head_id, head_event, data, *end = event.split(b"\r\n")
        assert end == [b"", b""]
        self.last_id = head_id.removeprefix(b"id: ").decode()
        name = head_event.removeprefix(b"event: ").decode()
        self.names.append(name)
        document: dict[str, Any] = orjson.loads(data.removeprefix(b"data: "))
        self.state = document if name == "state" else self._changed(document)
        return document

    def _changed(self, change: dict[str, Any]) -> dict[str, Any]:
        passed_s = change["at"] - self.state["at"]
        junctions = {
            key: {**grown(junction, passed_s), **change["junctions"].get(key, {})}
            for key, junction in self.state["junctions"].items()
        }
        return {
            **self.state,
            **{k: change[k] for k in ("at", "origin", "alarms") if k in change},
            "junctions": junctions,
        }


def grown(told: Any, passed_s: float) -> Any:
    if not isinstance(told, dict):
        return told
    return {
        key: value + passed_s
        if value is not None and (key == "age_s" or (key == "elapsed_s" and value > 0))
        else grown(value, passed_s)
        for key, value in told.items()
    }


def differences(told: Any, true: Any, where: str = "") -> list[str]:
    """Where what a viewer knows is not what is so, ages aside that are right enough."""
    if isinstance(true, dict):
        keys = told.keys() | true.keys()
        return [line for key in keys for line in differences(told.get(key), true.get(key), f"{where}.{key}")]
    slack_s = AGES.get(where.rpartition(".")[2])
    if slack_s is not None and None not in (told, true):
        return [] if abs(told - true) <= slack_s + 1e-6 else [f"{where}: {told} is {true}"]
    return [] if told == true else [f"{where}: {told!r} is {true!r}"]


async def true_state(rig: Rig) -> dict[str, Any]:
    document: dict[str, Any] = (await rig.http.get("/v1/state")).json()
    del document["schema"]
    return document


async def test_whole_once_then_what_changed(tmp_path: Path) -> None:
    async with serving(tmp_path, policy=FixedChoice("ns"), stream_interval_s=0.01) as rig:
        viewer = Viewer(rig)
        first = await viewer.hear()
        assert first["schema"] == "chauraha.state/1"
        assert first.keys() == {"schema", "at", "origin", "alarms", "junctions"}
        for second in range(40):
            stage, elapsed_s = (0, second + 1.0) if second < 12 else (1, second - 15.0)  # a change of four seconds
            await rig.send_status(stage=stage, elapsed_s=elapsed_s)
            if second < 8:  # then the camera falls silent
                await rig.send_counts()
            if second == 20:
                hold = {"kind": "hold", "ttl_s": 6, "reason": "test"}
                assert (await rig.http.post("/v1/junctions/J1/override", json=hold)).status_code == 200
            await rig.drive(1)
            change = await viewer.hear()
            while change["at"] < rig.now_s:
                change = await viewer.hear()
            assert change["schema"] == "chauraha.state-change/1"
            told = {key: value for key, value in viewer.state.items() if key != "schema"}
            wrong = differences(told, await true_state(rig))
            # What fades with time alone is worked out every four seconds.
            assert [line for line in wrong if ".known" not in line and "pcu" not in line and ".los" not in line] == []
        assert wrong == []
    assert viewer.names == ["state", *["change"] * (len(viewer.names) - 1)]


async def test_what_is_as_it_was_is_not_told(tmp_path: Path) -> None:
    async with serving(tmp_path, stream_interval_s=0.01) as rig:
        viewer = Viewer(rig)
        await viewer.hear()
        await rig.drive(1)
        change = await viewer.hear()
        while change["at"] < rig.now_s:
            change = await viewer.hear()
        assert change["junctions"] == {}
        assert "alarms" not in change


async def test_a_viewer_comes_back_to_what_it_missed(tmp_path: Path) -> None:
    async with serving(tmp_path, stream_interval_s=0.01) as rig:
        stays, leaves = Viewer(rig), Viewer(rig)
        await stays.hear()
        await leaves.hear()
        await leaves.events.aclose()
        for _ in range(3):
            await stays.hear()
        back = Viewer(rig, last_id=leaves.last_id)
        back.state = leaves.state
        await back.hear()
        assert back.names == ["change"]
        for _ in range(KEPT + 1):
            await stays.hear()
        for last_id in (leaves.last_id, "0-0", "nonsense", f"{stays.last_id}9", None):
            late = Viewer(rig, last_id=last_id)
            await late.hear()
            assert late.names == ["state"], last_id


async def test_a_failure_half_way_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(tmp_path, stream_interval_s=0.01) as rig:
        viewer = Viewer(rig)
        await viewer.hear()
        broke = asyncio.Event()

        def fail(_: object) -> str:
            broke.set()
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr("controller.state_stream.origin_of", fail)
            await rig.send_status()
            await asyncio.wait_for(broke.wait(), 10)
        while viewer.names[-1] != "state" or len(viewer.names) == 1:
            await asyncio.wait_for(viewer.hear(), 10)
        assert viewer.state["junctions"]["J1"]["lamps"] == {"n": "G", "e": "r", "s": "G", "w": "r"}


async def test_compressed_blocks_are_shared_and_make_one_stream(tmp_path: Path) -> None:
    async with serving(tmp_path, stream_interval_s=0.01) as rig:
        plain, packed = Viewer(rig), Viewer(rig, packed=True)
        unpack = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        assert unpack.decompress(await anext(packed.events)) == b""
        for _ in range(3):
            packed.take(unpack.decompress(await anext(packed.events)))
            await plain.hear()
        assert packed.names == plain.names == ["state", "change", "change"]
        assert packed.last_id == plain.last_id


async def test_the_stream_says_how_it_is_packed(tmp_path: Path) -> None:
    """The answer is whole once the service has closed its streams."""
    async with serving(tmp_path, stream_interval_s=0.01) as rig:
        for encoding in ("gzip", "identity"):
            asked = asyncio.create_task(rig.http.get("/v1/stream", headers={"accept-encoding": encoding}))
            await asyncio.sleep(0.1)
            await rig.service.stream.close()
            answer = await asyncio.wait_for(asked, 10)
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert answer.headers.get("content-encoding") == (encoding if encoding == "gzip" else None)
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.headers["cache-control"] == "no-store"
            assert ("event: state" in answer.text) is (encoding == "gzip")
