"""A still of a camera: asked for by an engineer with a reason, brought with the next counts, shown, and forgotten."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from access_parts import closed, make_user, sign_in
from controller_parts import Rig, counts_body, serving

from controller.access.roles import DeviceKind
from controller.stills import ASK_S, KEEP_S

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
STILL = "/v1/junctions/J1/cameras/J1-cam/still"
REASON = {"reason": "the camera was turned"}
DRAWING = {
    "id": "J1-cam",
    "lines": [{"name": "stop-n", "points": [[0.1, 0.8], [0.9, 0.8]]}],
    "zones": [
        {"lane_group_id": "n1", "polygon": [[0.2, 0.2], [0.8, 0.2], [0.9, 0.8], [0.1, 0.8]], "stop": "stop-n:a",
         "lanes": 2},
    ],
    "privacy_masks": [{"polygon": [[0.0, 0.0], [0.2, 0.0], [0.0, 0.2]]}],
}  # fmt: skip


async def bring(rig: Rig, content: bytes = JPEG) -> int:
    return (await rig.http.put(STILL, content=content)).status_code


async def still_state(rig: Rig) -> str:
    (camera,) = (await rig.http.get("/v1/junctions/J1/cameras")).json()["cameras"]
    return str(camera["still"])


async def test_it_is_asked_for_with_the_next_counts_brought_and_shown(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        assert (await rig.http.post(STILL, json=REASON)).status_code == 404  # nobody of that name has reported
        assert "still_asked" not in await rig.send_counts()
        assert await bring(rig) == 404
        asked = (await rig.http.post(STILL, json=REASON)).json()
        assert asked["until_at"] == rig.now_s + ASK_S
        assert (await rig.http.get(STILL)).status_code == 404
        assert await still_state(rig) == "asked"
        assert (await rig.send_counts())["still_asked"] is True
        assert "still_asked" not in await rig.send_counts("J1", camera_id="another")
        assert "still_asked" not in await rig.send_counts("J2")
        assert await bring(rig, b"<svg/>") == 422
        assert await bring(rig) == 200
        assert "still_asked" not in await rig.send_counts()
        assert await bring(rig, JPEG + JPEG) == 404  # one was asked for, and it came
        shown = await rig.http.get(STILL)
        assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
        assert shown.headers["cache-control"] == "no-store"
        acts = (await rig.http.get("/v1/audit?action=still")).json()["acts"]
        assert [act["action"] for act in acts] == ["still show", "still ask"]
        assert acts[1]["subject"] == "J1"
        assert acts[1]["detail"] == {"camera_id": "J1-cam", **REASON}


async def test_neither_the_question_nor_the_picture_outlives_its_time_or_lies_on_disk(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.send_counts()
        await rig.http.post(STILL, json=REASON)
        await rig.drive(ASK_S)
        assert "still_asked" not in await rig.send_counts()
        assert await bring(rig) == 404
        await rig.http.post(STILL, json=REASON)
        assert await bring(rig) == 200
        await rig.drive(KEEP_S - 1)
        assert (await rig.http.get(STILL)).content == JPEG
        await rig.service.store.flush()
        for file in (tmp_path / "data").rglob("*"):
            assert file.is_dir() or b" a picture " not in file.read_bytes(), file
        await rig.drive(1)
        assert (await rig.http.get(STILL)).status_code == 404
        assert rig.service.stills._stills == {}  # gone with the tick, though nobody asks


async def test_only_engineers_ask_and_only_the_junctions_camera_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with closed(tmp_path) as rig:
        for name, role in (("asha", "operator"), ("ravi", "engineer")):
            await make_user(rig, name, role)
        operator, engineer = await sign_in(rig, "asha"), await sign_in(rig, "ravi")
        own, other = await rig.key(DeviceKind.CAMERA, "J1"), await rig.key(DeviceKind.CAMERA, "J2")
        body = counts_body("J1", 1, rig.service.clock.now_s())
        assert (await rig.http.post("/v1/junctions/J1/counts", json=body, headers=own)).status_code == 200
        assert (await operator.post(STILL, json=REASON)).status_code == 403
        assert (await engineer.post(STILL, json=REASON)).status_code == 200
        assert (await rig.http.put(STILL, content=JPEG, headers=other)).status_code == 403
        assert (await engineer.put(STILL, content=JPEG)).status_code == 403
        assert (await rig.http.put(STILL, content=JPEG + bytes(2**20), headers=own)).status_code == 413
        assert (await rig.http.put(STILL, content=JPEG, headers=own)).status_code == 200
        assert (await rig.http.get(STILL, headers=own)).status_code == 403
        assert (await operator.get(STILL)).status_code == 403
        assert (await engineer.get(STILL)).content == JPEG
        assert (await operator.post("/v1/junctions/J1/camera-file", json=DRAWING)).status_code == 403


async def test_a_drawing_becomes_a_camera_file_that_the_counter_takes(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        made = (await rig.http.post("/v1/junctions/J1/camera-file", json=DRAWING)).json()
        assert made["file_name"] == "J1-cam.toml"
        assert tomllib.loads(made["toml"]) == {
            "schema": "chauraha.camera/1",
            "junction_id": "J1",
            **DRAWING,
        }
        assert [(check["name"], check["ok"]) for check in made["checks"]] == [("camera file", True), ("junction", True)]
        assert made["checks"][0]["facts"]["zones"] == 1
        assert made["checks"][1]["detail"] == "J1: zones for 1 of 4 lane groups; never seen: e1, s1, w1"
        assert made["checks"][1]["facts"] == {"lane_groups": 4, "never_seen": ["e1", "s1", "w1"]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zones": [{"lane_group_id": "x1", "polygon": [[0, 0], [1, 0], [1, 1]]}]}, "lane groups of J1"),
        ({"zones": [{"lane_group_id": "n1", "polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}]}, "cross itself"),
        ({"lines": [], "zones": DRAWING["zones"]}, "LINE:a or LINE:b"),
        ({"lines": [*DRAWING["lines"], *DRAWING["lines"]]}, "every name once"),
        ({"lines": [{"name": "stop-n", "points": [[0.1, 0.1], [0.1, 0.101]]}]}, "at least 0.01 apart"),
        ({"id": "../up"}, "pattern"),
    ],
)
async def test_a_drawing_that_is_none_is_refused_in_words(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    async with serving(tmp_path) as rig:
        answer = await rig.http.post("/v1/junctions/J1/camera-file", json={**DRAWING, **change})
        assert answer.status_code == 422
        assert words in answer.text
