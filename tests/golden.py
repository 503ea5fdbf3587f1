# SPDX-License-Identifier: MIT
"""`make golden`: the only writer of tests/golden, for when a format gets a new version. Old samples stay."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

import assessing
import chain
import stores
from surefoot import calibration, cli, wire
from surefoot.calibration import Calibration, Curve, ImuCalibration, Made, Pair
from surefoot.care.outcome import Done, Given, next_trial
from surefoot.care.protocol import load_protocol
from surefoot.clinic import byhand
from surefoot.clinic.run_values import Setup
from surefoot.clinic.scoring import CALIBRATION_FOLDER, score_folder
from surefoot.clinic.store import tables
from surefoot.decode import Decoded
from surefoot.demo import calibrate
from surefoot.device import logs
from surefoot.device.link import open_link
from surefoot.device.virtual.board import VirtualBoard
from surefoot.device.virtual.stand import stand_for
from surefoot.output.result import write_result
from surefoot.recording import SUFFIX, from_log, read
from surefoot.resources import data_dir

FOLDER = Path(__file__).parent / "golden"
SUMS = FOLDER / "SHA256SUMS"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def summary(decoded: Decoded) -> dict[str, Any]:
    """What a recording must always decode to, short enough to keep."""
    streams = {
        name: {
            "rows": len(s.index),
            "expected": s.expected,
            "gaps": [asdict(gap) for gap in s.gaps],
            "counts_sha256": digest(np.ascontiguousarray(s.counts).astype("<i4").tobytes()),
            "index_sha256": digest(s.index.astype("<i8").tobytes()),
            "ticks_sha256": digest(s.frame_tick.astype("<i8").tobytes()),
        }
        for name, s in decoded.samples.items()
    }
    return {
        "streams": streams,
        "config": decoded.config,
        "head": decoded.head,
        "events": [list(event) for event in decoded.events],
        "pings": [list(ping) for ping in decoded.pings],
        "end": decoded.end,
        "status_rows": len(decoded.status.get("t_us", ())),
        "bad_frames": decoded.bad_frames,
    }


def log_of_a_walk(folder: Path) -> Path:
    """Twelve seconds of standing in a board's own log, as fetched."""
    with VirtualBoard(stand_for("steady", 7).world, seed=7) as board, open_link(board.port, board.timing()) as link:
        link.set_utc()
        number, _ = logs.start_log(link)
        board.advance(12.0)
        logs.stop_log(link)
        path = folder / "walk.sfr"
        from_log(logs.fetch_log(link, number, folder / "walk.raw"), path, {"log": number})
    return path


def with_every_part(record: Calibration) -> Calibration:
    """The record with every field in use, and no number of it trivial."""
    conductance_s = np.geomspace(2e-4, 2e-2, 9)
    curves = tuple(
        Curve(tuple(conductance_s.tolist()), tuple((gain * conductance_s**exponent).tolist()))
        for gain, exponent in zip(record.gain_n_per_siemens_exp, record.exponent, strict=True)
    )
    made = Made(
        "still poses and slow turns",
        1,
        record.created_utc,
        "T001",
        digest(b"no evidence: a sample of the format"),
        {"acc_rms_ms2": 0.004, "not_fitted": ["gyroscope scale about up"]},
        {"acc_ms2": 0.01, "tilt_deg": 0.1},
        "2027-01-01T00:00:00Z",
    )
    imu = ImuCalibration(
        ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
        (0.11, -0.07, 0.19),
        ((1.002, 0.003, 0.0), (0.0, 0.998, -0.004), (0.001, 0.0, 1.005)),
        (0.4, -0.9, 0.2),
        (1.01, 0.99, 1.003),
        27.5,
    )
    assert record.made_insole
    return replace(
        record,
        pair=Pair("G1", 42.0),
        wearer="TRUTH",
        curves=(*curves[:15], None),
        hysteresis_share=tuple(0.03 + 0.001 * cell for cell in range(16)),
        creep_share_per_decade=tuple(0.02 + 0.001 * cell for cell in range(16)),
        imu=imu,
        made_imu=made,
        made_insole=replace(
            record.made_insole, who="T001", error={"cop_rms_mm": 1.5}, expires_utc="2026-07-01T00:00:00Z"
        ),
        supersedes="cal-602c3e8e1bb0",
    )


