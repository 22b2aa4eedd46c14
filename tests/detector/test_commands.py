"""`chauraha count` and `chauraha camera` as a user runs them, with recorded detections for a network."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from pictures import CAMERA, COCO, OrderTracker, noisy, row, write_video
from rich.console import Console
from typer.testing import CliRunner

from chauraha import camera as camera_command
from chauraha.count import count
from chauraha.count_status import CountStatus
from detector.detection import RecordedDetections, detections_from_rows
from detector.frame import image_of
from detector.session import CountingSession, Post
from detector.source import FramesSource, UnreadableSource
from junction.errors import ChaurahaError, InputError, ServiceError

pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
pytest.importorskip("av", reason="install 'chauraha[detect]'")

CAMERA_FILE = """
schema = "chauraha.camera/1"
id = "cam"
junction_id = "rawatpur"
[[lines]]
name = "stop"
points = [[0.0, 0.5], [1.0, 0.5]]
[[zones]]
lane_group_id = "north_a"
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 0.49], [0.0, 0.49]]
stop = "stop:a"
"""
FRAMES = 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A video in which a car goes down and a truck up, a camera file, and weights that found them."""
    script = [detections_from_rows([row(80, 40 + 8 * i), row(300, 380 - 8 * i, 7)]) for i in range(FRAMES)]
    monkeypatch.setattr("detector.backends.load_detector", lambda *args, **settings: RecordedDetections(script, COCO))
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "ultralytics"))
    write_video(tmp_path / "v.mp4", noisy(FRAMES))
    (tmp_path / "weights.pt").touch()
    monkeypatch.setenv("CHAURAHA_WEIGHTS", str(tmp_path / "weights.pt"))
    (tmp_path / "camera.toml").write_text(CAMERA_FILE, encoding="utf-8")
    return tmp_path


def run(command: Callable[..., Any] | typer.Typer, *arguments: object) -> Any:
    app = command
    if not isinstance(command, typer.Typer):
        app = typer.Typer()
        app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])  # type: ignore[arg-type]


def test_counts_as_table_json_and_csv(folder: Path) -> None:
    result = run(count, "--source", folder / "v.mp4", "--camera", folder / "camera.toml", "--json", folder / "o.json",
                 "--csv", folder / "o.csv", "--interval", 2)  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "stop a" in result.output
    assert "these weights cannot tell" in result.output
    document = json.loads((folder / "o.json").read_text())
    assert document["lines"] == {"stop": {"a": {"car": 1}, "b": {"truck": 1}}}
    assert (document["camera"], document["frames"], document["fps"]) == ("cam", FRAMES, 10.0)
    assert document["states"] == [{"state": "ok", "from_s": 0.0, "to_s": 3.9}]
    assert len((folder / "o.csv").read_text().splitlines()) == 1 + 2 * 3


def test_a_line_on_the_command_line_needs_no_camera_file(folder: Path) -> None:
    result = run(count, "--source", folder / "v.mp4", "--line", "mid=0,0.5,1,0.5", "--line", "top=0,0.2,1,0.2",
                 "--frames", "0-24", "--json", folder / "o.json")  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads((folder / "o.json").read_text())
    assert (document["camera"], document["frames"]) == ("v", 25)
    assert document["lines"] == {"mid": {"a": {"car": 1}, "b": {"truck": 1}}, "top": {"a": {"car": 1}, "b": {}}}


def test_a_cut_off_video_is_counted_up_to_there_and_says_so(folder: Path) -> None:
    whole = (folder / "v.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) * 3 // 4])
    result = run(count, "--source", folder / "cut.mp4", "--camera", folder / "camera.toml", "--json", folder / "o.json")
    assert result.exit_code == 0, result.output
    document = json.loads((folder / "o.json").read_text())
    assert [span["state"] for span in document["states"]] == ["ok", "lost"]
    assert document["states"][1]["to_s"] == pytest.approx(4.0)
    assert document["frames"] < FRAMES


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--line", "mid=0,0.5,1,1.5"], "--line"),
        (["--line", "a=0,0,1,1", "--line", "a=0,1,1,0"], "every name once"),
        ([], "a line or a zone"),
        (["--line", "a=0,0,1,1", "--frames", "9"], "--frames"),
        (["--line", "a=0,0,1,1", "--frames", "9-3"], "frames"),
        (["--line", "a=0,0,1,1", "--frames", "900-901"], "frames from number 900"),
        (["--line", "a=0,0,1,1", "--confidence", "1.5"], "--confidence"),
        (["--line", "a=0,0,1,1", "--interval", "0"], "interval"),
        (["--line", "a=0,0,1,1", "--frame-step", "0"], "frame-step"),
        (["--line", "a=0,0,1,1", "--post", "http://service"], "junction_id"),
        (["--line", "a=0,0,1,1", "--junction", "j", "--post", "service"], "--post"),
        (["--line", "a=0,0,1,1", "--json", "/nowhere/o.json"], "a folder that exists"),
    ],
)
def test_bad_input_is_named(folder: Path, arguments: list[str], message: str) -> None:
    result = run(count, "--source", folder / "v.mp4", *arguments)
    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)


