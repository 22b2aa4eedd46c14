"""The policies that a service can run: what it was started with, and the pairs in its folder `policies/`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.policy_runtime import LoadedPolicy, load_pair, read_card
from junction.errors import InputError

FOLDER = "policies"
STARTED = "started"
"""Id of the policy that the service was started with: the scenario's own, or `--policy`."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class PolicyEntry:
    """A policy on disk. `fault` says why it cannot run; then the card may be empty."""

    id: str
    file: Path | None
    sha256: str | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


class PolicyCatalogue:
    """Reads files: call it from a thread. Files may be put there, and taken away, while the service runs."""

    def __init__(self, data: Path, started: Path | None) -> None:
        self._folder = data / FOLDER
        self._started = started

    def entries(self) -> dict[str, PolicyEntry]:
        """By id: the file's name without `.onnx`. Files whose name is no id are not policies."""
        found = sorted(self._folder.glob("*.onnx")) if self._folder.is_dir() else []
        files = {file.stem: file for file in found if _ID.fullmatch(file.stem) and file.stem != STARTED}
        return {STARTED: _entry(STARTED, self._started), **{key: _entry(key, file) for key, file in files.items()}}

    def load(self, policy_id: str, sha256: str | None = None) -> LoadedPolicy:
        """The policy, tried out and ready to be asked.

        Raises InputError for one that is not there, cannot run, or is not the network of that hash any more.
        """
        entry = self.entries().get(policy_id)
        if entry is None or entry.file is None:
            raise InputError("policy_id", expected=f"a pair of files in {self._folder}", got=policy_id)
        try:
            loaded = load_pair(entry.file)
        except (OSError, ValueError) as wrong:
            raise InputError("policy", expected="a network and its card", got=f"{policy_id}: {wrong}") from None
        if sha256 is not None and loaded.sha256 != sha256:
            raise InputError("policy.onnx_sha256", expected=sha256, got=loaded.sha256, hint="the file was changed")
        return loaded


def _entry(policy_id: str, file: Path | None) -> PolicyEntry:
    if file is None:
        return PolicyEntry(id=policy_id, file=None, fault="the service was started without a policy")
    try:
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as wrong:
        return PolicyEntry(id=policy_id, file=file, fault=f"{file.name}: {wrong.strerror}")
    try:
        card = read_card(file.with_suffix(".json"), sha256)
    except (InputError, OSError, ValueError) as wrong:
        return PolicyEntry(id=policy_id, file=file, sha256=sha256, fault=str(wrong)[:300])
    return PolicyEntry(id=policy_id, file=file, sha256=sha256, card=card)
