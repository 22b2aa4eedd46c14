"""Any city: a complete scenario from an OpenStreetMap extract, a SUMO network or a SUMO configuration.

importer   `import_scenario`, from a file to a folder that loads, checks and runs
rules      the timing that imported junctions must keep
files      configurations and networks, read with named errors
osm        OpenStreetMap extracts to a network
signal     a traffic signal as the network has it
grouping   its signal groups and stages
layout     its layout: approaches, lane groups, movements, intergreens
plans      its own program as far as the guard admits it, and Webster's
demand     its traffic, and trips for a bare network
places     latitude and longitude, and the map
"""

from scenarios.importer.importer import import_scenario
from scenarios.importer.rules import ImportRules

__all__ = ["ImportRules", "import_scenario"]
