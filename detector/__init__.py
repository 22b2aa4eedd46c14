"""Cameras to counts: frames, detections, tracks, line and zone counts, and their way to the timing service.

    VideoSource ─► Frame ─► Detector ─► Tracker ─► Counter (lines, movements, zones) ─► CountRecord ─► CSV, JSON, POST

`yolo` is the only module that imports ultralytics (AGPL-3.0); nothing outside this package and the command line
imports `detector`.
"""
