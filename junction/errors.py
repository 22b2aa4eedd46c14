"""The one error tree of the project.

    ChaurahaError
    ├── InputError          a file, argument or message that is not what was expected
    │   └── ScenarioError   a scenario's files
    ├── MissingPackageError an optional package (SUMO, torch, ultralytics) that this command needs
    ├── StreetError         the simulated street died or refused a command
    ├── ServiceError        the timing service could not be reached or answered wrongly
    └── UnsafeError         something tried to reach a signal head with an unsafe timing (a bug, never input)

A message says what was expected, what came, and what to do.
"""

from __future__ import annotations


class ChaurahaError(Exception):
    """Base of every error that this project raises on purpose."""


class InputError(ChaurahaError):
    """Bad input: names the field, what was expected and what came."""

    def __init__(self, field: str, *, expected: str, got: object, hint: str = "") -> None:
        self.field = field
        self.expected = expected
        self.got = got
        self.hint = hint
        shown = repr(got)
        if len(shown) > 120:
            shown = shown[:117] + "..."
        message = f"{field}: expected {expected}, got {shown}"
        super().__init__(f"{message}; {hint}" if hint else message)


class ScenarioError(InputError):
    """A scenario's source or built files are missing or wrong."""


class MissingPackageError(ChaurahaError):
    """An optional package is not installed; the message says which extra brings it."""

    def __init__(self, package: str, *, extra: str) -> None:
        super().__init__(f"package {package!r} is not installed; run: pip install 'chauraha[{extra}]'")


class StreetError(ChaurahaError):
    """The simulated street died or refused a command."""


class ServiceError(ChaurahaError):
    """The timing service could not be reached, or its answer is not what the API promises."""


class UnsafeError(ChaurahaError):
    """An unsafe timing came where only guarded timings may come: a bug in this project."""
