"""What a calibration tells: the machine's object, and pages for the engineer."""

from __future__ import annotations

import csv
import io
from typing import Any

from scenarios.calibration.calibrate import Calibration
from scenarios.calibration.geh import GOOD_GEH, good_share
from scenarios.calibration.links import PlaceFlow

BAR = 0.85
"""The share of links below GEH 5 that the field asks for."""


def document(found: Calibration) -> dict[str, Any]:
    """The object of `chauraha scenario calibrate --json`."""
    fitted, withheld = found.geh_lt5_share, good_share(found.withheld_geh.values())
    notes = list(found.notes)
    if fitted is None:
        notes.append("geh_lt5_share: no link was given to the fit")
    if withheld is None:
        notes.append("withheld_geh_lt5_share: too few counted links to withhold one")
    checks = [
        {
            "name": f"GEH below {GOOD_GEH:g} on {BAR:.0%} of the counted links",
            "ok": fitted is not None and fitted >= BAR,
            "detail": "nothing to compare" if fitted is None else f"{fitted:.1%} of {len(found.geh)} links",
        },
        {
            "name": "counts of one link agree",
            "ok": not found.contradictions,
            "detail": f"{len(found.contradictions)} contradictions",
        },
        {"name": "every count has its place", "ok": not found.unmatched, "detail": f"{len(found.unmatched)} unmatched"},
    ]
    return {
        "ok": all(check["ok"] for check in checks),
        "checks": checks,
        "geh_lt5_share": fitted,
        "geh": {link: round(value, 2) for link, value in found.geh.items()},
        "withheld_geh_lt5_share": withheld,
        "withheld_geh": {link: round(value, 2) for link, value in found.withheld_geh.items()},
        "own_demand_geh_lt5_share": good_share(found.prior_geh.values()),
        "unmatched": list(found.unmatched),
        "contradictions": list(found.contradictions),
        "gaps": list(found.binned.gaps),
        "misfits": [_misfit(flow) for flow in misfits(found)],
        "vehicles": sum(sum(piece.veh.values()) for piece in found.bins),
        "mean_pcu": round(found.mean_pcu, 4),
        "seed": found.settings.seed,
        "notes": notes,
    }


def misfits(found: Calibration) -> list[PlaceFlow]:
    """Places that were given to the fit and that it does not meet, the worst first."""
    missed = [flow for flow in found.flows if flow.place.link not in found.withheld and flow.geh >= GOOD_GEH]
    return sorted(missed, key=lambda flow: (-flow.geh, str(flow.place.name)))


def markdown(found: Calibration) -> str:
    """The report as a page: shares, what did not fit, and every place's flows."""
    told = document(found)
    lines = ["# Calibration", ""]
    lines += [f"- {'ok' if check['ok'] else 'FAIL'}: {check['name']}: {check['detail']}" for check in told["checks"]]
    withheld = told["withheld_geh_lt5_share"]
    if withheld is not None:
        lines.append(f"- withheld links below GEH 5: {withheld:.1%} of {len(found.withheld_geh)}")
    lines += [f"- {note}" for note in told["notes"]]
    for title, key in (("Contradictions", "contradictions"), ("Unmatched counts", "unmatched"), ("Gaps", "gaps")):
        lines += ["", f"## {title}", "", *([f"- {line}" for line in told[key]] or ["none"])]
    lines += ["", "## What did not fit", "", *([f"- {line}" for line in told["misfits"]] or ["none"])]
    lines += ["", "## Flows", "", "| link | place | counted veh/h | assigned veh/h | counted PCU/h | GEH | |"]
    lines.append("|---|---|---|---|---|---|---|")
    for flow in sorted(found.flows, key=lambda f: (f.place.link, str(f.place.name))):
        lines.append(
            f"| {flow.place.link} | {flow.place.name} | {flow.counted_veh_h:.0f} | {flow.modelled_veh_h:.0f} "
            f"| {flow.counted_veh_h * found.mean_pcu:.0f} | {flow.geh:.1f} "
            f"| {'withheld' if flow.place.link in found.withheld else ''} |"
        )
    return "\n".join(lines) + "\n"


def csv_text(found: Calibration) -> str:
    """Every place's flows, a line each, for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["link", "place", "counted_veh_h", "assigned_veh_h", "geh", "withheld"])
    for flow in sorted(found.flows, key=lambda f: (f.place.link, str(f.place.name))):
        figures = (f"{flow.counted_veh_h:.1f}", f"{flow.modelled_veh_h:.1f}", f"{flow.geh:.2f}")
        writer.writerow([flow.place.link, flow.place.name, *figures, flow.place.link in found.withheld])
    return out.getvalue()


def _misfit(flow: PlaceFlow) -> str:
    apart = flow.modelled_veh_h - flow.counted_veh_h
    return (
        f"{flow.place.name}: counted {flow.counted_veh_h:.0f} veh/h, assigned {flow.modelled_veh_h:.0f} "
        f"({apart:+.0f}, GEH {flow.geh:.1f})"
    )
