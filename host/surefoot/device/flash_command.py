# SPDX-License-Identifier: MIT
"""`surefoot flash` and `surefoot update`: what they ask for, the order of their steps, what they print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InstallError, LinkError

if TYPE_CHECKING:
    from .bundle import Bundle
    from .esptool import Esptool
    from .image import Image
    from .onboard import State
    from .partitions import Table

STOPPED = "stopped. Run the same command again to complete it; the board's reset starts the version that is whole"


class Screen:
    """Numbered steps in plain words; a bar where the terminal can redraw it."""

    def __init__(self, as_json: bool):
        self._out = sys.stderr if as_json else sys.stdout
        self._step = 0
        self._open = False

    def step(self, words: str) -> None:
        self._step += 1
        self.say(f"{self._step:>2}. {words}")

    def share(self, share: float) -> None:
        if self._out.isatty():
            self._out.write(f"\r    {share:4.0%}")
            self._out.flush()
            self._open = True

    def say(self, text: str) -> None:
        if self._open:
            self._out.write("\r         \r")
            self._open = False
        print(text, file=self._out, flush=True)


def add_flash_arguments(parser: argparse.ArgumentParser) -> None:
    _add_port(parser)
    parser.add_argument(
        "--board", required=True, metavar="PROFILE", help="which board it is: a file of firmware/profiles"
    )
    parser.add_argument("--image", type=Path, required=True, metavar="FILE", help="the MicroPython .bin for this board")
    parser.add_argument("--baud", type=int, default=460800, help="while writing MicroPython (default: %(default)s)")
    parser.add_argument(
        "--erase", action="store_true", help="erase the board's filesystem: calibration, boots.txt, files of your own"
    )


def add_update_arguments(parser: argparse.ArgumentParser) -> None:
    _add_port(parser)
    parser.add_argument(
        "--board", metavar="PROFILE", help="write this profile too; without it the board keeps its profile.json"
    )


def _add_port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, touch nothing")


@dataclass(frozen=True)
class Target:
    """A board by its profile: the chip, its flash, the profile's own bytes."""

    name: str
    chip: str
    arch: str
    flash_bytes: int
    profile: bytes


def flash(args: argparse.Namespace) -> int:
    """`surefoot flash`."""
    return _until_stopped(_flash, args)


def update(args: argparse.Namespace) -> int:
    """`surefoot update`."""
    return _until_stopped(_update, args)


def _until_stopped(run: Callable[[argparse.Namespace], dict[str, Any]], args: argparse.Namespace) -> int:
    try:
        result = run(args)
    except KeyboardInterrupt:
        if args.json:
            print(json.dumps({"error": STOPPED}))
        print(f"\nsurefoot: {STOPPED}.", file=sys.stderr)
        return 130
    if args.json:
        print(json.dumps(result))
    return 0


def _flash(args: argparse.Namespace) -> dict[str, Any]:
    from .bundle import build
    from .esptool import find_esptool
    from .image import check_fits, read_image
    from .install import STARTS_S, install
    from .partitions import table_for
    from .ports import choose_port

    screen = Screen(args.json)
    target = load_target(args.board)
    table = table_for(target.flash_bytes)
    image = read_image(args.image, target.chip)
    check_fits(image, table)
    port = args.port if args.dry_run else choose_port(args.port)
    facts = _flash_facts(target, image, table)
    if args.dry_run:
        bundle = build(target.arch)
        _say_plan(screen, facts, bundle)
        return facts | _bundle_facts(bundle) | {"dry_run": True}
    tool = find_esptool(port, target.chip, args.baud)
    _write_image(tool, target, image, table, args.erase, screen)
    done = install(port, lambda state: target.profile, screen, starts_s=STARTS_S)
    return facts | _finish(port, done, screen)


def _write_image(tool: Esptool, target: Target, image: Image, table: Table, erase: bool, screen: Screen) -> None:
    from .partitions import MB, find

    screen.step(f"Look at the chip: an {target.chip} with {target.flash_bytes // MB} MB of flash?")
    size = tool.flash_bytes()
    if size is None:
        screen.say("    esptool did not tell the size of the flash; the profile's is taken")
    elif size < target.flash_bytes:
        raise InstallError(
            f"The board has {size // MB} MB of flash, the profile '{target.name}' means {target.flash_bytes // MB} MB: "
            "choose the profile of this board with --board."
        )
    there = tool.table()
    if there and there != table and not erase:
        raise InstallError(
            "The board's flash is divided otherwise, so its filesystem can't stay: save what you need from it "
            "(mpremote fs ls, mpremote fs cp), then add --erase."
        )
    if erase or there != table:
        vfs = find(table, "vfs")
        screen.step("Erase the filesystem; MicroPython makes a new one")
        # Before the table that announces it: where this is cut short, the table still says that it has to be done.
        tool.erase(vfs.offset, vfs.size)
    screen.step(f"Write MicroPython {image.version} and the partition table")
    tool.write(image.parts(table), target.flash_bytes, screen.share)


