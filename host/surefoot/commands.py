# SPDX-License-Identifier: MIT
"""What each subcommand does; `cli` has parsed the words already."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import SurefootError, VirtualBoardError

WATCH_S = 0.5
FALLS_AFTER_S = 6.0  # from the start cue: the shortest trials last ten seconds


def devices(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    if args.heart:
        from .device import heart_command

        return heart_command.run(args)
    from .device.ports import list_ports

    found = list_ports()
    if args.json:
        print(json.dumps([asdict(port) for port in found]))
        return 0
    for port in found:
        print(port)
    if not found:
        print("No board found: plug one in by a data cable, or try `surefoot demo` without one.")
    return 0


def flash(args: argparse.Namespace) -> int:
    from .device import flash_command

    return flash_command.flash(args)


def update(args: argparse.Namespace) -> int:
    from .device import flash_command

    return flash_command.update(args)


def virtual(args: argparse.Namespace) -> int:
    from .device.virtual.board import VirtualBoard
    from .device.virtual.stand import LosesBalance, stand_for

    hears = None
    if args.poses:
        from .device.virtual.poses import Poses, practise

        world = Poses(seed=args.seed)
        practise(world)
    else:
        world = stand_for(args.person, args.seed, args.replay).world
        if args.person == "faller" and not args.replay:
            hears = LosesBalance(world, FALLS_AFTER_S)
    with VirtualBoard(world, live=True, seed=args.seed, tcp_port=args.tcp) as board:
        board.cable.hears = hears
        if args.json:
            print(json.dumps({"port": board.port}), flush=True)
        else:
            print(f"A virtual board answers at {board.port}")
            what = "calibrate imu" if args.poses else "record --person P001 --out out/p001"
            print(f"Try: surefoot {what} --port {board.port}")
            print("Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            while board.bridge is not None:
                threading.Event().wait(WATCH_S)
            raise VirtualBoardError(f"The virtual board stopped by itself. {board.machine.last_words()}")
    return 0


def record(args: argparse.Namespace) -> int:
    from .care.protocol import load_protocol
    from .clinic import assess_gate, circumstances, in_force, record_command
    from .clinic.session import Setup, check_person, new_folder, now_utc, run_protocol
    from .device.link import open_link
    from .device.ports import choose_port

    screen = _screen(args)
    protocol = load_protocol(args.protocol)
    check_person(args.person)
    if args.keep:
        from .clinic import keep_command

        keep_command.before_record(args)
    placement = record_command.placement_in(args)
    said = circumstances.from_arguments(args)
    assess_gate.of_arguments(args, protocol.id, screen.say)
    if args.by_hand or args.typed is not None:
        record_command.brief(screen.say, protocol)
        setup = Setup(args.person, args.out, placement, circumstances=said)
        tell = screen.tell if args.yes else record_command.asking(screen.tell)
        record_command.run(args, protocol, setup, tell, screen.say)
        return _finish(args, screen, args.out, None)
    records = in_force.look(args.calibration, args.data, args.pair)
    alone = args.yes or args.json or not sys.stdin.isatty()
    tell = screen.tell if alone else record_command.asking(screen.tell)
    with open_link(choose_port(args.port)) as link:
        device = link.config["id"] if link.config else ""
        for note in link.notes:
            screen.say(note)
        length_mm = args.foot_length_mm if placement else None
        found = in_force.find(
            records, device, args.person, now_utc(), None if alone else record_command.choosing(screen.say), length_mm
        )
        new_folder(args.out)
        found = found.keep(args.out)
        if args.protocol.endswith(".toml"):
            shutil.copyfile(args.protocol, args.out / f"{protocol.id}.toml")
        record_command.brief(screen.say, protocol)
        for text in in_force.sentences(found, now_utc()):
            screen.say(text)
        if args.check_pair:
            in_force.check(link, found, records.data, screen.say, now_utc())
        in_force.wear(found, records.data, args.person, screen.say)
        simulated = record_command.is_simulated(device)
        worn, ends = (found.record, found.pair), not args.no_stop
        strap = record_command.heart_strap(args, link.timing.now_s, screen.say)
        setup = Setup(
            args.person, args.out, placement, args.rate, simulated, *worn, circumstances=said, device_ends=ends,
            heart=strap,
        )  # fmt: skip
        try:
            outcome = run_protocol(link, protocol, setup, tell, record_command.observer_here(args))
        finally:
            if strap:
                strap.stop()
    return _finish(args, screen, args.out, outcome.error)


def calibration(args: argparse.Namespace) -> int:
    if args.action == "report":
        from .output import calibration_report_command

        return calibration_report_command.run(args)
    from .clinic import calibration_command

    return calibration_command.run(args)


def calibrate(args: argparse.Namespace) -> int:
    from .clinic import calibrate_command
    from .output import calibration_report_command

    code = calibrate_command.run(args)
    calibration_report_command.after_session(args)
    return code


def score(args: argparse.Namespace) -> int:
    from .clinic import import_options

    if import_options.are_files(args):
        from .output import import_command

        return import_command.run(args)
    from .output import scale_command

    if scale_command.are_scales(args.dir):
        return scale_command.score(args, args.dir[0])
    from .clinic.scoring import score_folder
    from .output import change_command
    from .output.result import write_result

    folder = args.dir[0]
    result, _ = score_folder(folder, args.calibration, args.protocol)
    result = change_command.with_change(result, folder, args.since, args.calibration, args.protocol)
    path = folder / "result.json"
    write_result(result, path)
    return _print(args, result, path)


def report(args: argparse.Namespace) -> int:
    from .output import scale_command

    if scale_command.are_scales([args.dir]):
        return scale_command.report(args, args.dir)
    from .clinic.scoring import score_folder
    from .output import change_command
    from .output.report import write_report

    result, series = score_folder(args.dir)
    result = change_command.with_change(result, args.dir, args.since)
    path = args.dir / "report.html"
    write_report(result, series, path)
    if args.json:
        print(json.dumps({"report": str(path)}))
    else:
        print(f"Report: {path}")
    return 0


def demo(args: argparse.Namespace) -> int:
    from .demo import run_demo

    screen = _screen(args)
    outcome = run_demo(args.out, args.person, args.seed, args.live, args.replay, screen)
    return _finish(args, screen, args.out, outcome.error)


def _screen(args: argparse.Namespace):
    from .terminal import Screen

    return Screen(sys.stderr if args.json else sys.stdout)


def _finish(args: argparse.Namespace, screen: Any, out: Path, error: SurefootError | None) -> int:
    """Score and report what there is; then what stopped the session, if anything did, with exit code 1."""
    from .clinic.scoring import score_folder
    from .output.report import write_report
    from .output.result import write_result

    try:
        result, series = score_folder(out)
        write_result(result, out / "result.json")
        write_report(result, series, out / "report.html")
    except SurefootError as second:
        if error:
            raise error from second
        raise
    _print(args, result, out / "report.html", screen, error)
    if getattr(args, "keep", False):
        from .clinic import keep_command

        keep_command.after_record(args, out)
    if error:
        print(f"surefoot: {error}", file=sys.stderr)
    return 1 if error else 0


def _print(
    args: argparse.Namespace, result: dict[str, Any], path: Path, screen: Any = None, error: SurefootError | None = None
) -> int:
    if args.json:
        from .output.result import plain_result

        print(json.dumps(plain_result(result) | ({"error": str(error)} if error else {})))
    else:
        screen = screen or _screen(args)
        from .output.change_command import told

        screen.result(result)
        for line in told(result):
            screen.say(line)
        screen.say(f"Written: {path}")
    return 0
