"""`chauraha camera`: draw a camera file on a frame, and check one before it counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junction.errors import ChaurahaError, InputError

if TYPE_CHECKING:
    from detector.camera import Camera

app = typer.Typer(no_args_is_help=True, help="Camera files: draw one on a frame, check one.")


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
def check(
    camera: Annotated[Path, typer.Argument(help="Camera file (TOML).")],
    source: Annotated[Path | None, typer.Option(help="Video file of that camera: can it be read?")] = None,
    weights: Annotated[str | None, typer.Option(help="Weights, over the camera file's.")] = None,
    scenario: Annotated[str | None, typer.Option(help="Scenario: does the junction have these lane groups?")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the checks as JSON.")] = None,
) -> None:
    """Check a camera file, and its source, weights and junction when they are given. Exit status 1 if one fails."""
    from json import dumps

    from detector.camera_file import load_camera
    from junction.files import write_whole

    watched = load_camera(camera)
    checks: list[dict[str, Any]] = [
        {
            "name": "camera file",
            "ok": bool(watched.lines or watched.zones),
            "detail": f"{len(watched.lines)} lines, {len(watched.zones)} zones, {len(watched.movements)} movements, "
            f"{len(watched.privacy_masks)} privacy masks, "
            f"{'with' if watched.homography else 'no'} homography",
        }
    ]
    if source is not None:
        checks.append(_checked("source", lambda: _source(source, watched.fps)))
    if weights is not None or watched.weights is not None:
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


def _junction(scenario: str, watched: Camera) -> str:
    """Every zone names a lane group of the camera's junction."""
    from scenarios.load import load_scenario

    sites = load_scenario(scenario).sites
    if watched.junction_id is None or watched.junction_id not in sites:
        raise InputError(
            "junction_id", expected=f"a junction of {scenario}: {', '.join(sorted(sites))}", got=watched.junction_id
        )
    groups = {group.id for group in sites[watched.junction_id].layout.lane_groups}
    strangers = sorted({zone.lane_group_id for zone in watched.zones} - groups)
    if strangers:
        raise InputError("zones", expected=f"lane groups of {watched.junction_id}: {sorted(groups)}", got=strangers)
    missing = sorted(groups - {zone.lane_group_id for zone in watched.zones})
    seen = f"{watched.junction_id}: zones for {len(groups) - len(missing)} of {len(groups)} lane groups"
    return f"{seen}; never seen: {', '.join(missing)}" if missing else seen
