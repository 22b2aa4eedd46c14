"""What the packages under us would leave and send, they do not: each imported in a process with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("controller", "onnxruntime"), ("agents", "onnxruntime"), ("detector", "onnxruntime"), ("detector", "openvino")],
)
def test_nothing_is_left_at_home(ours: str, theirs: str, tmp_path: Path) -> None:
    pytest.importorskip(theirs, reason=f"needs {theirs}")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    code = f"import {ours}, {theirs}"
    subprocess.run([sys.executable, "-B", "-c", code], env=environment, check=True)
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file()] == []
