"""`/metrics`: what a scraper reads, and who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from access_parts import closed
from controller_parts import counts_body, serving
from prometheus_client.parser import text_string_to_metric_families

from controller.access.roles import DeviceKind


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_went_through_is_counted_and_the_city_is_as_it_is_now(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        http = rig.http
        await rig.send_status()
        assert (await http.post("/v1/junctions/J1/control", json={"no": "report"})).status_code == 422
        assert (await http.get("/v1/junctions/nowhere/counts")).status_code == 404
        assert (await http.get("/v1/anything/else")).status_code == 404
        counts = counts_body("J1", 1, rig.now_s)
        for _ in range(2):
            assert (await http.post("/v1/junctions/J1/counts", json=counts)).status_code == 200
        answer = await http.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        seen = samples(answer.text)
    control = "POST /v1/junctions/{junction_id}/control"
    assert seen["chauraha_http_requests_total", control, "200"] == 1
    assert seen["chauraha_http_requests_total", control, "422"] == 1
    assert seen["chauraha_http_requests_total", "GET /v1/junctions/{junction_id}/counts", "404"] == 1
    assert seen["chauraha_http_requests_total", "GET other", "404"] == 1
    assert seen["chauraha_count_records_total", "new"] == 1
    assert seen["chauraha_count_records_total", "known"] == 1
    assert seen["chauraha_junctions_reporting",] == 1
    assert seen["chauraha_junctions_seen",] == 1
    assert seen["chauraha_junctions", "starting", "fixed"] == 2
    assert seen["chauraha_tick_seconds_count",] >= 1
    assert seen["chauraha_deciding",] == 1
    assert ("chauraha_mqtt_connected",) not in seen


async def test_a_monitors_key_reads_metrics_and_nothing_else(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        assert (await rig.http.get("/metrics")).status_code == 401
        made = await rig.admin.post("/v1/device-keys", json={"kind": "monitor", "name": "prometheus"})
        key = {"Authorization": f"Bearer {made.json()['key']}"}
        assert (await rig.http.get("/metrics", headers=key)).status_code == 200
        assert (await rig.http.get("/v1/state", headers=key)).status_code == 403
        assert (await rig.http.get("/v1/junctions/J1/control", headers=key)).status_code == 403
        assert (await rig.admin.get("/metrics")).status_code == 200
        box = await rig.key(DeviceKind.CONTROLLER, "J1")
        assert (await rig.http.get("/metrics", headers=box)).status_code == 403


@pytest.mark.parametrize("body", [{"kind": "monitor", "junction_id": "J1"}, {"kind": "camera"}])
async def test_a_key_of_a_junction_too_many_or_too_few_is_refused(tmp_path: Path, body: dict[str, str]) -> None:
    async with closed(tmp_path) as rig:
        answer = await rig.admin.post("/v1/device-keys", json={**body, "name": "box"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "junction_id"
