"""The publisher against a service of the test's own, which forgets nothing and is sometimes away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from tenacity import wait_none

from detector.http_sender import HttpSender
from detector.publish import Publisher
from junction.counts import CameraState, CountRecord
from junction.errors import InputError, ServiceError

RECORD = CountRecord(
    camera_id="cam", boot_id="boot", n=0, junction_id="rawatpur", begin_at=0.0, end_at=5.0, state=CameraState.OK,
    lane_groups=(), lines={"stop": {"a": {"car": 2}, "b": {}}},
)  # fmt: skip


class Service:
    """Takes counts once each; `moods` are played first: a status, an error to raise, or "taken, answer lost"."""

    def __init__(self, *moods: object) -> None:
        self.moods = list(moods)
        self.taken: dict[tuple[str, str, int], dict[str, object]] = {}
        self.order: list[int] = []
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        mood = self.moods.pop(0) if self.moods else None
        if isinstance(mood, int):
            return httpx.Response(mood, json={"title": "No", "detail": "lane group unknown"})
        if isinstance(mood, Exception):
            raise mood
        document = json.loads(request.content)
        key = (document["camera_id"], document["boot_id"], document["n"])
        duplicate = key in self.taken
        self.taken[key] = document
        self.order.append(document["n"])
        if mood == "answer lost":
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(200, json={"accepted": not duplicate, "duplicate": duplicate})


def publisher(service: Callable[[httpx.Request], httpx.Response], last_try_s: float = 0.2) -> Publisher:
    sender = HttpSender("http://service", transport=httpx.MockTransport(service))
    return Publisher(sender, wait=wait_none(), last_try_s=last_try_s)


def test_a_record_arrives_as_its_document() -> None:
    service = Service()
    out = publisher(service)
    out.publish(RECORD)
    out.close()
    assert service.paths == ["/v1/junctions/rawatpur/counts"]
    assert list(service.taken.values()) == [RECORD.to_document()]
    assert (out.accepted, out.duplicates, out.unsent) == (1, 0, 0)


@pytest.mark.parametrize("mood", [503, 429, httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
def test_a_service_that_is_away_is_asked_again(mood: object) -> None:
    service = Service(mood)
    out = publisher(service)
    out.publish(RECORD)
    assert (len(service.taken), out.unsent) == (1, 0)


def test_records_wait_in_order_while_the_service_is_away() -> None:
    service = Service(*[httpx.ConnectError("refused")] * 4)
    out = publisher(service)
    out.publish(RECORD)
    out.publish(replace(RECORD, n=1))
    assert (out.unsent, service.order) == (2, [])
    out.publish(replace(RECORD, n=2))
    assert (out.unsent, service.order) == (0, [0, 1, 2])


def test_a_record_whose_answer_was_lost_counts_once() -> None:
    service = Service("answer lost")
    out = publisher(service)
    out.publish(RECORD)
    out.close()
    assert service.order == [0, 0]
    assert len(service.taken) == 1
    assert (out.accepted, out.duplicates) == (0, 1)


def test_closing_waits_for_the_service() -> None:
    service = Service(*[503] * 5)
    out = publisher(service, last_try_s=10.0)
    out.publish(RECORD)
    assert out.unsent == 1
    out.close()
    assert (out.unsent, service.order) == (0, [0])


def test_what_could_not_be_delivered_is_told() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    out = publisher(away, last_try_s=0.05)
    out.publish(RECORD)
    with pytest.raises(ServiceError, match="1 count records could not be delivered to http://service"):
        out.close()


def test_a_refusal_is_told_in_the_services_words_and_not_repeated() -> None:
    service = Service(422)
    with pytest.raises(ServiceError, match="422 lane group unknown"):
        publisher(service).publish(RECORD)
    assert len(service.paths) == 1


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(200, json={"ok": True})])
def test_something_else_at_that_address_is_noticed(answer: httpx.Response) -> None:
    with pytest.raises(ServiceError, match="is this the timing service"):
        publisher(lambda request: answer).publish(RECORD)


@pytest.mark.parametrize("url", ["service:8000", "ftp://service", "http://", "http://service:port"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match="--post"):
        HttpSender(url)
