from dataclasses import replace

import numpy as np
import pytest
from agents_parts import cross_layout

from agents.queue_encoding import READING_AGE_S, CameraReadings, encode_rows, readings, rows_of
from agents.queue_model import KIND_PCU, START_LOSS_S, QueueModel, Shape
from junction.encoding import MAX_STAGES, STAGE_FEATURES, encode
from junction.observation import LaneGroupReading, Observation
from junction.policy import Situation
from junction.signals import Lamp, SignalState
from junction.vehicle import PCU, VEHICLE_CLASSES


def make_model(copies: int = 20, seed: int = 3) -> QueueModel:
    return QueueModel(Shape.of([cross_layout(), cross_layout(shared_right=True)] * copies, MAX_STAGES), seed)


def queued(model: QueueModel) -> np.ndarray:
    """What stands and rolls before the stop lines, (2, J, L)."""
    return (model.standing + model.rolling).sum(axis=3)


def play(model: QueueModel, decisions: int, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(decisions):
        allowed = model.allowed(5.0)
        draw = np.where(allowed, rng.random(allowed.shape), -1.0)
        model.step(draw.argmax(axis=1), 5)


def test_vehicles_neither_appear_nor_vanish() -> None:
    model = make_model()
    arrived = np.zeros_like(model.crossed)
    draw = model._arrivals

    def counted() -> np.ndarray:
        entered = draw()
        nonlocal arrived
        arrived = arrived + entered
        return entered

    model._arrivals = counted  # type: ignore[method-assign]
    play(model, 60)
    there = queued(model) + model.arriving() + model.crossed
    np.testing.assert_allclose(there, arrived, atol=1e-9)
    assert model.crossed.sum() > 100
    assert (model.standing >= 0).all()
    assert (model.rolling >= 0).all()


def test_nothing_crosses_on_red_and_no_faster_than_saturation_on_green() -> None:
    model = make_model()
    play(model, 20)
    for _ in range(40):
        before, crossed = model.green.copy(), model.crossed[0].copy()
        was_amber = (model.time_s - model.green_end_s < 5) & ~before
        model.step(model.stage, 1)
        gone = model.crossed[0] - crossed
        lanes_open = np.einsum("jg,jgl->jl", (before | model.green | was_amber), model.shape.share > 0) > 0
        assert (gone[~lanes_open] == 0).all()
        assert (gone <= model.flow_pcu_s + 1e-9).all()


def test_random_wishes_keep_minimum_and_maximum_times() -> None:
    model = make_model()
    rng = np.random.default_rng(1)
    for _ in range(300):
        allowed = model.allowed(5.0)
        assert allowed.any(axis=1).all()
        wanted = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)
        green_s, green = model.green_s(), model.green.copy()
        model.step(wanted, 5)
        ended = green & ~model.green
        assert (green_s[ended] >= np.broadcast_to(model.shape.min_green_s, green.shape)[ended]).all()
        exists = np.isfinite(model.shape.max_red_s)
        assert (model.red_s()[exists] <= model.shape.max_red_s[exists]).all()


def test_rows_are_what_encode_makes_of_the_same_situation() -> None:
    model = make_model()
    play(model, 37)
    allowed = model.allowed(5.0)
    # Two-wheelers and cars, so that PCU and vehicles differ.
    light, cars = model.standing[1].sum(axis=2).round(), model.arriving()[1].round()
    queue_m = light * 2
    seen = CameraReadings(
        queue=np.stack([PCU["two_wheeler"] * light, light]), moving=np.stack([cars, cars]), queue_m=queue_m
    )
    rows = rows_of(model, allowed, seen)
    for j, whole in enumerate(model.shape.layouts):
        layout = replace(
            whole,
            lane_groups=tuple(
                replace(g, storage_m=float(model.reach_m[j, i])) for i, g in enumerate(whole.lane_groups)
            ),
        )
        stages = len(layout.stages)
        here = Situation(
            layout=layout,
            observation=Observation(
                junction_id=layout.id,
                time_s=0.0,
                readings=tuple(
                    LaneGroupReading(
                        lane_group_id=g.id,
                        age_s=READING_AGE_S,
                        present_veh=tuple(
                            {"two_wheeler": light[j, i], "car": cars[j, i]}.get(name, 0.0) for name in VEHICLE_CLASSES
                        ),
                        queue_veh=light[j, i],
                        queue_pcu=PCU["two_wheeler"] * light[j, i],
                        queue_m=queue_m[j, i],
                    )
                    for i, g in enumerate(layout.lane_groups)
                ),
                signals=signals(model, j),
            ),
            allowed=allowed[j, :stages],
        )
        for name, ours, theirs in zip(STAGE_FEATURES, rows[j].T, encode(here).T, strict=True):
            assert ours == pytest.approx(theirs, abs=1e-5), name


