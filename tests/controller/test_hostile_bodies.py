"""Whatever is sent, the service answers with a problem document or takes it: it never breaks."""

from __future__ import annotations

import asyncio
import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from controller_parts import NINE_AT, counts_body, serving, status_body
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JSON = {"content-type": "application/json"}
GOOD: dict[str, dict[str, Any]] = {
    "control": status_body("J1", at=NINE_AT),
    "status": status_body("J1", at=NINE_AT),
    "counts": counts_body("J1", 1, NINE_AT),
    "override": {"kind": "stage", "stage_id": "ns", "ttl_s": 60, "reason": "test"},
}
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.sampled_from(["ns", "ew", "J2.today", "n1", "ai", "G", "\x00", "\ud800", "9" * 400]),
)


def paths(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    keys = document.keys() if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    return [at, *(path for key in keys for path in paths(document[key], (*at, key)))]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good body of some endpoint with up to three places replaced, dropped or added to."""
    name = draw(st.sampled_from(sorted(GOOD)))
    document: Any = copy.deepcopy(GOOD[name])
    for _ in range(draw(st.integers(0, 3))):
        *parents, last = draw(st.sampled_from([path for path in paths(document) if path]))
        place = document
        for key in parents:
            place = place[key]
        what = draw(st.sampled_from(["replace", "drop", "add"]))
        if what == "replace":
            place[last] = draw(STRANGE)
        elif what == "drop" and len(document) > 1:
            place.pop(last)
        elif isinstance(place, dict):
            place[draw(st.text(max_size=8))] = draw(STRANGE)
    return name, json.dumps(document).encode()


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(bodies(), min_size=15, max_size=40))
def test_nothing_sent_breaks_the_service(sent: list[tuple[str, bytes]]) -> None:
    async def send_all() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with serving(Path(folder)) as rig:
                for name, body in sent:
                    answer = await rig.http.post(f"/v1/junctions/J1/{name}", content=body, headers=JSON)
                    assert answer.status_code in {200, 400, 422}, (name, body, answer.text)
                    kind = "application/json" if answer.status_code == 200 else "application/problem+json"
                    assert answer.headers["content-type"] == kind
                    seq = (await rig.control())["seq"]
                    await rig.drive(1)
                    assert (await rig.control())["seq"] > seq
                    for path in ("state", "junctions/J1/observation", "junctions/J1/counts", "junctions/J1/history"):
                        assert (await rig.http.get(f"/v1/{path}")).status_code == 200

    asyncio.run(send_all())
