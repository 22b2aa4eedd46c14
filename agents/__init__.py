"""Rival controllers, the learned policy, its training and export, and the one evaluator for all of them.

roster          controller name to how it is made
settings        a controller's name with its settings
rivals          rivals that go by what cameras see: max_pressure (and max-wave), sotl, lookahead
lane_counts     what a rival counts at a junction
sumo_programs   controllers that are SUMO's own programs
tuning          every rival tuned by the same small budget
episode         one controller, one seed, one window: what is measured
evaluator       controllers x seeds in worker processes
statistics      means, intervals, paired ratios
practice_towns  towns made to be practised on
network         the shared per-stage scoring network
training        MaskablePPO on a whole city
export          network to ONNX and card
onnx_policy     ONNX to policy, without torch
"""

from junction.quiet import keep_quiet

keep_quiet()
