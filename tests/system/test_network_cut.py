"""With the network cut, service and browser in a namespace with nothing but loopback, the page is whole."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from live_city import PAGE_MARKS

pytestmark = PAGE_MARKS

LOOK = Path(__file__).with_name("offline_page.py")


def test_the_page_is_whole_and_asks_nobody_else(tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="playwright is not installed: pip install -e '.[dev]'")
    from offline_page import VIEWS

    for program, package in (("unshare", "util-linux"), ("chromium", "chromium")):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here: apt-get install {package}")
    refused = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True, text=True)
    if refused.returncode:
        pytest.skip(f"no user namespaces here ({refused.stderr.strip()}): sysctl -w user.max_user_namespaces=1000")
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, str(LOOK), str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert "unreachable" in found["outside"].lower()
    assert found["wrong"] == []
    assert [url for url in found["asked"] if not url.startswith(f"{found['url']}/")] == []
    assert found["seen"] == list(VIEWS)
    assert "Noto Sans Devanagari" in {family.strip('"') for family in found["fonts"]}
