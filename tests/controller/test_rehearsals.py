"""Recordings over HTTP: listed, read, kept by caches, and nothing else of the disk."""

from __future__ import annotations

import os
from pathlib import Path

from controller_parts import serving
from recordings import record

from controller.rehearsal_answers import RecordingAnswer, RehearsalsAnswer
from junction.recording_chunk import chunk_from_bytes


async def test_recordings_are_listed_the_newest_first_and_read(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "rehearsals"
    record(folder / "cut", scenario="hand", minutes={"ai": 2, "fixed": 0})
    record(folder / "whole", scenario="hand", report={"controllers": {}})
    record(folder / "elsewhere", scenario="another")
    (folder / "broken").mkdir()
    (folder / "broken" / "index.json").write_text("{")
    (folder / "nothing").mkdir()
    for age, name in enumerate(("whole", "cut", "elsewhere", "broken")):
        os.utime(folder / name / "index.json", (1e9 - age, 1e9 - age))
    async with serving(tmp_path) as rig:
        answer = await rig.http.get("/v1/rehearsals")
        listed = RehearsalsAnswer.model_validate_json(answer.content).rehearsals
        assert [(one.id, one.complete, one.fault is None) for one in listed] == [
            ("whole", True, True),
            ("cut", False, True),
            ("elsewhere", False, False),
            ("broken", False, False),
        ]
        assert listed[0].changed_at == 1e9
        # Two minutes; 20 s lost by 4 vehicles.
        assert (listed[1].runs["ai"].seconds, listed[1].runs["ai"].delay_s) == (62, 5.0)
        assert (listed[1].runs["fixed"].seconds, listed[1].runs["fixed"].delay_s) == (0, None)
        assert listed[2].fault is not None
        assert "expected hand, got 'another'" in listed[2].fault
        index = RecordingAnswer.model_validate_json((await rig.http.get("/v1/rehearsals/cut")).content)
        assert [chunk.first_s for chunk in index.runs["ai"]] == [0, 60]


async def test_a_chunk_comes_as_it_is_and_is_kept(tmp_path: Path) -> None:
    record(tmp_path / "elsewhere" / "run.1", scenario="hand")
    async with serving(tmp_path, rehearsals=tmp_path / "elsewhere") as rig:
        index = (await rig.http.get("/v1/rehearsals/run.1")).json()
        path = f"/v1/rehearsals/run.1/chunks/{index['runs']['fixed'][0]['file']}"
        answer = await rig.http.get(path)
        assert answer.headers["content-type"] == "application/gzip"
        assert "content-encoding" not in answer.headers
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) == index["runs"]["fixed"][0]["size"]
        assert chunk_from_bytes(answer.content).due.tolist() == [4, 4, 4]
        again = await rig.http.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_nothing_but_named_chunks_can_be_had(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "rehearsals"
    record(folder / "one", scenario="hand")
    (folder / "one" / "ai-0007-0123456789abcdef.bin.gz").write_bytes(b"secret")
    (tmp_path / "data" / "index.json").write_text("secret")
    async with serving(tmp_path) as rig:
        for path in (
            "one/chunks/index.json",
            "one/chunks/ai-0007-0123456789abcdef.bin.gz",
            "one/chunks/..%2Findex.json",
            "..%2Fone",
            "..",
            "%2E%2E/chunks/x",
            "one%00",
            "none",
            "none/chunks/x",
        ):
            answer = await rig.http.get(f"/v1/rehearsals/{path}")
            assert answer.status_code == 404, path
            assert "secret" not in answer.text
