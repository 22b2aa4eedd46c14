"""Ids that the layout takes, made from whatever a foreign network calls its parts."""

from __future__ import annotations

import hashlib
import re

LONGEST = 40


def safe_id(raw: str) -> str:
    """`raw` with only letters, digits and `_.:#-`, at most 40 characters; what had to be changed or cut keeps a hash.

    The same name always gives the same id, and two names the same id only by a collision of 32 bits.
    """
    plain = re.sub(r"[^A-Za-z0-9_.:#-]", "_", raw)
    if not plain or not plain[0].isalnum():
        plain = f"r{plain}"
    if len(plain) <= LONGEST and plain in (raw, f"r{raw}"):
        return plain
    return f"{plain[: LONGEST - 9]}_{hashlib.sha256(raw.encode()).hexdigest()[:8]}"
