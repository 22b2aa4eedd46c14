"""The detector for some weights, and our own reading of a network's output."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import numpy as np
import pytest

from detector.backends import load_detector, streams_of
from detector.letterbox import Letterbox
from detector.source import FileSource
from detector.yolo_output import detections_of
from junction.errors import InputError, MissingPackageError

FOOTAGE = Path(os.environ.get("CHAURAHA_FOOTAGE", Path(__file__).parents[3] / "shared" / "detector"))


def test_a_picture_in_the_square_and_its_boxes_back() -> None:
    letterbox = Letterbox(640, 640)
    image = np.zeros((400, 800, 3), dtype=np.uint8)
    image[100:200, 200:600] = 255
    fit = letterbox.fit(image)
    assert (fit.scale, fit.left_px, fit.top_px) == (0.8, 0, 160)
    assert (letterbox.buffer[:160] == 114).all()
    assert letterbox.buffer[300, 320].tolist() == [255, 255, 255]
    square = np.array([[160, 240, 480, 320], [-10, 0, 700, 640]], dtype=np.float32)
    assert fit.back(square, 800, 400).tolist() == [[200, 100, 600, 200], [0, 0, 800, 400]]
    assert letterbox.fit(np.full((800, 400, 3), 7, dtype=np.uint8)).left_px == 160
    assert (letterbox.buffer[:, :160] == 114).all(), "nothing is left of the picture before"


def test_a_networks_output_by_class_threshold_and_suppression() -> None:
    letterbox = Letterbox(640, 640)
    fit = letterbox.fit(np.zeros((640, 640, 3), dtype=np.uint8))
    places = [  # centre, size, score of class 0, 1, 2
        (100, 100, 40, 40, 0.9, 0.1, 0.0),
        (102, 100, 40, 40, 0.8, 0.0, 0.0),  # the same again
        (100, 100, 40, 40, 0.0, 0.7, 0.0),  # there too, but another class
        (300, 300, 40, 40, 0.05, 0.0, 0.0),  # too weak
        (400, 400, 40, 40, 0.3, 0.0, 0.6),  # a class that nobody asked for
        (500, 500, 20, 60, 0.0, 0.5, 0.2),
        (9, 9, 9, 9, 0.0, 0.0, 0.0),
    ]
    found = detections_of(
        np.array(places, dtype=np.float32).T, fit, width_px=640, height_px=640, confidence=0.1, iou=0.7,
        class_ids={0, 1},
    )  # fmt: skip
    assert found.class_ids.tolist() == [0, 1, 1]
    assert found.confidence.tolist() == pytest.approx([0.9, 0.7, 0.5])
    assert found.boxes_px.tolist() == [[80, 80, 120, 120], [80, 80, 120, 120], [490, 470, 510, 530]]


def test_a_network_that_suppresses_by_itself() -> None:
    fit = Letterbox(640, 640).fit(np.zeros((320, 640, 3), dtype=np.uint8))
    rows = np.array([[0, 160, 64, 200, 0.9, 2], [10, 200, 20, 210, 0.05, 2], [0, 160, 64, 200, 0.8, 1]], np.float32)
    found = detections_of(rows, fit, width_px=640, height_px=320, confidence=0.1, iou=0.7, class_ids={2})
    assert (found.boxes_px.tolist(), found.class_ids.tolist()) == ([[0, 0, 64, 40]], [2])


def test_a_backend_that_is_not_here_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.backends.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"chauraha\[litert\]"):
        load_detector(tmp_path / "w.tflite")
    with pytest.raises(InputError, match="NVIDIA"):
        load_detector(tmp_path / "w.engine")


@pytest.mark.parametrize("metadata", [None, "names: {0: car}\ntask: segment\n", "task: detect\n"])
def test_a_folder_that_holds_no_detection_network(tmp_path: Path, metadata: str | None) -> None:
    pytest.importorskip("openvino", reason="install 'chauraha[detect]'")
    (tmp_path / "m.xml").write_text("<net/>")
    if metadata is not None:
        (tmp_path / "metadata.yaml").write_text(metadata)
    with pytest.raises(InputError, match="an OpenVINO folder"):
        load_detector(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_an_onnx_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.onnx").write_bytes(content)
    with pytest.raises(InputError, match="an ONNX detection network"):
        load_detector(tmp_path / "w.onnx")


def test_an_onnx_network_finds_what_its_output_says(tmp_path: Path) -> None:
    """A network of one multiplication, whose output is in the picture: two lanes, called from two threads."""
    onnx = pytest.importorskip("onnx", reason="install 'chauraha[train]'")
    from onnx import TensorProto, helper

    def network(path: Path, metadata: dict[str, str]) -> Path:
        place = helper.make_tensor("place", TensorProto.FLOAT, [1, 5, 1], [32.0, 32.0, 16.0, 16.0, 1.0])
        nodes = [
            helper.make_node("ReduceMax", ["picture"], ["bright"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Sub", ["place", "ones"], ["less"]),
            helper.make_node("Mul", ["ones", "bright"], ["score"]),
            helper.make_node("Add", ["less", "score"], ["output"]),
        ]
        ones = helper.make_tensor("ones", TensorProto.FLOAT, [1, 5, 1], [0.0, 0.0, 0.0, 0.0, 1.0])
        graph = helper.make_graph(
            nodes, "g",
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 64, 64])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 5, 1])], [place, ones],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        helper.set_model_props(model, metadata)
        onnx.save(model, path)
        return path

    detector = load_detector(network(tmp_path / "w.onnx", {"names": "{0: 'car'}", "task": "detect"}), streams=2)
    assert (detector.class_names, streams_of(detector)) == ({0: "car"}, 2)
    bright, dim = (np.full((64, 64, 3), grey, dtype=np.uint8) for grey in (204, 102))
    found = detector.detect([bright, dim, bright], {0})
    assert [one.confidence.tolist() for one in found] == [pytest.approx([c]) for c in (0.8, 0.4, 0.8)]
    assert found[0].boxes_px.tolist() == [[24, 24, 40, 40]]
    assert [len(one) for one in detector.detect([bright], {1})] == [0]
    with pytest.raises(InputError, match="made for segment"):
        load_detector(network(tmp_path / "s.onnx", {"names": "{0: 'car'}", "task": "segment"}))


@pytest.mark.parametrize("content", [b"", b"not a network"])
def test_a_litert_file_that_is_none(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.backends.find_spec", lambda name: True)
    (tmp_path / "w.tflite").write_bytes(content)
    with pytest.raises(InputError, match="a LiteRT detection network"):
        load_detector(tmp_path / "w.tflite")


@pytest.mark.slow
def test_pytorch_lanes_do_not_mix_pictures_of_two_shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained network that finds something nearly everywhere; ultralytics' keeps its grid of places from the last
    picture, so that two lanes with one such network would read each other's."""
    pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")
    import torch

    from detector.pytorch import TorchNetwork
    from detector.yolo import load_ultralytics

    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    torch.manual_seed(3)
    model = load_ultralytics().YOLO("yolo11n.yaml", task="detect")
    for layers in model.model.model[-1].cv3:
        layers[-1].bias.data[:3] = -1.0  # a score of 0.27 everywhere, more or less
    weights = tmp_path / "random.pt"
    model.save(weights)
    rng = np.random.default_rng(5)
    images = [rng.integers(0, 255, (height, 320, 3), dtype=np.uint8) for height in (180, 320) * 6]
    detector = load_detector(weights, image_size_px=320, streams=2)
    assert streams_of(detector) == 2
    together = detector.detect(images, [0, 1, 2])
    for image, found in zip(images, together, strict=True):
        (alone,) = detector.detect([image], [0, 1, 2])
        assert len(alone) > 10
        assert np.array_equal(found.boxes_px, alone.boxes_px)
    fused = load_ultralytics().YOLO(weights).model.fuse(verbose=False).eval()
    for height in (192, 320):
        bytes_ = torch.randint(0, 256, (1, 3, height, 320)).float()
        with torch.no_grad():
            theirs = fused(bytes_.flip(1) / 255)[0]
            ours = TorchNetwork(copy.deepcopy(fused)).recorded(bytes_)(bytes_)
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-3)
    with pytest.raises(InputError, match="made for segment"):
        other = tmp_path / "segment.pt"
        load_ultralytics().YOLO("yolo11n-seg.yaml", task="segment").save(other)
        load_detector(other)


