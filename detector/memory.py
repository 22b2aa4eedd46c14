"""How this process' memory is handled where pictures of a megabyte come and go a hundred times a second."""

from __future__ import annotations

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""glibc's numbers (malloc.h)."""
KEEP_BYTES = 256 << 20
OWN_MAPPING_BYTES = 32 << 20


def keep_freed_memory() -> None:
    """Keep up to 256 MiB of what is freed, for the next pictures, instead of giving every picture's memory back to the
    system and asking for it anew, page by page. Does nothing where the C library is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, OWN_MAPPING_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEEP_BYTES)
