"""Other distributions own names like `agents`: ours must be the ones that are imported, from anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("junction", "scenarios", "envs", "agents", "detector", "controller", "rehearsal", "chauraha", "bench")


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_ours_from_another_folder(package: str, tmp_path: Path) -> None:
    probe = f"import {package}; print({package}.__file__)"
    found = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert Path(found.stdout.strip()).parent == ROOT / package


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def test_readme_names_both_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make run" in readme
    assert "make test" in readme


def test_every_command_has_help_and_imports_nothing_heavy() -> None:
    probe = (
        "import sys; from chauraha import main; main._register();"
        "heavy={'torch','libsumo','traci','sumolib','ultralytics','stable_baselines3'} & set(sys.modules);"
        "print(sorted(heavy), len(main.app.registered_commands)+len(main.app.registered_groups)-len(main.COMMANDS))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 0"


def test_bad_input_is_one_line_and_status_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chauraha", "scenario", "check", "atlantis"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "atlantis" in done.stderr
