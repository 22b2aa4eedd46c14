"""torch on one thread: its threads spin against each other on a busy machine, fifty times slower than one alone."""

from importlib.util import find_spec

if find_spec("torch") is not None:
    import torch

    torch.set_num_threads(1)
