# SPDX-License-Identifier: MIT
"""The command `selftest [loaded]`: an EVENT `check verdict value` for each thing seen to, then `selftest done n fail`.

The board lies still; the insoles are empty or, with `loaded`, carry a weight or a person. It takes about 3.5 s. Its
steps come into memory one after the other and go again, so that little room is enough. What each check means and what
to do about it is told by the host, in `host/surefoot/device/doctor.py`.
"""

import gc

from console import OK
from once import once

STEPS = ("selfimu", "selfmotion", "selfrest", "selfscan", "selfcells", "selfboard")
VERDICTS = {True: "ok", False: "fail", None: "skip"}


def answer(fw, words):
    """Run it and report; ValueError where the words are wrong. `fw.selftest` is then {check: verdict}, for CONFIG."""
    if words not in ([], ["loaded"]):
        raise ValueError("selftest takes nothing, or 'loaded'")
    console = fw.commands.console

    def tell(check, verdict, value):
        console.event(OK, ("%s %s %s" % (check, verdict, value)).encode())

    fw.selftest = run(fw, bool(words), tell)
    fw.describe(False)
    console.event(OK, b"selftest done %d fail" % list(fw.selftest.values()).count("fail"))


def run(fw, loaded, tell):
    """{check: "ok" | "fail" | "skip"}, after `tell(check, verdict, value text)` of each.

    `fw` has `set`, `fault`, `odr_hz`, `acc_g`, `gyro_dps`, `imu`, `insoles` and `store` (None without a log). The
    settings are then those of `start` without words.
    """
    found = {}
    fw.seen = None  # what one step leaves for the next

    def add(check, good, value):
        found[check] = VERDICTS[good]
        tell(check, VERDICTS[good], value)

    for name in STEPS:
        gc.collect()
        try:
            once(name).look(fw, loaded, add)
        except MemoryError:
            add(name, False, "no room in the heap for this step")
    fw.seen = None
    return found


def root(square):
    """The whole part of a square root below 32768."""
    low, high = 0, 1 << 15
    while high - low > 1:
        middle = (low + high) // 2
        if middle * middle <= square:
            low = middle
        else:
            high = middle
    return low
