# SPDX-License-Identifier: MIT
"""`make bench`: an hour of walking, and real walks, beside the gait peers that are there; `day [FILE WORDS]`: a day.

Seconds are of the processor, of this machine; the ratios are the point. Peers (gaitmap with gaitmap_mad, mobgap,
scikit-digital-health) run in environments of their own in build/gait-peers (SUREFOOT_GAIT_PEERS), which are made by
SUREFOOT_FETCH_PEERS=1 make bench; nothing of theirs is imported here. Peak memory is that of a process of its own.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
PEERS = Path(os.environ.get("SUREFOOT_GAIT_PEERS") or HERE.parent / "build" / "gait-peers")
PACKAGES = {
    "gaitmap": ("gaitmap", "gaitmap_mad"),
    "mobgap": ("mobgap",),
    "skdh": ("scikit-digital-health",),
}
DATA = Path(os.environ.get("SUREFOOT_SHARED_DATA") or HERE.parents[1] / "shared" / "data")
HOUR_S, RATE_HZ, FOOT_HZ, NEAR_S = 3600.0, 100.0, 204.8, 0.3
ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
WAIST_AXES = ((2, 1), (0, -1), (1, 1))  # up, left, forward of (right, forward, up)
FOOT_AXES = ((1, 1), (0, -1), (2, 1))  # forward, left, up


def turned(motion: np.ndarray, axes: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Acceleration and rate [n,6] along other axes: number and sign of each."""
    return np.column_stack([sign * motion[:, part + axis] for part in (0, 3) for axis, sign in axes])


def make(folder: Path) -> None:
    """The hour: a recording of our own, and what sensors at the waist and on the feet give."""
    import long_walks
    from surefoot.device.virtual.walkers import walk_arrays, walk_chunks

    long_walks.write(folder / "hour.sfr", walk_chunks("level", 3, RATE_HZ, HOUR_S + 1))
    made = walk_arrays("level", 3, RATE_HZ, HOUR_S)
    motion = {"waist": np.column_stack((made.acc_ms2, made.gyr_dps))}
    motion |= {foot: np.column_stack((getattr(made, foot).acc_ms2, getattr(made, foot).gyr_dps)) for foot in FEET}
    np.savez(folder / "waist.npz", rate_hz=RATE_HZ, waist=motion["waist"])
    np.savez(folder / "feet.npz", rate_hz=RATE_HZ, left=motion["left"], right=motion["right"])
    np.savez(folder / "waist-peer.npz", rate_hz=RATE_HZ, waist=turned(motion["waist"], WAIST_AXES))
    feet = {foot: turned(motion[foot], FOOT_AXES) for foot in FEET}
    np.savez(folder / "feet-peer.npz", rate_hz=RATE_HZ, left=feet["left"], right=feet["right"])
    landings = [one.initial_s[np.isfinite(one.initial_s) & ~one.stands] for one in (made.truth.left, made.truth.right)]
    (folder / "truth.json").write_text(json.dumps([one.tolist() for one in landings]))


FEET = ("left", "right")