@pytest.mark.footage
@pytest.mark.slow
@pytest.mark.parametrize("name", ["yolo11n_int8_openvino_model", "yolo11n.pt", "yolo26n_coco_int8.tflite"])
def test_a_network_by_us_finds_what_ultralytics_finds(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason="install 'chauraha[detect]'")
    if name.endswith(".tflite"):
        pytest.importorskip("ai_edge_litert", reason="install 'chauraha[litert]'")
    from detector.yolo import YoloDetector

    weights, clip = FOOTAGE / "weights" / name, FOOTAGE / "video" / "india_mixed.mp4"
    if not weights.exists() or not clip.is_file():
        pytest.skip("needs the shared weights and footage")
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    images = [frame.image for frame in FileSource(clip).frames()][::60]
    ids = [0, 1, 2, 3, 5, 7]
    for ours, theirs in zip(
        load_detector(weights, streams=2).detect(images, ids), YoloDetector(weights).detect(images, ids), strict=True
    ):
        assert sorted(ours.class_ids) == sorted(theirs.class_ids)
        # Which of two boxes of nearly the same confidence comes first is a matter of the last digit.
        apart = np.abs(ours.boxes_px[:, None] - theirs.boxes_px[None]).max(axis=2)
        apart += 1e3 * (ours.class_ids[:, None] != theirs.class_ids[None])
        assert apart.min(axis=1).max() < 2.0
        assert np.abs(ours.confidence - theirs.confidence[apart.argmin(axis=1)]).max() < 0.01


@pytest.mark.parametrize("plain", [True, False])
def test_a_recorded_network_sees_the_colours_that_it_was_trained_on(plain: bool) -> None:
    """It gets blue, green and red from 0 to 255; a network of ultralytics' is trained on red, green and blue to 1."""
    torch = pytest.importorskip("torch", reason="install 'chauraha[detect]'")
    from detector.pytorch import TorchNetwork

    class First(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3, padding=1) if plain else torch.nn.Identity()

        def forward(self, picture: object) -> object:
            return self.conv(picture)

    class Network(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = torch.nn.Sequential(First())

        def forward(self, picture: object) -> object:
            return self.model(picture), "for its training"

    network = Network().eval()
    picture = torch.randint(0, 256, (1, 3, 8, 16)).float()
    with torch.no_grad():
        wanted = network(picture.flip(1) / 255)[0]
        got = TorchNetwork(network).recorded(picture)(picture)
    np.testing.assert_allclose(got.numpy(), wanted.numpy(), atol=1e-5)
