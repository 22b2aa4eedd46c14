"""Fine-tuning YOLO weights on a data set in YOLO's form: the simulated street's pictures, UVH-26, or a city's own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from detector.yolo import load_ultralytics
from junction.errors import InputError
from junction.files import write_whole

RUN_FILE = "run.json"
LAST, BEST = Path("weights") / "last.pt", Path("weights") / "best.pt"


@dataclass(frozen=True, kw_only=True)
class DetectorTraining:
    """What to train: `weights` (.pt) on `data` (a `data.yaml`), into the folder `run`. `device` is ultralytics' word:
    cpu, 0, mps; None lets it choose."""

    data: Path
    weights: Path
    run: Path
    epochs: int = 30
    image_size_px: int = 640
    batch: int = 8
    device: str | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name}", expected="1 or more", got=getattr(self, name))
        if self.image_size_px < 32 or self.image_size_px % 32:
            raise InputError("--image-size", expected="a multiple of 32 pixels", got=self.image_size_px)
        if not self.weights.is_file() or self.weights.suffix != ".pt":
            raise InputError("--weights", expected="weights to start from (.pt)", got=str(self.weights))
        _check_data(self.data)


def train_detector(training: DetectorTraining) -> dict[str, Any]:
    """Train, and return what the run folder's `run.json` says: configuration, versions, accuracy of the best epoch.

    A run folder that holds an unfinished run goes on from its last epoch. Raises InputError for one of another
    configuration, or one that is finished.
    """
    ultralytics = load_ultralytics()
    config = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(training).items()}
    resumed = _resumes(training.run, config)
    if not resumed:
        training.run.mkdir(parents=True, exist_ok=True)
        write_whole(training.run / RUN_FILE, _document(config, None))
    model = ultralytics.YOLO(str(training.run / LAST if resumed else training.weights), task="detect")
    found = model.train(
        data=str(training.data.resolve()),
        epochs=training.epochs,
        imgsz=training.image_size_px,
        batch=training.batch,
        nbs=training.batch,  # a step a batch: ultralytics gathers 64 pictures, a handful of steps for a few hundred
        device=training.device,
        seed=training.seed,
        deterministic=True,
        workers=0,
        plots=False,
        project=str(training.run.resolve().parent),
        name=training.run.name,
        exist_ok=True,
        resume=resumed,
    )
    figures = {name: round(float(value), 4) for name, value in found.results_dict.items()}
    text = _document(config, figures)
    write_whole(training.run / RUN_FILE, text)
    document: dict[str, Any] = json.loads(text)
    return document


def _document(config: dict[str, Any], figures: dict[str, float] | None) -> bytes:
    versions = {"torch": version("torch"), "ultralytics": load_ultralytics().__version__}
    return (json.dumps({"config": config, "versions": versions, "figures": figures}, indent=1) + "\n").encode()


def _resumes(run: Path, config: dict[str, Any]) -> bool:
    """Whether the folder holds the same run, unfinished."""
    try:
        before = json.loads((run / RUN_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    if before["config"] != config:
        changed = sorted(name for name in config if before["config"].get(name) != config[name])
        raise InputError("--run", expected="a new folder, or the same configuration", got=f"another {changed}")
    if before["figures"] is not None:
        raise InputError("--run", expected="a new folder, or an unfinished run", got=f"{run}, which is finished")
    return (run / LAST).is_file()


def _check_data(data: Path) -> None:
    """A `data.yaml` whose pictures are there."""
    try:
        named = yaml.safe_load(data.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise InputError("--data", expected="a data.yaml", got=f"{data}: {wrong.strerror}") from None
    except yaml.YAMLError as wrong:
        raise InputError("--data", expected="YAML", got=str(wrong).splitlines()[0]) from None
    if not isinstance(named, dict) or not {"train", "val", "names"} <= named.keys():
        raise InputError(str(data), expected="train, val and names", got=sorted(named) if named else named)
    for part in ("train", "val"):
        place = data.parent / str(named.get("path", "")) / str(named[part])
        if not place.exists():
            raise InputError(f"{data} {part}", expected="a folder of pictures", got=str(place))
