# SPDX-License-Identifier: MIT
"""The words of `start`, and how they come into force. Not needed while samples run: import it by `once`."""

import gc
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
            reason = once("heartask").refusal(value) if key == "heart" else cue_refusal(value)
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


def cue_refusal(word):
    """Why cue=word can't be, in words; None where it can. Who may be cued the host says.

    100: steps a minute; 100,sides tells left from right; 100,beyond=20 sounds only while the stance times of the last
    strides differ by more than so many percent; 100,sides,beyond=20 both.
    """
    parts = word.split(",")
    last = parts[-1].split("=")
    percent = "5"
    if last[0] == "beyond" and len(last) == 2:
        percent = last[1]
        parts.pop()
    if parts[-1:] == ["sides"]:
        parts.pop()
    known = len(parts) == 1 and parts[0].isdigit() and percent.isdigit()
    if not known or not 40 <= int(parts[0]) <= 140 or not 5 <= int(percent) <= 60:
        return b"cue is 40 to 140 steps a minute, then ,sides and ,beyond=5 to ,beyond=60 or neither"
    return None if once("board").cue() else b"this board has no buzzer or motor: start without cue"


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
    fw.heart = settings.get("heart", fw.strap)
    fw.cue = None  # whatever a profile or a walk before says: a reset must not cue by itself
    if "cue" in settings:
        board = once("board")
        part = board.cue()
        pwm = board.open_cue()
        board = None
        word = settings["cue"]
        parts = word.split(",")
        percent = int(parts[-1][7:]) if parts[-1].startswith("beyond=") else 0
        gc.collect()
        fw.cue = (word, int(parts[0]), "sides" in parts, percent, pwm) + part
    fw.fault = None
    try:
        fw.imu.start(fw.rate_hz, fw.acc_g, fw.gyro_dps)
    except OSError as error:
        fw.fault = str(error)
