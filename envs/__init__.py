"""The street in SUMO, as a camera sees it and as a stage machine moves it, and the learners' environments on it.

    sumo             the street (the only file that speaks to SUMO)
    view, zones      what is true before a junction's stop lines, and where that is
    camera, sensors  what a camera makes of it
    junction_heads   lamps on the street, through the guard
    city             all junctions of a street from decision to decision
    reward, trips    how good that was
    signal_env       one junction for Gymnasium, registered as "chauraha/Signal-v0"
    city_vec_env     all junctions of several streets for stable-baselines3

Importing this starts nothing; with Gymnasium installed it registers the environments' ids.
"""

from importlib.util import find_spec

SIGNAL_ENV_ID = "chauraha/Signal-v0"

if find_spec("gymnasium") is not None:
    import gymnasium

    if SIGNAL_ENV_ID not in gymnasium.registry:
        gymnasium.register(id=SIGNAL_ENV_ID, entry_point="envs.signal_env:SignalEnv")
