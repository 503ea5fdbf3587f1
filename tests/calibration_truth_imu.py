# SPDX-License-Identifier: MIT
"""The motion sensor of a drawn board, calibrated as the guided sessions do it: poses, turns, standing and a bow.

Samples are those of the simulated sensor, rounded to its counts; the fits and the record are the product's own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from handling import UTC, true_matrix
from surefoot.calibration import Calibration
from surefoot.clinic.imu_poses import REST_S, directions, farthest
from surefoot.clinic.imu_record import Gravity, ImuFit, record_of
from surefoot.device.virtual.electronics import Electronics, imu_units
from surefoot.device.virtual.poses import Poses
from surefoot.device.virtual.world import World
from surefoot.fit.accelerometer import fit_accelerometer
from surefoot.fit.gyroscope import fit_bias, fit_scale, integrate
from surefoot.fit.mounting import angle_deg, fit_mounting
from surefoot.physics import GRAVITY_MS2

DEVICE = "f00d"
RATE_HZ = 104.0
ACC_LSB_UG, GYRO_LSB_UDPS = 122, 8750  # of an LSM6DSO at 4 g and 250 dps (ST DS12140, table 2)
FACES = ("x+", "x-", "y+", "y-", "z+", "z-")
POSE_S, EDGES = 2.5, 8
CROOKED = 0.04  # how a board is laid down, rad (SD)
BOW_DEG, BOW_S, BOW_CROOKED_DEG = 40.0, 2.0, 2.0  # one way; its axis is off straight left by so much (SD), each way
STAND_FROM_S, STAND_S = 100.0, 10.0  # of the person's own sway, not the seconds that are judged later

Floats = np.ndarray


def sensed(parts: Electronics, acc_ms2: Floats, gyr_dps: Floats, dice: np.random.Generator) -> tuple[Floats, Floats]:
    """What the host gets of a motion [n,3] in trunk axes, uncalibrated: m/s2 and dps in the sensor's axes."""
    units = imu_units(parts, acc_ms2, gyr_dps, dice.standard_normal((len(acc_ms2), 6)))
    acc = np.rint(units[:, :3] / ACC_LSB_UG) * ACC_LSB_UG * 1e-6 * GRAVITY_MS2
    return acc, np.rint(units[:, 3:] * 100 / GYRO_LSB_UDPS) * GYRO_LSB_UDPS * 1e-6


def body_acc_ms2(record: Calibration, acc_ms2: Floats) -> Floats:
    """Specific force [n,3] in body axes under a record."""
    imu = record.imu
    return (acc_ms2 - imu.acc_bias_ms2) @ (np.array(imu.axes) @ np.array(imu.acc_matrix)).T


def on_table(parts: Electronics, seed: int) -> ImuFit:
    """Fourteen poses and six double turns."""
    dice = np.random.default_rng([seed, *b"table"])
    world, up = Poses(parts, seed), dict(directions())

    def lay(name: str) -> None:
        # A face is known in the sensor's own axes; the simulated board is told in those of its case.
        direction = parts.mount.T @ (up[name] + CROOKED * dice.standard_normal(3))
        world.lay((float(direction[0]), float(direction[1]), float(direction[2])))

    def window(from_s: float, to_s: float) -> tuple[Floats, Floats, Floats]:
        t_s = from_s + np.arange(round((to_s - from_s) * RATE_HZ)) / RATE_HZ
        return t_s, *sensed(parts, *world.truth(t_s), dice)

    windows: list[tuple[Floats, Floats, Floats]] = []
    for number in range(len(FACES) + EDGES):
        lay(FACES[number] if number < len(FACES) else farthest([acc.mean(axis=0) for _, acc, _ in windows]))
        world.rest(POSE_S + 1)
        windows.append(window(world.free_s - POSE_S - 0.5, world.free_s - 0.5))
    turns = []
    for face in FACES[::2]:
        for way in (720.0, -720.0):
            lay(face)
            begin_s = world.free_s + 0.5
            world.rest(2.5)
            world.turn(way, 8.0)
            world.rest(2.5)
            t_s, _, rate = window(begin_s, world.free_s - 0.5)
            turns.append(integrate(rate, t_s, REST_S / 2))
    return ImuFit(
        DEVICE,
        UTC,
        "0" * 64,
        {},
        Gravity(),
        acc=fit_accelerometer(np.array([acc.mean(axis=0) for _, acc, _ in windows])),
        bias=fit_bias([rate for _, _, rate in windows], RATE_HZ),
        scale=fit_scale(turns),
    )


