"""The gate: who gets in, who does not, and that nothing is open that was not opened."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from access_parts import ADMIN, PASSWORD, closed, make_user, sign_in, stop_window_clock
from controller_parts import NINE_AT, counts_body, serving, status_body
from test_field_client import real_server

from controller.access.gate import ANYONE_LIMIT_BYTES, COOKIE, DEVICE_RATE, PERSON_LIMIT_BYTES
from controller.access.required import REQUIRED
from controller.access.roles import ROLES, DeviceKind

OF_JUNCTION = [line for line in REQUIRED if "{junction_id}" in line]
BODIES = {
    "control": status_body("J2", at=NINE_AT),
    "status": status_body("J2", at=NINE_AT),
    "counts": counts_body("J2", 1, NINE_AT),
    "events": {"boot_id": "b", "n": 1, "events": [{"at": NINE_AT, "code": 1, "parameter": 1}]},
    "override": {"kind": "stage", "stage_id": "ns", "ttl_s": 60, "reason": "test"},
}


def asked(line: str, junction_id: str) -> tuple[str, str, dict[str, Any] | None]:
    """Method, path and a good body for a line of the table. Other parts of a path name nothing that exists."""
    method, _, path = line.partition(" ")
    path = re.sub(r"\{page:path\}", "", path.replace("{junction_id}", junction_id))
    path = re.sub(r"\{\w+\}", "nothing", path)
    body = BODIES.get(path.rsplit("/", 1)[-1], {}) if method != "GET" else None
    return method, path, body


async def test_nothing_but_what_is_public_answers_a_stranger(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        for line, required in REQUIRED.items():
            method, path, body = asked(line, "J1")
            answer = await rig.http.request(method, path, json=body)
            if required.public:
                assert answer.status_code not in {401, 403}, line
                continue
            assert answer.status_code == 401, line
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_where_the_table_says(tmp_path: Path, role: str) -> None:
    async with closed(tmp_path) as rig:
        await make_user(rig, "asha", role)
        person = await sign_in(rig, "asha")
        for line, required in REQUIRED.items():
            if line in ("GET /v1/stream", "POST /v1/logout"):  # the one never ends, the other ends this
                continue
            method, path, body = asked(line, "J1")
            answer = await person.request(method, path, json=body)
            may = required.public or (required.role is not None and ROLES[role] >= required.role)
            assert (answer.status_code != 403) is may, (line, answer.text)
            assert answer.status_code != 401 or required.public, line


async def test_a_key_opens_its_own_junction_and_no_other(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        for kind in (DeviceKind.CAMERA, DeviceKind.CONTROLLER):
            key = await rig.key(kind, "J1")
            for line in OF_JUNCTION:
                method, path, body = asked(line, "J2")
                answer = await rig.http.request(method, path, json=body, headers=key)
                assert answer.status_code == 403, (kind, line)
                method, path, body = asked(line, "J1")
                body = {**body, "junction_id": "J1"} if body and "junction_id" in body else body
                answer = await rig.http.request(method, path, json=body, headers=key)
                # 404: a still that nobody asked for is let in, and has no place to go.
                assert (answer.status_code in (200, 404)) is (kind in REQUIRED[line].devices), (kind, line, answer.text)
                await asyncio.sleep(0.1)  # below the rate of a device
        assert rig.service.states["J2"].report is None
        assert rig.service.states["J2"].override is None
        assert not await rig.service.store.counts("J2", 0.0, 10)


async def test_a_plan_of_another_junction_is_not_for_a_device(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        key = await rig.key(DeviceKind.CONTROLLER, "J1")
        assert (await rig.http.get("/v1/plans/J1:J1.today", headers=key)).status_code == 200
        assert (await rig.http.get("/v1/plans/J2:J2.today", headers=key)).status_code == 403
        assert (await rig.http.get("/v1/plans/J2.today", headers=key)).status_code == 403


async def test_a_cameras_report_names_its_own_junction(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        key = await rig.key(DeviceKind.CAMERA, "J1")
        answer = await rig.http.post("/v1/junctions/J1/counts", json=counts_body("J2", 1, NINE_AT), headers=key)
        assert answer.status_code == 422


async def test_credentials_that_are_none(tmp_path: Path) -> None:
    """Also where access is open: who brings credentials is judged by them."""
    for access in ("closed", "open"):
        async with serving(tmp_path / access, access=access, clock="system") as rig:
            for header in ("Bearer nonsense", "Bearer ", "bearer", "Basic YTpi", "chk_x", ""):
                for path in ("/v1/state", "/v1/junctions/J1/control"):
                    answer = await rig.http.get(path, headers={"Authorization": header})
                    assert answer.status_code == 401, header


async def test_revoked_at_once_and_rotated_with_overlap(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        made = await rig.make_key(DeviceKind.CONTROLLER, "J1")
        old = {"Authorization": f"Bearer {made['key']}"}
        path = "/v1/junctions/J1/control"
        assert (await rig.http.get(path, headers=old)).status_code == 200
        answer = await rig.admin.post(f"/v1/device-keys/{made['id']}/rotate", json={"overlap_s": 60})
        new = {"Authorization": f"Bearer {answer.json()['key']}"}
        assert (await rig.http.get(path, headers=old)).status_code == 200
        assert (await rig.http.get(path, headers=new)).status_code == 200
        assert (await rig.admin.delete(f"/v1/device-keys/{made['id']}")).status_code == 200
        assert (await rig.http.get(path, headers=old)).status_code == 401
        assert (await rig.http.get(path, headers=new)).status_code == 200
        assert (await rig.admin.delete(f"/v1/device-keys/{made['id']}")).status_code == 422
        listed = (await rig.admin.get("/v1/device-keys")).json()["keys"]
        assert [(key["id"], key["in_use"]) for key in listed] == [(made["id"], False), (answer.json()["id"], True)]
        assert made["key"] not in str(listed)


async def test_open_access_is_for_loopback_only(tmp_path: Path) -> None:
    async with serving(tmp_path, clock="system") as rig:
        app = rig.http._transport.app  # type: ignore[attr-defined]
        for client, host, status in (
            ("127.0.0.1", "localhost", 200),
            ("127.0.0.1", "127.0.0.1:8000", 200),
            ("::1", "[::1]:8000", 200),
            ("10.0.0.9", "localhost", 401),
            ("127.0.0.1", "evil.example", 401),  # a name of another site that was made to point at loopback
        ):
            transport = httpx.ASGITransport(app=app, client=(client, 1))
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http:
                for path in ("/v1/state", "/v1/junctions/J1/control"):
                    assert (await http.get(path)).status_code == status, (client, host)
        me = (await rig.http.get("/v1/me")).json()
        assert (me["by"], me["role"], me["access"], me["banner"]) == ("open", "admin", "open", "open_access")


@pytest.mark.slow
async def test_a_proxy_does_not_make_strangers_local(tmp_path: Path) -> None:
    """Over a real socket: the address that a proxy on this machine names is the caller's."""
    async with real_server(tmp_path) as url, httpx.AsyncClient(base_url=url) as http:
        assert (await http.get("/v1/state")).status_code == 200
        assert (await http.get("/v1/state", headers={"X-Forwarded-For": "10.0.0.9"})).status_code == 401


