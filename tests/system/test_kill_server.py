"""The real service, killed without warning while everybody writes: what it acknowledged is there afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.kill_server import kill_again_and_again


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    outcome = kill_again_and_again(tmp_path, "kanpur", kills=2, seed=3, settle_s=4.0)
    assert outcome.counts_acknowledged > 44
    assert outcome.overrides_acknowledged > 4
    assert outcome.corridors_acknowledged > 1
    assert (outcome.counts_lost, outcome.overrides_lost, outcome.corridors_lost) == (0, 0, 0)
    assert (outcome.seq_falls, outcome.unsafe, outcome.leases_missed) == (0, 0, 0)
    assert outcome.integrity == "ok"
    assert outcome.audit_holds