def ours(what: str, path: Path) -> dict[str, Any]:
    """Surefoot on one recording, in this process: "table" to strides, "document" to all that `surefoot walk` tells."""
    import scipy.signal  # noqa: F401 (as warm as the peers are)

    from surefoot.clinic.walk_find import find, looked, told
    from surefoot.clinic.walk_input import WalkInput
    from surefoot.clinic.walk_own import read_walk
    from surefoot.output.walk_result import entry

    data = np.load(path) if path.suffix == ".npz" else {}
    begin = time.process_time()
    if path.suffix == ".sfr":
        walk = read_walk(path)
    elif "waist" in data:
        waist = data["waist"]
        walk = WalkInput("bench", float(data["rate_hz"]), acc_ms2=waist[:, :3], gyr_dps=waist[:, 3:])
    else:
        walk = WalkInput("bench", float(data["rate_hz"]), shoes={foot: data[foot] for foot in FEET})
    found = told(walk, looked(walk, 0.9))[0] if what == "table" else find(walk, 0.9)
    if what == "document":
        walk.facts.setdefault("rows", 0)
        entry(path.name, walk, found)
    took = time.process_time() - begin
    feet, bouts = {foot: getattr(found.walked, foot) for foot in FEET}, found.gait.bouts
    return {
        "cpu_s": took,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "strides": len(found.gait.strides),
        "feet": {
            foot: {
                "contact_s": one.initial_s.tolist(),
                "off_s": one.off_s.tolist(),
                "length_m": list(found.walked.length_m.get(foot, [])),
            }
            for foot, one in feet.items()
            if one is not None
        },
        "bouts": [
            [begin_s, end_s, 60 * (count - 1) / (end_s - begin_s)]
            for begin_s, end_s, count in zip(bouts.start_s, bouts.end_s, bouts.steps.tolist(), strict=True)
        ],
    }