def test_posted_records_add_up_and_a_refusal_does_not_lose_the_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    taken: list[dict[str, Any]] = []
    answers = {"status": 200}

    def service(request: httpx.Request) -> httpx.Response:
        taken.append(json.loads(request.content))
        answer = {"accepted": True, "duplicate": False, "detail": "no such junction"}
        return httpx.Response(answers["status"], json=answer)

    real = httpx.Client
    monkeypatch.setattr(
        "detector.http_sender.httpx.Client", lambda **kept: real(**{**kept, "transport": httpx.MockTransport(service)})
    )
    arguments = ["--source", folder / "v.mp4", "--camera", folder / "camera.toml", "--post", "http://service",
                 "--start-at", 1000, "--interval", 1]  # fmt: skip
    result = run(count, *arguments)
    assert result.exit_code == 0, result.output
    assert [(r["n"], r["begin_at"], r["end_at"]) for r in taken] == [
        (i, pytest.approx(1000 + i), pytest.approx(1001 + i)) for i in range(4)
    ]
    assert sum(r["lines"]["stop"]["a"].get("car", 0) for r in taken) == 1
    assert sum(r["lane_groups"][0]["crossed"].get("car", 0) for r in taken) == 1
    assert all(r["lane_groups"][0]["seen"] for r in taken)
    assert len({r["boot_id"] for r in taken}) == 1
    answers["status"] = 404
    result = run(count, *arguments, "--json", folder / "o.json")
    assert isinstance(result.exception, ServiceError)
    assert "no such junction" in str(result.exception)
    assert json.loads((folder / "o.json").read_text())["lines"]["stop"] == {"a": {"car": 1}, "b": {"truck": 1}}
    assert len(taken) == 5


def camera_files(folder: Path, *sources: str) -> Path:
    """A folder of camera files, one a source."""
    (folder / "cameras").mkdir()
    for i, source in enumerate(sources):
        text = CAMERA_FILE.replace('id = "cam"', f'id = "cam-{i}"\nsource = "{source}"', 1)
        (folder / "cameras" / f"{i}.toml").write_text(text, encoding="utf-8")
    return folder / "cameras"


