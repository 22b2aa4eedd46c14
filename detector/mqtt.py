"""Count records to an MQTT broker, quality of service 1: at least once, and each record names itself.

Topic: `junction.broker.counts_topic`, not retained. Payload: the JSON body of
`POST …/counts` (`chauraha.counts/1`); a subscriber drops what it knows by (camera_id, boot_id, n). The broker's
acknowledgement is what takes a record off the spool.
"""

from __future__ import annotations

import json
import threading
import time
from importlib import import_module
from typing import Any

from detector.publish import NotNowError
from detector.spool import Waiting
from junction.broker import BrokerAddress, counts_topic
from junction.errors import MissingPackageError

ACKNOWLEDGED_S = 5.0
"""So long the broker has to acknowledge a record or a connection."""
KEEPALIVE_S = 15


class MqttSender:
    """Publishes to the broker at `url`: `mqtt://` or, over TLS, `mqtts://`, with user and password where it asks.

    Connects with the first record and again when the connection is lost. An address that is none raises InputError.
    """

    def __init__(self, url: str) -> None:
        self._broker = BrokerAddress.parse("--mqtt", url)
        try:
            self._paho: Any = import_module("paho.mqtt.client")
        except ModuleNotFoundError:
            raise MissingPackageError("paho-mqtt", extra="detect") from None
        self._up = threading.Event()
        self._client: Any = None
        self._refusal = ""

    @property
    def name(self) -> str:
        return self._broker.name

    def send(self, waiting: Waiting) -> bool:
        """Never known there already: a broker keeps no record of what it passed on."""
        self._connect()
        sent = self._client.publish(
            counts_topic(waiting.junction_id, waiting.camera_id), json.dumps(waiting.document).encode(), qos=1
        )
        try:
            sent.wait_for_publish(ACKNOWLEDGED_S)
            acknowledged = bool(sent.is_published())
        except (ValueError, RuntimeError) as error:
            raise NotNowError(str(error)) from None
        if not acknowledged:
            self._hang_up()
            raise NotNowError(f"{self.name} acknowledged nothing within {ACKNOWLEDGED_S:g} s")
        return False

    def close(self) -> None:
        self._hang_up()

    def _connect(self) -> None:
        """A client of its own for every connection: none holds a record that an earlier one did not get through."""
        if self._up.is_set():
            return
        self._hang_up()
        client: Any = self._paho.Client(self._paho.CallbackAPIVersion.VERSION2)
        client.on_connect = self._connected
        client.on_disconnect = lambda *_: self._up.clear()
        if self._broker.user is not None:
            client.username_pw_set(self._broker.user, self._broker.password)
        if self._broker.over_tls:
            client.tls_set()
        try:
            client.connect(self._broker.host, self._broker.port, KEEPALIVE_S)
        except OSError as error:
            raise NotNowError(f"{self.name}: {error}") from None
        client.loop_start()
        self._client = client
        deadline_s = time.monotonic() + ACKNOWLEDGED_S
        while not self._up.wait(0.05):
            if self._refusal or time.monotonic() > deadline_s:
                words = self._refusal or "no answer"
                self._hang_up()
                raise NotNowError(f"{self.name}: {words}")

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
        else:
            self._up.set()

    def _hang_up(self) -> None:
        """What was not acknowledged is still in the spool and is published again."""
        self._refusal = ""
        self._up.clear()
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None
