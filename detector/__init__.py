"""Cameras to counts: frames, detections, tracks, line and zone counts, and their way to the timing service.

    VideoSource ─► Frame ─► state, masks ─┐ a thread and a tracker a camera
    VideoSource ─► Frame ─► state, masks ─┴─► Detector ─► Tracker ─► Counter (lines, movements, zones)
                                                                        └─► Interval ─► CSV, Parquet, HTTP, MQTT

Only `yolo` and `byte_track` import ultralytics (AGPL-3.0). The command line imports `detector`, and the timing
service its camera files (`camera_file`, `camera_toml`, `camera_checks`); nothing else does.
"""

from junction.quiet import keep_quiet

keep_quiet()
