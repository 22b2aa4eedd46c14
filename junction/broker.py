"""Where a message broker is and which topic carries what: the same for the camera that publishes and the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from junction.errors import InputError

PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokerAddress:
    """An MQTT broker. `scheme` is `mqtt` or, over TLS, `mqtts`."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, field: str, url: str) -> Self:
        """Reads `mqtt[s]://[user:password@]host[:port]`. Raises InputError about `field`, without the password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _no_address(field, "a port that is none") from None
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise _no_address(field, f"{parts.scheme}://{parts.hostname or ''}{parts.path}")
        return cls(
            scheme=parts.scheme,
            host=parts.hostname,
            port=port or PORTS[parts.scheme],
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )

    @property
    def over_tls(self) -> bool:
        return self.scheme == "mqtts"

    @property
    def name(self) -> str:
        """For people and logs: without user and password."""
        return f"{self.scheme}://{self.host}:{self.port}"


def counts_topic(junction_id: str, camera_id: str) -> str:
    """Topic of a camera's count records (`chauraha.counts/1`); `+` for both subscribes to all of them."""
    return f"chauraha/v1/junctions/{junction_id}/cameras/{camera_id}/counts"


def _no_address(field: str, got: str) -> InputError:
    return InputError(field, expected="a broker's address, such as mqtt://127.0.0.1:1883", got=got)
