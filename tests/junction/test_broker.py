"""A broker's address and the topics."""

from __future__ import annotations

import pytest

from junction.broker import BrokerAddress, counts_topic
from junction.errors import InputError


def test_an_address_with_everything_and_one_with_little() -> None:
    full = BrokerAddress.parse("--mqtt", "mqtts://city:p%40ss@broker.example:8884")
    assert full == BrokerAddress(scheme="mqtts", host="broker.example", port=8884, user="city", password="p@ss")
    assert full.over_tls
    assert full.name == "mqtts://broker.example:8884"
    assert BrokerAddress.parse("--mqtt", "mqtt://b") == BrokerAddress(scheme="mqtt", host="b", port=1883)


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://b", "mqtt://", "mqtt://b:99999", "mqtt://u:secret@/x"])
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InputError, match="--mqtt") as told:
        BrokerAddress.parse("--mqtt", url)
    assert "secret" not in str(told.value)


def test_topic() -> None:
    assert counts_topic("rawatpur", "pole-1") == "chauraha/v1/junctions/rawatpur/cameras/pole-1/counts"