def run(program: list[str], times: int = 3) -> dict[str, Any] | str:
    """What the best of some runs told, or the last words of one that failed."""
    best: dict[str, Any] | None = None
    for _ in range(times):
        told = subprocess.run(program, capture_output=True, text=True, env=os.environ | ONE, cwd=HERE)
        if told.returncode:
            return (told.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        found = json.loads(told.stdout.split("TOLD ")[-1])
        best = found if best is None or found["cpu_s"] < best["cpu_s"] else best
    assert best is not None
    return best


def mine(what: str, path: Path) -> dict[str, Any]:
    found = run([sys.executable, __file__, what, str(path)])
    if isinstance(found, str):
        raise SystemExit(found)
    return found


def peer(name: str, path: Path, times: int = 1) -> dict[str, Any] | str:
    python = PEERS / name / "bin" / "python"
    if not python.exists():
        return "not installed"
    return run([str(python), str(HERE / "bench_gait_peers.py"), name, str(path)], times)


def fetch() -> None:
    """The peers' environments, where SUREFOOT_FETCH_PEERS asks for them."""
    if not os.environ.get("SUREFOOT_FETCH_PEERS"):
        return
    for name, packages in PACKAGES.items():
        if not (PEERS / name).exists():
            subprocess.run([sys.executable, "-m", "venv", str(PEERS / name)], check=True)
            pip = [str(PEERS / name / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages]
            subprocess.run(pip, check=False, timeout=1200)


def line(name: str, found: dict[str, Any] | str, base: dict[str, Any] | None = None) -> None:
    if isinstance(found, str):
        print(f"  {name:<58} {found}")
        return
    ratio = f" {found['cpu_s'] / base['cpu_s']:7.1f} x" if base else ""
    print(f"  {name:<58}{found['cpu_s']:8.2f} s {found['peak_mb']:7.0f} MB {found['strides']:6} strides{ratio}")


def errors(found_s: list[float], truth_s: np.ndarray) -> str:
    """Of true moments: how many were found within NEAR_S, and how far away at the median and 95 %."""
    at = np.asarray([value for value in found_s if value is not None and np.isfinite(value)], float)
    if not len(at):
        return f"0 of {len(truth_s)}"
    after = np.searchsorted(np.sort(at), truth_s)
    around = np.sort(at)[np.clip(np.stack((after - 1, after)), 0, len(at) - 1)]
    size = np.abs(around - truth_s).min(axis=0)
    near = size[size <= NEAR_S]
    if not len(near):
        return f"0 of {len(truth_s)}"
    return f"{len(near):4} of {len(truth_s):4}, {1e3 * np.median(near):5.1f} / {1e3 * np.percentile(near, 95):5.1f} ms"


def both(found: dict[str, Any], name: str = "contact_s") -> list[float]:
    return [value for foot in found.get("feet", {}).values() for value in foot[name]] or found.get(name, [])


def hour(folder: Path) -> None:
    truth = [np.array(one) for one in json.loads((folder / "truth.json").read_text())]
    landings = np.sort(np.concatenate(truth))
    print("\nAn hour of continuous walking at 100 Hz, one core: seconds of processor, peak memory")
    line("Surefoot: both insoles and the waist, .sfr to strides", mine("table", folder / "hour.sfr"))
    line("Surefoot: the same, to the whole document", mine("document", folder / "hour.sfr"))
    for what, names in (("waist", ("skdh", "mobgap")), ("feet", ("gaitmap",))):
        base = mine("table", folder / f"{what}.npz")
        line(f"Surefoot: {what} alone, arrays to strides", base)
        print(f"    contacts {errors(both(base), landings)}")
        for name in names:
            found = peer(name, folder / f"{what}-peer.npz")
            line(f"{' and '.join(PACKAGES[name])}: {what}", found, base)
            if not isinstance(found, str):
                print(f"    contacts {errors(both(found), landings)}")


def real(folder: Path) -> None:
    """Real walks of the shared data beside their references."""
    if not DATA.exists():
        print(f"\nReal recordings: there are none in {DATA}")
        return
    raw = np.genfromtxt(DATA / "foot-imu-walk" / "imu_sample.csv", delimiter=",", skip_header=2)[:, 1:]
    np.savez(folder / "real-feet.npz", rate_hz=FOOT_HZ, left=raw[:, 0::2], right=raw[:, 1::2])
    from test_gait_foot_imu_real import reference

    with (DATA / "foot-imu-walk" / "stride_events_sample.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    print("\nReal walk, sensors on the feet, against motion capture: found within 0.3 s, median / 95 %")
    for name, found in (
        ("Surefoot", mine("table", folder / "real-feet.npz")),
        ("gaitmap, gaitmap_mad", peer("gaitmap", folder / "real-feet.npz")),
    ):
        line(name, found)
        if isinstance(found, str):
            continue
        for word, key, column in (("contact", "contact_s", "ic"), ("foot off", "off_s", "tc")):
            truth = {foot: np.array([float(row[column]) for row in rows if row["foot"] == foot]) for foot in FEET}
            said = [errors(found["feet"][foot][key], truth[foot] / FOOT_HZ) for foot in FEET]
            print(f"    {word:<9} left {said[0]}; right {said[1]}")
        print(f"    stride length {length_words(found, reference(DATA / 'foot-imu-walk'))}")
    raw = np.genfromtxt(DATA / "waist-imu" / "daily-activity.csv", delimiter=",", skip_header=1)[:, 1:]
    motion = np.column_stack((raw[:, :3] * 9.80665, raw[:, 3:]))
    np.savez(folder / "real-waist.npz", rate_hz=RATE_HZ, waist=motion)
    bouts = json.loads((DATA / "waist-imu" / "daily-activity-reference.json").read_text())["walking_bouts"]
    truth = np.array([at for bout in bouts for at in bout["initial_contacts_s"] if at is not None])
    print("\nReal daily activity, waist: slow walking; reference by feet, insoles and distance sensors")
    for name, found in (
        ("Surefoot", mine("table", folder / "real-waist.npz")),
        ("mobgap", peer("mobgap", folder / "real-waist.npz")),
        ("scikit-digital-health", peer("skdh", folder / "real-waist.npz")),
    ):
        line(name, found)
        if isinstance(found, str):
            continue
        print(f"    contacts {errors(both(found), truth)}")
        for bout in bouts:
            mid = (bout["start_s"] + bout["end_s"]) / 2
            near = [one for one in found.get("bouts", []) if one[0] <= mid <= one[1]]
            said = f"{near[0][2]:.0f} steps/min" if near else "no bout"
            print(f"    bout {bout['start_s']:.0f} to {bout['end_s']:.0f} s: {said} ({bout['cadence_spm']:.0f})")
    insole()


def length_words(found: dict[str, Any], truth: list[Any]) -> str:
    """Errors of the lengths of strides that go straight on, each found by its foot-off."""
    apart = []
    for foot, off_s, _, took_s, length_m in truth:
        at = np.array(found["feet"][foot]["off_s"], float)
        nearest = int(np.nanargmin(np.abs(at - off_s)))
        if took_s < 1.5 and abs(at[nearest] - off_s) < 0.15:
            apart.append(found["feet"][foot]["length_m"][nearest] - length_m)
    error = np.array(apart)[np.isfinite(apart)] * 100
    size = np.abs(error)
    return f"of {len(error)}: mean {error.mean():+.1f} cm, MAE {size.mean():.1f}, widest {size.max():.1f}"


def insole() -> None:
    """The real insole walk, which no peer takes, beside its maker's report."""
    import opengo
    from surefoot.clinic.walk_find import find
    from surefoot.clinic.walk_own import read_walk

    found = find(read_walk(DATA / "insole-walk" / "normal.txt"))
    print("\nReal insole walk against its maker's report (none of the peers takes insoles)")
    for foot, rows in zip(FEET, opengo.reported(DATA), strict=True):
        one = getattr(found.walked, foot)
        print(f"    {foot:<6} contact {errors(one.initial_s.tolist(), rows[:, 0])};"
              f" foot off {errors(one.off_s.tolist(), rows[:, 1])}")  # fmt: skip


def pieces(path: Path, jobs: int, out: Path) -> None:
    """`surefoot walk` of a long recording in this process and its workers: seconds and the largest of each."""
    from surefoot import cli

    begin = time.perf_counter()
    code = cli.main(["walk", str(path), "--jobs", str(jobs), "--leg-mm", "900", "--out", str(out)])
    told = {"code": code, "wall_s": time.perf_counter() - begin}
    for name, who in (("own", resource.RUSAGE_SELF), ("workers", resource.RUSAGE_CHILDREN)):
        used = resource.getrusage(who)
        told |= {f"{name}_cpu_s": used.ru_utime + used.ru_stime, f"{name}_peak_mb": used.ru_maxrss / 1024}
    print("TOLD", json.dumps(told))


def long(folder: Path, path: Path, words: str) -> None:
    program = [sys.executable, __file__, "pieces", str(path), "2", str(folder / "out")]
    told = subprocess.run(program, capture_output=True, text=True, env=os.environ | ONE, cwd=HERE)
    if told.returncode:
        raise SystemExit(told.stderr)
    found = json.loads(told.stdout.split("TOLD ")[-1])
    if found["code"]:
        raise SystemExit(told.stderr or "It could not be analysed.")
    cpu = found["own_cpu_s"] + found["workers_cpu_s"]
    print(f"\nsurefoot walk --jobs 2 --out, {words}, {path.stat().st_size / 1e6:.0f} MB: {cpu:.1f} s of processor"
          f" ({found['own_cpu_s']:.1f} s of them to join and write),"
          f" {found['wall_s']:.1f} s by the clock; peak {found['own_peak_mb']:.0f} MB, of a worker"
          f" {found['workers_peak_mb']:.0f} MB")  # fmt: skip


def main(words: list[str]) -> None:
    fetch()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if words:
            path = Path(words[1]) if len(words) > 1 else folder / "day.sfr"
            if not path.exists():
                program = [sys.executable, str(HERE / "long_walks.py"), str(path), "level", "8", "86401"]
                subprocess.run(program, check=True)
            long(folder, path, words[2] if len(words) > 2 else "24 hours")
            return
        # In a process of its own, as a child's peak memory starts at its parent's.
        subprocess.run([sys.executable, __file__, "make", str(folder)], check=True)
        hour(folder)
        long(folder, folder / "hour.sfr", "that hour")
        real(folder)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["make"]:
        make(Path(words[1]))
    elif words[:1] == ["pieces"]:
        pieces(Path(words[1]), int(words[2]), Path(words[3]))
    elif words[:1] in (["table"], ["document"]):
        print("TOLD", json.dumps(ours(words[0], Path(words[1])), default=float))
    else:
        main(words)
