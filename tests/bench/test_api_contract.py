"""A short run of schemathesis over the whole OpenAPI document; `python -m bench.api_contract` is the long one."""

from __future__ import annotations

import pytest

pytest.importorskip("schemathesis", reason="pip install -e '.[dev]'")


@pytest.mark.slow
def test_no_server_error_and_no_contract_violation() -> None:
    from bench.api_contract import check

    outcomes = check(max_examples=3, seed=1, phases="examples,fuzzing")
    assert {one["caller"]: one["ok"] for one in outcomes} == dict.fromkeys(
        ["admin", "camera", "controller", "gate", "monitor", "stranger"], True
    )
