# SPDX-License-Identifier: MIT
"""What CONFIG tells: who the board is and which values are in force."""

import json
import time

import wire
from once import once

VERSION = "0.2.0"


def values(fw, streaming):
    """The fields of CONFIG."""
    imu = fw.imu
    told = {
        "fw": VERSION,
        "wire": once("schema").version(),
        "board": fw.name,
        "id": fw.id,
        "boot": fw.boot,
        "session": fw.session,
        "rate_hz": fw.rate_hz,
        "scans": fw.scans,
        "imu_odr_hz": fw.odr_hz,
        "acc_g": fw.acc_g,
        "gyro_dps": fw.gyro_dps,
        "acc_lsb_ug": imu.acc_lsb_ug,
        "gyro_lsb_udps": imu.gyro_lsb_udps,
        "imu_tick_ns": imu.TICK_NS,
        "temp_lsb_per_c": imu.TEMP_LSB_PER_C,
        "temp_zero_c": imu.TEMP_ZERO_C,
        "cell_bits": 12,
        "front_end": fw.insoles.NAME,
        "frame": "live" if fw.live else "long",
        "baud": fw.now_baud,
        "imu": None if fw.fault else imu.NAME,
        "left": True,  # an ADC answers alike with and without an insole; STATUS tells of a foot without load
        "right": True,
        "selftest": fw.selftest,
        "log": fw.log,
        "resumed": fw.resumed,
        "utc_ms": None if fw.utc_ms is None else fw.utc_ms + time.ticks_diff(time.ticks_ms(), fw.utc_at),
        "utc_err_ms": fw.utc_err_ms,
        "streaming": streaming,
    }
    if fw.asked[1] != "0":
        told["heart"] = fw.asked[1]
    if fw.asked[2]:
        told["cue"] = fw.asked[2][0]
    return told


def frame(fw, streaming):
    """The CONFIG frame that `info` and `start` send: as wire.build makes it, with fewer copies at a time."""
    (kind,) = wire.numbers("kinds", "CONFIG")
    body = json.dumps(values(fw, streaming)).encode()
    n = 2 + len(body)
    raw = bytearray(n + wire.CRC_BYTES)
    raw[0] = kind
    raw[2:n] = body
    body = None
    n = wire.seal(raw, n, wire.SEED)
    out = bytearray(wire.encoded_size(n))
    n = wire.cobs_into(raw, n, out, 0)
    raw = None
    return bytes(memoryview(out)[:n])