def at_the_waist(parts: Electronics, world: World, table: ImuFit, made: Calibration) -> ImuFit:
    """Ten seconds of standing and one bow on the record of the table."""
    dice = np.random.default_rng([world.seed, *b"waist"])
    imu = made.imu
    state = world.state(STAND_FROM_S + np.arange(round(STAND_S * RATE_HZ)) / RATE_HZ)
    acc, rate = sensed(parts, state.acc_ms2, state.gyr_dps, dice)
    n = round(BOW_S * RATE_HZ)
    u = np.arange(n) / n
    speed_dps = BOW_DEG * 30 * (u * (1 - u)) ** 2 / BOW_S
    ways = []
    for sign in (-1, 1):
        off = np.radians(BOW_CROOKED_DEG * dice.standard_normal(2))
        ways.append(sign * speed_dps[:, None] * np.array((1.0, off[0], off[1])))
    bow_dps = np.concatenate(ways)
    _, told = sensed(parts, np.zeros_like(bow_dps), bow_dps, dice)
    found = fit_mounting(
        (acc - imu.acc_bias_ms2) @ np.array(imu.acc_matrix).T,
        RATE_HZ,
        np.array(imu.axes),
        (told - rate.mean(axis=0)) * np.array(imu.gyr_scale),
        np.arange(len(told)) / RATE_HZ,
    )
    return replace(table, acc=None, bias=None, scale=None, mounting=found, evidence_sha256="1" * 64)


def calibrated(parts: Electronics, world: World) -> Calibration:
    """The record after both sessions."""
    table = on_table(parts, world.seed)
    made = record_of(table, ())
    return record_of(at_the_waist(parts, world, table, made), (made,))


def recovered(parts: Electronics, made: Calibration) -> dict[str, float]:
    """How far the record's numbers are from the drawn ones, the worst of their three axes."""
    imu = made.imu
    matrix, wanted = np.array(imu.acc_matrix), true_matrix(parts)
    # The sensor's axes are those of the fit, which are turned from the drawn ones by what gravity's size can't tell.
    straight = wanted @ np.diag(parts.acc_scale) @ parts.acc_skew @ parts.mount
    up = float(np.degrees(np.arccos(np.clip(np.array(imu.axes)[2] @ straight[:, 2], -1, 1))))
    return {
        "acc_bias_ms2": float(np.abs(imu.acc_bias_ms2 - parts.acc_bias_ms2).max()),
        "acc_scale_share": float(np.abs(np.diag(matrix / np.where(wanted == 0, 1, wanted)) - 1).max()),
        "acc_skew_deg": float(np.degrees(np.abs((matrix - wanted)[np.triu_indices(3, 1)]).max())),
        "gyr_bias_dps": float(np.abs(imu.gyr_bias_dps - parts.gyr_bias_dps).max()),
        "gyr_scale_share": float(np.abs(np.array(imu.gyr_scale) * parts.gyr_scale - 1).max()),
        "mount_up_deg": up,
        "mount_deg": angle_deg(np.array(imu.axes), straight.T),
    }


def drawn(parts: Electronics) -> dict[str, float]:
    """The same of a record that nobody made: how far the parts are from what is assumed."""
    wanted = true_matrix(parts)
    straight = wanted @ np.diag(parts.acc_scale) @ parts.acc_skew @ parts.mount
    return {
        "acc_bias_ms2": float(np.abs(parts.acc_bias_ms2).max()),
        "acc_scale_share": float(np.abs(np.diag(wanted) - 1).max()),
        "acc_skew_deg": float(np.degrees(np.abs(wanted[np.triu_indices(3, 1)]).max())),
        "gyr_bias_dps": float(np.abs(parts.gyr_bias_dps).max()),
        "gyr_scale_share": float(np.abs(parts.gyr_scale - 1).max()),
        "mount_up_deg": float(np.degrees(np.arccos(straight[2, 2]))),
        "mount_deg": angle_deg(np.eye(3), straight.T),
    }
