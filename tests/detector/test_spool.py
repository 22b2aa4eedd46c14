"""The spool over restarts, and the thread that empties it while counting goes on."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tenacity import wait_fixed
from test_publish import RECORD, Service

from detector.http_sender import HttpSender
from detector.publish import Publisher
from detector.spool import Spool
from junction.errors import InputError, ServiceError


def background(service: Service, spool: Spool, last_try_s: float = 0.2) -> Publisher:
    transport = httpx.MockTransport(service)
    return Publisher(
        HttpSender("http://service", transport=transport),
        wait=wait_fixed(0.01),
        last_try_s=last_try_s,
        spool=spool,
        background=True,
    )


def wait_for(count: int, service: Service) -> None:
    end_s = time.monotonic() + 5
    while len(service.taken) < count:
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_what_is_unsent_outlives_the_process_and_goes_first(tmp_path: Path) -> None:
    away = Service(*[httpx.ConnectError("refused")] * 100)
    sender = HttpSender("http://service", transport=httpx.MockTransport(away))
    first = Publisher(sender, wait=wait_fixed(0), last_try_s=0.0, spool=Spool(tmp_path))
    for n in range(3):
        first.publish(replace(RECORD, n=n))
    assert first.close() == 3, "left for the next start, and no error"
    service = Service()
    second = background(service, Spool(tmp_path))
    second.publish(replace(RECORD, n=0, boot_id="later"))
    wait_for(4, service)
    assert second.close() == 0
    assert list(service.taken) == [("cam", "boot", 0), ("cam", "boot", 1), ("cam", "boot", 2), ("cam", "later", 0)]
    assert len(Spool(tmp_path)) == 0


def test_a_service_that_is_away_holds_up_no_counting(tmp_path: Path) -> None:
    back = threading.Event()

    class Away(Service):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            if not back.is_set():
                raise httpx.ConnectError("refused")
            return super().__call__(request)

    service = Away()
    out = background(service, Spool(tmp_path), last_try_s=5.0)
    began_s = time.monotonic()
    for n in range(20):
        out.publish(replace(RECORD, n=n))
    assert time.monotonic() - began_s < 2.0
    assert out.unsent == 20
    back.set()
    wait_for(20, service)
    assert out.close() == 0
    assert service.order == list(range(20)), "in order, each once"
    assert (out.accepted, out.duplicates) == (20, 0)


def test_a_wrong_record_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    service = Service(422)
    out = background(service, Spool(tmp_path))
    out.publish(RECORD)
    out.publish(replace(RECORD, n=1))
    wait_for(1, service)
    out.close()
    assert service.order == [1]
    (aside,) = Spool(tmp_path).refused()
    assert aside[0] == "cam"
    assert "422 lane group unknown" in aside[1]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_that_may_be_lifted_loses_nothing(tmp_path: Path, status: int) -> None:
    service = Service(status)
    out = background(service, Spool(tmp_path))
    out.publish(RECORD)
    wait_for(1, service)
    out.close()
    assert (service.order, Spool(tmp_path).refused()) == ([0], [])


def test_memory_is_no_place_to_leave_records() -> None:
    out = background(Service(*[503] * 1000), Spool(), last_try_s=0.05)
    out.publish(RECORD)
    with pytest.raises(ServiceError, match="1 count records could not be delivered"):
        out.close()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="spool"):
        Spool(tmp_path / "file")
