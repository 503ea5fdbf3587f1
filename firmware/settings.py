# SPDX-License-Identifier: MIT
"""The words of `start`, and how they come into force. Not needed while samples run: import it by `once`."""

import time

from micropython import const
from once import once

CHOICES = {
    "rate": ("100", "200"),
    "frame": ("live", "long"),
    "acc": ("2", "4", "8", "16"),
    "gyro": ("125", "250", "500", "1000", "2000"),
}
DEFAULTS = {"rate": "100", "frame": "live", "acc": "4", "gyro": "500"}
_SLOW_BAUD = const(115200)  # up to here 200 Hz fits in long frames only


def read(fw, words):
    """The words of a `start` by their keys, or None where one is refused."""
    console = fw.commands.console
    settings = {}
    for word in words:
        key, _, value = word.partition("=")
        if key == "heart" or key == "cue":
            reason = once(key + "ask").refusal(value)
            if reason:
                console.refuse(reason)
                return None
            settings[key] = value
            continue
        if key not in CHOICES:
            console.refuse(b"start knows no '%s': try help" % key.encode())
            return None
        if value not in CHOICES[key]:
            console.refuse(b"%s is one of %s" % (key.encode(), " ".join(CHOICES[key]).encode()))
            return None
        settings[key] = value
    return settings


def apply(fw, settings):
    """Put settings in force, the IMU's included; a fault in words where it doesn't answer."""
    value = dict(DEFAULTS)
    value.update(settings)
    fw.rate_hz = int(value["rate"])
    # Two scans a sample where they leave a third of the period for all else, as this board's bus really is.
    began = time.ticks_us()
    fw.insoles.scan(1)
    fw.scans = 2 if 3 * time.ticks_diff(time.ticks_us(), began) * fw.rate_hz < 1000000 else 1
    fw.odr_hz = fw.imu.odr_hz(fw.rate_hz)
    fw.live = value["frame"] == "live" and (fw.rate_hz == 100 or fw.own_baud > _SLOW_BAUD)
    fw.acc_g, fw.gyro_dps = int(value["acc"]), int(value["gyro"])
    # What a profile or a walk before says of a cue counts for nothing: a reset must not cue by itself.
    cue = once("cueask").parts(settings["cue"]) if "cue" in settings else None
    fw.asked = fw.asked[0], settings.get("heart", fw.asked[0]), cue
    fw.fault = None
    try:
        fw.imu.start(fw.rate_hz, fw.acc_g, fw.gyro_dps)
    except OSError as error:
        fw.fault = str(error)
