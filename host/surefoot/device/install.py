# SPDX-License-Identifier: MIT
"""The firmware onto a board that runs MicroPython, so that at every instant a whole version is what starts.

Each step can be cut short by anything; doing it all again completes it. `onboard` says why a mixture can't start.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..errors import InstallError, LinkError, NotSurefoot, PortBusy, PortDenied
from .bundle import MANIFEST, PROGRAM, Bundle, arch_of, build, check_loads
from .image import OLDEST
from .link import open_link
from .mpremote import Remote
from .onboard import LOOK, NEW_MAIN, NEW_PROFILE, PREPARE, PROFILE, SWITCH, State, other, read_state
from .opening import RESTART, open_port
from .pump import REAL_TIMING, Pump

STARTS_S = 30.0  # MicroPython formats its filesystem at its first start, and USB ports come and go
RETRY_S = 1.0
LISTEN_S = 3.0
_ERROR = re.compile(r"^\w*Error: .*$", re.M)
_SPARE_BLOCKS = 4  # that the filesystem itself may take for folders


class Teller(Protocol):
    """Where a person reads how far it is."""

    def step(self, words: str) -> None: ...

    def share(self, share: float) -> None: ...


@dataclass(frozen=True)
class Installed:
    """What was done: versions (None: none was there), the compiled files, how many of them had to be copied."""

    before: str | None
    bundle: Bundle
    copied: int
    release: str


def install(
    port: str,
    profile: Callable[[State], bytes | None],
    tell: Teller,
    make: Callable[[str], Bundle] = build,
    starts_s: float = 0.0,
) -> Installed:
    """Compile, copy, check, change over. `profile` gives the new profile.json for what is there, None to keep it.

    Waits up to starts_s for a MicroPython that is starting. Raises InstallError and the children of LinkError.
    """
    remote = Remote(port)
    tell.step("Look at the files on the board")
    state = _look(remote, starts_s)
    arch = _check_board(state)
    tell.step(f"Compile the firmware for {arch}")
    bundle = make(arch)
    check_loads(bundle, state.mpy)
    before, wanted = state.version, profile(state)
    copied = _change(remote, state, bundle, wanted, tell)
    return Installed(before, bundle, copied, state.release)


def _look(remote: Remote, starts_s: float = 0.0) -> State:
    deadline = time.monotonic() + starts_s
    while True:
        try:
            return read_state(remote.run(LOOK))
        except (InstallError, LinkError):
            if time.monotonic() >= deadline:
                raise
            time.sleep(RETRY_S)


def _check_board(state: State) -> str:
    """The architecture to compile for. Raises InstallError where this MicroPython won't do."""
    number = tuple(int(part) for part in state.release.split(".")[:2])
    if number < OLDEST:
        raise InstallError(
            f"The board runs MicroPython {state.release}, this firmware needs {OLDEST[0]}.{OLDEST[1]} or newer: "
            "put it on by 'surefoot flash'."
        )
    arch = arch_of(state.mpy)
    if arch is None:
        raise InstallError(
            "The board's MicroPython can't load compiled files: put the stock one of micropython.org on it by "
            "'surefoot flash'."
        )
    return arch


def _change(remote: Remote, state: State, bundle: Bundle, profile: bytes | None, tell: Teller) -> int:
    """Fill the spare folder and change over to it, unless all is there already; how many files were copied."""
    spare = state.spare
    sound = bool(state.active) and _is_sound(state, bundle, other(spare))
    files = {} if sound else bundle.files | {NEW_MAIN: bundle.main(spare)}
    moves = [] if sound else [(f"{spare}/{NEW_MAIN}", "main.py")]
    if profile is not None and _sha(profile) != state.hashes.get(PROFILE):
        files[NEW_PROFILE] = profile
        # An old firmware may not know a new profile, a new one knows old profiles; but it needs one.
        moves.insert(len(moves) if PROFILE in state.hashes else 0, (f"{spare}/{NEW_PROFILE}", PROFILE))
    if files:
        copied = _fill(remote, state, files, spare, tell)
        tell.step("Change over")
    else:
        copied = 0
        tell.step("Nothing to copy: the board has this version, each file checked")
    remote.run(SWITCH.format(moves=moves, old=spare if sound else other(spare), stale=_stale(state, bundle)))
    return copied


