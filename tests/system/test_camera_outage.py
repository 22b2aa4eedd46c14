"""The service goes away while a camera counts: nothing is lost, nothing counts twice, with real processes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest.importorskip("ultralytics", reason="install 'chauraha[detect]'")

from bench.camera_outage import outage


@pytest.mark.timeout(120)
def test_what_was_counted_while_the_service_was_away_arrives_once(tmp_path: Path) -> None:
    result = outage(tmp_path, [signal.SIGKILL, signal.SIGTERM], down_s=3.0, up_s=2.5)
    assert result["counted_by_camera"]["a"]["car"] >= 3, "cars came before, meanwhile and after"
    assert min(result["records_waiting_at_return"]) >= 3, "the outage was one"
    assert result["records_left"] == 0
    assert result["added_up_by_service"] == result["counted_by_camera"]