def signals(model: QueueModel, j: int) -> SignalState:
    groups = len(model.shape.layouts[j].groups)
    green = model.green[j, :groups]
    ended = tuple(round(10 * x) for x in model.green_end_s[j, :groups])
    return SignalState(
        now_ds=10 * model.time_s,
        lamps=tuple(Lamp.GREEN if g else Lamp.RED for g in green),
        since_ds=tuple(round(10 * x) for x in model.since_s[j, :groups]),
        green_end_ds=ended,
        stage=int(model.stage[j]),
        stage_since_ds=round(10 * model.stage_since_s[j]),
        in_transition=bool(model.changing[j]),
    )


def test_the_same_seed_gives_the_same_junctions() -> None:
    one, other = make_model(seed=5), make_model(seed=5)
    play(one, 30)
    play(other, 30)
    np.testing.assert_array_equal(encode_rows(one, one.allowed(5.0)), encode_rows(other, other.allowed(5.0)))
    assert not np.array_equal(one.standing, make_model(seed=6).standing + one.standing.mean())


def test_who_meets_a_red_comes_to_a_stand_once() -> None:
    """Everything that stands at the end stood up on red: what came to a stand is what stands and what has started."""
    model = make_model()
    model.step(np.zeros(len(model.stage), np.int64), 60)
    red = ~(np.einsum("jg,jgl->jl", model.shape.stage_has[:, 0], model.shape.share > 0) > 0)
    stopped = model.take_stopped()
    np.testing.assert_allclose(stopped[:, red], queued(model)[:, red])
    assert stopped[0, red].sum() > 10
    assert model.take_stopped().sum() == 0


def test_a_camera_with_short_sight_sees_less_and_says_so() -> None:
    model = make_model(copies=200)
    short = model.reach_m < model.shape.reach_m
    assert 0.05 < short.mean() < 0.2
    play(model, 37)
    camera = readings(model)
    assert (camera.queue_m <= model.reach_m).all()
    assert (model.arriving_in_view() <= model.arriving() + 1e-9).all()
    seen, there = camera.queue + camera.moving, queued(model) + model.arriving()
    assert seen[:, short].sum() / there[:, short].sum() < 0.8 * seen[:, ~short].sum() / there[:, ~short].sum()


def test_a_green_that_opens_a_part_of_a_shared_lane_lets_little_through() -> None:
    """North's right turn alone (stage R) is one of its lane's two movements: a quarter of the flow, not half of it."""
    layout = cross_layout(shared_right=True)
    model = QueueModel(Shape.of([layout], MAX_STAGES), 3)
    north = layout.lane_group_index["n.lg"]
    model.standing[0, :, north] = 1000.0
    model.step(np.array([layout.stage_index["R"]]), 60)
    assert model.crossed[0, 0, north] == pytest.approx((60 - START_LOSS_S) * model.flow_pcu_s[0, north] / 4)


def test_of_the_vehicles_crosses_the_share_that_crosses_of_the_pcu() -> None:
    """100 PCU of 250 two-wheelers: what saturation lets through in PCU is two and a half times as many vehicles."""
    layout = cross_layout()
    model = QueueModel(Shape.of([layout], MAX_STAGES), 3)
    model._arrivals = lambda: np.zeros_like(model.crossed)  # type: ignore[method-assign]
    north = layout.lane_group_index["n.lg"]
    model.standing[:, 0, north] = np.outer([100.0, 250.0], model.lane_share[0, north])
    serving = next(s for s in range(len(layout.stages)) if model.shape.serves[0, s, north] == 1)
    model.step(np.array([serving]), 30)
    pcu, vehicles = model.crossed[:, 0, north]
    assert pcu == pytest.approx((30 - START_LOSS_S) * model.flow_pcu_s[0, north])
    assert vehicles == pytest.approx(2.5 * pcu)


