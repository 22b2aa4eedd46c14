"""Demand from counts: count files to places of the street, a prior from the scenario's own demand, a fit, SUMO's
routeSampler for whole vehicles, and a report of what fits and what does not."""
