from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from envs.reward import LONG_RED_S, PCU_SCALE, TERMS, RewardFacts, RewardWeights, reward_of
from envs.view import JunctionView
from junction.ensemble import Ensemble
from junction.errors import InputError
from junction.layout import JunctionLayout
from junction.vehicle import CLASS_INDEX
from scenarios.model import Scenario


def facts_of(layouts: list[JunctionLayout], queued: dict[str, dict[str, int]], **more: float) -> RewardFacts:
    """Junctions side by side whose every group has been red for a minute; `queued` by lane group of the first."""
    ensemble = Ensemble(layouts)
    counts = np.zeros((ensemble.lane_groups, len(CLASS_INDEX)), np.int64)
    for group, classes in queued.items():
        for name, number in classes.items():
            counts[layouts[0].lane_group_index[group], CLASS_INDEX[name]] = number
    view = JunctionView(present=counts, queued=counts, queue_m=np.zeros(ensemble.lane_groups))
    return RewardFacts(ensemble=ensemble, view=view, red_s=np.full(ensemble.groups, 60.0), **more)


@pytest.fixture
def layouts(tiny_scenario: Scenario) -> list[JunctionLayout]:
    return [tiny_scenario.sites[junction_id].layout for junction_id in ("west", "east")]


def test_queue_weighs_vehicles_by_pcu(layouts: list[JunctionLayout]) -> None:
    facts = facts_of(layouts, {"east_s": {"car": 3, "two_wheeler": 5}, "south_w_a": {"bus": 1}})
    values, terms = reward_of(facts, RewardWeights(queue=2.0, fairness=0))
    assert set(terms) == {"queue"}
    assert terms["queue"].tolist() == pytest.approx([-2 * (3 * 1.0 + 5 * 0.4 + 1.6) / PCU_SCALE, 0])
    assert values.tolist() == terms["queue"].tolist()


def test_fairness_looks_only_at_reds_that_a_queue_waits_at(layouts: list[JunctionLayout]) -> None:
    weights = RewardWeights(queue=0, fairness=1.0)
    assert reward_of(facts_of(layouts, {}), weights)[0].tolist() == [0, 0]
    waiting = facts_of(layouts, {"east_s": {"car": 1}})
    assert reward_of(waiting, weights)[0].tolist() == pytest.approx([-((60 / LONG_RED_S) ** 2), 0])
    waiting.red_s[layouts[0].group_index["east_s"]] = 0.0
    assert reward_of(waiting, weights)[0].tolist() == [0, 0]


def test_all_terms_add_up(layouts: list[JunctionLayout]) -> None:
    facts = facts_of(
        layouts,
        {"east_s": {"car": 9}},
        waiting_s=500.0,
        exit_queue_veh=3,
        crossed_pcu=4.0,
        standing_veh=45,
        held_up_veh=12.0,
        stopped_veh=5,
    )
    weights = RewardWeights(queue=1, whole_queue=1, delay=1, stops=1, waiting=1, pressure=1, throughput=1, fairness=1)
    values, terms = reward_of(facts, weights)
    assert terms["waiting"].tolist() == pytest.approx([-0.5, -0.5])
    assert terms["pressure"].tolist() == pytest.approx([-6 / PCU_SCALE, 0])
    assert terms["throughput"].tolist() == pytest.approx([0.4, 0.4])
    assert terms["whole_queue"].tolist() == pytest.approx([-1.5, -1.5])
    assert terms["delay"].tolist() == pytest.approx([-0.4, -0.4])
    assert terms["stops"].tolist() == pytest.approx([-0.5, -0.5])
    assert values.tolist() == pytest.approx(sum(terms.values()).tolist())  # type: ignore[union-attr]
    assert set(terms) == set(TERMS) == {term.name for term in fields(RewardWeights)}


def test_weights_from_a_file_are_the_only_ones(tmp_path: Path) -> None:
    file = tmp_path / "rewards.toml"
    file.write_text("whole_queue = 2\nfairness = 0.5\n", encoding="utf-8")
    assert RewardWeights.from_file(file) == RewardWeights(queue=0, whole_queue=2, fairness=0.5)
    for text, message in (("queues = 1", "queues"), ('queue = "1"', "queue"), ("queue = nan", "finite"), ("=", "TOML")):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=message):
            RewardWeights.from_file(file)
    with pytest.raises(InputError, match="readable"):
        RewardWeights.from_file(tmp_path / "none.toml")