def _update(args: argparse.Namespace) -> dict[str, Any]:
    from .bundle import build
    from .install import install
    from .peek import peek
    from .ports import choose_port

    screen = Screen(args.json)
    target = load_target(args.board) if args.board else None
    if args.dry_run:
        bundle = build(target.arch if target else "xtensawin")
        kept = "calibration, boots.txt, logs, files of your own" + ("" if target else ", profile.json")
        _say_files(screen, bundle)
        screen.say(f"These would be copied into a folder of their own, checked, then started. Kept: {kept}.")
        return _bundle_facts(bundle) | {"kept": kept, "dry_run": True}
    port = choose_port(args.port)
    screen.step("Ask the board what it is doing")
    config = peek(port) or {}
    if config.get("streaming"):
        log = f"writes log {config['log']}" if config.get("log") else "is measuring"
        raise InstallError(f"The board on {port} {log}: end that first, then run this again; nothing was changed.")

    def profile(state: State) -> bytes | None:
        return target.profile if target else _missing_profile(state, config)

    done = install(port, profile, screen)
    return _finish(port, done, screen, config.get("fw"))


def _missing_profile(state: State, config: dict[str, Any]) -> bytes | None:
    """None where the board has a profile; else the one of the board that it said it is. Raises InstallError."""
    from ..resources import boards
    from .onboard import PROFILE

    if PROFILE in state.hashes:
        return None
    if config.get("board") in boards():
        return load_target(config["board"]).profile
    raise InstallError(
        f"The board has no {PROFILE} and does not say which one it is: name it with --board, one of "
        f"{', '.join(boards())}."
    )


def _finish(port: str, done: Any, screen: Screen, said_before: str | None = None) -> dict[str, Any]:
    from .install import restart

    config = restart(port, done.bundle, screen)
    doctor = _doctor(port, screen)
    before = done.before or said_before
    build = done.bundle.short_hash
    screen.say(f"Firmware before: {before or 'none'}. Now: {config['fw']} (build {build}), board {config['board']}.")
    return {
        "port": port,
        "board": config["board"],
        "id": config["id"],
        "micropython": done.release,
        "version": {"before": before, "after": config["fw"], "build": build},
        "copied": done.copied,
        "doctor": doctor,
    } | _bundle_facts(done.bundle)


def _doctor(port: str, screen: Screen) -> dict[str, Any]:
    """How many checks of `surefoot doctor` failed, and which; the firmware is on the board either way."""
    from . import doctor
    from .link import open_link

    screen.step("Have the board checked; leave it lying, with nothing on the insoles")
    try:
        with open_link(port) as link:
            found = doctor.examine(link)
    except LinkError as error:
        found = (doctor.unreachable(error),)
    bad = [one for one in found if one.verdict == "fail"]
    for one in bad:
        screen.say(f"    {one.label}: {one.value.rstrip('.') or 'failed'}. {one.advice}")
    words = f"{len(bad)} of {len(found)} checks failed" if bad else "nothing failed"
    screen.say(f"    {words}; 'surefoot doctor' shows all of them.")
    return {"checks": len(found), "failed": [one.check for one in bad]}


def load_target(name: str) -> Target:
    """A board by its profile's name. Raises ResourceMissing."""
    from ..resources import device_profile, profile

    values = profile(name)
    return Target(name, values["chip"], values["arch"], values["flash_bytes"], device_profile(name))


def _flash_facts(target: Target, image: Image, table: Table) -> dict[str, Any]:
    return {
        "profile": target.name,
        "image": {"path": str(image.path), "chip": image.chip, "version": image.version, "app_bytes": len(image.app)},
        "partitions": [{"label": part.label, "offset": part.offset, "size": part.size} for part in table],
    }


def _bundle_facts(bundle: Bundle) -> dict[str, Any]:
    files = [
        {"name": module.name, "bytes": len(module.data), "source_bytes": module.source_bytes, "sha256": module.sha256}
        for module in bundle.modules
    ]
    return {"firmware": bundle.version, "arch": bundle.arch, "files": files}


def _say_plan(screen: Screen, facts: dict[str, Any], bundle: Bundle) -> None:
    image = facts["image"]
    screen.say(f"{image['path']}: MicroPython {image['version']} for the {image['chip']}, {image['app_bytes']} bytes")
    screen.say("Partitions:")
    for part in facts["partitions"]:
        screen.say(f"  {part['label']:<9} 0x{part['offset']:06x} {part['size'] // 1024:>6} kB")
    _say_files(screen, bundle)
    screen.say("Steps: check chip and flash, erase the filesystem if it moves, write MicroPython and the table,")
    screen.say("copy and check the firmware, change over, restart. Calibration and logs stay where nothing moves.")


def _say_files(screen: Screen, bundle: Bundle) -> None:
    screen.say(f"Firmware {bundle.version} compiled for {bundle.arch}:")
    for module in bundle.modules:
        screen.say(f"  {module.name:<16} {len(module.data):>6} bytes, source {module.source_bytes:>6}")
    total = sum(len(module.data) for module in bundle.modules)
    screen.say(f"  {'in all':<16} {total:>6} bytes, source {sum(m.source_bytes for m in bundle.modules):>6}")
