from __future__ import annotations

from pathlib import Path

import pytest

from detector.camera import Anchor, Gate
from detector.camera_file import line_from_text, load_camera
from detector.line import Direction
from junction.errors import InputError

WHOLE = """
schema = "chauraha.camera/1"
id = "rawatpur-east"
junction_id = "rawatpur"
weights = "weights/uvh.pt"
anchor = "ground"
confidence = 0.15
image_size_px = 960
fps = 25

[classes]
"Three-wheeler" = "auto_rickshaw"

[[lines]]
name = "stop"
points = [[0.1, 0.8], [0.9, 0.8]]

[[lines]]
name = "exit"
points = [[0.1, 0.2], [0.9, 0.2]]

[[zones]]
lane_group_id = "east_a"
polygon = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]
stop = "stop:a"
lanes = 2

[[movements]]
id = "east-west"
entry = "stop:a"
exit = "exit:b"

[[privacy_masks]]
polygon = [[0, 0], [0.1, 0], [0.1, 0.1]]

[homography]
image_points = [[0.2, 0.2], [0.8, 0.2], [0.9, 0.9], [0.1, 0.9]]
ground_points_m = [[0, 40], [7, 40], [7, 0], [0, 0]]
"""
LEAST = """
schema = "chauraha.camera/1"
id = "cam"
[[lines]]
name = "mid"
points = [[0.0, 0.5], [1.0, 0.5]]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "camera.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_whole_camera_file(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, WHOLE))
    assert (camera.id, camera.junction_id, camera.fps, camera.image_size_px) == ("rawatpur-east", "rawatpur", 25.0, 960)
    assert camera.anchor is Anchor.GROUND
    assert camera.weights == tmp_path / "weights/uvh.pt"
    assert camera.classes == {"Three-wheeler": "auto_rickshaw"}
    assert camera.zones[0].stop == Gate(line="stop", direction=Direction.A)
    assert camera.movements[0].exit == Gate(line="exit", direction=Direction.B)
    assert camera.homography is not None
    assert camera.homography.to_ground_m((0.1, 0.9)) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert len(camera.privacy_masks) == 1


def test_the_least_camera_file(tmp_path: Path) -> None:
    camera = load_camera(written(tmp_path, LEAST))
    assert (camera.junction_id, camera.weights, camera.homography) == (None, None, None)
    assert camera.lines[0].start == (0.0, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('schema = "chauraha.camera/1"', 'schema = "chauraha.camera/9"', "schema"),
        ('id = "rawatpur-east"', 'id = "two words"', "id"),
        ("points = [[0.1, 0.8], [0.9, 0.8]]", "points = [[0.1, 0.8], [1.9, 0.8]]", r"lines\.0\.points\.1\.0.*1\.9"),
        ("points = [[0.1, 0.8], [0.9, 0.8]]", "points = [[0.1, 0.8], [0.1, 0.8]]", "line stop.*apart"),
        ("points = [[0.1, 0.8], [0.9, 0.8]]", "points = [[0.1, 0.8]]", r"lines\.0\.points"),
        ('name = "exit"', 'name = "stop"', "every name once"),
        ("[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]", "[0.2, 0.2], [0.8, 0.8], [0.8, 0.2], [0.2, 0.8]",
         "zone east_a.polygon.*cross itself"),
        ("[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]", "[0.2, 0.2], [0.8, 0.2]", r"zones\.0\.polygon"),
        ('stop = "stop:a"', 'stop = "halt:a"', "zone east_a.stop.*halt"),
        ('exit = "exit:b"', 'exit = "exit:c"', r"movements\.0\.exit"),
        ("confidence = 0.15", "confidence = 1.5", "confidence"),
        ("confidence = 0.15", "confidense = 0.15", "confidense"),
        ("image_size_px = 960", "image_size_px = 961", "image_size_px"),
        ("[0.9, 0.9], [0.1, 0.9]", "[0.9, 0.9]", r"homography\.image_points"),
        ("[[0, 40], [7, 40], [7, 0], [0, 0]]", "[[0, 40], [0, 20], [0, 10], [0, 0]]", "no three on one line"),
        ("fps = 25", "fps = ", "TOML"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_file_and_field(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in WHOLE
    with pytest.raises(InputError, match=message) as caught:
        load_camera(written(tmp_path, WHOLE.replace(old, new)))
    assert "camera.toml" in str(caught.value) or "homography" in str(caught.value)


def test_a_camera_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        load_camera(tmp_path / "nowhere.toml")


def test_a_line_from_the_command_line() -> None:
    line = line_from_text("mid=0,0.5,1,0.5")
    assert (line.name, line.start, line.end) == ("mid", (0.0, 0.5), (1.0, 0.5))


@pytest.mark.parametrize("text", ["mid", "mid=", "mid=0,0.5,1", "mid=0,0.5,1,x", "mid=0,0.5,1,1.5", "=0,0,1,1",
                                  "mid=0.5,0.5,0.5,0.5", "mid=nan,0,1,1"])  # fmt: skip
def test_a_line_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match="--line"):
        line_from_text(text)
