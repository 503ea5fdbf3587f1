# SPDX-License-Identifier: MIT
"""From the evidence of a guided session of the motion sensor to a calibration record, now or years later.

The limits are ours. What they stand on: an LSM6DSO's noise of 70 ug and 3.8 mdps per root hertz, and its drift with
temperature of 0.1 mg and 0.010 dps per kelvin (typical values, ST DS12140, table 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from .. import calibration
from ..calibration import Calibration, Made, Nine, Three
from ..decode import Decoded
from ..errors import CalibrationError
from ..fit.accelerometer import FACES, AccelerometerFit, fit_accelerometer, fit_bias_and_scale
from ..fit.gyroscope import EDGE_DEG, Bias, ScaleFit, fit_bias, fit_scale, integrate
from ..fit.mounting import MountingFit, fit_mounting
from ..physics import GRAVITY_MS2, gravity_at_ms2
from ..recording import read
from .calibrate_imu import BOW, CHECK, POSE, STAND, TURN
from .guide import Step, steps_of
from .imu_poses import REST_S, si

VALID_DAYS = 365
EXPIRES = "a year: the datasheet tells of no ageing, so that it is looked at again"
# Five kelvin of drift, 0.005 m/s2, that a pose left out of twelve shows about twice, and two standard errors of that.
FULL_MS2 = 0.02
SIX_MS2 = 0.05  # half a per cent of g: misalignment is in it
BIAS_DPS = 0.02  # two kelvin of drift
SCALE_SHARE = 0.01  # what the sensor promises without a calibration: less well, it is worth nothing
TURN_DEG = 3 * EDGE_DEG
SWAY_DEG, YAW_DEG = 2.0, 5.0


@dataclass(frozen=True)
class Gravity:
    """The size of gravity here, where that is from, and how far it may be off."""

    ms2: float = GRAVITY_MS2
    source: str = "standard gravity"
    error_share: float = 0.003  # of the earth's surface: 9.780 at the equator, 9.832 at the poles, less on mountains


@dataclass(frozen=True)
class Check:
    """One residual beside its limit; `advice` for where it is above."""

    label: str
    value: float
    unit: str
    limit: float
    advice: str

    @property
    def good(self) -> bool:
        return self.value <= self.limit


@dataclass(frozen=True)
class ImuFit:
    """All that was fitted from one recording: None what was not in it."""

    device: str
    created_utc: str
    evidence_sha256: str
    config: dict[str, Any]
    gravity: Gravity
    temp_degc: float | None = None
    acc: AccelerometerFit | None = None
    bias: Bias | None = None
    scale: ScaleFit | None = None
    mounting: MountingFit | None = None


def gravity_of(given_ms2: float | None, latitude_deg: float | None, altitude_m: float | None) -> Gravity:
    """What a command line tells of gravity. Raises CalibrationError for what is none of the earth's."""
    if given_ms2 is not None:
        if not 9.7 <= given_ms2 <= 9.9:
            raise CalibrationError(f"{given_ms2:g} m/s2 is no gravity on earth (9.76 to 9.84): look it up again.")
        return Gravity(given_ms2, "as given", 0.0001)
    if latitude_deg is None:
        return Gravity()
    if not -90 <= latitude_deg <= 90 or not -500 <= (altitude_m or 0) <= 9000:
        raise CalibrationError("A latitude is -90 to 90 degrees, an altitude -500 to 9000 m: correct them.")
    text = f"WGS 84 at latitude {latitude_deg:g}"
    if altitude_m is None:
        return Gravity(gravity_at_ms2(latitude_deg), text, 0.0005)
    return Gravity(gravity_at_ms2(latitude_deg, altitude_m), f"{text}, {altitude_m:g} m", 0.0001)


def fit_from(path: Path, records: Iterable[Calibration] = (), gravity: Gravity | None = None) -> ImuFit:
    """Fit what a recording of a guided session has evidence of; `records` are the clinic's.

    Raises CalibrationError, RecordingError.
    """
    decoded = read(path)
    steps = steps_of(decoded)
    gravity = gravity or Gravity()
    made = ImuFit(
        device=str(decoded.config.get("id", "")),
        created_utc=str(decoded.head.get("created_utc", "")),
        evidence_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        config=decoded.config,
        gravity=gravity,
    )
    poses = _of(steps, POSE)
    if len(poses) >= FACES:
        return _from_table(made, poses, _of(steps, CHECK), _of(steps, TURN), decoded)
    stand = _of(steps, STAND)
    if stand:
        base = base_of(records, made)
        return _from_waist(made, stand[-1], _of(steps, BOW), base, decoded)
    raise CalibrationError(
        f"{path} holds {len(poses)} poses of a motion sensor's calibration, {FACES} are the least: "
        "finish a session, or choose another recording."
    )


