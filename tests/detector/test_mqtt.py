"""Records through a real broker: Debian's mosquitto, killed and started again while records come."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Broker
from tenacity import wait_fixed
from test_publish import RECORD

from detector.mqtt import MqttSender
from detector.publish import Publisher
from detector.spool import Spool
from junction.broker import counts_topic
from junction.errors import InputError


class Subscriber:
    """A session that the broker keeps, as a service's is."""

    def __init__(self, broker: Broker) -> None:
        import paho.mqtt.client as paho

        self.taken: list[tuple[str, dict[str, Any]]] = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="service", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe(counts_topic("+", "+"), qos=1)
        self._client.on_message = lambda _client, _data, message: self.taken.append(
            (message.topic, json.loads(message.payload))
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", broker.port, 5)
        self._client.loop_start()

    def wait_for(self, records: int) -> None:
        end_s = time.monotonic() + 15
        while len({document["n"] for _, document in self.taken}) < records:
            assert time.monotonic() < end_s, f"{len(self.taken)} of {records}"
            time.sleep(0.05)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_every_record_arrives_also_those_of_the_time_without_a_broker(broker: Broker, tmp_path: Path) -> None:
    subscriber = Subscriber(broker)
    time.sleep(0.3)
    publisher = Publisher(
        MqttSender(broker.url), wait=wait_fixed(0.2), spool=Spool(tmp_path / "spool"), background=True
    )
    for n in range(3):
        publisher.publish(replace(RECORD, n=n))
    subscriber.wait_for(3)
    broker.stop()
    for n in range(3, 6):
        publisher.publish(replace(RECORD, n=n))
    time.sleep(0.5)
    assert publisher.unsent == 3
    broker.start()
    subscriber.wait_for(6)
    assert publisher.close() == 0
    subscriber.stop()
    assert {place for place, _ in subscriber.taken} == {"chauraha/v1/junctions/rawatpur/cameras/cam/counts"}
    assert subscriber.taken[0][1] == RECORD.to_document()
    known = {(document["camera_id"], document["boot_id"], document["n"]) for _, document in subscriber.taken}
    assert known == {("cam", "boot", n) for n in range(6)}


def test_a_broker_that_is_away_holds_up_nothing_and_its_password_is_shown_nowhere() -> None:
    pytest.importorskip("paho.mqtt.client", reason="install 'chauraha[detect]'")
    sender = MqttSender("mqtt://user:secret@127.0.0.1:9")
    assert sender.name == "mqtt://127.0.0.1:9"
    publisher = Publisher(sender, wait=wait_fixed(0.0), last_try_s=0.0)
    publisher.publish(RECORD)
    assert publisher.unsent == 1


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://broker", "mqtt://"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match="--mqtt"):
        MqttSender(url)
