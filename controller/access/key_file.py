"""Where a box keeps its key: a file of one line that only its owner reads, or the environment."""

from __future__ import annotations

import os
from pathlib import Path

from junction.errors import InputError

KEY_VARIABLE = "CHAURAHA_KEY"


def read_key(file: Path | None) -> str | None:
    """The key in that file, else the one in `CHAURAHA_KEY`, else None: an open service asks for none.

    Raises InputError for a file that cannot be read or holds no key.
    """
    if file is None:
        return os.environ.get(KEY_VARIABLE, "").strip() or None
    try:
        key = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise InputError("--key-file", expected="a file with a device's key", got=str(file), hint=str(wrong)) from None
    if not key or any(sign.isspace() for sign in key):
        raise InputError("--key-file", expected="one line, the key", got=str(file))
    return key


def key_headers(key: str | None) -> dict[str, str]:
    """The header that carries a key; none without one."""
    return {} if key is None else {"Authorization": f"Bearer {key}"}
