from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

COMING_AND_GOING = """
import resource, sys, threading
import numpy as np
from detector.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def read():
    for turn in range(25):
        if turn == 5:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        waiting = [np.ones(1_200_000, np.uint8) for _ in range(8)]
        waiting.clear()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
reader = threading.Thread(target=read)  # as a camera reads; a second thread may get memory of its own
reader.start()
reader.join()
"""


def pages_asked_for(how: str) -> int:
    said = subprocess.run(
        [sys.executable, "-c", COMING_AND_GOING, how],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return int(said.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is asked for is glibc's")
def test_pictures_that_come_and_go_take_the_memory_of_those_before_them() -> None:
    assert pages_asked_for("keep") < 0.5 * pages_asked_for("give back")
