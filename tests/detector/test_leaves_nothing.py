"""`chauraha count` as a process without any network: it counts, calls nobody, and leaves no picture on disk.

Every file that appears, be it for a moment only, under its working, home and temporary folders is seen (inotify) and
must be one that was asked for. Each run is a process of its own, in a network namespace without any interface.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pictures import noisy, write_video

REPOSITORY = Path(__file__).parents[2]
FOOTAGE = Path(os.environ.get("CHAURAHA_FOOTAGE", Path(__file__).parents[3] / "shared" / "detector"))
FRAMES = 40
OFFLINE = ["unshare", "-rn"]

WATCHFUL = """
import os, sys
def told(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(f"{event} {given[-1]!r}\\n")
sys.addaudithook(told)
"""
RECORDED = """
from pictures import COCO, row
from detector import backends
from detector.detection import RecordedDetections, detections_from_rows
script = [detections_from_rows([row(80, 40 + 8 * i), row(300, 380 - 8 * i, 7)]) for i in range(40)]
backends.load_detector = lambda *given, **settings: RecordedDetections(script, COCO)
"""

pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
watchfiles = pytest.importorskip("watchfiles", reason="install 'chauraha[dev]'")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Folders of a run's own, a video, weights that need not be read, and the hook that writes down every call."""
    if subprocess.run([*OFFLINE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel lets no user make a network namespace (unshare -rn)")
    for name in ("work", "home", "temporary", "given", "hook"):
        (tmp_path / name).mkdir()
    write_video(tmp_path / "given" / "v.mp4", noisy(FRAMES))
    (tmp_path / "given" / "weights.pt").touch()
    (tmp_path / "hook" / "sitecustomize.py").write_text(WATCHFUL)
    return tmp_path


def count(
    place: Path, arguments: list[str], *, prepare: str = RECORDED
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """The finished process, and the files that appeared under its folders while it ran or are there now."""
    code = f"{prepare}\nimport sys\nfrom chauraha.main import run\nsys.argv[:1] = ['chauraha', 'count']\nrun()\n"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{place / 'hook'}:{REPOSITORY}:{Path(__file__).parent}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(place / "home"),
        "TMPDIR": str(place / "temporary"),
        "CALLS": str(place / "calls"),
    }
    watched = [place / "work", place / "home", place / "temporary"]
    appeared: set[str] = set()
    ended, ready = threading.Event(), threading.Event()

    def watch() -> None:
        for changes in watchfiles.watch(*watched, stop_event=ended, debounce=50, step=10, rust_timeout=100,
                                        yield_on_timeout=True, watch_filter=None):  # fmt: skip
            ready.set()
            appeared.update(path for _, path in changes)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    assert ready.wait(10)
    done = subprocess.run(
        [*OFFLINE, sys.executable, "-c", code, *arguments], cwd=place / "work", env=environment, capture_output=True,
        text=True, timeout=200, check=False,
    )  # fmt: skip
    ended.set()
    watcher.join(10)
    appeared |= {str(path) for folder in watched for path in folder.rglob("*")}
    files = {str(Path(path).relative_to(place)) for path in appeared if not Path(path).is_dir()}
    return done, files


def asked_for(name: str) -> bool:
    """Counts, the spool, ultralytics' settings; write_whole's and Parquet's unfinished files bear their names."""
    path = Path(name)
    if path.parts[0] == "temporary":  # Python's tempfile module tries its folder with a file of four bytes
        return re.fullmatch("[a-z0-9_]{8}", path.name) is not None and len(path.parts) == 2
    if path.parts[0] == "home":
        return path.parts[:3] == ("home", ".cache", "chauraha") and path.suffix in (".json", ".lock", "")
    return path.parts[0] == "work" and any(
        word in path.name for word in ("o.csv", "o.json", "o.jsonl", "part-00000.parquet", "unsent.sqlite")
    )


def test_only_counts_are_left_and_nobody_is_called(place: Path) -> None:
    done, files = count(
        place,
        ["--source", str(place / "given" / "v.mp4"), "--weights", str(place / "given" / "weights.pt"),
         "--line", "stop=0,0.5,1,0.5", "--csv", "o.csv", "--json", "o.json", "--jsonl", "o.jsonl", "--parquet", "o"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "work" / "o.json").read_text())["lines"]["stop"] == {"a": {"car": 1}, "b": {"truck": 1}}
    assert {"work/o.csv", "work/o.json", "work/o.jsonl"} <= files, "the watch sees what appears"
    assert [name for name in sorted(files) if not asked_for(name)] == []
    assert not (place / "calls").exists(), (place / "calls").read_text()


def test_the_debug_video_is_the_one_way_to_pictures_and_says_so(place: Path) -> None:
    av = pytest.importorskip("av", reason="install 'chauraha[detect]'")
    done, files = count(
        place,
        ["--source", str(place / "given" / "v.mp4"), "--weights", str(place / "given" / "weights.pt"),
         "--line", "stop=0,0.5,1,0.5", "--debug-video", "seen.mp4"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "PICTURES ARE BEING WRITTEN to seen.mp4" in " ".join(done.stderr.split())
    assert [name for name in sorted(files) if not asked_for(name)] == ["work/seen.mp4"]
    with av.open(str(place / "work" / "seen.mp4")) as video:
        frames = [frame.to_ndarray(format="bgr24") for frame in video.decode(video=0)]
    assert len(frames) == FRAMES
    assert frames[20].shape == (400, 400, 3)
    green = (frames[20][..., 1].astype(int) - frames[20][..., 2]) > 100
    assert green.sum() > 100, "the boxes are drawn in"


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize("weights", ["yolo11n.pt", "yolo11n_int8_openvino_model"])
def test_real_weights_without_any_network(place: Path, weights: str) -> None:
    clip = FOOTAGE / "video" / "junction_cars_cyclist.mp4"
    if not clip.is_file():
        pytest.skip("needs the shared weights and footage")
    done, files = count(
        place,
        ["--source", str(clip), "--weights", str(FOOTAGE / "weights" / weights), "--line", "mid=0,0.5,1,0.5",
         "--frames", "0-20", "--json", "o.json"],
        prepare="",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads((place / "work" / "o.json").read_text())["frames"] == 21
    assert [name for name in sorted(files) if not asked_for(name)] == []
    assert not (place / "calls").exists(), (place / "calls").read_text()
