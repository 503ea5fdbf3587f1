# SPDX-License-Identifier: MIT
"""What is shipped: wheel and sdist build without a network, and the wheel alone runs a whole test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

import surefoot
from surefoot import resources

ROOT = Path(__file__).resolve().parents[1]
DATA = ("firmware", "protocols", "calibration", "hardware")
# No index, no proxy: whatever reaches for the network fails at once.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "https_proxy": "http://127.0.0.1:9"}


def run(command: Sequence[str | Path], cwd: Path, **env: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=120, env={**kept, **OFFLINE, **env}, check=False
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel built from that sdist."""
    pytest.importorskip("build")
    out = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT], out)
    return out


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked by pip into a folder of its own."""
    target = tmp_path_factory.mktemp("installed")
    (wheel,) = dist.glob("*.whl")
    run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, wheel], target)
    return target


def names_in(dist: Path) -> set[str]:
    (wheel,) = dist.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_all_that_is_needed_and_nothing_else(dist):
    names = names_in(dist)
    wanted = {
        f"surefoot/_data/{name}/{path.relative_to(ROOT / name)}"
        for name in DATA
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.relative_to(ROOT).parts)
    }
    wanted |= {
        f"surefoot/{path.relative_to(ROOT / 'host' / 'surefoot')}"
        for pattern in ("*.py", "*.j2", "*.css", "*.js", "*.typ")
        for path in (ROOT / "host" / "surefoot").rglob(pattern)
    }
    assert wanted - names == set()
    others = [n for n in names if not n.startswith(("surefoot/", f"surefoot-{surefoot.__version__}.dist-info/"))]
    assert others == []
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_sdist_can_be_built_and_tested(dist):
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for name in ("pyproject.toml", "README.md", "LICENSE", "Makefile", "requirements.lock", "tests/conftest.py"):
        assert name in names
    assert f"surefoot-{surefoot.__version__}" in sdist.name
    assert not [name for name in names if name.startswith((".venv", "build", "out", "dist"))]


def test_versions_are_one_version():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'\nversion = "{surefoot.__version__}"\n' in text


def test_the_installed_wheel_alone_runs_a_whole_test(installed, tmp_path):
    # -S leaves .pth files unread, so the working copy, which is installed by one, can't be found by accident.
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    where = "import surefoot, surefoot.resources as r; print(surefoot.__file__); print(r.data_dir('firmware'))"
    found = run([sys.executable, "-S", "-c", where], tmp_path, PYTHONPATH=path).split()
    assert all(Path(line).is_relative_to(installed) for line in found)
    out = run([sys.executable, "-S", "-m", "surefoot.cli", "demo", "--json"], tmp_path, PYTHONPATH=path)
    result = json.loads(out)
    assert [trial["ended"] for trial in result["trials"]] == ["complete", "complete"]
    assert result["score"]["value"] > 50
    made = tmp_path / "out" / "demo"
    assert {file.name for file in made.iterdir()} >= {"result.json", "report.html", "01-eyes-open.sfr"}
    assert "Simulated person." in (made / "report.html").read_text("utf-8")


def test_the_installed_command_is_there(installed, dist):
    (entry,) = [name for name in names_in(dist) if name.endswith("entry_points.txt")]
    (wheel,) = dist.glob("*.whl")
    assert "surefoot = surefoot.cli:main" in zipfile.ZipFile(wheel).read(entry).decode()
    assert list((installed / "bin").glob("surefoot*"))


def test_what_is_flashed_is_the_same_from_wheel_and_working_copy(installed, tmp_path):
    staged = resources.stage(tmp_path / "here")
    run([sys.executable, "-S", "-m", "surefoot.resources", tmp_path / "there"], tmp_path, PYTHONPATH=str(installed))
    assert {path.name for path in staged} == {path.name for path in (tmp_path / "there").iterdir()}
    for path in staged:
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()
