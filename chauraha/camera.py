"""`chauraha camera`: draw a camera file on a frame, check one before it counts; render the simulated street."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from junction.errors import ChaurahaError, InputError

if TYPE_CHECKING:
    from detector.camera import Camera

Name = TypeVar("Name", bound=StrEnum)
app = typer.Typer(
    no_args_is_help=True, help="Camera files: draw one on a frame, check one; pictures of the simulated street."
)


@app.command()
def draw(
    camera: Annotated[Path, typer.Argument(help="Camera file (TOML).")],
    source: Annotated[Path, typer.Option(help="Video file of that camera.")],
    out: Annotated[Path, typer.Option(help="Picture to write (.png or .jpg).")],
    frame: Annotated[int, typer.Option(help="Number of the frame to draw on, from 0.")] = 0,
) -> None:
    """Write a picture of a frame with the camera's lines, zones and masks on it.

    An arrow shows direction `a` of every line. Masked parts stay masked.
    """
    import cv2

    from detector.camera_file import load_camera
    from detector.draw import draw_camera
    from detector.folder import open_source
    from detector.frame import Frame
    from junction.files import write_whole

    watched = load_camera(camera)
    video = open_source(source, fps=watched.fps)
    if out.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError("--out", expected="a name ending in .png or .jpg", got=str(out))
    last = -1
    for shown in video.frames():
        if not isinstance(shown, Frame):
            continue
        last = shown.index
        if shown.index == frame:
            _, encoded = cv2.imencode(out.suffix, draw_camera(watched, shown.image))
            write_whole(out, encoded.tobytes())
            typer.echo(f"{out}: {shown.image.shape[1]}x{shown.image.shape[0]}, frame {frame}")
            return
    raise InputError("--frame", expected=f"0 to {last}", got=frame, hint=video.broken or "")


@app.command()
def render(
    out: Annotated[Path, typer.Option(help="New folder for the data set.")],
    scenario: Annotated[str, typer.Option(help="A scenario's name or its folder.")] = "kanpur",
    junction: Annotated[str, typer.Option(help="The junction to look at.")] = "rawatpur",
    view: Annotated[
        str, typer.Option(help="perspective (a pole at a corner), arm (each arm's queue in turn) or top (from above).")
    ] = "perspective",
    light: Annotated[str, typer.Option(help="day, dusk, rain: in turn, with commas between.")] = "day,dusk,rain",
    frames: Annotated[int, typer.Option(help="Pictures; the last fifth is for validation.")] = 200,
    every: Annotated[float, typer.Option(help="Simulated seconds between two pictures.")] = 3.0,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "640x384",
    seed: Annotated[int, typer.Option(help="Of the traffic, the cameras' places and the noise.")] = 1,
) -> None:
    """Render a junction of the simulated street with true labels: a data set for `chauraha detector train`."""
    from rich.progress import Progress

    from envs.rendering.data_set import DataSetPlan, render_data_set
    from envs.rendering.light import Light
    from envs.rendering.viewpoint import View
    from scenarios.model import TRAINING
    from scenarios.ready import ready_scenario

    width, _, height = size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise InputError("--size", expected="WIDTHxHEIGHT, such as 640x384", got=size)
    plan = DataSetPlan(
        junction_id=junction,
        frames=frames,
        every_s=every,
        view=_one_of(View, "--view", view),
        lights=tuple(_one_of(Light, "--light", name) for name in light.split(",")),
        size_px=(int(width), int(height)),
        seed=seed,
    )
    city = ready_scenario(scenario, TRAINING, typer.echo)
    with Progress(transient=True) as progress:
        task = progress.add_task("rendering", total=frames)
        labelled = render_data_set(city, plan, out, lambda number: progress.update(task, completed=number + 1))
    typer.echo(f"{out / 'data.yaml'}: {frames} pictures, {labelled} vehicles labelled")


@app.command()
def check(
    camera: Annotated[Path, typer.Argument(help="Camera file (TOML).")],
    source: Annotated[Path | None, typer.Option(help="Video file of that camera: can it be read?")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights, over the camera file's.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Scenario: does the junction have these lane groups?")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the checks as JSON.")] = None,
) -> None:
    """Check a camera file, and its source, weights and junction when they are given. Exit status 1 if one fails."""
    from json import dumps

    from detector.camera_checks import check_watches
    from detector.camera_file import load_camera
    from junction.files import write_whole

    watched = load_camera(camera)
    checks: list[dict[str, Any]] = [check_watches(watched).to_document()]
    if source is not None:
        checks.append(_checked("source", lambda: _source(source, watched.fps)))
    if watched.by_motion:
        checks.append(_checked("detector", lambda: _motion(watched)))
    elif weights is not None or watched.weights is not None:
        checks.append(_checked("weights", lambda: _weights(weights, watched)))
    if scenario is not None:
        checks.append(_checked("junction", lambda: _junction(scenario, watched)))
    for one in checks:
        typer.echo(f"{'ok  ' if one['ok'] else 'FAIL'} {one['name']}: {one['detail']}")
    ok = all(one["ok"] for one in checks)
    if json is not None:
        write_whole(json, (dumps({"ok": ok, "checks": checks}, ensure_ascii=False, indent=2) + "\n").encode())
    if not ok:
        raise typer.Exit(1)


def _checked(name: str, question: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": question()}
    except ChaurahaError as error:
        return {"name": name, "ok": False, "detail": str(error)}


def _source(source: Path, fps: float | None) -> str:
    """Reads the first frame."""
    from detector.folder import open_source
    from detector.frame import Frame

    video = open_source(source, fps=fps)
    first = next(iter(video.frames()), None)
    if not isinstance(first, Frame):
        raise InputError("source", expected="at least one frame", got=str(source), hint=video.broken or "")
    return f"{first.image.shape[1]}x{first.image.shape[0]} at {video.fps:.2f} frames a second"


def _weights(weights: str | None, watched: Camera) -> str:
    """Loads the weights and says what they cannot tell."""
    from detector.backends import load_detector
    from detector.class_map import class_map
    from detector.weights import find_weights

    found = find_weights(weights, watched)
    names = load_detector(found.path, download=found.download).class_names
    classes = class_map(names, watched.classes)
    blind = ", ".join(classes.not_separable) or "nothing"
    return f"{found.path.name}: {len(classes.vehicles)} vehicle classes; cannot tell {blind}"


def _motion(watched: Camera) -> str:
    """What a camera that finds by motion cannot say."""
    from detector.class_map import classes_of

    unknown = f"; queues unknown in {len(watched.zones)} zones" if watched.zones else ""
    return f"by motion; cannot tell {', '.join(classes_of(watched, None).not_separable)}{unknown}"


def _junction(scenario: str, watched: Camera) -> str:
    """Every zone names a lane group of the camera's junction."""
    from detector.camera_checks import check_junction
    from scenarios.load import load_scenario

    layouts = {key: site.layout for key, site in load_scenario(scenario).sites.items()}
    return check_junction(watched, layouts, scenario).detail


def _one_of(kind: type[Name], option: str, name: str) -> Name:
    if name not in set(kind):
        raise InputError(option, expected=f"one of {sorted(kind)}", got=name)
    return kind(name)
