"""The street in SUMO, as a camera sees it and as a stage machine moves it, and the learners' environments on it.

    sumo             the street (the only file that speaks to SUMO)
    view, zones      what is true before a junction's stop lines, and where that is
    camera, sensors  what a camera makes of it
    junction_heads   lamps on the street, through the guard
    city             all junctions of a street from decision to decision
    reward, trips    how good that was
    action_mode      what a learner's numbers mean: next_stage, stage_duration, cycle_splits
    signal_env       one junction for Gymnasium (the ids below)
    city_env         all junctions for PettingZoo
    city_vec_env     all junctions of several streets for stable-baselines3

Importing this starts nothing; with Gymnasium installed it registers the environments' ids.
"""

from importlib.util import find_spec

SIGNAL_ENV_ID = "chauraha/Signal-v0"
SIGNAL_ENV_IDS = {
    SIGNAL_ENV_ID: "next_stage",
    "chauraha/SignalDuration-v0": "stage_duration",
    "chauraha/SignalSplits-v0": "cycle_splits",
    "chauraha/SignalSplitsBox-v0": "cycle_splits_box",
}
"""Gymnasium ids by action mode; each takes `scenario` and `junction_id`."""

if find_spec("gymnasium") is not None:
    import gymnasium

    for _env_id, _mode in SIGNAL_ENV_IDS.items():
        if _env_id not in gymnasium.registry:
            gymnasium.register(id=_env_id, entry_point="envs.signal_env:SignalEnv", kwargs={"mode": _mode})