def _of(steps: tuple[Step, ...], kind: str) -> list[Step]:
    return [step for step in steps if step.key.split("-")[0] == kind]


def _from_table(made: ImuFit, poses: list[Step], checks: list[Step], turns: list[Step], decoded: Decoded) -> ImuFit:
    windows = [si(step.taken, decoded.config) for step in (*poses, *checks)]
    means = np.array([acc.mean(axis=0) for acc, _ in windows])
    local = made.gravity.ms2
    if len(poses) > FACES:
        acc = fit_accelerometer(means, local)
    else:
        acc = fit_bias_and_scale(means[: len(poses)], local, means[len(poses) :])
    bias = fit_bias([rate for _, rate in windows], decoded.samples["imu"].rate_hz)
    scale = None
    if turns:
        scale = fit_scale([integrate(si(one.taken, decoded.config)[1], one.taken.imu_t_s, REST_S / 2) for one in turns])
    warm = [step.taken.temp_degc for step in poses if step.taken.temp_degc is not None]
    return replace(made, acc=acc, bias=bias, scale=scale, temp_degc=float(np.mean(warm)) if warm else None)


def _from_waist(made: ImuFit, stand: Step, bows: list[Step], base: Calibration, decoded: Decoded) -> ImuFit:
    acc, rate = si(stand.taken, decoded.config)
    imu = base.imu
    true_acc = (acc - imu.acc_bias_ms2) @ np.array(imu.acc_matrix).T
    bow = bow_t_s = None
    if bows:
        # Over ten seconds of standing the trunk comes back to where it was: its mean rate is the bias of today.
        bow = (si(bows[-1].taken, decoded.config)[1] - rate.mean(axis=0)) * np.array(imu.gyr_scale)
        bow_t_s = bows[-1].taken.imu_t_s
    found = fit_mounting(true_acc, decoded.samples["imu"].rate_hz, np.array(imu.axes), bow, bow_t_s)
    return replace(made, mounting=found, temp_degc=stand.taken.temp_degc)


def base_of(records: Iterable[Calibration], made: ImuFit) -> Calibration:
    """The record that a new one starts from: the one in force for this board then, else the nominal one.

    A record of this very recording is none, so that a fit repeated gives the same record again.
    """
    known = [r for r in records if not (r.made_imu and r.made_imu.evidence_sha256 == made.evidence_sha256)]
    insoles, _ = calibration.sources(known, made.device, made.created_utc)
    found = calibration.choose(known, made.device, made.created_utc)
    if found is None:
        return replace(calibration.nominal(), device=made.device, supersedes=None)
    return replace(found, supersedes=insoles.id if insoles else None)


