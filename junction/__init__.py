"""The shared domain: what a junction is, what a camera sees of it, what a policy proposes and what the guard allows.

Everything here is plain data and pure functions over the standard library and numpy, so that the street, the
simulation and the timing service mean the same thing by every word.
"""
