# SPDX-License-Identifier: MIT
"""What several rooms' tests share."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from stores import keyring_here, store, store_here, store_template, store_url  # noqa: F401 (fixtures)

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command does; each core has a worker already
# Where byte code may not be kept, each worker and each command that a test starts would compile every source anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# No test reads or writes the records of whoever runs it; those that need a data folder name one.
os.environ["SUREFOOT_DATA"] = str(Path(tempfile.gettempdir()) / f"surefoot-tests-{os.getpid()}" / "none")
for name in ("SUREFOOT_STORE", "SUREFOOT_BY", "SUREFOOT_PASSPHRASE_FILE"):
    os.environ.pop(name, None)


# How long an example takes is the machine's matter: its other core runs virtual boards.
settings.register_profile("surefoot", deadline=None)
settings.load_profile("surefoot")


def hear_ctrl_c() -> None:
    """For `preexec_fn`: a shell starts what runs in its background with SIGINT ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than cores: a virtual board and whoever reads it wait for each other, and so leave a core idle."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Ten thousand tests and what they import stay to the end: no search for garbage need go through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("SUREFOOT_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "README.md").is_file():
        pytest.skip(f"no real recordings at {folder}: set SUREFOOT_REAL_DATA to test against them")
    return folder


@pytest.fixture(scope="session")
def micropython() -> list[str]:
    """The command that starts a real MicroPython; tests that need it are skipped where there is none."""
    command = [sys.executable, "-m", "micropython"]
    answer = subprocess.run(
        [*command, "-c", "import sys; print(sys.implementation.name)"], capture_output=True, text=True
    )
    if answer.stdout.strip() != "micropython":
        pytest.skip(f"no MicroPython beside {sys.executable}: it has no wheel for this machine")
    return command


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exactly what is flashed."""
    from surefoot.resources import stage

    folder = tmp_path_factory.mktemp("device")
    stage(folder)
    return folder
