"""SNMP version 1 with one box: whole numbers read and set by object identifier, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from controller.field.ntcip.settings import NtcipSettings
from junction.errors import MissingPackageError, ServiceError

ANSWER_S = 0.5
"""How long one answer is awaited. What is late is asked again in the next round anyway."""


class SnmpSession:
    """One box's objects. Raises MissingPackageError without pysnmp."""

    def __init__(self, settings: NtcipSettings) -> None:
        try:
            from pyasn1.error import PyAsn1Error
            from pysnmp.error import PySnmpError
            from pysnmp.hlapi.v1arch import asyncio as snmp
        except ImportError:
            raise MissingPackageError("pysnmp", extra="ntcip") from None
        self._snmp, self._errors = snmp, (PySnmpError, PyAsn1Error, OSError)
        self._address = (settings.host, settings.port)
        self._reader = snmp.CommunityData(settings.read_community, mpModel=0)
        self._writer = snmp.CommunityData(settings.write_community, mpModel=0)
        self._dispatcher = snmp.SnmpDispatcher()
        self._target: Any = None

    async def get(self, names: Sequence[str]) -> dict[str, int]:
        """The objects' values by name. Raises ServiceError when they cannot be had."""
        return await self._ask(self._snmp.get_cmd, self._reader, [(name, self._snmp.Null("")) for name in names])

    async def set(self, values: Mapping[str, int]) -> None:
        """All of them or, by the standard, none. Raises ServiceError when the box does not say that it took them."""
        await self._ask(self._snmp.set_cmd, self._writer, [(k, self._snmp.Integer32(v)) for k, v in values.items()])

    def close(self) -> None:
        self._dispatcher.close()

    async def _ask(self, command: Any, community: Any, pairs: list[tuple[str, Any]]) -> dict[str, int]:
        snmp, what = self._snmp, command.__name__
        try:
            if self._target is None:
                self._target = await snmp.UdpTransportTarget.create(self._address, timeout=ANSWER_S, retries=0)
            asked = [(snmp.ObjectIdentifier(name), value) for name, value in pairs]
            trouble, status, index, answered = await command(self._dispatcher, community, self._target, *asked)
        except self._errors as wrong:
            raise ServiceError(f"{what} {self._address}: {type(wrong).__name__} {wrong}") from None
        if trouble or status:
            at = pairs[int(index) - 1][0] if status and index else ""
            raise ServiceError(f"{what} {self._address}: {trouble or status.prettyPrint()} {at}".rstrip())
        try:
            return {name: int(value) for (name, _), (_, value) in zip(pairs, answered, strict=True)}
        except (TypeError, ValueError) as wrong:
            raise ServiceError(f"{what} {self._address}: expected whole numbers, got {wrong}") from None
