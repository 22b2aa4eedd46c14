"""The whole system on a simulated street: service, cameras and field controllers, all talking HTTP.

The twin paces it and shows the page; the rehearsal lets it run, breaks things on schedule and reports.
"""