class DownAndUp:
    """A detector that sees a car going down and a truck going up in any picture: its number is the column's grey."""

    class_names = COCO

    def detect(self, pictures: Any, class_ids: Any) -> list[Any]:
        images = map(image_of, pictures)
        return [detections_from_rows([row(80, 40 + 8 * int(image[200, 390, 0]) // 4)]) for image in images]


def marked() -> list[Any]:
    """Pictures whose number can be read from their right edge, also after the codec."""
    images = noisy(FRAMES)
    for i, image in enumerate(images):
        image[:, 370:] = 4 * i
    return images


def test_many_cameras_in_one_process_and_one_that_fails(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.backends.load_detector", lambda *given, **settings: DownAndUp())
    write_video(folder / "a.mp4", marked())
    write_video(folder / "b.mp4", marked()[:25])
    cameras = camera_files(folder, "../a.mp4", "../gone.mp4", "../b.mp4")
    result = run(count, "--camera", cameras, "--json", folder / "o.json", "--csv", folder / "o.csv")
    assert isinstance(result.exception, ChaurahaError)
    assert "camera cam-1 ended" in str(result.exception)
    assert "gone.mp4" in str(result.exception)
    whole, gone, short = json.loads((folder / "o.json").read_text())["cameras"]
    assert [one["frames"] for one in (whole, gone, short)] == [FRAMES, 0, 25]
    assert [one["lines"].get("stop", {}).get("a") for one in (whole, gone, short)] == [{"car": 1}, None, {"car": 1}]
    assert any("gone.mp4" in note for note in gone["notes"])
    assert {line.split(",")[0] for line in (folder / "o.csv").read_text().splitlines()[1:]} == {"cam-0", "cam-2"}


def test_the_status_shows_every_camera_and_says_every_change(folder: Path) -> None:
    write_video(folder / "dark.mp4", [*noisy(20), *[image // 40 for image in noisy(40)], *noisy(20)])
    cameras = camera_files(folder, "../v.mp4", "../dark.mp4")
    result = run(count, "--camera", cameras, "--interval", 1)
    assert result.exit_code == 0, result.output
    said = [line for line in result.stderr.splitlines() if line.startswith("cam-")]
    assert said == ["cam-1: black since 4 s", "cam-1: ok since 6 s"]
    screen = io.StringIO()
    status = CountStatus(Console(file=screen, force_terminal=True, width=100), lambda: 3)
    detector = RecordedDetections([], COCO)
    source = UnreadableSource("gone.mp4", InputError("source", expected="a video", got="gone.mp4"))
    good = FramesSource(noisy(12), fps=10.0)
    posts = [
        Post(camera=replace(CAMERA, id=name), source=one, live=False, stamp=float)
        for name, one in (("gone", source), ("good", good))
    ]
    session = CountingSession(posts, detector, lambda _: OrderTracker(), on_interval=status.seen)
    status.watch(session)
    with status:
        session.run()
        page = Console(file=io.StringIO(), width=150)
        page.print(status.table())
    shown = " ".join(page.file.getvalue().split())  # type: ignore[attr-defined]
    assert "gone lost (InputError: source: expected a video" in shown
    assert "good ok 12" in shown
    assert "3 records wait" in shown


def test_cameras_that_cannot_share_a_detector(folder: Path) -> None:
    cameras = camera_files(folder, "a.mp4", "b.mp4")
    one = cameras / "1.toml"
    one.write_text("confidence = 0.3\n" + one.read_text())
    result = run(count, "--camera", cameras)
    assert isinstance(result.exception, InputError)
    assert "--camera: confidence" in str(result.exception)
    one.write_text(one.read_text().replace('id = "cam-1"', 'id = "cam-0"').replace("confidence = 0.3", ""))
    result = run(count, "--camera", cameras)
    assert "different ids" in str(result.exception)


def test_draw_writes_a_picture_with_the_line_on_it(folder: Path) -> None:
    import cv2

    result = run(camera_command.app, "draw", folder / "camera.toml", "--source", folder / "v.mp4", "--out",
                 folder / "o.png", "--frame", 3)  # fmt: skip
    assert result.exit_code == 0, result.output
    picture = cv2.imread(str(folder / "o.png"))
    assert picture is not None
    assert picture.shape == (400, 400, 3)
    blue, green, red = picture[200, 350].tolist()
    assert red > 150 > green + blue


def test_a_frame_that_is_not_there_writes_nothing(folder: Path) -> None:
    result = run(camera_command.app, "draw", folder / "camera.toml", "--source", folder / "v.mp4", "--out",
                 folder / "o.png", "--frame", 99)  # fmt: skip
    assert isinstance(result.exception, InputError)
    assert "0 to 39" in str(result.exception)
    assert not (folder / "o.png").exists()


def test_check_says_what_is_right_and_what_is_not(folder: Path) -> None:
    check = [camera_command.app, "check", folder / "camera.toml", "--json", folder / "c.json", "--source"]
    good = run(*check, folder / "v.mp4")
    assert good.exit_code == 0, good.output
    assert json.loads((folder / "c.json").read_text())["ok"] is True
    bad = run(*check, folder / "none.mp4", "--scenario", "kanpur")
    assert bad.exit_code == 1
    checks = {one["name"]: one["ok"] for one in json.loads((folder / "c.json").read_text())["checks"]}
    assert checks == {"camera file": True, "source": False, "junction": False}


def test_motion_needs_no_weights_and_check_says_what_it_cannot_tell(folder: Path) -> None:
    file = folder / "drone.toml"
    file.write_text(
        'schema = "chauraha.camera/1"\nid = "drone"\ndetector = "motion"\ncar_length = 0.1\n'
        '[[lines]]\nname = "stop"\npoints = [[0.0, 0.5], [1.0, 0.5]]\n'
    )
    checked = run(camera_command.app, "check", file)
    assert checked.exit_code == 0, checked.output
    assert "by motion; cannot tell auto_rickshaw" in checked.output
    out = folder / "motion.json"
    counted = run(count, "--source", folder / "v.mp4", "--camera", file, "--json", out)
    assert counted.exit_code == 0, counted.output
    assert any("queues are unknown" in note for note in json.loads(out.read_text())["notes"])
    refused = run(count, "--source", folder / "v.mp4", "--camera", file, "--weights", "w.pt")
    assert isinstance(refused.exception, InputError)