def _is_sound(state: State, bundle: Bundle, folder: str) -> bool:
    return state.within(folder) == bundle.hashes and state.hashes.get("main.py") == _sha(bundle.main(folder))


def _stale(state: State, bundle: Bundle) -> list[str]:
    """Modules of a flat copy, which main.py's folder now stands before."""
    stems = {Path(name).stem for name in bundle.files} - {Path(MANIFEST).stem, PROGRAM}
    top = (name for name in state.hashes if "/" not in name)
    return [name for name in top if Path(name).stem in stems and Path(name).suffix in (".py", ".mpy")]


def _fill(remote: Remote, state: State, files: dict[str, bytes], folder: str, tell: Teller) -> int:
    """Copy what is missing or wrong in the folder, and check each file on the board by its SHA-256."""
    hashes = {name: _sha(data) for name, data in files.items()}

    def wrong(state: State) -> list[str]:
        there = state.within(folder)
        return [name for name, sha in hashes.items() if there.get(name) != sha]

    missing = wrong(state)
    keep = [name for name in files if name not in missing]
    state = read_state(remote.run(PREPARE.format(folder=folder, keep=keep) + LOOK))
    blocks = sum(-(-len(files[name]) // state.block_bytes) for name in missing)
    need = (blocks + _SPARE_BLOCKS) * state.block_bytes
    if state.free_bytes < need:
        raise InstallError(
            f"The board's filesystem has {state.free_bytes // 1024} kB free, the new version needs {need // 1024} kB: "
            "remove files that are not Surefoot's (mpremote fs ls, mpremote fs rm), then run this again."
        )
    copied = len(missing)
    for _ in range(2):
        tell.step(f"Copy {len(missing)} files, {sum(len(files[name]) for name in missing) / 1000:.1f} kB")
        _copy(remote, {name: files[name] for name in missing}, folder, tell)
        tell.step("Check each file on the board by its SHA-256")
        missing = wrong(read_state(remote.run(LOOK)))
        if not missing:
            return copied
    raise InstallError(
        f"{missing[0]} arrived damaged twice, so the board keeps its old firmware: try another cable or port, "
        "then run this again."
    )


def _copy(remote: Remote, files: dict[str, bytes], folder: str, tell: Teller) -> None:
    with tempfile.TemporaryDirectory(prefix="surefoot-") as place:
        paths = [Path(place) / name for name in files]
        for path in paths:
            path.write_bytes(files[path.name])
        done: list[str] = []

        def began(name: str) -> None:
            tell.share(len(done) / len(files))
            done.append(name)

        remote.copy(paths, f":{folder}/", began)
        tell.share(1.0)


def restart(port: str, bundle: Bundle, tell: Teller) -> dict[str, Any]:
    """Reset the board and ask who it is now. Raises InstallError where it doesn't run this firmware."""
    tell.step("Restart the board and ask which firmware it runs")
    Remote(port).reset()
    config = greet(port)
    if config["fw"] != bundle.version:
        raise InstallError(
            f"The board says that it runs firmware {config['fw']}, {bundle.version} was written: press its reset, "
            "then run this again."
        )
    return config


def greet(port: str) -> dict[str, Any]:
    """The settings of the board that is starting at the port. Raises InstallError where its program doesn't start."""
    deadline = time.monotonic() + STARTS_S
    ended = 0
    while True:
        try:
            with open_link(port) as link:
                return dict(link.config or {})
        except (PortBusy, PortDenied):
            raise
        except NotSurefoot as error:
            # Only a program that has ended leaves the prompt, twice over; anything else may still be starting.
            ended += "runs MicroPython but not" in str(error)
            if ended == 2:
                raise InstallError(
                    f"The firmware is on the board whole, but it stops at its start{_last_error(port)}: "
                    "check that --board names the right profile; if it does, please report this."
                ) from error
            if time.monotonic() >= deadline:
                raise
        except LinkError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(RETRY_S)


def _last_error(port: str) -> str:
    """What MicroPython said as the program ended, in brackets."""
    heard = bytearray()
    try:
        with Pump(open_port(port, 115200), port, REAL_TIMING, heard.extend) as pump:
            pump.write(RESTART)
            deadline = time.monotonic() + LISTEN_S
            while time.monotonic() < deadline:
                pump.poll(0.1)
    except LinkError:
        return ""
    errors = _ERROR.findall(heard.decode("ascii", "replace"))
    return f" ({errors[-1].strip()})" if errors else ""


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
