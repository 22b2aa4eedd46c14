"""The reference field controller: what a signal controller at a junction does with the timing API.

`FieldController` is pure logic on two clocks that its caller gives it; `ServiceClient` is the HTTP,
`process` runs both.
"""