async def test_open_access_refuses_a_write_from_another_site(tmp_path: Path) -> None:
    async with serving(tmp_path) as rig:
        await rig.send_status()
        path, body = "/v1/junctions/J1/override", {"kind": "hold", "ttl_s": 60, "reason": "test"}
        for origin in ("http://evil.example", "null", "http://localhost.evil.example"):
            assert (await rig.http.post(path, json=body, headers={"Origin": origin})).status_code == 403
        assert (await rig.http.post(path, json=body, headers={"Origin": "http://localhost"})).status_code == 200


async def test_a_write_by_cookie_must_come_from_this_services_page(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        body = {"name": "asha", "role": "viewer"}
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
            person = await sign_in(rig, ADMIN, headers=headers)
            assert (await person.post("/v1/users", json=body)).status_code == 403
        assert (await rig.admin.post("/v1/users", json=body)).status_code == 200


async def test_cookie_is_strict(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        answer = await rig.http.post("/v1/login", json={"name": ADMIN, "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
            assert word in cookie


async def test_passwords_are_not_taken_over_plain_http_from_elsewhere(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        transport = httpx.ASGITransport(app=rig.app, client=("10.0.0.9", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://city.example") as http:
            answer = await http.post("/v1/login", json={"name": ADMIN, "password": PASSWORD})
            assert answer.status_code == 403
            assert "HTTPS" in answer.text


async def test_signing_out_and_a_changed_password_end_sessions(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        await make_user(rig, "asha", "viewer")
        first, second = await sign_in(rig, "asha"), await sign_in(rig, "asha")
        assert (await first.get("/v1/me")).json()["role"] == "viewer"
        kept = first.cookies[COOKIE]
        assert (await first.post("/v1/logout")).status_code == 200
        first.cookies.set(COOKIE, kept, domain="localhost.local")
        assert (await first.get("/v1/me")).status_code == 401
        body = {"old": PASSWORD, "new": "another long one"}
        assert (await second.post("/v1/me/password", json={**body, "old": "wrong"})).status_code == 422
        assert (await second.post("/v1/me/password", json=body)).status_code == 200
        assert (await second.get("/v1/me")).status_code == 401


async def test_the_stream_ends_with_the_session(tmp_path: Path) -> None:
    async with closed(tmp_path, stream_interval_s=0.02) as rig:
        await make_user(rig, "asha", "viewer")
        person = await sign_in(rig, "asha")
        asked = asyncio.create_task(person.get("/v1/stream"))  # answered here when the stream is over
        await asyncio.sleep(0.2)
        assert not asked.done()
        await rig.admin.delete("/v1/users/asha")
        answer = await asyncio.wait_for(asked, 2)
        assert "event: state" in answer.text


async def test_a_removed_or_demoted_user_is_out_at_once(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        await make_user(rig, "asha", "admin")
        person = await sign_in(rig, "asha")
        assert (await person.get("/v1/users")).status_code == 200
        assert (await rig.admin.patch("/v1/users/asha", json={"role": "viewer"})).json()["role"] == "viewer"
        assert (await person.get("/v1/me")).status_code == 401
        person = await sign_in(rig, "asha")
        assert (await person.get("/v1/users")).status_code == 403
        assert (await rig.admin.delete("/v1/users/asha")).status_code == 200
        assert (await person.get("/v1/me")).status_code == 401


async def test_one_admin_is_always_left(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        assert (await rig.admin.delete(f"/v1/users/{ADMIN}")).status_code == 422
        assert (await rig.admin.patch(f"/v1/users/{ADMIN}", json={"role": "viewer"})).status_code == 422
        assert (await rig.admin.get("/v1/users")).status_code == 200


async def test_guessing_is_slowed_down_and_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_window_clock(monkeypatch)
    async with closed(tmp_path) as rig:
        wrong = await rig.http.post("/v1/login", json={"name": ADMIN, "password": "wrong"})
        nobody = await rig.http.post("/v1/login", json={"name": "nobody", "password": "wrong"})
        assert wrong.status_code == nobody.status_code == 401
        assert wrong.json() == nobody.json()
        codes = [
            (await rig.http.post("/v1/login", json={"name": "nobody", "password": "wrong"})).status_code
            for _ in range(6)
        ]
        assert codes == [401] * 4 + [429] * 2


async def test_a_device_that_asks_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_window_clock(monkeypatch)
    async with closed(tmp_path) as rig:
        key, other = await rig.key(DeviceKind.CONTROLLER, "J1"), await rig.key(DeviceKind.CONTROLLER, "J1")
        path = "/v1/junctions/J1/control"
        codes = [(await rig.http.get(path, headers=key)).status_code for _ in range(DEVICE_RATE + 2)]
        assert codes == [200] * DEVICE_RATE + [429] * 2
        assert (await rig.http.get(path, headers=other)).status_code == 200


async def test_on_a_driven_clock_a_device_asks_as_often_as_simulated_seconds_pass(tmp_path: Path) -> None:
    async with closed(tmp_path, clock="driven") as rig:
        key = await rig.key(DeviceKind.CONTROLLER, "J1")
        codes = {(await rig.http.get("/v1/junctions/J1/control", headers=key)).status_code for _ in range(200)}
        assert codes == {200}


async def test_bodies_are_limited_by_principal(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        json = {"Content-Type": "application/json"}
        answer = await rig.http.post("/v1/login", content=b"x" * (ANYONE_LIMIT_BYTES + 1), headers=json)
        assert answer.status_code == 413
        answer = await rig.admin.post("/v1/users", content=b"x" * (PERSON_LIMIT_BYTES + 1), headers=json)
        assert answer.status_code == 413
        key = await rig.key(DeviceKind.CAMERA, "J1")
        path = "/v1/junctions/J1/counts"
        long = b" " * (PERSON_LIMIT_BYTES + 1)
        assert (await rig.http.post(path, content=long, headers={**json, **key})).status_code == 400


async def test_every_answer_carries_the_strict_headers(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        for path in ("/healthz", "/v1/state", "/v1/nothing", "/"):
            headers = (await rig.http.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["strict-transport-security"].startswith("max-age=")


async def test_unknown_paths_and_methods_reach_nothing(tmp_path: Path) -> None:
    async with closed(tmp_path) as rig:
        assert (await rig.http.delete("/v1/city")).status_code == 405
        assert (await rig.http.put("/v1/junctions/J1/control")).status_code == 405
        assert (await rig.http.post("/v1/secret")).status_code == 405
