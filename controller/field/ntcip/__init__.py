"""A bridge to a traffic signal controller that speaks NTCIP 1202 over SNMP.

`objects` names the standard's objects, `settings` says where the box is and which phase is which group, `session` is
SNMP and nothing else, `box` drives the box. It needs the extra `ntcip`.
"""