def hand_sample(folder: Path) -> dict[str, Any]:
    """A trial by keys, with a mark of each kind of the test and a number that was typed."""
    protocol = load_protocol("sit-to-stand-5")
    ahead = next_trial(protocol, [])
    assert ahead
    times = enumerate(mark for mark in protocol.marks_of(ahead.condition) if mark.effect in ("count", "finish", "note"))
    marks = tuple(Given(mark.id, 2.5 * (k + 1)) for k, mark in times)
    done = Done(ahead.condition.id, ahead.trial, typed={"elapsed_s": 14.2}, marks=marks, practice=ahead.practice)
    setup = Setup("TRUTH", folder, utc_now=lambda: "2026-01-02T03:04:05Z")
    return byhand.hand_trial(protocol, ahead, setup, done, None)


def sway_file(path: Path) -> None:
    """Forty seconds of another instrument's centre of pressure, with a lost row."""
    t_s = np.arange(2000) / 50
    wander = np.random.default_rng(7).normal(0, 0.25, (2000, 2)).cumsum(axis=0)
    wander -= np.linspace(0, 1, 2000)[:, None] * wander[-1]
    rows = [f"{t:.2f},{ml:.2f},{ap:.2f}" for t, (ml, ap) in zip(t_s, wander, strict=True) if t != 5.0]
    path.write_text("\n".join(("time_s,cop_ml_mm,cop_ap_mm", *rows, "")))


def measures_of(path: Path, out: Path) -> bytes:
    """measures.json of a file, as `surefoot score` writes it."""
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["score", str(path), "--out", str(out), "--person", "TRUTH"]) == 0
    return (out / "measures.json").read_bytes()


def write() -> None:
    """One sample of each format in its present version; refuses to change one that is there."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "session"
        stand = stand_for("steady", 7)
        trial = chain.record(stand, made, hold_s=14.0, seed=7)
        recorded = next(made.glob(f"*{SUFFIX}"))
        record = calibrate(stand, 7, str(trial.decoded.config["id"]))
        calibration.save(record, made / CALIBRATION_FOLDER)
        result, _ = score_folder(made)
        write_result(result, made / "result.json")
        _keep(f"recording-1-wire-{wire.VERSION}.sfr", recorded.read_bytes())
        _keep(f"recording-1-wire-{wire.VERSION}.json", json.dumps(summary(read(recorded)), indent=1).encode() + b"\n")
        walk = log_of_a_walk(Path(name))
        _keep(f"recording-1-walk-wire-{wire.VERSION}.sfr", walk.read_bytes())
        _keep(f"recording-1-walk-wire-{wire.VERSION}.json", json.dumps(summary(read(walk)), indent=1).encode() + b"\n")
        full = calibration.save(with_every_part(record), Path(name))
        _keep(f"calibration-{calibration.RECORD}.json", full.read_bytes())
        _keep("result-1.json", (made / "result.json").read_bytes())
        timed = Path(name) / "01-chair.hand.json"
        byhand.write(hand_sample(Path(name)), timed)
        _keep("by-hand-1.hand.json", timed.read_bytes())
        sway_file(Path(name) / "measures-1.csv")
        _keep("measures-1.csv", (Path(name) / "measures-1.csv").read_bytes())
        _keep("measures-1.json", measures_of(FOLDER / "measures-1.csv", Path(name) / "scored"))
    number = json.loads((data_dir("protocols") / "schema.json").read_text("utf-8"))["properties"]["format"]["const"]
    for name in ("quiet-stance", "sppb"):
        _keep(f"protocol-{number}/{name}.toml", (data_dir("protocols") / f"{name}.toml").read_bytes())
    for name, document in assessing.samples().items():
        _keep(f"clinic-1/{name}.json", json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
    with tempfile.TemporaryDirectory() as name:
        stores.write_sample(Path(name))
        for path in sorted(path for path in Path(name).rglob("*") if path.is_file()):
            _keep(f"store-{tables.VERSION}/{path.relative_to(name).as_posix()}", path.read_bytes())
    _keep(f"wire-{wire.VERSION}.schema", wire.schema_frame())
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file() and path != SUMS)
    SUMS.write_text("".join(f"{digest(p.read_bytes())}  {p.relative_to(FOLDER).as_posix()}\n" for p in files))


def _keep(name: str, data: bytes) -> None:
    path = FOLDER / name
    if path.exists():
        print(f"kept {name}: a golden file never changes, delete it by hand if it never left the project")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"wrote {name}")


if __name__ == "__main__":
    if "--fresh" in sys.argv:
        shutil.rmtree(FOLDER, ignore_errors=True)
    write()