def record_of(made: ImuFit, records: Iterable[Calibration], who: str | None = None) -> Calibration:
    """The new record, sealed: the one in force with its IMU part renewed as far as there was evidence."""
    base = base_of(records, made)
    imu, old = base.imu, base.made_imu
    if made.acc and made.bias:
        imu = replace(
            imu,
            acc_bias_ms2=_three(made.acc.bias),
            acc_matrix=_nine(made.acc.matrix),
            gyr_bias_dps=_three(made.bias.bias_dps),
            gyr_bias_temp_degc=None if made.temp_degc is None else round(made.temp_degc, 2),
        )
    if made.scale:
        imu = replace(imu, gyr_scale=_three(made.scale.scale))
    if made.mounting:
        imu = replace(imu, axes=_nine(made.mounting.axes))
    kept = {} if old is None or made.acc else dict(old.residuals)
    error = ({} if old is None or made.acc else dict(old.error)) | errors(made)
    until = calibration.when_utc(made.created_utc) + timedelta(days=VALID_DAYS)
    entry = Made(
        method=method(made, base),
        level=1,
        created_utc=made.created_utc,
        who=who,
        evidence_sha256=made.evidence_sha256,
        residuals=kept | residuals(made),
        error=error,
        expires_utc=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return calibration.sealed(replace(base, imu=imu, made_imu=entry, created_utc=made.created_utc))


def method(made: ImuFit, base: Calibration) -> str:
    """How it was made, in words."""
    if made.mounting:
        yaw = "forward from a bow" if made.mounting.bow_deg else "the turn about the vertical as it was known"
        return f"mounting: up from quiet standing, {yaw}; the rest as in {base.supersedes or base.id}"
    assert made.acc
    found = "bias, scale and misalignment" if made.acc.skewed else "bias and scale"
    turns = f", gyroscope's scale from {made.scale.turns} whole turns" if made.scale else ""
    return f"{made.acc.poses} still poses: {found}; gyroscope's bias from rest{turns}"


def residuals(made: ImuFit) -> dict[str, Any]:
    """What the fits left over, with what a number of theirs is worth only together with."""
    out: dict[str, Any] = {"expires_because": EXPIRES}
    keys = ("imu", "acc_g", "gyro_dps", "acc_lsb_ug", "gyro_lsb_udps")
    out |= {key: made.config[key] for key in keys if key in made.config}
    if made.acc:
        out |= {
            "gravity_ms2": made.gravity.ms2,
            "gravity_from": made.gravity.source,
            "acc_poses": made.acc.poses,
            "acc_residual_ms2": made.acc.residual_ms2,
            "acc_left_out_ms2": made.acc.left_out_ms2,
            "acc_misalignment_fitted": made.acc.skewed,
        }
    if made.scale:
        out |= {"turns": made.scale.turns, "turn_residual_deg": list(made.scale.residual_deg)}
    if made.mounting:
        out |= {"yaw_seen": made.mounting.bow_deg is not None, "tilt_sway_deg": made.mounting.tilt_sway_deg}
    return out


def errors(made: ImuFit) -> dict[str, Any]:
    """How far the result may be trusted."""
    out: dict[str, Any] = {}
    if made.acc and made.bias:
        told = made.acc.left_out_ms2
        out["acc_ms2"] = max(made.acc.worst_ms2, told or 0.0)
        out["acc_scale_share"] = made.gravity.error_share
        out["gyr_bias_dps"] = float(made.bias.error_dps.max())
    if made.scale:
        out["gyr_scale_share"] = max(float(made.scale.error_share.max()), made.scale.left_out_share or 0.0)
    if made.mounting:
        out["tilt_deg"] = made.mounting.tilt_error_deg
        if made.mounting.yaw_error_deg is not None:
            out["yaw_deg"] = made.mounting.yaw_error_deg
    return out


def checks(made: ImuFit) -> tuple[Check, ...]:
    """Every residual with its limit."""
    out: list[Check] = []
    if made.acc and made.bias:
        limit, advice = FULL_MS2, "Let it warm up for ten minutes on a table that doesn't shake, and repeat."
        label = "Acceleration, a pose the fit has not seen"
        if not made.acc.skewed:
            limit, advice = SIX_MS2, "Its axes may not be at right angles: repeat without --six."
        if made.acc.left_out_ms2 is None:
            label = "Acceleration, standard error where it is told least"
        value = made.acc.worst_ms2 if made.acc.left_out_ms2 is None else made.acc.left_out_ms2
        out.append(Check(label, value, "m/s2", limit, advice))
        out.append(
            Check(
                "Turn rate at rest, standard error of the bias",
                float(made.bias.error_dps.max()),
                "deg/s",
                BIAS_DPS,
                "Let it warm up for ten minutes and repeat, without sun or fan on it.",
            )
        )
    if made.scale:
        again = "Turn slower, flat on the table, and back to the edge exactly; turn twice about each axis."
        worst = max(abs(one) for one in made.scale.residual_deg)
        out.append(Check("Whole turns, the worst one's residual", worst, "deg", TURN_DEG, again))
        if made.scale.left_out_share is not None:
            label = "Turn rate's scale, a turn the fit has not seen"
            out.append(Check(label, 100 * made.scale.left_out_share, "%", 100 * SCALE_SHARE, again))
    if made.mounting:
        still = "Stand upright and quiet, feet apart, and repeat."
        out.append(Check("Direction of up while standing, rms", made.mounting.tilt_sway_deg, "deg", SWAY_DEG, still))
        if made.mounting.yaw_error_deg is not None:
            bow = "Strap the unit tightly, bow straight ahead, come up the same way, and repeat."
            out.append(Check("Direction of forward", made.mounting.yaw_error_deg, "deg", YAW_DEG, bow))
    return tuple(out)


def _three(values: Any) -> Three:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _nine(rows: Any) -> Nine:
    x, y, z = (_three(row) for row in rows)
    return x, y, z
