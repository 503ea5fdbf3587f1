# SPDX-License-Identifier: MIT
"""`surefoot calibrate imu`: the motion sensor, on a table or at the waist, from a recording, or from foreign data."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CalibrationError

if TYPE_CHECKING:
    from ..fit.accelerometer import AccelerometerFit
    from .imu_record import Check, Gravity

HELP = "the motion sensor: still poses and whole turns on a table; --waist: how it sits on a person"
DESCRIPTION = """\
On a table: six faces, then edges and corners, then whole turns against an edge. No key is needed: a pose counts as soon
as the board lies still in a new way. Found are bias, scale and misalignment of the accelerometer, bias and scale of the
gyroscope. --six takes the faces only: bias and scale. About five minutes; let the board warm up for ten before.

With --waist: the person stands quietly and bows once; found is how the unit sits. Standing alone tells what is up, not
the turn about the vertical.

Gravity differs by place: standard gravity is right to 0.3 %, with --latitude and --altitude it is to 0.01 %.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", help="the board's port; without it the one board that is plugged in")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the clinic's data folder (default: SUREFOOT_DATA)")
    parser.add_argument("--who", metavar="CODE", help="a code of whoever calibrates, never a name")
    how = parser.add_argument_group("what is done")
    how.add_argument("--six", action="store_true", help="six faces and a corner: bias and scale, no misalignment")
    how.add_argument("--no-turns", action="store_true", help="leave the gyroscope's scale as it is")
    how.add_argument("--waist", action="store_true", help="how the unit sits at the waist, instead of the table")
    how.add_argument("--no-bow", action="store_true", help="--waist: standing only, forward as it was known")
    how.add_argument("--enter", action="store_true", help="wait for Enter before every pose")
    where = parser.add_argument_group("gravity here", "the size of what the accelerometer is held against")
    where.add_argument("--gravity", type=float, metavar="MS2", help="in m/s2, where it is known")
    where.add_argument("--latitude", type=float, metavar="DEG", help="by the WGS 84 ellipsoid")
    where.add_argument("--altitude", type=float, metavar="M", help="above the sea, together with --latitude")
    again = parser.add_argument_group("without a board")
    again.add_argument("--from", dest="source", type=Path, metavar="FILE.sfr", help="repeat the fit of a recording")
    again.add_argument("--csv", type=Path, metavar="FILE", help="fit foreign data: time [s], x, y, z in any unit")


def run(args: argparse.Namespace) -> int:
    """0 where a record was made (or foreign data fitted) within the limits, else 1."""
    from .imu_record import gravity_of

    if args.altitude is not None and args.latitude is None:
        raise CalibrationError("--altitude goes together with --latitude: give both, or --gravity.")
    if args.gravity is not None and args.latitude is not None:
        raise CalibrationError("Give --gravity or --latitude, not both.")
    gravity = gravity_of(args.gravity, args.latitude, args.altitude)
    if args.csv:
        return _csv(args, gravity)
    who = None
    if args.who:
        from .session import check_person

        who = check_person(args.who)
    return _fit(args, args.source or _session(args), gravity, who)


def _say(args: argparse.Namespace, text: str) -> None:
    print(text, file=sys.stderr if args.json else sys.stdout, flush=True)


def _session(args: argparse.Namespace) -> Path:
    """The evidence recording of a session with a board."""
    from .. import __version__, calibration_store
    from ..device.link import open_link
    from ..device.ports import choose_port
    from ..device.virtual import VIRTUAL_ID
    from . import calibrate_imu
    from .guide import guided
    from .keyboard import Keyboard

    keys = Keyboard(sys.stderr if args.json else sys.stdout)
    plan = calibrate_imu.Plan(args.six, not args.no_turns, not args.no_bow, args.enter)
    with open_link(choose_port(args.port)) as link:
        for note in link.notes:
            keys.tell(note)
        config = link.config
        if not config or not config.get("imu"):
            raise CalibrationError("This board has no motion sensor that answers: run `surefoot doctor`.")
        now = datetime.now(UTC)
        head = {
            "evidence": "imu-waist" if args.waist else "imu",
            "created_utc": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "software": __version__,
            "simulated": config["id"].startswith(VIRTUAL_ID),
        }
        folder = calibration_store.evidence_folder(calibration_store.data_folder(args.data))
        path = folder / f"imu-{config['id']}-{now:%Y%m%dT%H%M%SZ}.sfr"
        with guided(link, path, head, keys.tell, keys.ask, keys.show) as guide:
            (calibrate_imu.at_waist if args.waist else calibrate_imu.on_table)(guide, plan)
    return path


