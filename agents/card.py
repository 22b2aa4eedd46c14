"""The card beside an exported policy (`policy.onnx` and `policy.json`): what it needs and where it is from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from junction.encoding import ENCODING_VERSION, MAX_STAGES, STAGE_FEATURES
from junction.errors import InputError
from junction.files import write_whole

CARD_SCHEMA = "chauraha.policy/1"


@dataclass(frozen=True, kw_only=True)
class PolicyCard:
    """What a runtime must check before it uses the policy, and what a person wants to know of it.

    `created` is an ISO date given by whoever exports, `results` is `chauraha evaluate`'s object or empty.
    `curve` and `evaluations` are the training run's rows (`agents.run_folder`), so that a policy brings its learning
    curve with it; empty where none was kept.
    """

    name: str
    created: str
    interval_s: float
    seed: int
    steps: int
    training: Mapping[str, Any]
    versions: Mapping[str, str]
    results: Mapping[str, Any] = field(default_factory=dict)
    encoding_version: str = ENCODING_VERSION
    max_stages: int = MAX_STAGES
    features: tuple[str, ...] = STAGE_FEATURES
    onnx_sha256: str = ""
    notes: tuple[str, ...] = ()
    curve: Sequence[Mapping[str, Any]] = ()
    evaluations: Sequence[Mapping[str, Any]] = ()

    def to_document(self) -> dict[str, Any]:
        return {"schema": CARD_SCHEMA, **asdict(self)}


def card_file(policy_file: Path) -> Path:
    """Where the card of an exported policy lies: the same name with `.json`."""
    return policy_file.with_suffix(".json")


def write_card(path: Path, card: PolicyCard) -> None:
    """Writes the card whole or not at all."""
    write_whole(path, json.dumps(card.to_document(), indent=2, ensure_ascii=False) + "\n")


def read_card(path: Path) -> PolicyCard:
    """Raises InputError when the card is missing, damaged, of another schema or made for another encoding."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "policy card",
            expected=f"the file {path}",
            got="no such file",
            hint="an exported policy is a pair: NAME.onnx and NAME.json",
        ) from None
    except ValueError as wrong:
        raise InputError(str(path), expected="a JSON object", got=str(wrong)) from None
    if not isinstance(raw, dict) or raw.pop("schema", None) != CARD_SCHEMA:
        raise InputError(f"{path}.schema", expected=CARD_SCHEMA, got=raw if not isinstance(raw, dict) else "another")
    try:
        card = PolicyCard(**{**raw, "features": tuple(raw["features"]), "notes": tuple(raw.get("notes", ()))})
    except (KeyError, TypeError) as wrong:
        raise InputError(str(path), expected=f"the fields of {CARD_SCHEMA}", got=str(wrong)) from None
    check = {"encoding_version": ENCODING_VERSION, "max_stages": MAX_STAGES, "features": STAGE_FEATURES}
    for name, expected in check.items():
        if getattr(card, name) != expected:
            raise InputError(
                f"{path}.{name}",
                expected=str(expected),
                got=getattr(card, name),
                hint="train the policy again with this version: chauraha train",
            )
    return card