def test_kinds_of_vehicles_have_their_pcu() -> None:
    """Junctions differ from nearly cars only to half of the PCU a vehicle; none is outside what its kinds can be."""
    model = make_model(copies=60)
    arrived = np.zeros_like(model.crossed)
    for _ in range(600):
        arrived += model._arrivals()
    pcu, vehicles = arrived.sum(axis=2)
    each = pcu / vehicles
    assert each.min() > KIND_PCU[0]
    assert each.max() < 1.25
    assert (np.abs(each - 1) < 0.08).mean() > 0.3
    assert each.min() < 0.7


def test_what_queues_before_one_lane_does_not_cross_by_the_other() -> None:
    """Two lanes, all traffic in the first: half of the flow crosses, and the queue is twice as long as it counts."""
    layout = cross_layout()
    model = QueueModel(Shape.of([layout], MAX_STAGES), 3)
    model._arrivals = lambda: np.zeros_like(model.crossed)  # type: ignore[method-assign]
    north = layout.lane_group_index["n.lg"]
    np.testing.assert_allclose(model.lane_share[0, north], 0.5)
    model.reach_m[:], model.reach_pcu[:], model.queue_stretch[:] = 120.0, model.shape.reach_pcu, 1.0
    model.standing[0, 0, north] = 12.0, 0.0
    camera = readings(model)
    assert camera.queue_m[0, north] == pytest.approx(2 * 12.0 / model.shape.reach_pcu[0, north] * 120.0)
    serving = next(s for s in range(len(layout.stages)) if model.shape.serves[0, s, north] == 1)
    model.step(np.array([serving]), 20)
    assert model.crossed[0, 0, north] == pytest.approx((20 - START_LOSS_S) * model.flow_pcu_s[0, north] / 2)


def test_demand_is_drawn_by_what_the_busiest_lane_can_serve() -> None:
    """However uneven the lanes are, no lane gets more in the mean than the greens can be for it at the highest load."""
    model = make_model(copies=100)
    rate_pcu_s = np.tensordot(KIND_PCU, model._rate_veh_s, axes=1)[..., None] * model._arrive_share
    flow_pcu_s = model.flow_pcu_s[..., None] * model.lane_share
    assert (rate_pcu_s <= 1.05 * 0.8 * flow_pcu_s + 1e-9).all()
    uneven = np.abs(model._arrive_share[..., 0] - 0.5) > 0.01
    assert 0.4 < uneven.mean() < 0.6


def test_who_gives_way_waits_while_the_other_road_crosses() -> None:
    """North gives way to south: while south's queue of 15 s crosses at saturation nothing of north's does, then all."""
    layout = cross_layout()
    model = QueueModel(Shape.of([layout], MAX_STAGES), 3)
    model._arrivals = lambda: np.zeros_like(model.crossed)  # type: ignore[method-assign]
    north, south = layout.lane_group_index["n.lg"], layout.lane_group_index["s.lg"]
    assert model.shape.meets[0, north, south]
    assert not model.shape.meets[0, north, layout.lane_group_index["e.lg"]]
    model.lane_share[:], model._held_up_by[:] = (1.0, 0.0), 0.0
    model._gives_way_to[0, north], model._held_up_by[0, north] = south, 1.0
    model.standing[0, 0, north, 0] = 1000.0
    model.standing[0, 0, south, 0] = 15 * model.flow_pcu_s[0, south]
    serving = next(s for s in range(len(layout.stages)) if model.shape.serves[0, s, north] == 1)
    model.step(np.array([serving]), 1)
    while model.crossed[0, 0, south] < 15 * model.flow_pcu_s[0, south] - 1e-6:
        model.step(np.array([serving]), 1)
    # In the first second nobody crosses yet to whom it could give way.
    assert model.crossed[0, 0, north] <= 1.01 * model.flow_pcu_s[0, north]
    model.step(np.array([serving]), 20)
    assert model.crossed[0, 0, north] >= 19 * model.flow_pcu_s[0, north]