def _fit(args: argparse.Namespace, path: Path, gravity: Gravity, who: str | None) -> int:
    from .. import calibration, calibration_store
    from . import imu_record

    data = calibration_store.data_folder(args.data)
    shelf = calibration_store.shelf(data)
    made = imu_record.fit_from(path, shelf.records, gravity)
    checks = imu_record.checks(made)
    good = all(check.good for check in checks)
    record = imu_record.record_of(made, shelf.records, who)
    saved = args.saved = calibration_store.save(record, data) if good else None
    for problem in shelf.problems:
        _say(args, f"Not used: {problem}")
    for line in table(checks):
        _say(args, line)
    assert record.made_imu
    if not made.mounting:
        _say(args, f"Gravity: {gravity.ms2:.5f} m/s2 ({gravity.source}), right to {gravity.error_share:.2%}.")
    elif made.mounting.bow_deg is None:
        _say(args, "Standing tells what is up, not the turn about the vertical: forward is what it was before.")
    _say(args, f"Evidence: {path}")
    if saved:
        _say(args, f"New record {record.id} ({record.made_imu.method}): {saved}")
    else:
        _say(args, "No record was made: a residual is above its limit. The evidence is kept; repeat the session.")
    if args.json:
        document = {
            "format": 1,
            "kind": "surefoot-calibrate-imu",
            "passed": good,
            "record": record.id if saved else None,
            "file": str(saved) if saved else None,
            "evidence": str(path),
            "method": record.made_imu.method,
            "imu": calibration.to_dict(record)["imu"],
            "residuals": dict(record.made_imu.residuals),
            "error": dict(record.made_imu.error),
            "checks": [{"label": c.label, "value": c.value, "unit": c.unit, "limit": c.limit} for c in checks],
        }
        print(json.dumps(document))
    return 0 if good else 1


def table(checks: tuple[Check, ...]) -> list[str]:
    """The residuals as lines; what to do stands below what is above its limit."""
    width = max(len(check.label) for check in checks)
    lines: list[str] = []
    for check in checks:
        word = "ok" if check.good else "FAIL"
        lines.append(f"{word:<5} {check.label:<{width}}  {check.value:.4f} {check.unit} (limit {check.limit:g})")
        if not check.good:
            lines.append(f"{'':<5} -> {check.advice}")
    return lines


def _csv(args: argparse.Namespace, gravity: Gravity) -> int:
    from ..fit.accelerometer import fit_accelerometer, fit_bias_and_scale, still_poses

    t_s, raw = read_csv(args.csv)
    import numpy as np

    poses = still_poses(raw, 1 / float(np.median(np.diff(t_s))))
    means = np.array([pose.mean for pose in poses])
    fit = fit_bias_and_scale(means, gravity.ms2) if args.six else fit_accelerometer(means, gravity.ms2)
    for line in _fitted(fit, gravity):
        _say(args, line)
    if args.json:
        document = {
            "format": 1,
            "kind": "surefoot-accelerometer-fit",
            "bias": fit.bias.tolist(),
            "matrix": fit.matrix.tolist(),
            "poses": fit.poses,
            "residual_ms2": fit.residual_ms2,
            "left_out_ms2": fit.left_out_ms2,
            "worst_ms2": fit.worst_ms2,
            "gravity_ms2": gravity.ms2,
        }
        print(json.dumps(document))
    return 0


def _fitted(fit: AccelerometerFit, gravity: Gravity) -> list[str]:
    model = "bias, scale and misalignment" if fit.skewed else "bias and scale"
    rows = "\n         ".join("  ".join(f"{value:13.6g}" for value in row) for row in fit.matrix)
    lines = [
        f"{fit.poses} still poses, {model}: m/s2 = matrix @ (raw - bias)",
        f"bias     {'  '.join(f'{value:13.6g}' for value in fit.bias)}",
        f"matrix   {rows}",
        f"residual {fit.residual_ms2:.5f} m/s2 rms over the poses",
    ]
    if fit.left_out_ms2 is not None:
        lines.append(f"         {fit.left_out_ms2:.5f} m/s2 rms, each pose told by a fit without it")
    lines.append(f"gravity  {gravity.ms2:.5f} m/s2 ({gravity.source}), right to {gravity.error_share:.2%}")
    return lines


def read_csv(path: Path) -> tuple[Any, Any]:
    """Times [n] in s and raw [n, 3] of a file of four columns; lines of words at its beginning are skipped.

    Raises CalibrationError.
    """
    import numpy as np

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationError(f"{path} can't be read ({error}): choose a text file of time, x, y, z.") from None
    rows: list[list[float]] = []
    for number, line in enumerate(lines, 1):
        words = line.replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        try:
            row = [float(word) for word in words]
        except ValueError:
            if rows:
                raise CalibrationError(f"{path}, line {number} is no row of numbers: '{line[:60]}'.") from None
            continue
        if len(row) != 4:
            raise CalibrationError(f"{path}, line {number} has {len(row)} columns: time [s], x, y, z are needed.")
        rows.append(row)
    if len(rows) < 10:
        raise CalibrationError(f"{path} has {len(rows)} rows of numbers: time [s], x, y, z of minutes are needed.")
    table = np.array(rows)
    if not (np.isfinite(table).all() and (np.diff(table[:, 0]) > 0).all()):
        raise CalibrationError(f"{path}: its first column is no time that always rises, or a number is not finite.")
    return table[:, 0], table[:, 1:]
