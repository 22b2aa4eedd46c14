"""City models: their readable source files, the builder that makes a SUMO street of them, and the loader.

model      what a built scenario is
load       reading one (needs no SUMO)
source     the readable source files, checked
build      sources to street, sites and map
check      named checks of a built scenario
"""
