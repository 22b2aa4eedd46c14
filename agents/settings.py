"""A controller's name with its settings: `max-pressure@interval_s=10@hysteresis=0.5`, `policy:FILE.onnx@stay=0.5`.

Tuning, evaluation and a report all speak of a tuned controller by that one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from junction.errors import InputError

SEPARATOR = "@"
POLICY_ENDING = ".onnx"


def split_settings(name: str) -> tuple[str, dict[str, float]]:
    """The bare name and its settings. Raises InputError for a setting that is no `key=number` of 0 or more."""
    file, ending, after = name.partition(f"{POLICY_ENDING}{SEPARATOR}")
    bare, *listed = [f"{file}{POLICY_ENDING}", *after.split(SEPARATOR)] if ending else name.split(SEPARATOR)
    settings = {}
    for setting in listed:
        key, _, value = setting.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise InputError(f"controller {bare}", expected="settings like @interval_s=10", got=setting)
        settings[key] = number
    return bare, settings


def with_settings(bare: str, settings: Mapping[str, float]) -> str:
    """The name that carries these settings; the inverse of `split_settings`."""
    return SEPARATOR.join([bare, *(f"{key}={value:g}" for key, value in settings.items())])


def check_settings(bare: str, settings: Mapping[str, float], known: Iterable[str]) -> None:
    """Raises InputError for a setting that this controller does not have, and for an interval in broken seconds."""
    known = sorted(known)
    for key, value in settings.items():
        if key not in known:
            raise InputError(f"controller {bare}", expected=f"settings among {known}", got=key)
        if key == "interval_s" and (value < 1 or value != round(value)):
            raise InputError(f"controller {bare}.interval_s", expected="whole seconds, at least 1", got=value)
