"""An HTTP camera of the tests' own: MJPEG over loopback, which can be killed, restarted, resized and frozen."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
from pictures import noisy

BOUNDARY = "frame"
FPS = 10.0


class MjpegCamera:
    """Serves a street with sensor noise. `size_px` is (width, height) of the next pictures."""

    def __init__(self, size_px: tuple[int, int] = (160, 120)) -> None:
        self.size_px = size_px
        self.frozen = False
        self.hanging = False
        self.connections = 0
        self._on = threading.Event()
        self._draw = np.random.default_rng(1)
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://user:secret@127.0.0.1:{self.port}/video?token=secret"

    def start(self) -> None:
        """Serve, on the port of the first start."""
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera.connections += 1
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
                self.end_headers()
                camera._serve(self.wfile)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._on.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def kill(self) -> None:
        """Close every connection and the port."""
        assert self._server is not None
        self._on.clear()
        self._server.shutdown()
        self._server.server_close()
        self._server = None

    def _serve(self, out: object) -> None:
        picture = self._picture()
        while self._on.is_set():
            if not self.frozen:
                picture = self._picture()
            if not self.hanging:
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                try:
                    out.write(head.encode() + picture + b"\r\n")  # type: ignore[attr-defined]
                except OSError:
                    return
            time.sleep(1 / FPS)

    def _picture(self) -> bytes:
        (image,) = noisy(1, int(self._draw.integers(1 << 31)), *self.size_px)
        done, jpeg = cv2.imencode(".jpg", image)
        assert done
        return bytes(jpeg)
