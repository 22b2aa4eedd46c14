"""Count records from a broker: what `POST …/counts` takes, at least once, acknowledged when it is on disk.

paho itself rather than aiomqtt: aiomqtt acknowledges a message before anyone has read it, and a record that the broker
has been told to forget must be on disk.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    wait_exponential,
)

from controller.schemas import CountsBody
from controller.trouble import Trouble
from junction.broker import BrokerAddress, counts_topic
from junction.errors import InputError, MissingPackageError

if TYPE_CHECKING:
    from controller.service import Service

KEEPALIVE_S = 15
RECONNECT_S = (1, 30)
"""Waits between tries to reach the broker: the first, and the longest."""
RETRY_MAX_S = 10.0
MAX_TROUBLES = 1_000
"""Topics whose refusals are logged; of more than that, they are counted only."""
JUNCTION_LEVEL, CAMERA_LEVEL = 3, 5

_log = logging.getLogger(__name__)


class MqttIngest:
    """Subscribes for the service until `stop`. The broker keeps the session, so nothing is lost while we are away.

    Every client that may publish on the topic is believed: the broker's access list says who (`deploy/mosquitto/`).
    """

    def __init__(self, service: Service, url: str) -> None:
        """Raises InputError for a URL that is no broker's, MissingPackageError without paho-mqtt."""
        self.broker = BrokerAddress.parse("--mqtt", url)
        try:
            from paho.mqtt.client import Client
            from paho.mqtt.enums import CallbackAPIVersion
        except ModuleNotFoundError:
            raise MissingPackageError("paho-mqtt", extra="mqtt") from None
        self._service = service
        self._away = Trouble(_log, f"MQTT broker {self.broker.name}", logging.WARNING)
        self._refusals: dict[str, Trouble] = {}
        self._unwritten = Trouble(_log, "count records by MQTT wait for the store")
        self._taking: set[Future[None]] = set()
        self.refused = 0
        """Messages that were no count record of this city, since the process began."""
        client: Any = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"chauraha-{service.scenario.name}",
            clean_session=False,
            manual_ack=True,
        )
        if self.broker.user is not None:
            client.username_pw_set(self.broker.user, self.broker.password)
        if self.broker.over_tls:
            client.tls_set()
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._connected
        client.on_connect_fail = lambda *_: self._away.failed("cannot be reached")
        client.on_disconnect = self._disconnected
        client.on_message = self._came
        self._client = client

    @property
    def connected(self) -> bool:
        return bool(self._client.is_connected())

    def start(self) -> None:
        """Returns at once; paho's own thread connects, and connects again whenever the broker was away."""
        self._loop = asyncio.get_running_loop()
        self._client.connect_async(self.broker.host, self.broker.port, KEEPALIVE_S)
        self._client.loop_start()

    async def stop(self) -> None:
        """Leaves the broker; what is not on disk by now comes again after the next start."""
        await asyncio.to_thread(self._hang_up)
        for taking in list(self._taking):
            taking.cancel()

    async def take(self, topic: str, payload: bytes) -> None:
        """Takes one message; returns when it is on disk or known to be none of ours. A store that refuses is asked
        again until it takes it: the broker sends no more than it has in flight."""
        try:
            body = CountsBody.model_validate(orjson.loads(payload))
            levels = topic.split("/")
            if (levels[JUNCTION_LEVEL], levels[CAMERA_LEVEL]) != (body.junction_id, body.camera_id):
                raise InputError("topic", expected=counts_topic(body.junction_id, body.camera_id), got=topic)
            if body.junction_id not in self._service.states:
                raise InputError("junction_id", expected="a junction of this city", got=body.junction_id)
            await self._put(body)
        except (orjson.JSONDecodeError, ValidationError, InputError, DataError, IntegrityError) as wrong:
            self._refuse(topic, wrong)
        else:
            if topic in self._refusals:
                self._refusals[topic].over()

    async def _put(self, body: CountsBody) -> None:
        """Raises DataError or IntegrityError for a record that the store will never take."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(SQLAlchemyError) & retry_if_not_exception_type((DataError, IntegrityError)),
            wait=wait_exponential(multiplier=0.5, max=RETRY_MAX_S),
            before_sleep=self._waits,
            reraise=True,
        ):
            with attempt:
                await self._service.take_counts(body.junction_id, body)
        self._unwritten.over()

    def _waits(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        self._unwritten.failed(type(error).__name__)

    def _refuse(self, topic: str, wrong: Exception) -> None:
        self.refused += 1
        if topic in self._refusals or len(self._refusals) < MAX_TROUBLES:
            what = f"count records on {topic[:200]!r} are refused"
            self._refusals.setdefault(topic, Trouble(_log, what, logging.WARNING)).failed(wrong)

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._away.failed(str(reason))
            return
        self._away.over()
        client.subscribe(counts_topic("+", "+"), qos=1)
        _log.info("counts come from %s", self.broker.name)

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._away.failed("the connection was lost")

    def _came(self, client: Any, _data: Any, message: Any) -> None:
        """In paho's thread."""
        taking = asyncio.run_coroutine_threadsafe(self.take(message.topic, message.payload), self._loop)
        self._taking.add(taking)
        taking.add_done_callback(lambda done: self._taken(client, message, done))

    def _taken(self, client: Any, message: Any, done: Future[None]) -> None:
        self._taking.discard(done)
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            # Not acknowledged: it comes again, to a service that may be mended by then.
            _log.error("taking a count record failed", exc_info=error)
            return
        client.ack(message.mid, message.qos)

    def _hang_up(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
