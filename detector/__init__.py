"""Cameras to counts: frames, detections, tracks, line and zone counts, and their way to the timing service.

    VideoSource ─► Frame ─► state, masks ─┐ a thread and a tracker a camera
    VideoSource ─► Frame ─► state, masks ─┴─► Detector ─► Tracker ─► Counter (lines, movements, zones)
                                                                        └─► Interval ─► CSV, Parquet, HTTP, MQTT

`yolo` is the only module that imports ultralytics (AGPL-3.0); nothing outside this package and the command line
imports `detector`.
"""

from junction.quiet import keep_quiet

keep_quiet()
