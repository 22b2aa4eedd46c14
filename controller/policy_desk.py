"""Changes of policy while the service runs: shadow, promote, roll back; each on disk before it counts.

A policy is read, tried out and only then handed to the decide loop, which takes it between two ticks: no poll waits.
One that cannot run is refused, and the live one goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from controller.policy_catalogue import STARTED, PolicyCatalogue, PolicyEntry
from controller.policy_choices import Choices, Chosen, PolicyChoices
from controller.policy_runtime import LoadedPolicy
from controller.shadow import Shadow, no_shadow
from junction.errors import InputError

_log = logging.getLogger(__name__)


class PolicyDesk:
    """`started` is what the service was started with; `take` is called with each policy that becomes the live one."""

    def __init__(
        self,
        engine: AsyncEngine,
        catalogue: PolicyCatalogue,
        started: LoadedPolicy,
        take: Callable[[LoadedPolicy], None],
        now_s: Callable[[], float],
    ) -> None:
        self.catalogue = catalogue
        self.shadow: Shadow | None = None
        self._choices = PolicyChoices(engine)
        self._chosen = Choices()
        self._started = started
        self._take = take
        self._now_s = now_s
        self._changing = asyncio.Lock()

    @property
    def live_id(self) -> str:
        """The live policy's id."""
        return self._chosen.live[-1].policy_id if self._chosen.live else STARTED

    async def restore(self) -> None:
        """Brings back what was chosen before a restart. A promoted policy that cannot run any more gives way to what
        the service was started with; the choice is kept, for when the file is back."""
        self._chosen = await self._choices.now()
        if self._chosen.live:
            try:
                self._take(await self._load(self._chosen.live[-1]))
            except InputError as wrong:
                _log.error("the promoted policy is not used: %s", wrong)
                self._chosen = Choices(shadow=self._chosen.shadow)
        if self._chosen.shadow is not None:
            try:
                self._begin_shadow(self._chosen.shadow.policy_id, await self._load(self._chosen.shadow))
            except InputError as wrong:
                _log.error("the shadow is not used: %s", wrong)

    def stop(self) -> None:
        """Ends the shadow's thread."""
        if self.shadow is not None:
            self.shadow.stop()
            self.shadow.join()

    async def entries(self) -> dict[str, PolicyEntry]:
        """Every policy on disk, by id."""
        return await asyncio.to_thread(self.catalogue.entries)

    async def begin_shadow(self, policy_id: str, actor: str, reason: str) -> None:
        """Lets a candidate decide beside the live one, in the place of an earlier candidate.

        Raises InputError for a policy that cannot run, or that is the live one.
        """
        async with self._changing:
            if policy_id == self.live_id:
                raise InputError("policy_id", expected="another policy than the live one", got=policy_id)
            loaded = await asyncio.to_thread(self.catalogue.load, policy_id)
            await self._choices.add("shadow", _chosen(policy_id, loaded), actor, reason)
            self._begin_shadow(policy_id, loaded)

    async def end_shadow(self, policy_id: str, actor: str, reason: str) -> None:
        """Ends the candidate. Raises InputError when it is not in the shadow."""
        async with self._changing:
            if self.shadow is None or self.shadow.policy_id != policy_id:
                raise InputError("policy_id", expected="the policy that is in the shadow", got=policy_id)
            await self._choices.add("end_shadow", Chosen(policy_id=policy_id, sha256=""), actor, reason)
            self._drop_shadow()

    async def promote(self, policy_id: str, actor: str, reason: str) -> str:
        """Makes a policy the live one; returns the id of the one before.

        Raises InputError for one that cannot run, or that is live already.
        """
        async with self._changing:
            before = self.live_id
            if policy_id == before:
                raise InputError("policy_id", expected="another policy than the live one", got=policy_id)
            loaded = await asyncio.to_thread(self.catalogue.load, policy_id)
            chosen = _chosen(policy_id, loaded)
            await self._choices.add("promote", chosen, actor, reason)
            self._chosen = Choices(live=(*self._chosen.live, chosen), shadow=self._chosen.shadow)
            self._become_live(policy_id, loaded)
            return before

    async def rollback(self, actor: str, reason: str) -> str:
        """Takes the last promotion back; returns the id of the policy that was live.

        Raises InputError when there is none to take back, or when the one before cannot run any more.
        """
        async with self._changing:
            if not self._chosen.live:
                raise InputError("policy", expected="a promotion to take back", got="none")
            *earlier, last = self._chosen.live
            loaded = await self._load(earlier[-1]) if earlier else self._started
            await self._choices.add("rollback", last, actor, reason)
            self._chosen = Choices(live=tuple(earlier), shadow=self._chosen.shadow)
            self._become_live(self.live_id, loaded)
            return last.policy_id

    def shadow_document(self, policy_id: str) -> Mapping[str, Any]:
        """How a candidate does, or did until it ended; nothing for a policy that is not the shadow."""
        shadow = self.shadow
        return no_shadow() if shadow is None or shadow.policy_id != policy_id else shadow.document()

    async def _load(self, chosen: Chosen) -> LoadedPolicy:
        return await asyncio.to_thread(self.catalogue.load, chosen.policy_id, chosen.sha256)

    def _become_live(self, policy_id: str, loaded: LoadedPolicy) -> None:
        if self.shadow is not None and self.shadow.policy_id == policy_id:
            self._drop_shadow()
        self._take(loaded)

    def _begin_shadow(self, policy_id: str, loaded: LoadedPolicy) -> None:
        self._drop_shadow()
        if loaded.policy is not None:
            self.shadow = Shadow(policy_id, loaded.policy, self._now_s())

    def _drop_shadow(self) -> None:
        if self.shadow is not None:
            self.shadow.stop()
            self.shadow = None


def _chosen(policy_id: str, loaded: LoadedPolicy) -> Chosen:
    return Chosen(policy_id=policy_id, sha256=loaded.sha256)
